"""Cases (办件) and their steps: one row per started step with who, when, outcome and opinion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from criteria.categories import Categorised
from portal.core import clock
from portal.core.constants import LEVEL_CHOICES, Can
from portal.core.models import Grant, Office, OfficialDocument, Post, ScopedQuerySet
from reviews.chain import (
    CHAINS,
    OUTCOMES,
    Chain,
    Outcome,
    Step,
    outcome_choices,
    step_choices,
    step_names,
    steps_for,
)
from towns.models import Application, Round, TownGrant

if TYPE_CHECKING:
    from portal.core.actor import Actor

CASE_STATE_CHOICES = [
    ("open", "办理中"),
    ("returned", "待补正"),
    ("closed", "已办结"),
]
CASE_OUTCOME_CHOICES = [
    ("certified", "已认定"),
    ("rejected", "未通过"),
    ("withdrawn", "已撤回"),
]
CASE_TONES = {
    "open": "info",
    "returned": "warning",
    "certified": "success",
    "rejected": "danger",
    "withdrawn": "neutral",
}


class CaseQuerySet(ScopedQuerySet["Case"]):
    """Cases."""

    def visible_to(self, actor: Actor) -> CaseQuerySet:
        """Offices by region; filing units their towns' cases; experts and units what they hold."""
        if actor.scope is not None or actor.is_system:
            return self.in_scope(actor)
        if actor.can(Can.FILL) or actor.can(Can.SUBMIT):
            granted = TownGrant.objects.in_force(actor, "fill_town")
            return self.filter(application__town_id__in=granted.values("content_object_id"))
        held = CaseGrant.objects.in_force(actor, "judge_case")
        return self.filter(pk__in=held.values("content_object_id"))

    def awaiting(self, actor: Actor) -> CaseQuerySet:
        """Open cases that wait for the acting post: its office's steps, its opinion, its scores."""
        rows = self.visible_to(actor).filter(state="open")
        if actor.scope is not None and actor.office is not None and actor.kind is not None:
            return rows.filter(office=actor.office, step__in=steps_for(actor.kind.can))
        if actor.can(Can.OPINE):
            # A unit that took others over may be asked twice about one case.
            asked = Case.objects.filter(
                opinions__office__in=Office.objects.answered_by(actor),
                opinions__given_at__isnull=True,
                opinions__run__finished_at__isnull=True,
            )
            return rows.filter(pk__in=asked.values("pk"))
        if actor.can(Can.SCORE):
            return rows.filter(
                sheets__post=actor.post,
                sheets__submitted_at__isnull=True,
                sheets__run__finished_at__isnull=True,
            )
        return rows.none()


