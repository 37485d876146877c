"""Collective steps: one meeting or public notice with one row per case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from portal.core import clock
from portal.core.models import Office, ScopedQuerySet
from reviews.models.cases import Case

if TYPE_CHECKING:
    from portal.core.actor import Actor

MEETING_RESULT_CHOICES = [
    ("approve", "同意认定"),
    ("defer", "暂缓"),
    ("return", "退回补正"),
    ("reject", "不予认定"),
]
MEETING_STATE_CHOICES = [("planned", "待召开"), ("recorded", "已形成结果")]
NOTICE_STATE_CHOICES = [("running", "公示中"), ("closed", "公示期满")]


class MeetingQuerySet(ScopedQuerySet["Meeting"]):
    """Meetings."""

    def visible_to(self, actor: Actor) -> MeetingQuerySet:
        """The convening office alone: minutes and votes are not released to anybody else."""
        if actor.is_system:
            return self
        if actor.scope is None or actor.office is None:
            return self.none()
        return self.filter(office=actor.office)


class Meeting(models.Model):
    """A meeting that decides on several cases (会议审定)."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField("会议名称", max_length=120)
    held_on = models.DateField("召开日期")
    place = models.CharField("地点", max_length=120, blank=True)
    chair = models.CharField("主持人", max_length=60, blank=True)
    attendees = models.TextField("参会人员", blank=True)
    minutes = models.TextField("会议纪要", blank=True)
    state = models.CharField(
        "状态", max_length=10, choices=MEETING_STATE_CHOICES, default="planned"
    )
    created_at = models.DateTimeField()
    recorded_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_name = models.CharField(max_length=60, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "会议"

    def __str__(self) -> str:
        return self.title

    @property
    def creator(self) -> str:
        """Who convened it, under the name of that day."""
        return self.created_name or str(self.created_by)


class MeetingItem(models.Model):
    """One case before a meeting. A case stands before one planned meeting at a time."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="meeting_items")
    result = models.CharField("结果", max_length=10, choices=MEETING_RESULT_CHOICES, blank=True)
    opinion = models.TextField("审定意见", blank=True)
    decided = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "审议事项"
        constraints = [
            models.UniqueConstraint(fields=["meeting", "case"], name="one_item_per_case"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(decided=False),
                name="one_planned_meeting_per_case",
                violation_error_message="该办件已列入另一场会议。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.case_id}"


class PublicNoticeQuerySet(ScopedQuerySet["PublicNotice"]):
    """Public notices."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> PublicNoticeQuerySet:
        """A published notice is for everybody; work on it belongs to its office (policies)."""
        return self.filter(starts_on__lte=clock.today()) if actor.is_public else self.all()


class PublicNotice(models.Model):
    """A public notice of towns to be certified (公示) with its window."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="notices")
    title = models.CharField("标题", max_length=160)
    body = models.TextField("公示内容")
    starts_on = models.DateField("开始日期")
    working_days = models.PositiveSmallIntegerField("公示工作日")
    first_day_counts = models.BooleanField("首日计入", default=True)
    ends_on = models.DateField("结束日期")
    contact = models.CharField("受理部门及联系人", max_length=120)
    phone = models.CharField("联系电话", max_length=40)
    address = models.CharField("通信地址", max_length=160, blank=True)
    state = models.CharField("状态", max_length=10, choices=NOTICE_STATE_CHOICES, default="running")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    office_name = models.CharField(max_length=120, blank=True)
    created_name = models.CharField(max_length=60, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = PublicNoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "公示"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="notice_ends_after_it_begins"
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def organ(self) -> str:
        """The office that published it, under the name it bore then."""
        return self.office_name or self.office.name

    @property
    def creator(self) -> str:
        """Who published it, under the name of that day."""
        return self.created_name or str(self.created_by)

    @property
    def is_over(self) -> bool:
        """Whether the last day of the window has passed."""
        return self.ends_on < clock.today()


class PublicNoticeItem(models.Model):
    """One town before the public. A case stands in one running notice at a time."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notice_items")
    result = models.CharField("结果", max_length=10, blank=True)
    opinion = models.TextField("处理意见", blank=True)
    decided = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "公示事项"
        constraints = [
            models.UniqueConstraint(fields=["notice", "case"], name="one_notice_item_per_case"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(decided=False),
                name="one_running_notice_per_case",
                violation_error_message="该办件正在另一公示中。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.case_id}"
