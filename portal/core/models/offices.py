"""People, offices, posts and appointments.

Rights follow from an appointment in force, never from the user: without one there is nothing.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.models import AbstractUser, Group
from django.db import models
from django.db.models import F, Q

from portal.core import clock
from portal.core.constants import (
    OFFICE_KIND_CHOICES,
    POST_KIND_CHOICES,
    POST_KINDS,
    UNSTATED,
    PostKind,
)
from portal.core.models.regions import Region
from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class User(AbstractUser):
    """A person with an account. Region and rights come from appointments."""

    display_name = models.CharField("姓名", max_length=60)

    class Meta(AbstractUser.Meta):
        verbose_name = verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.display_name or self.username


class OfficeQuerySet(ScopedQuerySet["Office"]):
    """Offices."""

    scope_field = "region__code"

    def visible_to(self, actor: Actor) -> OfficeQuerySet:
        """The actor's own office, and for scoped posts the offices of its region."""
        if actor.scope is not None or actor.is_system:
            return self.in_scope(actor)
        return self.filter(pk=actor.office.pk) if actor.office else self.none()


class Office(models.Model):
    """A leading-group office, a member unit or a filing unit of one region."""

    slug = models.SlugField("标识", max_length=60, unique=True)
    name = models.CharField("名称", max_length=120)
    kind = models.CharField("类型", max_length=30, choices=OFFICE_KIND_CHOICES)
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="offices")
    parent = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="units"
    )
    host_unit = models.CharField("办公室设在", max_length=120, default=UNSTATED)
    document_word = models.CharField("机关代字", max_length=30, blank=True)
    source = models.CharField("依据", max_length=120, blank=True)

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ["region__code", "kind", "name"]
        verbose_name = verbose_name_plural = "机构"
        constraints = [
            models.UniqueConstraint(
                fields=["region"],
                condition=Q(kind="leading_group_office"),
                name="one_leading_group_office_per_region",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post of an office. Explicit grants are held by its group, so a successor inherits them."""

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="posts")
    kind = models.CharField("岗位", max_length=30, choices=POST_KIND_CHOICES)
    title = models.CharField("职务", max_length=120)
    unit = models.ForeignKey(
        Office, on_delete=models.PROTECT, null=True, blank=True, related_name="seats"
    )
    group = models.OneToOneField(Group, on_delete=models.PROTECT, related_name="post")
    source = models.CharField("依据", max_length=120, blank=True)

    class Meta:
        ordering = ["office", "id"]
        verbose_name = verbose_name_plural = "岗位"

    def __str__(self) -> str:
        return f"{self.office.name} {self.kind_row.label}"

    @property
    def kind_row(self) -> PostKind:
        """The row of the table of kinds of post."""
        return POST_KINDS[self.kind]


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments."""

    def in_force(self, on: date | None = None) -> AppointmentQuerySet:
        """Appointments in force on a day, today when none is given."""
        day = on or clock.today()
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=day), valid_from__lte=day)


class Appointment(models.Model):
    """A post held by a person from a date to a date (任职)."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    valid_from = models.DateField("任职自")
    valid_to = models.DateField("任职至", null=True, blank=True)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        ordering = ["post", "valid_from"]
        verbose_name = verbose_name_plural = "任职"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="appointment_ends_after_it_begins",
                violation_error_message="任职截止日期不能早于起始日期。",
            ),
            models.UniqueConstraint(
                fields=["post"],
                condition=Q(valid_to__isnull=True),
                name="one_open_appointment_per_post",
                violation_error_message="该岗位已有现任人员，请先办理卸任。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.post}"
