"""Towns (专业镇): what they are called, where they stand in the cultivation pool, their papers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from criteria.categories import Categorised
from portal.core import clock
from portal.core.constants import LEVEL_CHOICES, Can
from portal.core.models import Grant, Region, ScopedQuerySet, StoredFile
from towns.constants import PAPER_KIND_CHOICES, STAGE_CHOICES, TOWN_CHANGE_CHOICES

if TYPE_CHECKING:
    from portal.core.actor import Actor


class TownQuerySet(ScopedQuerySet["Town"]):
    """Towns."""

    def visible_to(self, actor: Actor) -> TownQuerySet:
        """Offices by region; filing units the towns they were given."""
        if actor.scope is not None or actor.is_system:
            return self.in_scope(actor)
        granted = TownGrant.objects.in_force(actor, "fill_town")
        return self.filter(pk__in=granted.values("content_object_id"))

    def standing(self) -> Self:
        """Those that have not been merged, split or struck off."""
        return self.filter(closed_on__isnull=True)

    def standing_first(self) -> Self:
        """Standing towns before those that were closed; the databases differ in where NULL goes."""
        return self.order_by(F("closed_on").asc(nulls_first=True), "pk")


class Town(Categorised, models.Model):
    """A specialty town (专业镇): a county as its unit, one leading industry, one category.

    ``category`` is the one it is registered under; a level with a list of its own may have another
    one on record (``TownCategory``). A town that was merged or struck off keeps its row and history
    and has ``closed_on``; ``successor`` is the town it went into.
    """

    name = models.CharField("专业镇名称", max_length=120)
    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="towns")
    scope_code = models.CharField(max_length=12, editable=False)
    further_counties = models.ManyToManyField(
        Region, blank=True, related_name="+", verbose_name="跨县域"
    )
    industry = models.CharField("主导产业", max_length=60)
    products = models.CharField("主导产品", max_length=200, blank=True)
    category = models.CharField("类别", max_length=30)
    lead_bureau = models.CharField("牵头部门", max_length=120, blank=True)
    stage = models.CharField("培育阶段", max_length=20, choices=STAGE_CHOICES, default="pooled")
    source = models.CharField("依据", max_length=200, blank=True)
    demo_note = models.CharField(max_length=60, blank=True)
    closed_on = models.DateField("撤并日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors"
    )

    objects = TownQuerySet.as_manager()

    class Meta:
        ordering = ["scope_code", "name"]
        verbose_name = verbose_name_plural = "专业镇"
        permissions = [("fill_town", "填报专业镇")]
        indexes = [models.Index(fields=["scope_code", "-id"], name="town_scope")]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name"],
                condition=Q(closed_on__isnull=True),
                name="town_name_once_in_county",
                violation_error_message="本县(市、区)已有同名专业镇。",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: object, **kwargs: object) -> None:
        """The scope is the county's code; a stored scope never disagrees with it."""
        self.scope_code = self.county.code
        super().save(*args, **kwargs)  # type: ignore[arg-type]

    @property
    def is_standing(self) -> bool:
        """Whether it has not been merged, split or struck off."""
        return self.closed_on is None


class TownName(models.Model):
    """A former name of a town (曾用名), from a date (None: as far back as known) to a date."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="names")
    name = models.CharField("名称", max_length=120)
    valid_from = models.DateField("启用日期", null=True, blank=True)
    valid_to = models.DateField("停用日期")
    source = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_to", "-id"]
        verbose_name = verbose_name_plural = "曾用名"

    def __str__(self) -> str:
        return self.name


class TownCategory(Categorised, models.Model):
    """The category a town has in a level's own list, where that differs from its registered one."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="categories")
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    category = models.CharField("类别", max_length=30)

    class Meta:
        ordering = ["level"]
        verbose_name = verbose_name_plural = "分级类别"
        constraints = [
            models.UniqueConstraint(fields=["town", "level"], name="one_category_per_level")
        ]

    def __str__(self) -> str:
        return f"{self.town} {self.get_level_display()} {self.get_category_display()}"


class StageMove(models.Model):
    """A change of stage in the cultivation pool (培育库), with its date, reason and source.

    ``stage`` is where it came to; the first row of a town is its entry (入库).
    """

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="stage_moves")
    stage = models.CharField("培育阶段", max_length=20, choices=STAGE_CHOICES)
    on = models.DateField("日期")
    reason = models.CharField("事由", max_length=300, blank=True)
    source = models.CharField("依据", max_length=200, blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_name = models.CharField("经办人", max_length=60, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-on", "-id"]
        verbose_name = verbose_name_plural = "培育阶段变化"

    def __str__(self) -> str:
        return f"{self.town} {self.on} {self.get_stage_display()}"


class TownChange(models.Model):
    """A rename, merger, split, striking-off or other change of a town's register entry."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField("变更", max_length=20, choices=TOWN_CHANGE_CHOICES)
    on = models.DateField("日期")
    detail = models.CharField("内容", max_length=400)
    reason = models.CharField("事由", max_length=300, blank=True)
    source = models.CharField("依据", max_length=200, blank=True)
    related = models.ManyToManyField(Town, blank=True, related_name="+", verbose_name="相关专业镇")
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_name = models.CharField("经办人", max_length=60, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-on", "-id"]
        verbose_name = verbose_name_plural = "专业镇变更"

    def __str__(self) -> str:
        return f"{self.town} {self.on} {self.get_kind_display()}"


class TownPaper(models.Model):
    """A paper kept with a town: its 一镇一策, a plan, a source document of its naming."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="papers")
    kind = models.CharField("种类", max_length=20, choices=PAPER_KIND_CHOICES)
    title = models.CharField("标题", max_length=200)
    number = models.CharField("文号", max_length=60, blank=True)
    issuer = models.CharField("印发机关", max_length=120, blank=True)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    withdrawn_on = models.DateField("停用日期", null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "-issued_on", "-id"]
        verbose_name = verbose_name_plural = "专业镇文件"

    def __str__(self) -> str:
        return self.title


class TownGrant(Grant):
    """A filing unit's post given a town to fill or to submit for."""

    used_by = (Can.FILL, Can.SUBMIT)

    content_object = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="grants")

    class Meta(Grant.Meta):
        verbose_name = verbose_name_plural = "填报授权"


def in_force_on(day: date | None = None, start: str = "since", end: str = "until") -> Q:
    """Rows that run on a day, today when none is given: from ``start`` until before ``end``."""
    day = day or clock.today()
    return (Q(**{f"{start}__isnull": True}) | Q(**{f"{start}__lte": day})) & (
        Q(**{f"{end}__isnull": True}) | Q(**{f"{end}__gt": day})
    )
