"""The registers that criteria count on: towns, enterprises, figures, honours, public services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from criteria.models import Indicator
from portal.core.constants import Can
from portal.core.models import Grant, Region, ScopedQuerySet
from towns.constants import (
    CATEGORY_CHOICES,
    ENTITY_CHOICES,
    FIGURE_STATE_CHOICES,
    FUNCTION_STATE_CHOICES,
    ROLE_CHOICES,
    STAGE_CHOICES,
)

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


class Town(models.Model):
    """A specialty town (专业镇): a county as its unit, one leading industry, one category."""

    name = models.CharField("专业镇名称", max_length=120)
    county = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="towns")
    scope_code = models.CharField(max_length=12, editable=False)
    further_counties = models.ManyToManyField(
        Region, blank=True, related_name="+", verbose_name="跨县域"
    )
    industry = models.CharField("主导产业", max_length=60)
    products = models.CharField("主导产品", max_length=200, blank=True)
    category = models.CharField("类别", max_length=30, choices=CATEGORY_CHOICES)
    lead_bureau = models.CharField("牵头部门", max_length=120, blank=True)
    stage = models.CharField("培育阶段", max_length=20, choices=STAGE_CHOICES, default="pooled")
    source = models.CharField("依据", max_length=200, blank=True)
    demo_note = models.CharField(max_length=60, blank=True)

    objects = TownQuerySet.as_manager()

    class Meta:
        ordering = ["scope_code", "name"]
        verbose_name = verbose_name_plural = "专业镇"
        permissions = [("fill_town", "填报专业镇")]
        indexes = [models.Index(fields=["scope_code", "-id"], name="town_scope")]
        constraints = [
            models.UniqueConstraint(
                fields=["county", "name"],
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


class TownGrant(Grant):
    """A filing unit's post given a town to fill or to submit for."""

    used_by = (Can.FILL, Can.SUBMIT)

    content_object = models.ForeignKey(Town, on_delete=models.CASCADE, related_name="grants")

    class Meta(Grant.Meta):
        verbose_name = verbose_name_plural = "填报授权"


class TownFigure(models.Model):
    """A town's yearly value of one indicator, in base units (元, 人, %), with its source."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="figures")
    year = models.PositiveSmallIntegerField("年度")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField("数值", max_digits=20, decimal_places=4)
    state = models.CharField(
        "状态", max_length=10, choices=FIGURE_STATE_CHOICES, default="reported"
    )
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


class Enterprise(models.Model):
    """An enterprise, family farm or cooperative, identified by its 统一社会信用代码 (GB 32100)."""

    uscc = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("名称", max_length=120)
    entity = models.CharField("主体类型", max_length=20, choices=ENTITY_CHOICES)
    demo_note = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["name"]
        verbose_name = verbose_name_plural = "企业"

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An enterprise's part in a town, from a date to a date."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="memberships")
    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField("角色", max_length=20, choices=ROLE_CHOICES)
    main_products = models.CharField("主要产品", max_length=200, blank=True)
    since = models.DateField("加入日期", null=True, blank=True)
    until = models.DateField("退出日期", null=True, blank=True)

    class Meta:
        ordering = ["role", "id"]
        verbose_name = verbose_name_plural = "成员企业"
        constraints = [
            models.UniqueConstraint(
                fields=["town", "enterprise"],
                condition=Q(until__isnull=True),
                name="one_current_membership",
                violation_error_message="该企业已在本专业镇名单中。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.get_role_display()}"


class EnterpriseFigure(models.Model):
    """An enterprise's yearly value of one indicator, in base units."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="figures")
    year = models.PositiveSmallIntegerField("年度")
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    value = models.DecimalField("数值", max_digits=20, decimal_places=4)

    class Meta:
        ordering = ["-year", "indicator"]
        verbose_name = verbose_name_plural = "企业年度数据"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "year", "indicator"], name="one_enterprise_figure"
            )
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year} {self.indicator}"


class Honour(models.Model):
    """An honour of an enterprise: kept for ever, for rewards ask for the first time."""

    enterprise = models.ForeignKey(Enterprise, on_delete=models.PROTECT, related_name="honours")
    kind = models.CharField("荣誉", max_length=60)
    level = models.CharField("级别", max_length=20)
    number = models.CharField("证书编号", max_length=60, blank=True)
    awarded_on = models.DateField("获得日期", null=True, blank=True)

    class Meta:
        ordering = ["-awarded_on", "id"]
        verbose_name = verbose_name_plural = "荣誉"

    def __str__(self) -> str:
        return f"{self.level}{self.kind}"


class TownFunction(models.Model):
    """One of the eight public-service functions of the criteria: 有, 在建 or 无."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="functions")
    key = models.SlugField()
    state = models.CharField(
        "状态", max_length=10, choices=FUNCTION_STATE_CHOICES, default="absent"
    )
    platform = models.CharField("平台名称", max_length=120, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "公共服务功能"
        constraints = [models.UniqueConstraint(fields=["town", "key"], name="one_town_function")]

    def __str__(self) -> str:
        return f"{self.town} {self.key}"
