"""Rounds (批次): an office's call for applications, its quotas, what it asks to see, extensions."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.constants import LEVEL_CHOICES, LEVELS
from portal.core.models import Office, Region, ScopedQuerySet
from towns.constants import COMMITMENTS, ROUND_KIND_CHOICES
from towns.models.towns import Town

if TYPE_CHECKING:
    from portal.core.actor import Actor

LAST_SECOND = time(23, 59, 59)


class RoundQuerySet(ScopedQuerySet["Round"]):
    """Rounds."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> RoundQuerySet:
        """A call concerns its whole region: offices and filers inside it, and offices above it.

        One on trial (试运行) is known to the posts of its own office alone.
        """
        if actor.is_system:
            return self
        if actor.office is None:
            return self.none()
        code = actor.office.region.code
        calling = Q(office__region__scope_from__lte=code, office__region__scope_to__gt=code)
        if actor.scope is None:
            return self.filter(calling, trial=False)
        below = Q(
            office__region__code__gte=actor.scope.lower, office__region__code__lt=actor.scope.upper
        )
        return self.filter(calling | below).filter(Q(trial=False) | Q(office=actor.office))

    def open(self) -> RoundQuerySet:
        """Those that take applications now, to the second, as ``is_open`` says of one of them."""
        day, clocks = _second()
        return self.filter(
            Q(opens_on__lt=day) | Q(opens_on=day, opens_time__lte=clocks),
            Q(closes_on__gt=day) | Q(closes_on=day, closes_time__gte=clocks),
            trial=False,
        )

    def coming(self) -> RoundQuerySet:
        """Those that have not opened yet."""
        day, clocks = _second()
        later = Q(opens_on__gt=day) | Q(opens_on=day, opens_time__gt=clocks)
        return self.filter(later, trial=False)

    def closed(self) -> RoundQuerySet:
        """Those that have closed, extensions apart."""
        day, clocks = _second()
        return self.filter(
            Q(closes_on__lt=day) | Q(closes_on=day, closes_time__lt=clocks), trial=False
        )


def _second() -> tuple[date, time]:
    """The day and the whole second in which the request arrived, as rounds write theirs."""
    moment = timezone.localtime(clock.received()).replace(microsecond=0)
    return moment.date(), moment.time()


