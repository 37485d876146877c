"""Shortlists (推荐名单): what an office recommends in a round, ranked, with its reserves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q

from portal.core.models import Office, OfficialDocument, ScopedQuerySet
from reviews.models.cases import Case
from towns.models import Round

if TYPE_CHECKING:
    from portal.core.actor import Actor

SHORTLIST_STATE_CHOICES = [("draft", "拟定中"), ("confirmed", "已确定")]
# ``recommended``: holds a place; ``reserve``: moves up in its order when a place falls free;
# ``declined``: not recommended; ``fallen``: held a place and fell out (withdrawn, not passed).
STANDING_CHOICES = [
    ("", "未定"),
    ("recommended", "推荐"),
    ("reserve", "备选"),
    ("declined", "不推荐"),
    ("fallen", "已退出"),
]
STANDING_TONES = {
    "": "neutral",
    "recommended": "success",
    "reserve": "info",
    "declined": "neutral",
    "fallen": "warning",
}


class ShortlistQuerySet(ScopedQuerySet["Shortlist"]):
    """Shortlists."""

    scope_field = "office__region__code"

    def visible_to(self, actor: Actor) -> ShortlistQuerySet:
        """The own office's whole; those of offices below once they are confirmed."""
        if actor.is_system:
            return self
        if actor.scope is None or actor.office is None:
            return self.none()
        below = Q(
            office__region__code__gte=actor.scope.lower,
            office__region__code__lt=actor.scope.upper,
            state="confirmed",
        )
        return self.filter(Q(office=actor.office) | below)


class Shortlist(models.Model):
    """An office's list for a round: one object with one row per case (择优推荐).

    It may be confirmed more than once: rows that are added later, or come back after a correction,
    are confirmed with it again. ``letter``: the 推荐函 made from it, if there is one.
    """

    office = models.ForeignKey(Office, on_delete=models.PROTECT, related_name="shortlists")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="shortlists")
    state = models.CharField(
        "状态", max_length=10, choices=SHORTLIST_STATE_CHOICES, default="draft"
    )
    note = models.TextField("推荐工作说明", blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_name = models.CharField(max_length=60, blank=True)
    letter = models.ForeignKey(
        OfficialDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="shortlists"
    )

    objects = ShortlistQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "推荐名单"
        constraints = [
            models.UniqueConstraint(fields=["office", "round"], name="one_shortlist_of_an_office")
        ]

    def __str__(self) -> str:
        return f"{self.round} {self.office}"


class ShortlistItem(models.Model):
    """One case on a shortlist with its rank, standing and reason; how it moved up or fell out."""

    shortlist = models.ForeignKey(Shortlist, on_delete=models.PROTECT, related_name="items")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="shortlist_items")
    rank = models.PositiveSmallIntegerField("排序")
    standing = models.CharField("推荐结论", max_length=12, choices=STANDING_CHOICES, blank=True)
    reason = models.TextField("推荐理由", blank=True)
    promoted_at = models.DateTimeField("递补时间", null=True, blank=True)
    promoted_name = models.CharField(max_length=60, blank=True)
    promoted_reason = models.CharField("递补依据", max_length=300, blank=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )
    fallen_at = models.DateTimeField("退出时间", null=True, blank=True)
    fallen_reason = models.CharField("退出原因", max_length=300, blank=True)

    class Meta:
        ordering = ["rank", "id"]
        verbose_name = verbose_name_plural = "推荐名单事项"
        constraints = [
            models.UniqueConstraint(fields=["shortlist", "case"], name="one_row_of_a_case")
        ]

    def __str__(self) -> str:
        return f"{self.shortlist_id} {self.case_id}"
