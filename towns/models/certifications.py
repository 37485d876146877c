"""Certifications (认定): what a document gave a town, and the roster made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from criteria.categories import Categorised
from portal.core.constants import LEVEL_CHOICES
from portal.core.models import OfficialDocument, Rendition, ScopedQuerySet, StoredFile
from towns.constants import CERTIFICATION_STATE_CHOICES, CERTIFICATION_TONES
from towns.models.filing import Application
from towns.models.towns import Town, TownGrant

if TYPE_CHECKING:
    from portal.core.actor import Actor


class CertificationQuerySet(ScopedQuerySet["Certification"]):
    """Certifications."""

    def visible_to(self, actor: Actor) -> CertificationQuerySet:
        """Offices: their region. Filers: their towns. The public: once the document is stored.

        What was named before the portal existed was published by its own document then.
        """
        if actor.is_public:
            stored = Rendition.objects.filter(kind="unsigned").values("document_id")
            return self.filter(Q(document_id__in=stored) | Q(document__isnull=True))
        if actor.scope is not None or actor.is_system:
            return self.in_scope(actor)
        granted = TownGrant.objects.in_force(actor, "fill_town")
        return self.filter(town_id__in=granted.values("content_object_id"))


class Certification(Categorised, models.Model):
    """A town's certification at a level. Its end is 未载明 unless the office sets one.

    ``document`` is the portal's own notice. A town named before the portal existed has instead the
    title, number and day of the document that named it, as on paper, and a scan where there is one.
    """

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="certifications")
    application = models.OneToOneField(
        Application,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="certification",
    )
    document = models.ForeignKey(
        OfficialDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="certifications",
    )
    source_title = models.CharField("认定文件", max_length=200, blank=True)
    source_number = models.CharField("认定文号", max_length=60, blank=True)
    source_on = models.DateField("成文日期", null=True, blank=True)
    source_file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    scope_code = models.CharField(max_length=12)
    town_name = models.CharField("认定名称", max_length=120)
    category = models.CharField("类别", max_length=30)
    industry = models.CharField("主导产业", max_length=60)
    year = models.PositiveSmallIntegerField("认定年度")
    valid_from = models.DateField("认定日期")
    valid_to = models.DateField("有效期至", null=True, blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=CERTIFICATION_STATE_CHOICES, default="valid"
    )

    objects = CertificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "认定"
        indexes = [models.Index(fields=["scope_code", "-id"], name="certification_scope")]
        constraints = [
            models.UniqueConstraint(
                fields=["town", "level"],
                condition=Q(state="valid"),
                name="one_valid_certification_per_level",
                violation_error_message="该专业镇已有同一层级的有效认定。",
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=False)
                | (Q(source_on__isnull=False) & (~Q(source_title="") | ~Q(source_number=""))),
                name="certification_names_its_document",
                violation_error_message="请填写认定文件的标题或文号，以及成文日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.town_name} {self.get_level_display()}"

    @property
    def document_number(self) -> str:
        """The number of the document that certified it, or its title where it had none."""
        if self.document is not None:
            return self.document.number
        return self.source_number or self.source_title

    @property
    def tone(self) -> str:
        """The colour of the status tag."""
        return CERTIFICATION_TONES[self.state]
