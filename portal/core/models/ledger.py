"""The ledger (台账): append-only, hash-chained per subject; the database refuses changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models

from portal.core.constants import AUDIENCE_CHOICES, LEDGER_OUTCOME_CHOICES
from portal.core.models.scoped import ScopedQuerySet

if TYPE_CHECKING:
    from portal.core.actor import Actor


class LedgerQuerySet(ScopedQuerySet["LedgerEntry"]):
    """Ledger entries."""

    def visible_to(self, actor: Actor) -> LedgerQuerySet:
        """Entries of the region for scoped posts and auditors; one's own post's for all others.

        What an upper office keeps to itself about a case of the region (opinions, scores, notes)
        is not for the lower one: it reads what is addressed to the town, and what was done by the
        offices of its own region. Filers, experts, member units and administrators read what was
        done from their own post: applicants never learn reviewers' names, experts never each
        other's.
        """
        if actor.is_system:
            return self
        scope = actor.jurisdiction if actor.audits else actor.scope
        if scope is None:
            return self.filter(post=actor.post) if actor.post else self.none()
        done_below = models.Q(office_code__gte=scope.lower, office_code__lt=scope.upper)
        addressed = models.Q(audience="filer") | models.Q(office_code="") | done_below
        if not actor.audits:
            # A draft is its filing unit's own; accounts are for who keeps them.
            own = self.exclude(audience="unit").exclude(chain__startswith="core.user:")
            return own._in_range(scope, None).filter(addressed)
        if actor.office is not None and actor.office.region.parent_id is None:
            # What the portal did of itself, in no region, is for the topmost auditor.
            return self.filter(scope_code__lt=scope.upper).filter(addressed)
        return self._in_range(scope, None).filter(addressed)


class LedgerEntry(models.Model):
    """What was done, to what, by whom, from which post and address, with which outcome.

    ``payload``, ``before`` and ``after`` are canonical JSON text. ``scheme`` says which fields the
    digest covers, ``algorithm`` how it was made (``portal.core.ledger``).
    """

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
    post = models.ForeignKey("core.Post", on_delete=models.PROTECT, null=True, related_name="+")
    post_label = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=45, blank=True)
    outcome = models.CharField(max_length=10, choices=LEDGER_OUTCOME_CHOICES, default="ok")
    subject = models.CharField(max_length=60)
    scope_code = models.CharField(max_length=12, blank=True)
    audience = models.CharField(max_length=20, choices=AUDIENCE_CHOICES, default="office")
    payload = models.TextField()
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    scheme = models.PositiveSmallIntegerField(default=1)
    algorithm = models.CharField(max_length=10, default="sha256")
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = verbose_name_plural = "台账"
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="one_entry_per_link")]
        indexes = [
            models.Index(fields=["scope_code", "-id"], name="ledger_scope"),
            models.Index(fields=["post", "-id"], name="ledger_post"),
            models.Index(fields=["at"], name="ledger_at"),
        ]

    def __str__(self) -> str:
        return self.summary
