"""On-site visits (现场核查): when, where, who, what was found, photographs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.core.models import Office, ScopedQuerySet, StoredFile
from reviews.models.cases import Case, StepRun

if TYPE_CHECKING:
    from portal.core.actor import Actor

VISIT_STATE_CHOICES = [("planned", "待核查"), ("done", "已核查"), ("cancelled", "已取消")]
FINDING_CHOICES = [
    ("confirmed", "与申报一致"),
    ("differs", "与申报不一致"),
    ("unseen", "未能核实"),
]
FINDING_TONES = {"confirmed": "success", "differs": "danger", "unseen": "neutral"}


class VisitQuerySet(ScopedQuerySet["Visit"]):
    """Visits."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> VisitQuerySet:
        """The visiting office and those above it: findings are not released to anybody else."""
        if actor.is_system:
            return self
        if actor.scope is None or actor.office is None:
            return self.none()
        below = Q(
            office__region__code__gte=actor.scope.lower,
            office__region__code__lt=actor.scope.upper,
            state="done",
        )
        return self.filter(Q(office=actor.office) | below)


class Visit(models.Model):
    """A visit of an office to a town, for one case, in one of its steps."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="visits")
    run = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="visits")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    office_name = models.CharField(max_length=120, blank=True)
    held_on = models.DateField("核查日期")
    place = models.CharField("核查地点", max_length=160)
    people = models.TextField("核查人员")
    met = models.TextField("现场陪同人员", blank=True)
    summary = models.TextField("核查情况", blank=True)
    state = models.CharField("状态", max_length=10, choices=VISIT_STATE_CHOICES, default="planned")
    cancelled_reason = models.CharField(max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_name = models.CharField(max_length=60, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-id"]
        verbose_name = verbose_name_plural = "现场核查"

    def __str__(self) -> str:
        return f"{self.case_id} {self.held_on}"


class VisitFinding(models.Model):
    """What was found under one criterion."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="findings")
    criterion = models.SlugField()
    finding = models.CharField("核查结论", max_length=12, choices=FINDING_CHOICES, blank=True)
    text = models.TextField("情况", blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "核查结论"
        constraints = [models.UniqueConstraint(fields=["visit", "criterion"], name="one_finding")]

    def __str__(self) -> str:
        return f"{self.visit_id} {self.criterion}"


class VisitPhoto(models.Model):
    """A photograph taken on a visit, under one criterion or of the whole."""

    visit = models.ForeignKey(Visit, on_delete=models.PROTECT, related_name="photos")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    criterion = models.SlugField(blank=True)
    caption = models.CharField("说明", max_length=120, blank=True)
    added_at = models.DateTimeField()
    added_name = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "现场照片"

    def __str__(self) -> str:
        return self.caption or str(self.pk)
