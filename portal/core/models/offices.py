"""Offices, and what became of them: renames, merges, splits."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from portal.core import clock
from portal.core.constants import (
    OFFICE_CHANGE_CHOICES,
    OFFICE_KIND_CHOICES,
    UNSTATED,
    OfficeKind,
)
from portal.core.models.accounts import User
from portal.core.models.regions import Region
from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class OfficeQuerySet(ScopedQuerySet["Office"]):
    """Offices."""

    scope_field = "region__code"

    def visible_to(self, actor: Actor) -> OfficeQuerySet:
        """The actor's own office; the offices of its region for posts with a jurisdiction."""
        if actor.jurisdiction is not None or actor.is_system:
            return self.in_jurisdiction(actor)
        return self.filter(pk=actor.office.pk) if actor.office else self.none()

    def standing(self, on: date | None = None) -> OfficeQuerySet:
        """Offices that exist on a day, today when none is given."""
        day = on or clock.today()
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
        )

    def answered_by(self, actor: Actor) -> OfficeQuerySet:
        """The acting office, those it took over from, and closed ones the acting post came from.

        What was asked of any of them the actor may answer.
        """
        if actor.office is None or actor.post is None:
            return self.none()
        came_from = Q(departed_posts__post=actor.post, valid_to__isnull=False)
        rows = Q(pk=actor.office.pk) | Q(successor=actor.office.pk) | came_from
        return self.filter(pk__in=self.filter(rows).values("pk"))


class Office(models.Model):
    """A leading-group office, a member unit or a filing unit of one region.

    ``name`` is today's; ``former_names`` keeps the earlier ones. ``successor`` is the office that
    took over after a merger: what was asked of this one may be answered by that one.
    """

    slug = models.SlugField("标识", max_length=60, unique=True)
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=30, choices=OFFICE_KIND_CHOICES)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="offices")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="units"
    )
    host_unit = models.CharField("办公室设在", max_length=120, default=UNSTATED)
    document_word = models.CharField("机关代字", max_length=30, blank=True)
    source = models.CharField("依据", max_length=120, blank=True)
    valid_from = models.DateField("设立日期", null=True, blank=True)
    valid_to = models.DateField("撤销日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="predecessors",
        verbose_name="承接机构",
    )

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ["region__code", "kind", "name"]
        verbose_name = verbose_name_plural = "机构"
        constraints = [
            models.UniqueConstraint(
                fields=["region"],
                condition=Q(kind="leading_group_office"),
                name="one_leading_group_office_per_region",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="office_ends_after_it_begins",
                violation_error_message="撤销日期不能早于设立日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_standing(self) -> bool:
        """Whether the office exists today."""
        return self.valid_to is None or self.valid_to >= clock.today()

    @property
    def house_id(self) -> int | None:
        """Within which people stand in for each other: a leading group, or one filing unit."""
        return self.parent_id if self.kind == OfficeKind.MEMBER_UNIT else self.pk

    def name_on(self, day: date) -> str:
        """What the office was called on a day."""
        former = [row for row in self.former_names.all() if day <= row.until]
        return min(former, key=lambda row: row.until).name if former else self.name


class OfficeName(models.Model):
    """A name an office bore until a day (曾用名)."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="former_names")
    name = models.CharField("曾用名", max_length=120)
    until = models.DateField("使用至")

    class Meta:
        ordering = ["until"]
        verbose_name = verbose_name_plural = "曾用名"

    def __str__(self) -> str:
        return f"{self.name}（至 {self.until}）"


class OfficeChange(models.Model):
    """A rename, merger, split or closing of units, with the document it rests on (机构变更)."""

    kind = models.CharField("变更", max_length=10, choices=OFFICE_CHANGE_CHOICES)
    on = models.DateField("变更日期")
    before = models.ManyToManyField(Office, related_name="changes_from", verbose_name="变更前")
    after = models.ManyToManyField(Office, related_name="changes_to", verbose_name="变更后")
    summary = models.CharField("说明", max_length=300)
    source = models.CharField("依据文件", max_length=160)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-on", "-id"]
        verbose_name = verbose_name_plural = "机构变更"

    def __str__(self) -> str:
        return self.summary
