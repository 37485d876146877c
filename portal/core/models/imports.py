"""Imports (导入): an uploaded workbook, its rehearsal and what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from portal.core.constants import IMPORT_STATE_CHOICES, IMPORT_TONES, ImportState
from portal.core.models.files import StoredFile
from portal.core.models.jobs import Job
from portal.core.models.ledger import LedgerEntry

if TYPE_CHECKING:
    from portal.core.actor import Actor


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    """Imports."""

    def visible_to(self, actor: Actor) -> ImportRunQuerySet:
        """Those of the acting post: its next holder goes on with them."""
        if actor.is_system:
            return self
        return self.filter(post=actor.post) if actor.post else self.none()


class ImportRun(models.Model):
    """One workbook on its way in: uploaded, rehearsed, then entered whole or not at all.

    ``counts``: outcome -> number of rows, and those that ask (``spec.ASKS``). ``report``: one JSON
    line per row (gzip), see ``portal.core.workbooks.report``. ``marked``: the same workbook with
    its errors marked.
    """

    kind = models.SlugField()
    office = models.ForeignKey("core.Office", on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey("core.Post", on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_name = models.CharField("导入人", max_length=60)
    book = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    arguments = models.JSONField(default=dict)
    state = models.CharField(
        "状态", max_length=12, choices=IMPORT_STATE_CHOICES, default=ImportState.WAITING
    )
    counts = models.JSONField(default=dict)
    problem = models.CharField("原因", max_length=400, blank=True)
    report = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    marked = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    entry = models.ForeignKey(
        LedgerEntry, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField("上传时间")
    rehearsed_at = models.DateTimeField(null=True, blank=True)
    committed_at = models.DateTimeField("导入时间", null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "导入"
        indexes = [models.Index(fields=["post", "-id"], name="import_post")]

    def __str__(self) -> str:
        return self.book.name

    @property
    def tone(self) -> str:
        """The colour of the status tag."""
        return IMPORT_TONES[self.state]


class ImportTurn(models.Model):
    """One row per kind of import, locked while a workbook of that kind is entered."""

    kind = models.SlugField(primary_key=True)

    def __str__(self) -> str:
        return self.kind
