"""Whose field a criterion is: the documents' division of work, and what an office made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from criteria.models import CriteriaSet
from portal.core.models import Office, ScopedQuerySet
from reviews.models.judging import ROLE_CHOICES

if TYPE_CHECKING:
    from portal.core.actor import Actor

DUTY_ROLE_CHOICES = [*ROLE_CHOICES, ("responsible", "责任单位")]


class Duty(models.Model):
    """A unit named in the closing bracket of a clause (任务分工), as printed.

    ``unit`` is the member unit that the printed name stands for, None where it has no seat in the
    leading group. The documents divide tasks; they say nothing of criteria.
    """

    document = models.CharField("文号", max_length=60)
    clause = models.CharField("条款", max_length=30)
    title = models.CharField("任务", max_length=120)
    role = models.CharField("分工", max_length=12, choices=DUTY_ROLE_CHOICES)
    unit_name = models.CharField("单位", max_length=60)
    region_code = models.CharField(max_length=12)
    unit = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="duties"
    )
    ordinal = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["document", "ordinal"]
        verbose_name = verbose_name_plural = "任务分工"
        constraints = [
            models.UniqueConstraint(fields=["document", "ordinal"], name="one_duty_of_an_ordinal")
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.clause} {self.unit_name}"


class CriterionUnitQuerySet(ScopedQuerySet["CriterionUnit"]):
    """Units by criterion."""

    def visible_to(self, actor: Actor) -> CriterionUnitQuerySet:
        """The acting office's own division of its consultation."""
        if actor.is_system:
            return self
        if actor.scope is None or actor.office is None:
            return self.none()
        return self.filter(office=actor.office)


class CriterionUnit(models.Model):
    """A member unit that an office consults on a criterion: its field, lead or support.

    Set by the office (the documents do not say who judges a criterion); ``source`` names the clause
    whose division of work it was taken from, or 本办公室设定.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="criterion_units")
    criteria_set = models.ForeignKey(CriteriaSet, on_delete=models.PROTECT, related_name="+")
    criterion = models.SlugField()
    unit = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="consulted_on")
    role = models.CharField("分工", max_length=10, choices=ROLE_CHOICES)
    source = models.CharField("依据", max_length=160)
    set_name = models.CharField(max_length=60, blank=True)
    set_at = models.DateTimeField()

    objects = CriterionUnitQuerySet.as_manager()

    class Meta:
        ordering = ["criterion", "role", "id"]
        verbose_name = verbose_name_plural = "条款分工"
        constraints = [
            models.UniqueConstraint(
                fields=["office", "criteria_set", "criterion", "unit"], name="one_unit_a_criterion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.unit_id}"