class Round(models.Model):
    """An office's call: level, criteria set version, opening and closing; what it sets itself.

    What the documents do not state (marks, terms of handling, evidence, commitments) is set here by
    the office. ``categories``: keys of those who may file, all of the criteria set when empty.
    ``trial``: tried out by the office alone; what was entered can be thrown away. ``upload_grace``:
    minutes in which an application may still be handed over and submitted after closing when one of
    its uploads had begun before.
    """

    key = models.SlugField(unique=True)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="rounds")
    title = models.CharField("批次名称", max_length=120)
    kind = models.CharField(
        "批次类型", max_length=20, choices=ROUND_KIND_CHOICES, default="certification"
    )
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    categories = models.JSONField("类别", default=list, blank=True)
    year = models.PositiveSmallIntegerField("年度")
    figures_year = models.PositiveSmallIntegerField("数据年度")
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="rounds")
    chain_key = models.CharField(max_length=40)
    chain_version = models.PositiveSmallIntegerField(default=1)
    opens_on = models.DateField("开始日期")
    opens_time = models.TimeField("开始时刻", default=time(0, 0))
    closes_on = models.DateField("截止日期")
    closes_time = models.TimeField("截止时刻", default=LAST_SECOND)
    upload_grace = models.PositiveSmallIntegerField("上传宽限(分钟)", default=30)
    trial = models.BooleanField("试运行", default=False)
    score_max = models.PositiveSmallIntegerField("每条评分满分", null=True, blank=True)
    step_days = models.JSONField("办理时限(工作日)", default=dict, blank=True)
    notice_days = models.PositiveSmallIntegerField("公示工作日", null=True, blank=True)
    notice_first_day_counts = models.BooleanField("公示首日计入", default=True)
    commitments = models.JSONField("承诺事项", default=list, blank=True)
    contact = models.CharField("咨询联系人", max_length=60, blank=True)
    contact_phone = models.CharField("咨询电话", max_length=40, blank=True)
    note = models.CharField("说明", max_length=200, blank=True)

    objects = RoundQuerySet.as_manager()

    class Meta:
        ordering = ["-closes_on", "-id"]
        verbose_name = verbose_name_plural = "申报批次"
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_on__gt=F("opens_on"))
                | Q(closes_on=F("opens_on"), closes_time__gt=F("opens_time")),
                name="round_closes_after_it_opens",
                violation_error_message="截止时间不能早于开始时间。",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def level_adjective(self) -> str:
        """省级, 市级 or 县级."""
        return LEVELS[self.level].adjective

    @property
    def opening(self) -> datetime:
        """The first moment at which one may file."""
        return timezone.make_aware(datetime.combine(self.opens_on, self.opens_time))

    @property
    def closing(self) -> datetime:
        """The last second at which one may submit; the second itself still counts."""
        return timezone.make_aware(datetime.combine(self.closes_on, self.closes_time))

    def open_at(self, moment: datetime, until: datetime | None = None) -> bool:
        """Whether the round runs at a moment, to the second; ``until``: a later end of a town."""
        return self.opening <= moment < (until or self.closing) + timedelta(seconds=1)

    @property
    def is_open(self) -> bool:
        """Whether applications may be filed now, extensions and grace apart; never on trial."""
        return not self.trial and self.open_at(clock.received())

    @property
    def has_opened(self) -> bool:
        """Whether its opening has passed; one on trial opens when it is made official."""
        return not self.trial and clock.received() >= self.opening

    @property
    def state_label(self) -> str:
        """试运行, 未开始, 受理申报中 or 已截止."""
        if self.trial:
            return "试运行"
        if not self.has_opened:
            return "未开始"
        return "受理申报中" if self.is_open else "已截止"

    @property
    def audience(self) -> str:
        """Who reads its ledger: what is tried out is no matter of the offices above."""
        return "unit" if self.trial else "office"

    @property
    def commitment_texts(self) -> list[str]:
        """What an applicant promises: the office's own sentences, or the portal's."""
        return list(self.commitments or COMMITMENTS)


class RoundQuota(models.Model):
    """How many towns of a region may be recommended in a round (推荐名额).

    Set by the office of the round for the regions below it; an office that was given places hands
    them down to its own counties, never more than it has.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="quotas")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="+")
    places = models.PositiveSmallIntegerField("名额")
    set_by = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    set_name = models.CharField(max_length=60, blank=True)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["region__code"]
        verbose_name = verbose_name_plural = "推荐名额"
        constraints = [
            models.UniqueConstraint(fields=["round", "region"], name="one_quota_of_a_region")
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.region} {self.places}"


class EvidenceSlot(models.Model):
    """A kind of evidence that a round asks for under a criterion: what, of when, how many pages."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="slots")
    criterion = models.SlugField()
    key = models.SlugField()
    title = models.CharField("材料名称", max_length=120)
    asked = models.CharField("要求", max_length=300, blank=True)
    period = models.CharField("材料时间", max_length=80, blank=True)
    pages_max = models.PositiveSmallIntegerField("页数上限", null=True, blank=True)
    required = models.BooleanField("必须提供", default=False)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["ordinal", "id"]
        verbose_name = verbose_name_plural = "材料清单"
        constraints = [models.UniqueConstraint(fields=["round", "key"], name="one_evidence_slot")]

    def __str__(self) -> str:
        return self.title


class Extension(models.Model):
    """A later end of a round for one town (延期), with its reason and who approved it."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="extensions")
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="extensions")
    until = models.DateTimeField("延期至")
    reason = models.CharField("延期事由", max_length=300)
    approver = models.CharField("批准人", max_length=60)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    granted_name = models.CharField(max_length=60, blank=True)
    granted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "延期"
        constraints = [
            models.UniqueConstraint(
                fields=["round", "town"],
                condition=Q(revoked_at__isnull=True),
                name="one_extension_of_a_town",
                violation_error_message="该专业镇在本批次已有延期，请先撤销。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.town} {self.until:%Y-%m-%d %H:%M}"
