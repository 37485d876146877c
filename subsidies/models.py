"""Policies and their clauses: rewards, services and gates with the words that promise them."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.urls import reverse

from portal.core import clock
from portal.core.constants import LEVEL_CHOICES, UNSTATED
from portal.core.models import Region, ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class PolicyQuerySet(ScopedQuerySet["Policy"]):
    """Policies."""

    def visible_to(self, actor: Actor) -> PolicyQuerySet:
        """Published documents are for everybody."""
        return self.all()


class Policy(models.Model):
    """A policy document that promises rewards or sets gates."""

    key = models.SlugField(unique=True)
    title = models.CharField("名称", max_length=200)
    document_number = models.CharField("发文字号", max_length=60)
    issuing_organ = models.CharField("发文机关", max_length=120)
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="policies")
    issued_on = models.DateField("印发日期", null=True, blank=True)
    valid_from = models.DateField("施行日期", null=True, blank=True)
    valid_to = models.DateField("有效期至", null=True, blank=True)
    validity_text = models.CharField("有效期原文", max_length=200, default=UNSTATED)
    duplication_text = models.TextField("重复奖补规定", default=UNSTATED)
    note = models.TextField("说明", blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["region__code", "issued_on"]
        verbose_name = verbose_name_plural = "政策"

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The public page of the policy."""
        return reverse("public-policy", args=[self.key])

    def state_on(self, day: date | None = None) -> str:
        """有效, 已过期 or 有效期未载明 on a day."""
        if self.valid_to is None:
            return "有效期未载明"
        return "已过期" if self.valid_to < (day or clock.today()) else "有效"


class Clause(models.Model):
    """One promise of a policy (条款). Amounts are kept in the document's own words."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="clauses")
    key = models.CharField(max_length=20, unique=True)
    ordinal = models.PositiveSmallIntegerField()
    clause = models.CharField("条款号", max_length=30)
    beneficiary = models.CharField("对象", max_length=120)
    trigger = models.CharField("条件", max_length=300)
    kind = models.CharField("方式", max_length=30)
    amount_text = models.CharField("标准", max_length=200, default=UNSTATED)
    amount_stated = models.BooleanField("文件载明数额")
    cap = models.CharField("上限", max_length=120, blank=True)
    once = models.CharField("次数", max_length=120, blank=True)
    fund_source = models.CharField("资金来源", max_length=120, blank=True)
    quote = models.TextField("原文")

    class Meta:
        ordering = ["policy", "ordinal"]
        verbose_name = verbose_name_plural = "条款"

    def __str__(self) -> str:
        return f"{self.policy.document_number} {self.clause}"
