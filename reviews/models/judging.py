"""Opinions of member units and scores of experts on a case."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from portal.core.models import Office, Post
from reviews.models.cases import Case, StepRun

OPINION_CHOICES = [("agree", "同意"), ("agree_with_notes", "同意，附意见"), ("disagree", "不同意")]
ROLE_CHOICES = [("lead", "牵头"), ("support", "配合")]
OPINION_TONES = {"agree": "success", "agree_with_notes": "info", "disagree": "danger"}


class UnitOpinion(models.Model):
    """An opinion asked of a member unit (成员单位会审意见)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="opinions")
    run = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="opinions")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="opinions")
    office_name = models.CharField(max_length=120, blank=True)
    asked_at = models.DateTimeField()
    due_on = models.DateField("答复期限", null=True, blank=True)
    # lead (牵头) or support (配合), the criteria it is asked about (all when empty), and what it
    # says of each: {criterion: {"verdict": ..., "text": ...}}.
    role = models.CharField("分工", max_length=10, choices=ROLE_CHOICES, blank=True)
    criteria = models.JSONField("征求意见的条款", default=list, blank=True)
    # The role on single criteria, where it is not the same on all: {criterion: role}.
    roles = models.JSONField("各条分工", default=dict, blank=True)
    points = models.JSONField("逐条意见", default=dict, blank=True)
    silent_at = models.DateTimeField("逾期未答复的记录时间", null=True, blank=True)
    revision = models.PositiveSmallIntegerField(null=True, blank=True)
    reaffirmed = models.BooleanField(default=False)
    verdict = models.CharField("意见", max_length=20, choices=OPINION_CHOICES, blank=True)
    text = models.TextField("具体意见", blank=True)
    given_at = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    given_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "会审意见"
        constraints = [models.UniqueConstraint(fields=["run", "office"], name="one_opinion_a_unit")]

    def __str__(self) -> str:
        return f"{self.organ} {self.get_verdict_display()}"

    @property
    def organ(self) -> str:
        """The unit that answered, under the name it bore then."""
        return self.office_name or self.office.name


class ScoreSheet(models.Model):
    """An expert's sheet for one case. Marks are on the scale the round's office set."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="sheets")
    run = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="sheets")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="sheets")
    assigned_at = models.DateTimeField()
    comment = models.TextField("总体评价", blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    expert_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "评分表"
        constraints = [models.UniqueConstraint(fields=["run", "post"], name="one_sheet_an_expert")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.expert_name}"


class CriterionScore(models.Model):
    """One mark with its reason (评分理由); a draft may hold a reason without its mark."""

    sheet = models.ForeignKey(ScoreSheet, on_delete=models.PROTECT, related_name="scores")
    criterion = models.SlugField()
    score = models.DecimalField("评分", max_digits=5, decimal_places=1, null=True)
    reason = models.CharField("评分理由", max_length=300)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "评分"
        constraints = [models.UniqueConstraint(fields=["sheet", "criterion"], name="one_score")]

    def __str__(self) -> str:
        return f"{self.sheet_id} {self.criterion}"
