"""Posts, who holds them from when to when, leave, and deputies for a period."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from portal.core import clock
from portal.core.constants import (
    LEAVE_KIND_CHOICES,
    POST_KIND_CHOICES,
    POST_KINDS,
    Can,
    OfficeKind,
    PostKind,
)
from portal.core.models.accounts import User
from portal.core.models.grants import Grant, GrantQuerySet
from portal.core.models.offices import Office
from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class PostQuerySet(ScopedQuerySet["Post"]):
    """Posts."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> PostQuerySet:
        """The posts of one's own office; those of the region for posts with a jurisdiction.

        A contact of a filing unit, often somebody from an enterprise, sees its own post only.
        """
        if actor.jurisdiction is not None or actor.is_system:
            return self.in_jurisdiction(actor)
        if actor.can(Can.CONTRIBUTE):
            return self.filter(pk=actor.post.pk) if actor.post else self.none()
        return self.filter(office=actor.office) if actor.office else self.none()

    def beside(self, post: Post) -> PostQuerySet:
        """Posts of the same leading group, or of the same filing unit."""
        house = post.office.house_id
        units = Q(office__parent=house, office__kind=OfficeKind.MEMBER_UNIT)
        return self.filter(Q(office=house) | units)

    def standing(self, on: date | None = None) -> PostQuerySet:
        """Posts that exist on a day, today when none is given."""
        day = on or clock.today()
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
        )


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
    valid_from = models.DateField("设立日期", null=True, blank=True)
    valid_to = models.DateField("撤销日期", null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["office", "id"]
        verbose_name = verbose_name_plural = "岗位"
        permissions = [("deputise_post", "代理岗位")]

    def __str__(self) -> str:
        return f"{self.office.name} {self.kind_row.label}"

    @property
    def is_standing(self) -> bool:
        """Whether the post and its office exist today."""
        day = clock.today()
        begun = self.valid_from is None or self.valid_from <= day
        return begun and (self.valid_to is None or self.valid_to >= day) and self.office.is_standing

    @property
    def kind_row(self) -> PostKind:
        """The row of the table of kinds of post."""
        return POST_KINDS[self.kind]


class PostMove(models.Model):
    """The office a post belonged to until a day, before a merger or split moved it (岗位划转)."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="moves")
    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="departed_posts")
    until = models.DateField("隶属至")

    class Meta:
        ordering = ["until", "id"]
        verbose_name = verbose_name_plural = "岗位划转"

    def __str__(self) -> str:
        return f"{self.post} {self.until}"


class PostGrantQuerySet(GrantQuerySet):
    """Deputies."""

    def visible_to(self, actor: Actor) -> PostGrantQuerySet:
        """Deputies for the posts the actor sees."""
        return self.filter(content_object__in=Post.objects.visible_to(actor))


class PostGrant(Grant):
    """A deputy (代理) for a period: the holder of one post may act from another."""

    content_object = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="deputies")

    objects = PostGrantQuerySet.as_manager()  # type: ignore[misc]

    class Meta(Grant.Meta):
        verbose_name = verbose_name_plural = "代理授权"


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    """Appointments."""

    def visible_to(self, actor: Actor) -> AppointmentQuerySet:
        """Appointments to the posts the actor sees."""
        return self.filter(post__in=Post.objects.visible_to(actor))

    def held(self, on: date | None = None) -> AppointmentQuerySet:
        """Appointments that run on a day, today when none is given, on leave or not."""
        day = on or clock.today()
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            valid_from__lte=day,
            revoked_at__isnull=True,
        )

    def in_force(self, on: date | None = None) -> AppointmentQuerySet:
        """Appointments that give rights on a day: held, not on leave, of an existing office."""
        day = on or clock.today()
        away = Leave.objects.on(day).filter(appointment=OuterRef("pk"))
        gone = Q(post__office__valid_to__lt=day) | Q(post__valid_to__lt=day)
        return self.held(day).exclude(gone).filter(~Exists(away))


class Appointment(models.Model):
    """A post held by a person from a date to a date (任职).

    ``holder_name`` keeps the name the person had; a revoked one (登记有误) never counted.
    """

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="appointments")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="appointments")
    holder_name = models.CharField("姓名", max_length=60, blank=True)
    valid_from = models.DateField("任职自")
    valid_to = models.DateField("任职至", null=True, blank=True)
    source = models.CharField("依据", max_length=160, blank=True)
    ended_reason = models.CharField("卸任原因", max_length=160, blank=True)
    revoked_at = models.DateTimeField("撤销登记时间", null=True, blank=True)

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
                condition=Q(valid_to__isnull=True, revoked_at__isnull=True),
                name="one_open_appointment_per_post",
                violation_error_message="该岗位已有现任人员，请先办理卸任。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.post}"

    def save(self, *args: object, **kwargs: object) -> None:
        """Keep the name the person bears when appointed."""
        self.holder_name = self.holder_name or str(self.user)
        super().save(*args, **kwargs)  # type: ignore[arg-type]


class LeaveQuerySet(models.QuerySet["Leave"]):
    """Leave."""

    def visible_to(self, actor: Actor) -> LeaveQuerySet:
        """Leave of the holders of the posts the actor sees."""
        return self.filter(appointment__post__in=Post.objects.visible_to(actor))

    def on(self, day: date | None = None) -> LeaveQuerySet:
        """Leave that covers a day, today when none is given."""
        day = day or clock.today()
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            valid_from__lte=day,
            revoked_at__isnull=True,
        )


class Leave(models.Model):
    """A period in which the holder of a post does not act (请假、离岗)."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="leaves")
    kind = models.CharField("类别", max_length=12, choices=LEAVE_KIND_CHOICES, default="leave")
    valid_from = models.DateField("自")
    valid_to = models.DateField("至", null=True, blank=True)
    reason = models.CharField("事由", max_length=160)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)

    objects = LeaveQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-id"]
        verbose_name = verbose_name_plural = "请假、离岗"
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="leave_ends_after_it_begins",
                violation_error_message="截止日期不能早于起始日期。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.appointment} {self.get_kind_display()}"
