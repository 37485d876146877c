"""Indicators and versioned criteria sets (认定标准) with the verbatim text of every clause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from criteria.constants import (
    DECISION_CHOICES,
    FIRMNESS_CHOICES,
    INDICATOR_SOURCE_CHOICES,
    INDICATOR_SUBJECT_CHOICES,
    INDICATOR_TYPE_CHOICES,
    JOINING_CHOICES,
    NATURE_CHOICES,
    OPERATOR_CHOICES,
    PASS_RULE_CHOICES,
    SCORE_MODE_CHOICES,
    SET_KIND_CHOICES,
    SET_KINDS,
    SET_STATE_CHOICES,
    YEAR_RULE_CHOICES,
)
from portal.core.constants import LEVEL_CHOICES, LEVELS
from portal.core.models import Region, ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class IndicatorQuerySet(ScopedQuerySet["Indicator"]):
    """Indicators."""

    def visible_to(self, actor: Actor) -> IndicatorQuerySet:
        """The catalogue is public; of the offices' own those of the regions above and below."""
        if actor.office is None:
            return self
        home = actor.office.region
        return self.filter(
            Q(region__isnull=True)
            | Q(region__scope_from__lte=home.code, region__scope_to__gt=home.code)
            | Q(region__code__gte=home.scope_from, region__code__lt=home.scope_to)
        )

    def standing(self) -> IndicatorQuerySet:
        """Those that new criteria may use."""
        return self.filter(retired_at__isnull=True)


