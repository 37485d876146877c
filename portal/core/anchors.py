"""The daily anchor (日锚): one digest over everything written to the ledger and the stream.

An anchor covers the rows after the previous one's last keys, in the order of their keys, and the
previous anchor's digest; what is taken out, put in or exchanged in between no longer fits.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from django.db import connection, models, transaction
from django.utils import timezone

from portal.core.digests import ALGORITHM, Joined
from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry

logger = logging.getLogger(__name__)
# Nobody who writes waits longer for the anchor than this; it tries again an hour later.
LOCK_SECONDS = 10
Link = tuple[int, str]


class AnchorDigest:
    """The digest of an anchor in the making: entries one by one, then what the anchor states."""

    def __init__(self, previous: str, algorithm: str = ALGORITHM) -> None:
        self._joined = Joined(algorithm)
        self._joined.add(previous)
        self.ledger_count = 0
        self.access_count = 0

    def add_ledger(self, pk: int, digest: str) -> None:
        """Take in the next entry of the ledger."""
        self._joined.add("ledger", str(pk), digest)
        self.ledger_count += 1

    def add_access(self, pk: int, digest: str) -> None:
        """Take in the next entry of the stream."""
        self._joined.add("access", str(pk), digest)
        self.access_count += 1

    def close(self, anchor: LedgerAnchor) -> str:
        """The digest, with the anchor's own day, range, counts and moment."""
        stated = (
            anchor.day.isoformat(),
            anchor.algorithm,
            anchor.created_at.astimezone(UTC).isoformat(),
            anchor.ledger_from,
            anchor.ledger_to,
            anchor.ledger_count,
            anchor.access_from,
            anchor.access_to,
            anchor.access_count,
        )
        self._joined.add("anchor", *(str(value) for value in stated))
        return self._joined.hexdigest()


def anchor_days(now: datetime) -> list[LedgerAnchor]:
    """Anchor every day since the last anchor up to yesterday; safe to repeat and to run twice.

    Everything written so far goes into yesterday's anchor, whatever moment an entry states: only
    the keys decide. Days between that nobody anchored get an anchor without entries, so the row of
    days has no gap. The first anchor ever is yesterday's.
    """
    yesterday = timezone.localdate(now) - timedelta(days=1)
    if LedgerAnchor.objects.filter(day__gte=yesterday).exists():
        return []
    # Each table by itself and only for a moment: whoever writes to both can wait for neither.
    ledger_to, access_to = _settled_key(LedgerEntry), _settled_key(AccessEntry)
    with transaction.atomic():
        lock_anchors()
        last = LedgerAnchor.objects.order_by("-day").first()
        day = last.day + timedelta(days=1) if last else yesterday
        made: list[LedgerAnchor] = []
        while day <= yesterday:
            through = (ledger_to, access_to) if day == yesterday else (0, 0)
            last = _anchor(day, now, last, *through)
            made.append(last)
            day += timedelta(days=1)
    for anchor in made:
        # Wherever the log is kept, a witness of the ledger is kept beside it.
        logger.info("Anchor of %s: %s %s", anchor.day, anchor.algorithm, anchor.digest)
    return made


def lock_anchors() -> None:
    """Let nobody else anchor or seal until the transaction ends. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        _lock(LedgerAnchor, "SHARE ROW EXCLUSIVE")


def _settled_key(model: type[LedgerEntry | AccessEntry]) -> int:
    """The highest key below which no row can appear any more: writers at work have ended."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            _lock(model, "SHARE")
        return model.objects.aggregate(last=models.Max("id"))["last"] or 0


def _lock(model: type[models.Model], mode: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
        cursor.execute(f"LOCK TABLE {model._meta.db_table} IN {mode} MODE")


def _anchor(
    day: date, now: datetime, last: LedgerAnchor | None, ledger_to: int, access_to: int
) -> LedgerAnchor:
    ledger_from = last.ledger_to + 1 if last else 1
    access_from = last.access_to + 1 if last else 1
    anchor = LedgerAnchor(
        day=day,
        ledger_from=ledger_from,
        ledger_to=max(ledger_to, ledger_from - 1),
        access_from=access_from,
        access_to=max(access_to, access_from - 1),
        algorithm=ALGORITHM,
        previous=last.digest if last else "",
        created_at=now,
    )
    digest = AnchorDigest(anchor.previous)
    for pk, text in _links(LedgerEntry, ledger_from, anchor.ledger_to):
        digest.add_ledger(pk, text)
    for pk, text in _links(AccessEntry, access_from, anchor.access_to):
        digest.add_access(pk, text)
    anchor.ledger_count = digest.ledger_count
    anchor.access_count = digest.access_count
    anchor.digest = digest.close(anchor)
    anchor.save(force_insert=True)
    return anchor


def _links(model: type[LedgerEntry | AccessEntry], first: int, last: int) -> Iterable[Link]:
    if last < first:
        return []
    rows = model.objects.filter(id__gte=first, id__lte=last).order_by("id")
    return rows.values_list("id", "digest").iterator(chunk_size=5000)
