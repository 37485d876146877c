"""Honours, standards and brands: a permanent ledger; public-service functions and platforms."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from portal.core import clock
from portal.core.models import StoredFile
from towns.constants import (
    FUNCTION_STATE_CHOICES,
    PLATFORM_KIND_CHOICES,
)
from towns.honours import (
    HONOUR_KIND_CHOICES,
    HONOUR_LEVEL_CHOICES,
    HONOUR_PART_CHOICES,
    REVOKED_CHOICES,
    WITHDRAWN,
)
from towns.models.enterprises import Enterprise, Membership
from towns.models.towns import Town, in_force_on

if TYPE_CHECKING:
    from portal.core.actor import Actor


# Stands for "no day" in the constraint: NULLs would count as different honours.
NO_DAY = Value(date(1, 1, 1))


class HonourQuerySet(models.QuerySet["Honour"]):
    """Honours."""

    def visible_to(self, actor: Actor) -> HonourQuerySet:
        """Those of the towns one sees and of the enterprises that are or were part of them."""
        if actor.is_system:
            return self
        members = Membership.objects.visible_to(actor).order_by().values("enterprise_id")
        towns = Town.objects.visible_to(actor).order_by().values("pk")
        return self.filter(Q(enterprise_id__in=members) | Q(town_id__in=towns))

    def standing_on(self, day: date | None = None) -> Self:
        """Those in force on a day, today when none is given: awarded, not run out, not revoked.

        One that was withdrawn counts until that day, an entry made by mistake on no day at all.
        One without a day counts as awarded; the day it was entered says nothing.
        """
        day = day or clock.today()
        return self.filter(
            Q(awarded_on__isnull=True) | Q(awarded_on__lte=day),
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            Q(revoked_on__isnull=True) | Q(revoked_on__gt=day, revoked_as=WITHDRAWN),
        )


class Honour(models.Model):
    """An honour, standard or brand of an enterprise or of a town itself, kept for ever.

    ``kind`` and ``level`` are keys of ``towns.honours``; ``level`` is empty where the kind says it
    (a national standard) or where the office has not stated it. ``part``: who leads or takes part
    in a standard. ``title``: name of the product, standard or brand. What was withdrawn, or
    entered by mistake (``revoked_as``), is revoked with its reason, never deleted: rewards ask
    whether it is the first.
    """

    enterprise = models.ForeignKey(
        Enterprise, on_delete=models.PROTECT, null=True, blank=True, related_name="honours"
    )
    town = models.ForeignKey(
        Town, on_delete=models.PROTECT, null=True, blank=True, related_name="honours"
    )
    kind = models.CharField("荣誉", max_length=40, choices=HONOUR_KIND_CHOICES)
    level = models.CharField("级别", max_length=20, choices=HONOUR_LEVEL_CHOICES, blank=True)
    part = models.CharField("作用", max_length=12, choices=HONOUR_PART_CHOICES, blank=True)
    title = models.CharField("名称", max_length=160, blank=True)
    number = models.CharField("证书编号", max_length=80, blank=True)
    issuer = models.CharField("颁发机关", max_length=120, blank=True)
    awarded_on = models.DateField("获得日期", null=True, blank=True)
    valid_to = models.DateField("有效期至", null=True, blank=True)
    certificate = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_on = models.DateField("撤销日期", null=True, blank=True)
    revoked_as = models.CharField("撤销类别", max_length=12, choices=REVOKED_CHOICES, blank=True)
    revoked_reason = models.CharField("撤销事由", max_length=300, blank=True)

    objects = HonourQuerySet.as_manager()

    class Meta:
        ordering = ["-awarded_on", "-id"]
        verbose_name = verbose_name_plural = "荣誉"
        indexes = [models.Index(fields=["kind", "level"], name="honour_kind")]
        constraints = [
            models.CheckConstraint(
                condition=Q(enterprise__isnull=False, town__isnull=True)
                | Q(enterprise__isnull=True, town__isnull=False),
                name="honour_has_one_holder",
                violation_error_message="荣誉属于一家企业或者专业镇本身。",
            ),
            models.UniqueConstraint(
                Coalesce("enterprise", 0),
                Coalesce("town", 0),
                "kind",
                "level",
                "title",
                "number",
                Coalesce("awarded_on", NO_DAY),
                condition=Q(revoked_on__isnull=True),
                name="one_honour",
                violation_error_message="这项荣誉已经登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_level_display()}{self.get_kind_display()}{self.title}"

    @property
    def holder(self) -> Enterprise | Town:
        """The enterprise or town that has it."""
        found = self.enterprise or self.town
        assert found is not None
        return found


class TownFunctionQuerySet(models.QuerySet["TownFunction"]):
    """Functions of towns."""

    def on(self, day: date | None = None) -> Self:
        """As they stood on a day, today when none is given."""
        return self.filter(in_force_on(day))


class TownFunction(models.Model):
    """One of the eight public-service functions of the criteria: 有, 在建 or 无, over time.

    A changed state ends the row (``until``, exclusive) and begins another.
    """

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="functions")
    key = models.SlugField()
    state = models.CharField(
        "状态", max_length=10, choices=FUNCTION_STATE_CHOICES, default="absent"
    )
    platform = models.CharField("平台名称", max_length=120, blank=True)
    since = models.DateField("起", null=True, blank=True)
    until = models.DateField("止", null=True, blank=True)

    objects = TownFunctionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "公共服务功能"
        constraints = [
            models.UniqueConstraint(
                fields=["town", "key"],
                condition=Q(until__isnull=True),
                name="one_town_function",
            )
        ]

    def __str__(self) -> str:
        return f"{self.town} {self.key}"


class PlatformQuerySet(models.QuerySet["Platform"]):
    """Platforms."""

    def running_on(self, day: date | None = None) -> Self:
        """Those that have not closed by a day, built or being built."""
        day = day or clock.today()
        return self.filter(Q(until__isnull=True) | Q(until__gt=day))


class Platform(models.Model):
    """A public-service platform of a town: one of the twelve kinds of 晋政办发〔2022〕81号 (五)."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="platforms")
    kind = models.CharField("平台类型", max_length=30, choices=PLATFORM_KIND_CHOICES)
    name = models.CharField("平台名称", max_length=120)
    operator = models.CharField("运营单位", max_length=120, blank=True)
    state = models.CharField("状态", max_length=10, choices=FUNCTION_STATE_CHOICES)
    functions = models.JSONField("承担的功能", default=list, blank=True)
    since = models.DateField("建成日期", null=True, blank=True)
    until = models.DateField("停用日期", null=True, blank=True)

    objects = PlatformQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "id"]
        verbose_name = verbose_name_plural = "公共服务平台"

    def __str__(self) -> str:
        return self.name
