"""Official documents (公文), their renditions (版式件) and number series (文号)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.core.constants import (
    DOCUMENT_KIND_CHOICES,
    DOCUMENT_STATE_CHOICES,
    RENDITION_KIND_CHOICES,
)
from portal.core.models.files import StoredFile
from portal.core.models.offices import Office
from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class NumberSeries(models.Model):
    """A gapless yearly series of one office, taken under a row lock when issuing."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=30)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["office", "kind", "year"], name="one_series_a_year")
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.kind} {self.year}: {self.last}"


class OfficialDocumentQuerySet(ScopedQuerySet["OfficialDocument"]):
    """Official documents."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> OfficialDocumentQuerySet:
        """Drafts to their own office; issued ones to the region; public once a rendition is stored.

        Issued documents are addressed to lower offices too, which reach them through the
        certifications of their own towns and through the public pages.
        """
        if actor.is_system:
            return self
        if actor.is_public:
            return self.filter(state="issued", pk__in=Rendition.objects.values("document_id"))
        if actor.scope is None or actor.office is None:
            return self.none()
        return self.filter(
            Q(office=actor.office) | Q(state="issued", pk__in=self.in_scope(actor).values("pk"))
        )


class OfficialDocument(models.Model):
    """A document of an organ. Its number is taken once, inside the issuing transaction."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField("文种", max_length=30, choices=DOCUMENT_KIND_CHOICES)
    state = models.CharField("状态", max_length=10, choices=DOCUMENT_STATE_CHOICES, default="draft")
    title = models.CharField("标题", max_length=200)
    addressees = models.CharField("主送机关", max_length=400)
    body = models.TextField("正文")
    copy_to = models.CharField("抄送", max_length=400, blank=True)
    note = models.CharField("附注", max_length=60, blank=True)
    content = models.JSONField("版面内容", default=dict)
    number = models.CharField("发文字号", max_length=60, blank=True)
    year = models.PositiveIntegerField("年份", null=True, blank=True)
    serial = models.PositiveIntegerField("序号", null=True, blank=True)
    issued_on = models.DateField("成文日期", null=True, blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    organ_name = models.CharField(max_length=120, blank=True)
    drafted_name = models.CharField(max_length=60, blank=True)
    issued_name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    objects = OfficialDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "公文"
        constraints = [
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="document_number_once"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | (~Q(number="") & Q(issued_on__isnull=False)),
                name="issued_document_has_number_and_date",
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def organ(self) -> str:
        """The organ that issued it, under the name it bore then."""
        return self.organ_name or self.office.name

    @property
    def drafter(self) -> str:
        """Who drafted it, under the name of that day."""
        return self.drafted_name or str(self.drafted_by or "")

    @property
    def issuer(self) -> str:
        """Who issued it, under the name of that day."""
        return self.issued_name or str(self.issued_by or "")


class Rendition(models.Model):
    """A stored form of a document, immutable, with its digest; rendered once, never again."""

    document = models.ForeignKey(
        OfficialDocument, on_delete=models.PROTECT, related_name="renditions"
    )
    kind = models.CharField(max_length=10, choices=RENDITION_KIND_CHOICES)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "版式件"
        constraints = [
            models.UniqueConstraint(fields=["document", "kind"], name="one_rendition_of_a_kind")
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.get_kind_display()}"
