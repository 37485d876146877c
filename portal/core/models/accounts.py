"""Accounts: people who sign in, the passwords they had, and the slips that let them begin.

Rights follow from an appointment in force, never from the account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models

from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class UserQuerySet(ScopedQuerySet["User"]):
    """People with an account."""

    scope_field = "home_office__region__code"

    def visible_to(self, actor: Actor) -> UserQuerySet:
        """Posts that keep accounts or appoint: the people of the offices of their region."""
        if actor.is_system:
            return self
        return self.in_jurisdiction(actor)


class _Manager(UserManager["User"]):
    """Django's own way to create users, reading through ``UserQuerySet``."""

    def get_queryset(self) -> UserQuerySet:
        """Rows of this manager's database."""
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Actor) -> UserQuerySet:
        """See ``UserQuerySet.visible_to``."""
        return self.get_queryset().visible_to(actor)


class User(AbstractUser):
    """A person with an account. ``home_office`` (所属机构) says whose administrators keep it."""

    display_name = models.CharField("姓名", max_length=60)
    home_office = models.ForeignKey(
        "core.Office",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="people",
        verbose_name="所属机构",
    )
    phone = models.CharField("联系电话", max_length=30, blank=True)
    is_demo = models.BooleanField("演示账号", default=False)
    password_changed_at = models.DateTimeField("密码设定时间", null=True, blank=True)

    objects: ClassVar[Any] = _Manager()

    class Meta(AbstractUser.Meta):
        verbose_name = verbose_name_plural = "用户"

    def __str__(self) -> str:
        return self.display_name or self.username


class PasswordRecord(models.Model):
    """A password the person had before, as its hash: the last five are refused."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_records")
    password = models.CharField(max_length=128)
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "历史密码"

    def __str__(self) -> str:
        return f"{self.user} {self.set_at:%Y-%m-%d}"


class ActivationCode(models.Model):
    """A one-time code of an activation slip (激活单); only its hash is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="activation_codes")
    code_hash = models.CharField(max_length=128)
    issued_at = models.DateTimeField("签发时间")
    issued_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="签发人"
    )
    expires_at = models.DateTimeField("有效期至")
    failures = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField("使用时间", null=True, blank=True)
    revoked_at = models.DateTimeField("作废时间", null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "激活单"

    def __str__(self) -> str:
        return f"{self.user} {self.expires_at:%Y-%m-%d}"
