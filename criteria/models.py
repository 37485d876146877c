"""Indicators and versioned criteria sets (认定标准) with the verbatim text of every clause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse

from criteria.constants import (
    FIRMNESS_CHOICES,
    INDICATOR_SOURCE_CHOICES,
    INDICATOR_SUBJECT_CHOICES,
    INDICATOR_TYPE_CHOICES,
    NATURE_CHOICES,
    OPERATOR_CHOICES,
    SET_STATE_CHOICES,
)
from portal.core.constants import LEVEL_CHOICES, LEVELS
from portal.core.models import Region, ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class Indicator(models.Model):
    """Catalogue entry: what is counted, in which unit, and where it comes from."""

    key = models.SlugField(unique=True)
    name = models.CharField("名称", max_length=60)
    unit = models.CharField("单位", max_length=10, blank=True)
    type = models.CharField("类型", max_length=10, choices=INDICATOR_TYPE_CHOICES)
    subject = models.CharField("对象", max_length=12, choices=INDICATOR_SUBJECT_CHOICES)
    source = models.CharField("来源", max_length=10, choices=INDICATOR_SOURCE_CHOICES)
    description = models.CharField("口径", max_length=300, blank=True)
    decimals = models.PositiveSmallIntegerField("小数位", default=0)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal", "key"]
        verbose_name = verbose_name_plural = "指标"

    def __str__(self) -> str:
        return self.name


class CriteriaSetQuerySet(ScopedQuerySet["CriteriaSet"]):
    """Criteria sets."""

    def visible_to(self, actor: Actor) -> CriteriaSetQuerySet:
        """Published sets are public law; a draft is seen by the office of its own region."""
        published = self.filter(state="published")
        if actor.is_system:
            return self
        if actor.scope is None or actor.office is None:
            return published
        return self.filter(models.Q(state="published") | models.Q(region_id=actor.office.region_id))


class CriteriaSet(models.Model):
    """A version of the criteria of one level and region. Published versions never change."""

    key = models.SlugField(unique=True)
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="criteria_sets")
    version = models.PositiveIntegerField("版本", default=1)
    title = models.CharField("名称", max_length=120)
    document_number = models.CharField("发文字号", max_length=60)
    document_title = models.CharField("文件", max_length=200)
    scope_clause = models.CharField("条款", max_length=60, blank=True)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    effective_from = models.DateField("施行日期", null=True, blank=True)
    effective_to = models.DateField("失效日期", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=SET_STATE_CHOICES, default="draft")
    categories = models.JSONField("类别", default=list)
    silent = models.JSONField("文件未载明事项", default=list)
    tiers = models.JSONField("规模层级", default=list)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = CriteriaSetQuerySet.as_manager()

    class Meta:
        ordering = ["region__code", "-version"]
        verbose_name = verbose_name_plural = "认定标准"
        constraints = [
            models.UniqueConstraint(
                fields=["level", "region", "version"],
                name="one_version_of_a_set",
                violation_error_message="该层级已有同一版本的认定标准。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def level_adjective(self) -> str:
        """省级, 市级 or 县级."""
        return LEVELS[self.level].adjective

    def get_absolute_url(self) -> str:
        """The public page of the set."""
        return reverse("public-criteria", args=[self.key])


class Criterion(models.Model):
    """One criterion (条): verbatim clause text and what the filer is asked for."""

    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="criteria")
    key = models.SlugField()
    ordinal = models.PositiveSmallIntegerField()
    clause = models.CharField("条款号", max_length=30)
    title = models.CharField("条目", max_length=60)
    text = models.TextField("原文")
    nature = models.CharField("性质", max_length=10, choices=NATURE_CHOICES)
    ask = models.CharField("填报提示", max_length=300, blank=True)
    priorities = models.JSONField("优先评定情形", default=list)

    class Meta:
        ordering = ["ordinal"]
        verbose_name = verbose_name_plural = "认定条件"
        constraints = [
            models.UniqueConstraint(fields=["criteria_set", "key"], name="criterion_key_once")
        ]

    def __str__(self) -> str:
        return self.title


class Condition(models.Model):
    """An executable condition of a criterion, with the words of the document that state it."""

    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="conditions")
    key = models.SlugField()
    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="+")
    operator = models.CharField("比较", max_length=4, choices=OPERATOR_CHOICES)
    threshold = models.DecimalField("数值", max_digits=20, decimal_places=4)
    firmness = models.CharField("用语", max_length=20, choices=FIRMNESS_CHOICES)
    categories = models.JSONField("适用类别", default=list)
    quote = models.TextField("原文")
    floor = models.DecimalField("放宽下限", max_digits=20, decimal_places=4, null=True, blank=True)
    relaxation_quote = models.TextField("放宽条款原文", blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "条件"
        constraints = [
            models.UniqueConstraint(fields=["criterion", "key"], name="condition_key_once")
        ]

    def __str__(self) -> str:
        return self.key
