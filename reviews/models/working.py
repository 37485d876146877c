"""What offices work with beside the decision: phrases, internal notes, requests for information."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q

from portal.core.constants import Can
from portal.core.models import Office, Post, ScopedQuerySet, StoredFile
from reviews.chain import step_choices
from reviews.models.cases import Case, StepRun

if TYPE_CHECKING:
    from portal.core.actor import Actor

NOTE_AUDIENCE_CHOICES = [
    ("post", "仅本岗位"),
    ("office", "本办公室"),
    ("above", "本办公室和上级办公室"),
]


class PhraseQuerySet(models.QuerySet["Phrase"]):
    """Phrases."""

    def visible_to(self, actor: Actor) -> PhraseQuerySet:
        """The own post's, and those that the office shares."""
        if actor.is_system:
            return self
        if actor.post is None or actor.office is None:
            return self.none()
        return self.filter(Q(post=actor.post) | Q(office=actor.office, shared=True))


class Phrase(models.Model):
    """A sentence for opinions (常用意见) of a post, shared with its office or not.

    ``step`` and ``outcome`` say where it is offered first; empty: everywhere.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    step = models.CharField("环节", max_length=30, choices=step_choices, blank=True)
    outcome = models.CharField("办理结果", max_length=12, blank=True)
    text = models.CharField("内容", max_length=500)
    shared = models.BooleanField("本办公室共享", default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    objects = PhraseQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "常用意见"
        constraints = [
            models.UniqueConstraint(
                fields=["post", "text"],
                name="one_phrase_of_a_text",
                violation_error_message="已有相同的常用意见。",
            )
        ]

    def __str__(self) -> str:
        return f"常用意见 {self.pk}"


class CaseNoteQuerySet(ScopedQuerySet["CaseNote"]):
    """Internal notes."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> CaseNoteQuerySet:
        """By their audience: the post, the office, the office and those above; nobody below."""
        if actor.is_system:
            return self
        if actor.scope is None or actor.post is None or actor.office is None:
            return self.none()
        inside = Q(office__region__code__gte=actor.scope.lower) & Q(
            office__region__code__lt=actor.scope.upper
        )
        return self.filter(
            Q(audience="post", post=actor.post)
            | Q(audience="office", office=actor.office)
            | (Q(audience="above") & inside)
        )


class CaseNote(models.Model):
    """An internal note on a case (内部备注): never an applicant's, an expert's or a unit's."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    audience = models.CharField("可见范围", max_length=10, choices=NOTE_AUDIENCE_CHOICES)
    text = models.TextField("备注")
    office_name = models.CharField(max_length=120, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    objects = CaseNoteQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "内部备注"

    def __str__(self) -> str:
        return self.text[:40]


class InquiryQuerySet(ScopedQuerySet["Inquiry"]):
    """Requests for information."""

    def visible_to(self, actor: Actor) -> InquiryQuerySet:
        """Of the cases one sees: the asking office and those above it, and the town's own posts."""
        if actor.is_system:
            return self
        if actor.scope is not None:
            inside = Q(office__region__code__gte=actor.scope.lower) & Q(
                office__region__code__lt=actor.scope.upper
            )
            # What an office entered for a unit (代录) it answers for, whoever asks.
            return self.filter(inside | Q(case__application__entered_by=actor.office))
        if actor.can(Can.FILL) or actor.can(Can.SUBMIT):
            cases = Case.objects.visible_to(actor).filter(pk=OuterRef("case_id"))
            return self.filter(Exists(cases))
        return self.none()


class Inquiry(models.Model):
    """A request for information that does not return the case (补充说明).

    The application stays frozen; the answer stands beside it. ``pauses``: the term of the step
    stands still until it is answered or taken back.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="inquiries")
    run = models.ForeignKey(StepRun, on_delete=models.PROTECT, related_name="inquiries")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    office_name = models.CharField(max_length=120, blank=True)
    question = models.TextField("需要说明的事项")
    due_on = models.DateField("答复期限", null=True, blank=True)
    pauses = models.BooleanField("等待期间停止计时", default=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    asked_name = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    answer = models.TextField("说明", blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_name = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField("收回时间", null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)

    objects = InquiryQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "补充说明"
        constraints = [
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(answered_at__isnull=True, closed_at__isnull=True),
                name="one_open_inquiry_of_a_case",
                violation_error_message="该办件还有一项补充说明没有答复。",
            )
        ]

    def __str__(self) -> str:
        return f"补充说明 {self.pk}"

    @property
    def organ(self) -> str:
        """The office that asked, under the name it bore then."""
        return self.office_name or self.office.name

    @property
    def is_open(self) -> bool:
        """Whether it still waits for its answer."""
        return self.answered_at is None and self.closed_at is None


class InquiryFile(models.Model):
    """A file sent with the answer to a request for information."""

    inquiry = models.ForeignKey(Inquiry, on_delete=models.PROTECT, related_name="files")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=120)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "补充说明材料"

    def __str__(self) -> str:
        return self.title
