"""Writing to the ledger. Called by actions only, inside their transaction, under their lock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from portal.core import clock
from portal.core.models.ledger import LedgerEntry

if TYPE_CHECKING:
    from portal.core.actor import Actor


def canonical(data: Mapping[str, Any]) -> str:
    """Canonical JSON text: sorted keys, no spaces. Stored as text, for jsonb reorders keys."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def record(
    actor: Actor,
    verb: str,
    subject: models.Model,
    summary: str,
    *,
    data: Mapping[str, Any] | None = None,
    scope_code: str = "",
    audience: str = "office",
) -> LedgerEntry:
    """Append one entry to the subject's chain.

    The caller holds the subject's row lock, so two entries never compete for one link; the unique
    constraint on (chain, seq) refuses should they ever. ``audience`` is ``office`` for entries an
    upper step keeps to itself and ``filer`` for those the town may read.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A ledger entry belongs to the transaction of its action.")
    chain = f"{subject._meta.label_lower}:{subject.pk}"
    last = LedgerEntry.objects.filter(chain=chain).order_by("-seq").only("seq", "digest").first()
    entry = LedgerEntry(
        chain=chain,
        seq=last.seq + 1 if last else 1,
        at=clock.now(),
        verb=verb,
        summary=summary[:400],
        actor=actor.user,
        actor_name=actor.name,
        office_name=actor.office.name if actor.office else "",
        office_code=actor.office.region.code if actor.office else "",
        post_label=actor.kind.label if actor.kind else "",
        subject=str(subject)[:60],
        scope_code=scope_code or (actor.office.region.code if actor.office else ""),
        audience=audience,
        payload=canonical(data or {}),
        previous=last.digest if last else "",
    )
    entry.digest = digest_of(entry)
    entry.save(force_insert=True)
    return entry


def digest_of(entry: LedgerEntry) -> str:
    """SHA-256 over the entry's fields and the previous digest."""
    text = "\n".join(
        (
            entry.previous,
            entry.chain,
            str(entry.seq),
            str(round(entry.at.timestamp() * 1_000_000)),
            entry.verb,
            entry.summary,
            str(entry.actor_id or ""),
            entry.actor_name,
            entry.office_name,
            entry.office_code,
            entry.post_label,
            entry.payload,
        )
    )
    return hashlib.sha256(text.encode()).hexdigest()


def first_broken_link(chain: str) -> int | None:
    """The sequence number of the first entry that does not follow from the one before, or None."""
    previous = ""
    for position, entry in enumerate(
        LedgerEntry.objects.filter(chain=chain).order_by("seq").iterator(), start=1
    ):
        if entry.seq != position or entry.previous != previous or digest_of(entry) != entry.digest:
            return position
        previous = entry.digest
    return None