class Case(Categorised, models.Model):
    """One run of an application through a chain."""

    number = models.CharField("办件编号", max_length=40, unique=True)
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="case")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="cases")
    chain_key = models.CharField(max_length=40)
    chain_version = models.PositiveSmallIntegerField()
    level = models.CharField("层级", max_length=10, choices=LEVEL_CHOICES)
    scope_code = models.CharField(max_length=12)
    town_name = models.CharField("专业镇", max_length=120)
    county_name = models.CharField("县(市、区)", max_length=60)
    category = models.CharField("类别", max_length=30)
    state = models.CharField("状态", max_length=10, choices=CASE_STATE_CHOICES, default="open")
    step = models.CharField("当前环节", max_length=30, choices=step_choices)
    office = models.ForeignKey(
        Office, on_delete=models.PROTECT, related_name="cases", verbose_name="办理机构"
    )
    outcome = models.CharField("办理结果", max_length=12, choices=CASE_OUTCOME_CHOICES, blank=True)
    due_on = models.DateField("办理期限", null=True, blank=True)
    # Who has it in hand (承办): the post that claimed it or was given it, and the person then.
    holder = models.ForeignKey(
        Post, on_delete=models.PROTECT, null=True, blank=True, related_name="held_cases"
    )
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    held_name = models.CharField("承办人", max_length=60, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    paused_on = models.DateField("停止计时日期", null=True, blank=True)
    opened_at = models.DateTimeField("受理申报时间")
    moved_at = models.DateTimeField("最近办理时间")
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "办件"
        permissions = [("judge_case", "评审办件")]
        indexes = [
            models.Index(fields=["scope_code", "-id"], name="case_scope"),
            models.Index(
                fields=["office", "step", "-id"],
                condition=Q(state="open"),
                name="case_queue",
            ),
            models.Index(
                fields=["office", "due_on", "id"],
                condition=Q(state="open"),
                name="case_queue_by_term",
            ),
            models.Index(fields=["holder"], condition=Q(state="open"), name="case_of_holder"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=(Q(state="closed") & ~Q(outcome=""))
                | (~Q(state="closed") & Q(outcome="")),
                name="closed_case_has_outcome",
            )
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.town_name}"

    @property
    def chain(self) -> Chain:
        """The version of the chain this case runs through."""
        return CHAINS[self.chain_key, self.chain_version]

    @property
    def current(self) -> Step:
        """The row of the current step."""
        return self.chain.step(self.step)

    @property
    def status_label(self) -> str:
        """What the status tag says: the result once closed, else the step or 待补正."""
        if self.state == "closed":
            return self.get_outcome_display()
        return "待补正" if self.state == "returned" else step_names()[self.step]

    @property
    def tone(self) -> str:
        """The colour of the status tag."""
        return CASE_TONES[self.outcome or self.state]

    @property
    def is_overdue(self) -> bool:
        """Whether the term of the current step has passed, or had when its clock was stopped."""
        if self.state != "open" or self.due_on is None:
            return False
        return self.due_on < (self.paused_on or clock.today())

    @property
    def correction_overdue(self) -> bool:
        """Whether a correction that was asked for is awaited beyond its term (补正逾期)."""
        return self.state == "returned" and self.due_on is not None and self.due_on < clock.today()


class CaseGrant(Grant):
    """A case opened to an expert's post or to a member unit's posts, and to nothing else."""

    used_by = (Can.OPINE, Can.SCORE)

    content_object = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="grants")

    class Meta(Grant.Meta):
        verbose_name = verbose_name_plural = "评审授权"


class StepRun(models.Model):
    """A started step of a case. A case has one open run at most; the database refuses a second."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="runs")
    ordinal = models.PositiveSmallIntegerField()
    step = models.CharField("环节", max_length=30, choices=step_choices)
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    office_name = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    due_on = models.DateField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField("结果", max_length=12, choices=outcome_choices, blank=True)
    opinion = models.TextField("意见", blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_name = models.CharField(max_length=60, blank=True)
    decided_post = models.ForeignKey(Post, on_delete=models.PROTECT, null=True, related_name="+")
    # Which submission was decided on; whether an earlier decision was confirmed as it stood
    # (材料无变化，维持原意见); working days of the term that were left when the step was returned.
    revision = models.PositiveSmallIntegerField(null=True, blank=True)
    reaffirmed = models.BooleanField(default=False)
    days_left = models.SmallIntegerField(null=True, blank=True)
    voided = models.BooleanField("补正后失效", default=False)
    meeting = models.ForeignKey(
        "reviews.Meeting", on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    shortlist = models.ForeignKey(
        "reviews.Shortlist", on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    notice = models.ForeignKey(
        "reviews.PublicNotice", on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )
    document = models.ForeignKey(
        OfficialDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )

    class Meta:
        ordering = ["case", "ordinal"]
        verbose_name = verbose_name_plural = "环节记录"
        constraints = [
            models.UniqueConstraint(fields=["case", "ordinal"], name="one_run_per_ordinal"),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(finished_at__isnull=True),
                name="one_open_run_per_case",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.get_step_display()}"

    @property
    def organ(self) -> str:
        """The office that took the step, under the name it bore then."""
        return self.office_name or self.office.name

    @property
    def outcome_row(self) -> Outcome | None:
        """The row of the table of outcomes, None while open and for the town's own moves."""
        return OUTCOMES.get(self.outcome)
