"""Writing to the ledger. Called by actions only, inside their transaction, under their lock."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from portal.core import clock
from portal.core.digests import ALGORITHM, SCHEME, ledger_digest
from portal.core.errors import Refused
from portal.core.models.audit import SealedTail
from portal.core.models.ledger import LedgerEntry
from portal.core.models.scoped import OUT_OF_SCOPE

if TYPE_CHECKING:
    from portal.core.actor import Actor
    from portal.core.models import Office


def canonical(data: Mapping[str, Any]) -> str:
    """Canonical JSON text: sorted keys, no spaces. Stored as text, for jsonb reorders keys."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def chain_of(subject: models.Model) -> str:
    """The name of a subject's chain."""
    return f"{subject._meta.label_lower}:{subject.pk}"


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
    office: Office | None = None,
) -> LedgerEntry:
    """Append one entry to the subject's chain.

    The caller holds the subject's row lock, so two entries never compete for one link; the unique
    constraint on (chain, seq) refuses should they ever. ``before`` and ``after`` are what the
    action changed, ``data`` whatever else belongs to it. ``audience`` is ``office`` for entries an
    upper step keeps to itself and ``filer`` for those the town may read. ``office``: whose entry it
    is where the portal itself acts for one; without it the entry is nobody's and every office of
    the region reads it.

    Raises Refused, and so rolls the action back, when a post with region scope writes about a
    region outside its own.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A ledger entry belongs to the transaction of its action.")
    code = scope_code or (actor.office.region.code if actor.office else "")
    if actor.scope is not None and code not in actor.scope:
        raise Refused(OUT_OF_SCOPE)
    whose = actor.office or office
    chain = chain_of(subject)
    seq, previous = last_link(chain)
    entry = LedgerEntry(
        chain=chain,
        seq=seq + 1,
        at=clock.now(),
        verb=verb,
        summary=summary[:400],
        actor=actor.user,
        actor_name=actor.name,
        office_name=whose.name if whose else "",
        office_code=whose.region.code if whose else "",
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
        scheme=SCHEME,
        algorithm=ALGORITHM,
        previous=previous,
    )
    entry.digest = ledger_digest(entry)
    entry.save(force_insert=True)
    return entry


def last_link(chain: str) -> tuple[int, str]:
    """The number and digest that the chain's next entry follows from; (0, "") when it is new.

    One query: the last entry that is still here, or the tail that went into a seal.
    """
    links = LedgerEntry.objects.filter(chain=chain).order_by("-seq")
    here = LedgerEntry.objects.filter(chain=chain, seq=models.Subquery(links.values("seq")[:1]))
    sealed = SealedTail.objects.filter(chain=chain)
    found = (
        here.order_by()
        .values_list("seq", "digest")
        .union(sealed.values_list("seq", "digest"), all=True)
        .order_by("-seq")
        .first()
    )
    return found or (0, "")


def first_broken_link(chain: str) -> int | None:
    """The number of the first entry that does not follow from the one before it, or None."""
    tail = SealedTail.objects.filter(chain=chain).order_by("-seq").first()
    seq, previous = (tail.seq, tail.digest) if tail else (0, "")
    for entry in LedgerEntry.objects.filter(chain=chain).order_by("seq").iterator():
        seq += 1
        if entry.seq != seq or entry.previous != previous or ledger_digest(entry) != entry.digest:
            return seq
        previous = entry.digest
    return None
