"""Rounds (批次) and applications (申报) with their answers, evidence and assessment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from criteria.categories import Categorised
from criteria.constants import OUTCOME_CHOICES
from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.constants import LEVEL_CHOICES, LEVELS, Can
from portal.core.models import Office, ScopedQuerySet, StoredFile
from towns.constants import FILING_CHOICES, FILINGS, LIVE_FILINGS, Filing, FilingRow
from towns.models.towns import Town, TownGrant

if TYPE_CHECKING:
    from portal.core.actor import Actor


class RoundQuerySet(ScopedQuerySet["Round"]):
    """Rounds."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> RoundQuerySet:
        """A call concerns its whole region: offices and filers inside it, and offices above it."""
        if actor.is_system:
            return self
        if actor.office is None:
            return self.none()
        code = actor.office.region.code
        calling = Q(office__region__scope_from__lte=code, office__region__scope_to__gt=code)
        if actor.scope is None:
            return self.filter(calling)
        below = Q(
            office__region__code__gte=actor.scope.lower, office__region__code__lt=actor.scope.upper
        )
        return self.filter(calling | below)


class Round(models.Model):
    """An office's call: level, criteria set version, opening and closing; what it sets itself.

    What the documents do not state (marks, terms of handling) is set here by the office.
    """

    key = models.SlugField(unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="rounds")
    title = models.CharField("批次名称", max_length=120)
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    year = models.PositiveSmallIntegerField("年度")
    figures_year = models.PositiveSmallIntegerField("数据年度")
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="rounds")
    chain_key = models.CharField(max_length=40)
    chain_version = models.PositiveSmallIntegerField(default=1)
    opens_on = models.DateField("开始日期")
    closes_on = models.DateField("截止日期")
    score_max = models.PositiveSmallIntegerField("每条评分满分", null=True, blank=True)
    step_days = models.JSONField("办理时限(工作日)", default=dict, blank=True)
    notice_days = models.PositiveSmallIntegerField("公示工作日", null=True, blank=True)
    notice_first_day_counts = models.BooleanField("公示首日计入", default=True)
    note = models.CharField("说明", max_length=200, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-closes_on", "-id"]
        verbose_name = verbose_name_plural = "申报批次"
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gte=F("opens_on")),
                name="round_closes_after_it_opens",
                violation_error_message="截止日期不能早于开始日期。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def level_adjective(self) -> str:
        """省级, 市级 or 县级."""
        return LEVELS[self.level].adjective

    @property
    def is_open(self) -> bool:
        """Whether applications may be filed today."""
        return self.opens_on <= clock.today() <= self.closes_on

    @property
    def state_label(self) -> str:
        """未开始, 受理申报中 or 已截止."""
        if clock.today() < self.opens_on:
            return "未开始"
        return "受理申报中" if self.is_open else "已截止"


class ApplicationQuerySet(ScopedQuerySet["Application"]):
    """Applications."""

    def visible_to(self, actor: Actor) -> ApplicationQuerySet:
        """Filing units: the towns they were given. Offices: their region, once submitted."""
        if actor.is_system:
            return self
        if actor.scope is not None:
            return self.in_scope(actor).filter(submitted_at__isnull=False)
        granted = TownGrant.objects.in_force(actor, "fill_town")
        return self.filter(town_id__in=granted.values("content_object_id"))

    def awaiting(self, actor: Actor) -> ApplicationQuerySet:
        """Applications that wait for the acting filer or submitter."""
        rows = self.visible_to(actor)
        if actor.can(Can.FILL):
            return rows.filter(state__in=[Filing.DRAFT, Filing.RETURNED])
        if actor.can(Can.SUBMIT):
            return rows.filter(state=Filing.READY)
        return rows.none()


class Application(Categorised, models.Model):
    """A town's filing in a round; pins the criteria set version; frozen when submitted."""

    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="applications")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="applications")
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="+")
    scope_code = models.CharField(max_length=12)
    category = models.CharField("类别", max_length=30)
    state = models.CharField("状态", max_length=12, choices=FILING_CHOICES, default=Filing.DRAFT)
    number = models.CharField("受理编号", max_length=40, blank=True)
    contact = models.CharField("联系人", max_length=60, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    summary = models.TextField("申报概述", blank=True)
    filled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="填报人"
    )
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="提交人",
    )
    filled_name = models.CharField(max_length=60, blank=True)
    submitted_name = models.CharField(max_length=60, blank=True)
    return_reason = models.TextField("退回补正意见", blank=True)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    revision = models.PositiveSmallIntegerField(default=0)
    snapshot = models.JSONField(default=dict)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "申报"
        constraints = [
            models.UniqueConstraint(
                fields=["town", "round"],
                condition=Q(state__in=LIVE_FILINGS),
                name="one_live_application_per_round",
                violation_error_message="该专业镇在本批次已有申报。",
            ),
            models.UniqueConstraint(
                fields=["number"], condition=~Q(number=""), name="receipt_number_once"
            ),
        ]
        indexes = [
            models.Index(fields=["scope_code", "-id"], name="application_scope"),
            models.Index(fields=["state", "-id"], name="application_state"),
        ]

    def __str__(self) -> str:
        return f"{self.town.name} {self.round.title}"

    @property
    def filler(self) -> str:
        """Who filled it, under the name of that day."""
        return self.filled_name or str(self.filled_by)

    @property
    def submitter(self) -> str:
        """Who submitted it, under the name of that day."""
        return self.submitted_name or str(self.submitted_by or "")

    @property
    def filing(self) -> FilingRow:
        """The row of the table of states."""
        return FILINGS[self.state]


class Answer(models.Model):
    """What the filer wrote for one criterion."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="answers")
    criterion = models.SlugField()
    text = models.TextField("陈述", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "陈述"
        constraints = [
            models.UniqueConstraint(fields=["application", "criterion"], name="one_answer")
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.criterion}"


class RelaxationRequest(models.Model):
    """A request to relax a condition (放宽) with its reason; only a decision grants it."""

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="relaxations"
    )
    condition = models.SlugField()
    reason = models.TextField("申请放宽理由")
    granted = models.BooleanField(null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "放宽申请"
        constraints = [
            models.UniqueConstraint(fields=["application", "condition"], name="one_relaxation")
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.condition}"


class Evidence(models.Model):
    """A file that supports one criterion of an application."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="evidence")
    criterion = models.SlugField()
    title = models.CharField("材料名称", max_length=120)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["criterion", "id"]
        verbose_name = verbose_name_plural = "佐证材料"

    def __str__(self) -> str:
        return self.title


class AssessmentRecord(models.Model):
    """The stored assessment (评定结果): one row per application and criteria set version.

    ``verdicts``: see ``criteria.stored``. ``points``: what the bands of the set give together, None
    where it has none or a figure is missing.
    """

    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, related_name="assessments"
    )
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveSmallIntegerField()
    verdicts: models.JSONField[Any, Any] = models.JSONField()
    met = models.PositiveSmallIntegerField()
    not_met = models.PositiveSmallIntegerField()
    priority = models.BooleanField(default=False)
    outcome = models.CharField("评定结果", max_length=12, choices=OUTCOME_CHOICES, blank=True)
    points = models.DecimalField("数据得分", max_digits=8, decimal_places=2, null=True, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "评定结果"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "criteria_set"], name="one_assessment_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"{self.application_id} {self.criteria_set_id}"
