"""The ledger (台账): append-only, hash-chained per subject; the database refuses changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class LedgerQuerySet(ScopedQuerySet["LedgerEntry"]):
    """Ledger entries."""

    def visible_to(self, actor: Actor) -> LedgerQuerySet:
        """Entries of the region for scoped posts; a grantee reads them on the page itself.

        What an upper office keeps to itself about a case of the region (opinions, scores, notes)
        is not for the lower one: it reads what is addressed to the town, and what was done by the
        offices of its own region.
        """
        rows = self.in_scope(actor)
        if actor.scope is None:
            return rows
        done_below = models.Q(office_code__gte=actor.scope.lower, office_code__lt=actor.scope.upper)
        return rows.filter(models.Q(audience="filer") | models.Q(office_code="") | done_below)


class LedgerEntry(models.Model):
    """What was done, to what, by whom, acting for which office; payload is canonical JSON text."""

    chain = models.CharField(max_length=60)
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=60)
    summary = models.CharField(max_length=400)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    actor_name = models.CharField(max_length=60)
    office_name = models.CharField(max_length=120, blank=True)
    office_code = models.CharField(max_length=12, blank=True)
    post_label = models.CharField(max_length=60, blank=True)
    subject = models.CharField(max_length=60)
    scope_code = models.CharField(max_length=12, blank=True)
    audience = models.CharField(max_length=20, default="office")
    payload = models.TextField()
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "台账"
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="one_entry_per_link")]
        indexes = [models.Index(fields=["scope_code", "-id"], name="ledger_scope")]

    def __str__(self) -> str:
        return self.summary
