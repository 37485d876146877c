"""Saved views (常用视图) of lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from portal.core.actor import Actor


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """Saved views."""

    def visible_to(self, actor: Actor) -> SavedViewQuerySet:
        """One's own post's, and those shared within the acting office."""
        if actor.is_system:
            return self
        if actor.post is None or actor.office is None:
            return self.none()
        return self.filter(Q(post=actor.post) | Q(office=actor.office, shared=True))


class SavedView(models.Model):
    """A list's conditions, columns and order under a name; ``query`` is the query string."""

    office = models.ForeignKey("core.Office", on_delete=models.PROTECT, related_name="+")
    post = models.ForeignKey("core.Post", on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    list_key = models.SlugField()
    name = models.CharField("视图名称", max_length=40)
    query = models.CharField(max_length=1000, blank=True)
    shared = models.BooleanField("本机构共享", default=False)
    created_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = verbose_name_plural = "常用视图"
        constraints = [
            models.UniqueConstraint(
                fields=["post", "list_key", "name"],
                name="one_view_of_a_name",
                violation_error_message="已有同名视图，请换一个名称。",
            )
        ]

    def __str__(self) -> str:
        return self.name
