"""Notifications (通知): what an office is told inside the portal, and who of it has read that."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from portal.core.constants import Can
from portal.core.models.accounts import User

if TYPE_CHECKING:
    from portal.core.actor import Actor


def is_told(actor: Actor) -> bool:
    """Whether the post reads what its office is told."""
    if actor.office is None or actor.kind is None:
        return False
    return actor.kind.scoped or bool(actor.kind.can & {Can.FILL, Can.SUBMIT, Can.OPINE})


class NotificationQuerySet(models.QuerySet["Notification"]):
    """Notifications."""

    def visible_to(self, actor: Actor) -> NotificationQuerySet:
        """Those of the acting office; people who act for a case or for the system get none."""
        if actor.is_system:
            return self
        return self.filter(office=actor.office) if is_told(actor) else self.none()

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
