"""Yearly figures of a town: reported by the county, confirmed by the city, then only corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from criteria.models import Indicator
from portal.core.models import ScopedQuerySet
from towns.constants import YEAR_STATE_CHOICES, YEAR_TONES
from towns.models.towns import Town, TownGrant

if TYPE_CHECKING:
    from portal.core.actor import Actor


class TownFigure(models.Model):
    """A town's yearly value of one indicator, in base units (元, 人, %), with its source."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="figures")
    year = models.PositiveSmallIntegerField("年度")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField("数值", max_digits=20, decimal_places=4)
    source = models.CharField("数据来源", max_length=120, blank=True)

    class Meta:
        ordering = ["-year", "indicator"]
        verbose_name = verbose_name_plural = "年度数据"
        constraints = [
            models.UniqueConstraint(fields=["town", "year", "indicator"], name="one_town_figure"),
            models.CheckConstraint(
                condition=Q(value__gte=0),
                name="town_figure_not_negative",
                violation_error_message="数值不能为负数。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.town} {self.year} {self.indicator}"


class TownYearQuerySet(ScopedQuerySet["TownYear"]):
    """Years of towns."""

    scope_field = "town__scope_code"

    def visible_to(self, actor: Actor) -> TownYearQuerySet:
        """Offices by region; filing units those of the towns they were given."""
        if actor.scope is not None or actor.is_system:
            return self.in_scope(actor)
        granted = TownGrant.objects.in_force(actor, "fill_town")
        return self.filter(town_id__in=granted.values("content_object_id"))


class TownYear(models.Model):
    """How far the figures of one year of a town are: reported, returned, confirmed, corrected."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="years")
    year = models.PositiveSmallIntegerField("年度")
    state = models.CharField("状态", max_length=12, choices=YEAR_STATE_CHOICES, default="reported")
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reported_name = models.CharField("填报人", max_length=60, blank=True)
    reported_at = models.DateTimeField("填报时间", null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_name = models.CharField("确认人", max_length=60, blank=True)
    confirmed_office = models.CharField("确认机构", max_length=120, blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    return_reason = models.CharField("退回原因", max_length=400, blank=True)

    objects = TownYearQuerySet.as_manager()

    class Meta:
        ordering = ["-year", "-id"]
        verbose_name = verbose_name_plural = "年度填报"
        constraints = [models.UniqueConstraint(fields=["town", "year"], name="one_year_of_a_town")]
        indexes = [models.Index(fields=["year", "state"], name="town_year_state")]

    def __str__(self) -> str:
        return f"{self.town} {self.year}年"

    @property
    def tone(self) -> str:
        """The colour of the status tag."""
        return YEAR_TONES[self.state]


class FigureCorrection(models.Model):
    """A correction (更正) of a confirmed figure: what it was, what it became, and why."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="corrections")
    year = models.PositiveSmallIntegerField("年度")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    before = models.DecimalField("更正前", max_digits=20, decimal_places=4, null=True, blank=True)
    after = models.DecimalField("更正后", max_digits=20, decimal_places=4, null=True, blank=True)
    reason = models.CharField("更正原因", max_length=400)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_name = models.CharField("更正人", max_length=60, blank=True)
    created_at = models.DateTimeField("更正时间")

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "数据更正"

    def __str__(self) -> str:
        return f"{self.town} {self.year} {self.indicator}"
