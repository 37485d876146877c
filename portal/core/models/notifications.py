"""Notifications (通知): what an office is told inside the portal, and who of it has read that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.core.constants import Can
from portal.core.models.accounts import User

if TYPE_CHECKING:
    from portal.core.actor import Actor


# What posts without a region do that are told what their office is told.
TOLD_ABILITIES = frozenset({Can.FILL, Can.SUBMIT, Can.OPINE})


def is_told(actor: Actor) -> bool:
    """Whether the post reads what its office is told."""
    if actor.office is None or actor.kind is None:
        return False
    return actor.kind.scoped or bool(actor.kind.can & TOLD_ABILITIES)


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications."""

    def visible_to(self, actor: Actor) -> NotificationQuerySet:
        """Those of the acting office; people who act for a case or for the system get none."""
        if actor.is_system:
            return self
        if not is_told(actor):
            return self.none()
        return self.filter(Q(post__isnull=True) | Q(post=actor.post), office=actor.office)

    def unread_by(self, user: User) -> NotificationQuerySet:
        """Those that the person has not opened or marked."""
        seen = NotificationRead.objects.filter(notification=models.OuterRef("pk"), user=user)
        return self.filter(~models.Exists(seen))


class Notification(models.Model):
    """One line to one office: what happened, and the page that shows it.

    ``url_name`` and ``url_args`` name an address of the office (``office_url``): each reader gets
    it with the own office and post, and the page decides by itself what the reader may see.
    ``key`` makes one notice of one event: told twice, it stays one.
    """

    office = models.ForeignKey("core.Office", on_delete=models.PROTECT, related_name="+")
    # To one post of the office alone, to all that are told when empty.
    post = models.ForeignKey(
        "core.Post", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kind = models.SlugField("种类")
    key = models.CharField(max_length=160)
    title = models.CharField("标题", max_length=200)
    text = models.CharField("内容", max_length=400, blank=True)
    url_name = models.CharField(max_length=60, blank=True)
    url_args = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField()

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "通知"
        indexes = [models.Index(fields=["office", "-id"], name="notification_office")]
        constraints = [
            models.UniqueConstraint(fields=["office", "key"], name="notification_told_once")
        ]

    def __str__(self) -> str:
        return self.title


MAIL_STATE_CHOICES = [
    ("waiting", "待发送"),
    ("sending", "正在发送"),
    ("sent", "已交邮件服务器"),
    ("failed", "发送失败"),
    ("dropped", "不再发送"),
]
# What there is still something to do about.
OPEN_MAILS = ("waiting", "sending")


class NotificationMail(models.Model):
    """A notification sent to one person by e-mail, and what the mail server said of it.

    Handed to the server is all that is known: that it was read is never claimed. ``error`` is read
    by everybody of the office and never holds an address. ``next_at`` is when an open one is looked
    at again: for the next attempt, or because whoever is sending it has not come back by then.
    """

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="mails")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address = models.EmailField("邮箱")
    state = models.CharField("状态", max_length=10, choices=MAIL_STATE_CHOICES, default="waiting")
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField("失败原因", max_length=300, blank=True)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = verbose_name_plural = "通知邮件"
        constraints = [
            models.UniqueConstraint(fields=["notification", "user"], name="one_mail_a_person")
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state__in=OPEN_MAILS), name="mail_due")
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.address}"


class NotificationRead(models.Model):
    """A person has read a notification. Not entered in the ledger."""

    notification = models.ForeignKey(Notification, on_delete=models.CASCADE, related_name="reads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        verbose_name = verbose_name_plural = "通知已读"
        constraints = [
            models.UniqueConstraint(fields=["notification", "user"], name="notification_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.notification_id} {self.user_id}"
