"""Enterprises (企业): names over time, their part in towns, yearly figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from criteria.models import Indicator
from portal.core.models import ScopedQuerySet
from towns.constants import ENTITY_CHOICES, ROLE_CHOICES
from towns.models.towns import Town, TownGrant, in_force_on

if TYPE_CHECKING:
    from datetime import date

    from portal.core.actor import Actor


class EnterpriseQuerySet(models.QuerySet["Enterprise"]):
    """Enterprises."""

    def visible_to(self, actor: Actor) -> EnterpriseQuerySet:
        """Whoever sees a town sees the enterprises that are or were part of it."""
        if actor.is_system:
            return self
        seats = Membership.objects.visible_to(actor)
        return self.filter(pk__in=seats.order_by().values("enterprise_id"))


class Enterprise(models.Model):
    """An enterprise, family farm or cooperative, identified by its 统一社会信用代码 (GB 32100).

    ``name`` is the present one; earlier ones are ``EnterpriseName`` rows.
    """

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=120)
    entity = models.CharField("主体类型", max_length=20, choices=ENTITY_CHOICES)
    demo_note = models.CharField(max_length=60, blank=True)

    objects = EnterpriseQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        verbose_name = verbose_name_plural = "企业"
        indexes = [models.Index(fields=["name"], name="enterprise_name")]

    def __str__(self) -> str:
        return self.name


class EnterpriseName(models.Model):
    """A former name of an enterprise."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="names")
    name = models.CharField("名称", max_length=120)
    valid_to = models.DateField("停用日期")
    source = models.CharField("依据", max_length=200, blank=True)

    class Meta:
        ordering = ["-valid_to", "-id"]
        verbose_name = verbose_name_plural = "企业曾用名"

    def __str__(self) -> str:
        return self.name


class MembershipQuerySet(ScopedQuerySet["Membership"]):
    """Memberships."""

    def visible_to(self, actor: Actor) -> MembershipQuerySet:
        """Offices by region; filing units those of the towns they were given."""
        if actor.scope is not None or actor.is_system:
            return self.in_scope(actor)
        granted = TownGrant.objects.in_force(actor, "fill_town")
        return self.filter(town_id__in=granted.values("content_object_id"))

    def on(self, day: date | None = None) -> Self:
        """Those that run on a day, today when none is given."""
        return self.filter(in_force_on(day))


def by_role() -> Case:
    """Orders memberships as the roles are listed: 龙头, 骨干, 配套."""
    roles = [When(role=key, then=Value(at)) for at, (key, _) in enumerate(ROLE_CHOICES)]
    return Case(*roles, default=Value(len(roles)), output_field=models.IntegerField())


class Membership(models.Model):
    """An enterprise's part in a town, from a date to a date (exclusive); a new role is a new row.

    ``scope_code`` is the town's, kept by ``save`` and by whoever writes in bulk.
    """

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="memberships")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="memberships")
    scope_code = models.CharField(max_length=12, editable=False)
    role = models.CharField("角色", max_length=20, choices=ROLE_CHOICES)
    main_products = models.CharField("主要产品", max_length=200, blank=True)
    since = models.DateField("加入日期", null=True, blank=True)
    until = models.DateField("退出日期", null=True, blank=True)
    end_reason = models.CharField("退出事由", max_length=300, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["role", "id"]
        verbose_name = verbose_name_plural = "成员企业"
        indexes = [models.Index(fields=["scope_code", "enterprise"], name="membership_scope")]
        constraints = [
            models.UniqueConstraint(
                fields=["town", "enterprise"],
                condition=Q(until__isnull=True),
                name="one_current_membership",
                violation_error_message="该企业已在本专业镇名单中。",
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since")),
                name="membership_ends_after_it_begins",
                violation_error_message="退出日期不能早于加入日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.get_role_display()}"

    def save(self, *args: object, **kwargs: object) -> None:
        """The scope is the town's."""
        self.scope_code = self.town.scope_code
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class EnterpriseFigure(models.Model):
    """An enterprise's yearly value of one indicator, in base units (元, 人), with its source."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="figures")
    year = models.PositiveSmallIntegerField("年度")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField("数值", max_digits=20, decimal_places=4)
    source = models.CharField("数据来源", max_length=120, blank=True)

    class Meta:
        ordering = ["-year", "indicator"]
        verbose_name = verbose_name_plural = "企业年度数据"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "year", "indicator"], name="one_enterprise_figure"
            )
        ]
        indexes = [
            models.Index(fields=["indicator", "year", "value"], name="enterprise_figure_value")
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year} {self.indicator}"
