"""Explicit grants: guardian object permissions with a period, a reason and who gave them.

Held by the group of a post, joined on the acting post and today, so that an expired grant gives
nothing without any job having to run, and a second post of the same person gives nothing either.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import models
from django.db.models import Q
from guardian.models import GroupObjectPermissionBase

from portal.core import clock
from portal.core.constants import Can

if TYPE_CHECKING:
    from portal.core.actor import Actor


class GrantQuerySet(models.QuerySet[Any]):
    """Grants of one model."""

    def in_force(self, actor: Actor, *codenames: str) -> GrantQuerySet:
        """Grants the acting post holds today; none without a post able to use them."""
        uses = self.model.used_by
        if actor.post is None or (uses and not any(actor.can(ability) for ability in uses)):
            return self.none()
        day = clock.today()
        rows = self.on(day).filter(group_id=actor.post.group_id)
        return rows.filter(permission__codename__in=codenames) if codenames else rows

    def on(self, day: date | None = None) -> GrantQuerySet:
        """Grants that run on a day, today when none is given, whoever holds them."""
        day = day or clock.today()
        return self.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=day),
            valid_from__lte=day,
            revoked_at__isnull=True,
        )


class Grant(GroupObjectPermissionBase):
    """Abstract direct-foreign-key grant; a concrete one adds ``content_object``.

    ``used_by``: what a kind of post must be able to do for the grant to open anything to it.
    """

    used_by: ClassVar[tuple[Can, ...]] = ()

    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("截止日期", null=True, blank=True)
    reason = models.CharField("授权事由", max_length=200)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField("撤销时间", null=True, blank=True)
    revoked_reason = models.CharField("撤销事由", max_length=200, blank=True)

    # Guardian's own manager serves its shortcuts, which know neither dates nor the acting post.
    objects = GrantQuerySet.as_manager()  # type: ignore[assignment,misc]

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = True

    @classmethod
    def permission_named(cls, codename: str) -> Permission:
        """The permission row of a codename of the granted model."""
        model = cls._meta.get_field("content_object").related_model
        return Permission.objects.get(
            codename=codename,
            content_type__app_label=model._meta.app_label,  # type: ignore[union-attr]
            content_type__model=model._meta.model_name,  # type: ignore[union-attr]
        )