class Indicator(models.Model):
    """Catalogue entry: what is counted, in which unit, and where it comes from.

    ``region`` is that of the office which added it; those of the documents have none. ``minimum``
    and ``maximum`` bound what may be entered, in the base unit. ``choices``: of a choice, rows of
    key (a whole number, which is what a figure stores) and name.
    """

    key = models.SlugField(unique=True)
    name = models.CharField("名称", max_length=60)
    unit = models.CharField("单位", max_length=10, blank=True)
    type = models.CharField("类型", max_length=10, choices=INDICATOR_TYPE_CHOICES)
    subject = models.CharField("对象", max_length=12, choices=INDICATOR_SUBJECT_CHOICES)
    source = models.CharField("来源", max_length=10, choices=INDICATOR_SOURCE_CHOICES)
    description = models.CharField("口径", max_length=300, blank=True)
    decimals = models.PositiveSmallIntegerField("小数位", default=0)
    ordinal = models.PositiveSmallIntegerField(default=0)
    year_rule = models.CharField(
        "年度口径", max_length=10, choices=YEAR_RULE_CHOICES, default="latest"
    )
    minimum = models.DecimalField("最小值", max_digits=20, decimal_places=4, null=True, blank=True)
    maximum = models.DecimalField("最大值", max_digits=20, decimal_places=4, null=True, blank=True)
    choices = models.JSONField("选项", default=list, blank=True)
    region = models.ForeignKey(
        Region, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = IndicatorQuerySet.as_manager()

    class Meta:
        ordering = ["ordinal", "key"]
        verbose_name = verbose_name_plural = "指标"

    def __str__(self) -> str:
        return self.name


class Category(models.Model):
    """A category (类别) that an office added for its own criteria; never renamed once used.

    Those that the documents name stand in ``criteria.categories``.
    """

    key = models.SlugField(unique=True)
    name = models.CharField("类别", max_length=30, unique=True)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name = verbose_name_plural = "类别"

    def __str__(self) -> str:
        return self.name


class CriteriaSetQuerySet(ScopedQuerySet["CriteriaSet"]):
    """Criteria sets."""

    scope_field = "region__code"

    def visible_to(self, actor: Actor) -> CriteriaSetQuerySet:
        """What was ever published is public law; a draft is seen by the office of its region."""
        public = self.filter(state__in=("published", "withdrawn"))
        if actor.is_system:
            return self
        if actor.scope is None or actor.office is None:
            return public
        return self.filter(
            Q(state__in=("published", "withdrawn")) | Q(region_id=actor.office.region_id)
        )

    def drafted_by(self, actor: Actor) -> CriteriaSetQuerySet:
        """Drafts and proposals of the acting office's own region."""
        if actor.scope is None or actor.office is None:
            return self.none()
        return self.filter(state__in=("draft", "proposed"), region_id=actor.office.region_id)


class CriteriaSet(models.Model):
    """A version of the criteria of one kind, level and region. Published versions never change.

    A draft has version 0; publication gives it the next one. ``superseded`` is no state: a version
    is superseded from the day on which a later one takes effect (``criteria.queries.standing``).
    ``content_sha256``: digest of the published content (``criteria.exchange``). ``revision`` grows
    with every change of the draft. ``digits``: rounding of points; None is 未载明.
    ``editors``: keys of the users who began, changed or proposed it, none of whom confirms it; it
    never gets shorter.
    """

    key = models.SlugField(unique=True)
    kind = models.CharField(
        "种类", max_length=16, choices=SET_KIND_CHOICES, default="certification"
    )
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="criteria_sets")
    version = models.PositiveIntegerField("版本", default=0)
    title = models.CharField("名称", max_length=120)
    document_number = models.CharField("发文字号", max_length=60, blank=True)
    document_title = models.CharField("文件", max_length=200, blank=True)
    scope_clause = models.CharField("条款", max_length=60, blank=True)
    issued_on = models.DateField("印发日期", null=True, blank=True)
    effective_from = models.DateField("施行日期", null=True, blank=True)
    effective_to = models.DateField("失效日期", null=True, blank=True)
    state = models.CharField("状态", max_length=10, choices=SET_STATE_CHOICES, default="draft")
    categories = models.JSONField("类别", default=list)
    silent = models.JSONField("文件未载明事项", default=list)
    tiers = models.JSONField("规模层级", default=list)
    notes = models.JSONField("说明", default=list)
    pass_rule = models.CharField(
        "合格规则", max_length=10, choices=PASS_RULE_CHOICES, blank=True, default=""
    )
    pass_points = models.DecimalField(
        "合格线", max_digits=7, decimal_places=2, null=True, blank=True
    )
    digits = models.PositiveSmallIntegerField("得分保留小数位", null=True, blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    editors = models.JSONField("参与编制的人员", default=list, editable=False)
    revision = models.PositiveIntegerField(default=0)
    content_sha256 = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_name = models.CharField("最近修改人", max_length=60, blank=True)
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    proposed_name = models.CharField("提请发布人", max_length=60, blank=True)
    proposal_note = models.CharField("提请说明", max_length=400, blank=True)
    return_reason = models.CharField("退回修改意见", max_length=400, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_name = models.CharField("确认发布人", max_length=60, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_on = models.DateField("撤回日期", null=True, blank=True)
    withdrawn_name = models.CharField("撤回人", max_length=60, blank=True)
    withdrawal_reason = models.CharField("撤回原因", max_length=400, blank=True)

    objects = CriteriaSetQuerySet.as_manager()

    class Meta:
        ordering = ["region__code", "kind", "-version"]
        verbose_name = verbose_name_plural = "认定标准"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "level", "region", "version"],
                condition=Q(state__in=("published", "withdrawn")),
                name="one_version_of_a_set",
                violation_error_message="该层级已有同一版本的标准。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def level_adjective(self) -> str:
        """省级, 市级 or 县级."""
        return LEVELS[self.level].adjective

    @property
    def kind_label(self) -> str:
        """认定标准, 年度评估标准 or 竞赛评选标准."""
        return SET_KINDS[self.kind]

    @property
    def version_label(self) -> str:
        """第 2 版, or 草稿 before publication."""
        return f"第 {self.version} 版" if self.version else "草稿"

    @property
    def is_fixed(self) -> bool:
        """Whether it was ever published, so that nothing in it changes."""
        return self.state in ("published", "withdrawn")

    def get_absolute_url(self) -> str:
        """The public page of the set."""
        return reverse("public-criteria", args=[self.key])


class Criterion(models.Model):
    """One criterion (条): verbatim clause text and what the filer is asked for.

    ``groups``: rows of key, joining (all, any) and label; ``joining`` joins the groups and the
    conditions that stand alone. ``priorities``: rows of indicator, operator, threshold, quote.
    ``score_max`` None and ``score_mode`` "" are 未载明. ``bands``: rows of indicator, categories
    and steps ([from, points] as texts). ``rubric``: rows of low, high, words. ``revision`` grows
    with every change to the criterion or its conditions: who saves names the one that was opened.
    """

    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="criteria")
    key = models.SlugField()
    ordinal = models.PositiveSmallIntegerField()
    clause = models.CharField("条款号", max_length=30)
    title = models.CharField("条目", max_length=60)
    text = models.TextField("原文")
    nature = models.CharField("性质", max_length=10, choices=NATURE_CHOICES)
    ask = models.CharField("填报提示", max_length=300, blank=True)
    priorities = models.JSONField("优先评定情形", default=list, blank=True)
    joining = models.CharField("各组关系", max_length=4, choices=JOINING_CHOICES, default="all")
    groups = models.JSONField("条件组", default=list, blank=True)
    score_max = models.DecimalField("满分", max_digits=7, decimal_places=2, null=True, blank=True)
    score_mode = models.CharField(
        "计分方式", max_length=10, choices=SCORE_MODE_CHOICES, blank=True, default=""
    )
    bands = models.JSONField("分档", default=list, blank=True)
    rubric = models.JSONField("评分参考", default=list, blank=True)
    notes = models.TextField("说明", blank=True)
    revision = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, blank=True)
    changed_name = models.CharField("最近修改人", max_length=60, blank=True)

    class Meta:
        ordering = ["ordinal", "pk"]
        verbose_name = verbose_name_plural = "认定条件"
        constraints = [
            models.UniqueConstraint(fields=["criteria_set", "key"], name="criterion_key_once")
        ]

    def __str__(self) -> str:
        return self.title


class Condition(models.Model):
    """An executable condition of a criterion, with the words of the document that state it.

    ``relaxation_quote``: the words that let it be relaxed (放宽), empty where none do; with them
    ``floor`` (None: 未载明), ``relaxation_grounds`` (rows of indicator, operator, threshold, quote,
    all of which must hold), ``relaxation_preconditions`` (words that people judge) and the
    decision that it takes.
    """

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
    relaxation_grounds = models.JSONField("放宽的数据条件", default=list, blank=True)
    relaxation_preconditions = models.TextField("放宽的前提（原文）", blank=True)
    relaxation_decision = models.CharField(
        "放宽由谁决定", max_length=10, choices=DECISION_CHOICES, blank=True, default=""
    )
    group = models.SlugField("条件组", blank=True, default="")
    year = models.PositiveSmallIntegerField("年度", null=True, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal", "id"]
        verbose_name = verbose_name_plural = "条件"
        constraints = [
            models.UniqueConstraint(fields=["criterion", "key"], name="condition_key_once")
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def relaxable(self) -> bool:
        """Whether the document lets it be relaxed."""
        return bool(self.relaxation_quote) or self.floor is not None
