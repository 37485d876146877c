"""Simulations (模拟): what a criteria set would mean for the towns of a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from criteria.constants import OUTCOME_CHOICES
from criteria.models import CriteriaSet
from portal.core.models import Job, Office, Post, ScopedQuerySet
from towns.constants import SIMULATION_CHANGE_CHOICES, SIMULATION_SUBJECT_CHOICES
from towns.models.filing import Application
from towns.models.towns import Town

if TYPE_CHECKING:
    from portal.core.actor import Actor


class SimulationQuerySet(models.QuerySet["Simulation"]):
    """Simulations."""

    def visible_to(self, actor: Actor) -> SimulationQuerySet:
        """Those of the acting office: a draft is nobody else's."""
        if actor.is_system:
            return self
        if actor.scope is None or actor.office is None:
            return self.none()
        return self.filter(office=actor.office)


class Simulation(models.Model):
    """One run of a criteria set over the towns and current applications of its region.

    A draft that is thrown away takes its simulations with it; a published set is never deleted.
    ``base``: the set that it is compared with, in force when it was started; None where there was
    none. ``content_sha256``: digest of what was simulated, so that a page can say that the draft
    has changed since. ``summary``: rows of city, category, and numbers by outcome before and after.
    """

    criteria_set = models.ForeignKey(
        CriteriaSet, on_delete=models.CASCADE, related_name="simulations"
    )
    base = models.ForeignKey(
        CriteriaSet, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="+")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    started_name = models.CharField("发起人", max_length=60)
    year = models.PositiveSmallIntegerField("数据年度")
    content_sha256 = models.CharField(max_length=64)
    job = models.ForeignKey(Job, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    counts = models.JSONField(default=dict)
    summary = models.JSONField(default=list)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = SimulationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "模拟"

    def __str__(self) -> str:
        return f"{self.criteria_set} {self.year}"


class SimulationRowQuerySet(ScopedQuerySet["SimulationRow"]):
    """Rows of simulations."""

    def visible_to(self, actor: Actor) -> SimulationRowQuerySet:
        """Those of the simulations that the actor sees."""
        if actor.is_system:
            return self
        return self.filter(simulation__in=Simulation.objects.visible_to(actor))


class SimulationRow(models.Model):
    """One town, or one current application, under the set and under the one before it.

    ``failing``: rows of criterion key, clause and title that are not met after, the worst first.
    """

    simulation = models.ForeignKey(Simulation, on_delete=models.CASCADE, related_name="rows")
    subject = models.CharField("对象", max_length=12, choices=SIMULATION_SUBJECT_CHOICES)
    town = models.ForeignKey(Town, on_delete=models.PROTECT, related_name="+")
    application = models.ForeignKey(
        Application, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    town_name = models.CharField("专业镇", max_length=120)
    scope_code = models.CharField(max_length=12)
    city_code = models.CharField(max_length=12)
    category = models.CharField("类别", max_length=30)
    before = models.CharField("现行标准", max_length=12, choices=OUTCOME_CHOICES, blank=True)
    after = models.CharField("模拟标准", max_length=12, choices=OUTCOME_CHOICES)
    change = models.CharField("变化", max_length=8, choices=SIMULATION_CHANGE_CHOICES)
    failing = models.JSONField("未达到的条款", default=list)
    points = models.DecimalField("数据得分", max_digits=8, decimal_places=2, null=True, blank=True)

    objects = SimulationRowQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "模拟结果"
        indexes = [models.Index(fields=["simulation", "change", "-id"], name="simulation_change")]

    def __str__(self) -> str:
        return f"{self.town_name} {self.after}"
