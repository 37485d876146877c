"""Filling an application together: typed fields, who is in, grants, submissions, corrections."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from portal.core.constants import Can
from portal.core.models import Grant, Office
from towns.constants import DRAFT_SOURCE_CHOICES
from towns.models.filing import Application, Evidence


class DraftField(models.Model):
    """What was last typed into one field of a section, by whom and when; kept by autosave.

    Of a section that belongs to the application the text is also what is stored; of one that shows
    a register (figures, functions) it waits here until it is saved, and the row goes then.
    ``source``: where a text that nobody has typed yet was taken from, ``source_note`` in words.
    """

    application = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="draft_fields"
    )
    section = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    source = models.CharField(max_length=12, choices=DRAFT_SOURCE_CHOICES, default="typed")
    source_note = models.CharField(max_length=120, blank=True)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    saved_name = models.CharField(max_length=60, blank=True)
    saved_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "填写中的内容"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "section", "name"], name="one_draft_field"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.section} {self.name}"


class Presence(models.Model):
    """Somebody has a section of an application open; refreshed while the page stands open."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=60)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=40)
    name = models.CharField(max_length=60)
    post = models.CharField(max_length=120, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "正在填写"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "section", "user", "page"], name="one_presence"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.section} {self.name}"


class SectionGrant(Grant):
    """Sections of one application opened to a contact (township, enterprise) and to nobody else."""

    used_by = (Can.CONTRIBUTE,)

    content_object = models.ForeignKey(
        Application, on_delete=models.CASCADE, related_name="section_grants"
    )
    sections = models.JSONField("部分", default=list)

    class Meta(Grant.Meta):
        verbose_name = verbose_name_plural = "部分填报授权"


class Submission(models.Model):
    """What was submitted, once for each submission; never changed."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="submissions"
    )
    revision = models.PositiveSmallIntegerField()
    snapshot: models.JSONField[Any, Any] = models.JSONField()
    snapshot_sha256 = models.CharField(max_length=64)
    submitted_name = models.CharField(max_length=60, blank=True)
    submitted_at = models.DateTimeField()

    class Meta:
        ordering = ["application", "revision"]
        verbose_name = verbose_name_plural = "提交记录"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "revision"], name="one_submission_of_a_revision"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} 第{self.revision}次"


class Correction(models.Model):
    """A return for correction (退回补正): what is to be corrected, why, until when."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="corrections"
    )
    revision = models.PositiveSmallIntegerField()
    opinion = models.TextField("退回补正意见", blank=True)
    days = models.PositiveSmallIntegerField("补正时限(工作日)", null=True, blank=True)
    due_on = models.DateField("补正期限", null=True, blank=True)
    step = models.CharField(max_length=30, blank=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    office_name = models.CharField(max_length=120, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_name = models.CharField(max_length=60, blank=True)
    asked_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["application", "id"]
        verbose_name = verbose_name_plural = "补正"
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(resolved_at__isnull=True),
                name="one_open_correction",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} 第{self.revision}次提交后补正"


class CorrectionItem(models.Model):
    """One field that is to be corrected; ``path`` is a field of ``towns.declared``."""

    correction = models.ForeignKey(Correction, on_delete=models.CASCADE, related_name="items")
    path = models.CharField(max_length=160)
    label = models.CharField(max_length=200)
    reason = models.TextField("补正要求", blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "补正事项"
        constraints = [
            models.UniqueConstraint(fields=["correction", "path"], name="one_item_of_a_field")
        ]

    def __str__(self) -> str:
        return self.label


class PaperCopy(models.Model):
    """A paper copy of a piece of evidence that an office has received (纸质件已收)."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="paper_copies"
    )
    evidence = models.ForeignKey(
        Evidence, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    copies = models.PositiveSmallIntegerField("份数", default=1)
    note = models.CharField("说明", max_length=200, blank=True)
    received_name = models.CharField(max_length=60, blank=True)
    received_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "纸质件"
        constraints = [
            models.UniqueConstraint(
                "application",
                Coalesce("evidence", 0),
                "office",
                condition=Q(undone_at__isnull=True),
                name="one_paper_copy",
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.evidence_id or '请示'}"
