"""Writing to the ledger. Called by actions only, inside their transaction, under their lock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from portal.core import clock
from portal.core.errors import Refused
from portal.core.models.ledger import LedgerEntry
from portal.core.models.scoped import OUT_OF_SCOPE

if TYPE_CHECKING:
    from portal.core.actor import Actor

ALGORITHM = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"


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
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    scope_code: str = "",
    audience: str = "office",
    outcome: str = "ok",
) -> LedgerEntry:
    """Append one entry to the subject's chain.

    The caller holds the subject's row lock, so two entries never compete for one link; the unique
    constraint on (chain, seq) refuses should they ever. ``before`` and ``after`` are what the
    action changed, ``data`` whatever else belongs to it. ``audience`` is ``office`` for entries an
    upper step keeps to itself and ``filer`` for those the town may read.

    Raises Refused, and so rolls the action back, when a post with region scope writes about a
    region outside its own.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A ledger entry belongs to the transaction of its action.")
    code = scope_code or (actor.office.region.code if actor.office else "")
    if actor.scope is not None and code not in actor.scope:
        raise Refused(OUT_OF_SCOPE)
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
        post=actor.post,
        post_label=actor.post_label,
        address=actor.address,
        outcome=outcome,
        subject=str(subject)[:60],
        scope_code=code,
        audience=audience,
        payload=canonical(data or {}),
        before=canonical(before) if before is not None else "",
        after=canonical(after) if after is not None else "",
        previous=last.digest if last else "",
    )
    entry.digest = digest_of(entry)
    entry.save(force_insert=True)
    return entry


def digest_text(parts: Iterable[str]) -> str:
    """SM3 (GB/T 32905) over the parts, or SHA-256 where the library has no SM3."""
    return hashlib.new(ALGORITHM, "\n".join(parts).encode()).hexdigest()


def digest_of(entry: LedgerEntry) -> str:
    """SHA-256 over the entry's fields and the previous digest."""
    return digest_text(
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
