"""Applications (申报) with their answers, evidence and assessment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q

from criteria.categories import Categorised
from criteria.constants import OUTCOME_CHOICES
from criteria.models import CriteriaSet
from portal.core.constants import Can
from portal.core.models import Office, ScopedQuerySet, StoredFile
from towns.constants import FILING_CHOICES, FILINGS, LIVE_FILINGS, Filing, FilingRow
from towns.models.rounds import Round
from towns.models.towns import Town, TownGrant

if TYPE_CHECKING:
    from portal.core.actor import Actor


class ApplicationQuerySet(ScopedQuerySet["Application"]):
    """Applications."""

    def visible_to(self, actor: Actor) -> ApplicationQuerySet:
        """Filing units: the towns they were given. Offices: their region, once submitted.

        What an office enters itself (代录, 试运行) it sees from the beginning; of what is on trial
        nobody else knows.
        """
        if actor.is_system:
            return self
        if actor.scope is not None:
            known = Q(submitted_at__isnull=False, trial=False) | Q(entered_by=actor.office)
            return self.in_scope(actor).filter(known)
        granted = TownGrant.objects.in_force(actor, "fill_town")
        return self.filter(town_id__in=granted.values("content_object_id"), trial=False)

    def contributed_by(self, actor: Actor) -> ApplicationQuerySet:
        """Those of which a contact was given sections; for the pages of these sections alone."""
        # Defined above this module: a grant names the application it opens.
        from towns.models.drafting import SectionGrant  # noqa: PLC0415

        held = SectionGrant.objects.in_force(actor, "contribute_application")
        return self.filter(pk__in=held.values("content_object_id"), trial=False)

    def awaiting(self, actor: Actor) -> ApplicationQuerySet:
        """Applications that wait for the acting filer or submitter."""
        rows = self.visible_to(actor)
        if actor.can(Can.FILL):
            return rows.filter(state__in=[Filing.DRAFT, Filing.RETURNED])
        if actor.can(Can.SUBMIT):
            return rows.filter(state=Filing.READY)
        return rows.none()


class Application(Categorised, models.Model):
    """A town's filing in a round; pins the criteria set version; frozen when submitted.

    ``entered_by``: the office that fills it on behalf of a unit without network (代录), with why.
    ``trial``: of a round on trial. ``copied_from``: the earlier application it was begun from.
    ``request_file``: the scan of the government's stamped request (申报请示). ``commitments``: the
    sentences that the filer has read and promised, each with name and moment.
    """

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
    industry_text = models.TextField("主导产业和主导产品情况", blank=True)
    commitments = models.JSONField("承诺", default=list, blank=True)
    request_file = models.ForeignKey(
        StoredFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    request_number = models.CharField("请示文号", max_length=60, blank=True)
    entered_by = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    entered_reason = models.CharField("代录原因", max_length=200, blank=True)
    trial = models.BooleanField("试运行", default=False)
    copied_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
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
        permissions = [("contribute_application", "填写申报的部分内容")]
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

    def is_written_by(self, actor: Actor) -> bool:
        """Whether the actor's side writes it: the town, or the office that enters it (代录).

        Whoever writes it reads the draft; the others read what was submitted.
        """
        if self.entered_by_id is None:
            return actor.scope is None
        return actor.office is not None and actor.office.pk == self.entered_by_id

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
    """A file that supports one criterion of an application.

    ``slot``: what of the round's list it answers (key of ``EvidenceSlot``), empty beyond the list.
    ``pages``: where in the file one has to look ("12", "12-15"). The same stored file may stand
    under several criteria.
    """

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="evidence")
    criterion = models.SlugField()
    title = models.CharField("材料名称", max_length=120)
    slot = models.SlugField(blank=True)
    pages = models.CharField("页码", max_length=60, blank=True)
    ordinal = models.PositiveSmallIntegerField(default=0)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["criterion", "ordinal", "id"]
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

    @property
    def to_judge(self) -> int:
        """How many criteria are neither met nor not: people judge them, or may relax them."""
        rows = self.verdicts["criteria"] if isinstance(self.verdicts, dict) else self.verdicts
        return max(0, len(rows) - self.met - self.not_met)

    def __str__(self) -> str:
        return f"{self.application_id} {self.criteria_set_id}"
