"""Official documents (公文), their renditions (版式件) and number series (文号)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.core.constants import (
    DOCUMENT_STATE_CHOICES,
    NUMBER_SOURCE_CHOICES,
    OPENNESS_CHOICES,
    RENDITION_KIND_CHOICES,
    Can,
)
from portal.core.documents.kinds import Kind, kind_of
from portal.core.models.files import StoredFile
from portal.core.models.notifications import is_told
from portal.core.models.offices import Office
from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class NumberSeries(models.Model):
    """A gapless yearly series of one office, taken under a row lock when issuing."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="series")
    kind = models.CharField(max_length=30)
    # 机关代字, of a series of documents; each has a series of its own.
    word = models.CharField("机关代字", max_length=30, blank=True)
    year = models.PositiveIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["office", "kind", "word", "year"], name="one_series_a_year"
            )
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.kind} {self.word} {self.year}: {self.last}"


class OfficialDocumentQuerySet(ScopedQuerySet["OfficialDocument"]):
    """Official documents."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> OfficialDocumentQuerySet:
        """Drafts to their own office and to those asked to sign jointly; issued ones to the region
        and to whom they were delivered; open ones to the public, once their file is there.

        Issued documents are addressed to lower offices too, which reach them through deliveries,
        the certifications of their own towns and the public pages.
        """
        if actor.is_system:
            return self
        if actor.is_public:
            return self.filter(
                state="issued", openness="open", pk__in=Rendition.objects.values("document_id")
            )
        if actor.office is None:
            return self.none()
        reached = Q(state="issued", deliveries__office=actor.office)
        reached |= Q(state__in=("cosigning", "signing", "issued"), cosigners__office=actor.office)
        if not is_told(actor) and not actor.can(Can.OPINE):
            return self.none()
        reached = Q(pk__in=self.model._default_manager.filter(reached).values("pk"))
        if actor.scope is None:
            return self.filter(reached)
        return self.filter(
            Q(office=actor.office)
            | Q(state="issued", pk__in=self.in_scope(actor).values("pk"))
            | reached
        )

    def received_by(self, office: Office) -> OfficialDocumentQuerySet:
        """Issued documents delivered to an office."""
        return self.filter(
            state="issued",
            pk__in=self.model._default_manager.filter(deliveries__office=office).values("pk"),
        )


class OfficialDocument(models.Model):
    """A document of an organ. Its number is taken once, inside the issuing transaction."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="documents")
    # A key of ``portal.core.documents.kinds``.
    kind = models.CharField("公文种类", max_length=30)
    state = models.CharField("状态", max_length=10, choices=DOCUMENT_STATE_CHOICES, default="draft")
    title = models.CharField("标题", max_length=200)
    addressees = models.CharField("主送机关", max_length=400, blank=True)
    body = models.TextField("正文")
    copy_to = models.CharField("抄送", max_length=400, blank=True)
    note = models.CharField("附注", max_length=60, blank=True)
    # attachments (tables), people (of minutes), and what effects keep; see ``documents.stored``.
    content = models.JSONField("版面内容", default=dict)
    # Organs that issue it jointly, after the office itself: their names in order.
    joint_organs = models.JSONField("联合发文机关", default=list, blank=True)
    openness = models.CharField(
        "公开属性", max_length=10, choices=OPENNESS_CHOICES, default="closed"
    )
    template = models.ForeignKey(
        "core.DocumentTemplate", on_delete=models.PROTECT, null=True, related_name="+"
    )
    revision = models.PositiveIntegerField(default=0)
    word = models.CharField("机关代字", max_length=30, blank=True)
    number_source = models.CharField(
        "编号方式", max_length=10, choices=NUMBER_SOURCE_CHOICES, default="portal"
    )
    # 核验码 on paper, given when it is issued; see ``documents.codes``.
    code = models.CharField("核验码", max_length=16, null=True, unique=True)
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
    # Keys of everybody who wrote on the text: none of them checks or issues it.
    writers = models.JSONField(default=list, blank=True)
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
                condition=~Q(state="issued") | Q(issued_on__isnull=False),
                name="issued_document_has_date",
            ),
        ]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def spec(self) -> Kind:
        """What kind of document it is."""
        return kind_of(self.kind)

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
    """A stored form of a document, immutable, with its digest.

    ``unsigned`` is rendered once by the portal, never again; ``signed`` and ``scanned`` are handed
    in, and another one is another version.
    """

    document = models.ForeignKey(
        OfficialDocument, on_delete=models.PROTECT, related_name="renditions"
    )
    kind = models.CharField(max_length=10, choices=RENDITION_KIND_CHOICES)
    version = models.PositiveIntegerField("第几份", default=1)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    pages = models.PositiveIntegerField("页数", null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_name = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "版式件"
        constraints = [
            models.UniqueConstraint(
                fields=["document", "kind", "version"], name="one_rendition_of_a_kind"
            ),
            models.CheckConstraint(
                condition=~Q(kind="unsigned") | Q(version=1), name="one_unsigned_rendition"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.get_kind_display()}"
