"""Verifying the ledger: every entry, every link, every anchor and every seal, in order of keys.

Rows are streamed: memory does not grow with the ledger. Links are looked up by the database.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction
from django.db.models.functions import Lag
from django.utils import timezone

from portal.core.anchors import AnchorDigest
from portal.core.digests import ALGORITHMS, ledger_digest, stream_digest
from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry, LedgerSeal, SealedTail

CHANGED = "内容被改动，与校验值不符"
PUT_BACK = "编号在已封存的范围内，系事后放入"
Link = tuple[int, str]
NEW_CHAIN: Link = (0, "")


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: in which register, at which row, and what."""

    where: str
    pk: int | None
    wrong: str
    chain: str = ""
    seq: int | None = None
    at: datetime | date | None = None

    def __str__(self) -> str:
        """One sentence for the console and for a page."""
        moment = timezone.localtime(self.at) if isinstance(self.at, datetime) else self.at
        facts = [
            f"链 {self.chain} 第 {self.seq} 条" if self.chain else "",
            f"{moment:%Y-%m-%d %H:%M:%S}" if isinstance(moment, datetime) else f"{moment or ''}",
        ]
        about = "，".join(fact for fact in facts if fact)
        number = f"第 {self.pk} 号" if self.pk is not None else ""
        return f"{self.where}{number}{f'（{about}）' if about else ''}：{self.wrong}。"


@dataclass
class Report:
    """What was looked at and what was found; nothing found means that everything holds."""

    ledger: int = 0
    access: int = 0
    anchors: int = 0
    seals: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def first(self) -> Finding | None:
        """The first broken entry, by ascending keys."""
        return self.findings[0] if self.findings else None


def verify(chain: str = "", *, limit: int = 1) -> Report:
    """Verify everything, or the links of one chain; stop after ``limit`` findings."""
    report = Report()
    with one_snapshot():
        walk = _Walk(report)
        findings = walk.chain(chain) if chain else walk.everything()
        with closing(findings):
            report.findings = list(islice(findings, limit))
    return report


@contextmanager
def one_snapshot() -> Iterator[None]:
    """See one state of the database throughout, without keeping anybody from writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Not atomic(): that begins SQLite's transactions as a writer, and writers would wait.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


# --- single rows --------------------------------------------------------------------------------


def ledger_finding(entry: LedgerEntry, before: Link) -> Finding | None:
    """What is wrong with an entry, given the link it should follow from."""
    wrong = _wrong_with(entry, before)
    return wrong and Finding("台账", entry.pk, wrong, entry.chain, entry.seq, entry.at)


def _wrong_with(entry: LedgerEntry, before: Link) -> Any:
    seq, digest = before
    if ledger_digest(entry) != entry.digest:
        return CHANGED
    if entry.seq > seq + 1:
        missing = f"第 {seq + 1}" + (f" 至 {entry.seq - 1}" if entry.seq > seq + 2 else "")
        return f"其前缺少{missing} 条"
    if entry.seq <= seq:
        return "序号重复，不接续前一条"
    if entry.previous != digest:
        return "与前一条不相接，前一条被替换或本条系插入"
    return None


def access_finding(entry: AccessEntry) -> Finding | None:
    """What is wrong with an entry of the stream."""
    if stream_digest(entry) == entry.digest:
        return None
    return Finding("访问记录", entry.pk, CHANGED, at=entry.at)


def anchor_findings(anchor: LedgerAnchor, before: LedgerAnchor | None) -> Iterator[Finding]:
    """Whether an anchor follows from the one before it."""
    if before is None:
        expected = (anchor.day, "", 1, 1)
    else:
        day = before.day + timedelta(days=1)
        expected = (day, before.digest, before.ledger_to + 1, before.access_to + 1)
    if anchor.day != expected[0]:
        yield _of_anchor(anchor, f"其前缺少 {expected[0]} 的日锚")
    elif anchor.previous != expected[1]:
        yield _of_anchor(anchor, "与前一日锚不相接，前一日锚被改动或替换")
    elif (anchor.ledger_from, anchor.access_from) != expected[2:]:
        yield _of_anchor(anchor, "起止编号与前一日锚不相接")


def digest_finding(anchor: LedgerAnchor, digest: AnchorDigest) -> Finding | None:
    """Whether the entries an anchor covers are those it was made of."""
    counts = (
        ("台账", anchor.ledger_count, digest.ledger_count),
        ("访问记录", anchor.access_count, digest.access_count),
    )
    amiss = [f"{name}应为 {due} 条，实有 {found} 条" for name, due, found in counts if due != found]
    if not amiss and digest.close(anchor) == anchor.digest:
        return None
    return _of_anchor(anchor, "；".join(amiss) or "校验值与所覆盖的记录或日锚所载不符")


def _of_anchor(anchor: LedgerAnchor, wrong: str) -> Finding:
    ranges = f"台账第 {anchor.ledger_from} 至 {anchor.ledger_to} 号"
    return Finding("日锚", None, f"{wrong}（{ranges}）", at=anchor.day)


# --- the walk -----------------------------------------------------------------------------------

_Row = TypeVar("_Row", LedgerEntry, AccessEntry)


class _Rows(Generic[_Row]):
    """Rows by ascending keys, handed out up to one key after another."""

    def __init__(self, rows: models.QuerySet[_Row]) -> None:
        self._rows: Iterator[_Row] = rows.order_by("id").iterator(chunk_size=2000)
        self._next: _Row | None = next(self._rows, None)

    def through(self, last: float) -> Iterator[_Row]:
        """Rows not yet handed out whose keys are not above ``last``."""
        while self._next is not None and self._next.pk <= last:
            yield self._next
            self._next = next(self._rows, None)


class _Walk:
    """One walk through the tables; yields findings and counts what it passes."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.seals = list(LedgerSeal.objects.order_by("day_to"))
        self.sealed = self.seals[-1] if self.seals else None

    def everything(self) -> Generator[Finding, None, None]:
        """Seals, then entries up to each anchor and the anchor itself, then the rest."""
        yield from self._seals()
        ledger, access = _Rows(_linked()), _Rows(AccessEntry.objects.all())
        before: LedgerAnchor | None = None
        for anchor in LedgerAnchor.objects.order_by("day").iterator():
            self.report.anchors += 1
            yield from anchor_findings(anchor, before)
            before = anchor
            if anchor.algorithm not in ALGORITHMS:
                yield _of_anchor(anchor, "算法不明")
                continue
            digest = AnchorDigest(anchor.previous, anchor.algorithm)
            yield from self._ledger(ledger.through(anchor.ledger_to), digest.add_ledger)
            yield from self._access(access.through(anchor.access_to), digest.add_access)
            if self.sealed is None or anchor.day > self.sealed.day_to:
                finding = digest_finding(anchor, digest)
                if finding:
                    yield finding
        yield from self._ledger(ledger.through(float("inf")))
        yield from self._access(access.through(float("inf")))

    def chain(self, chain: str) -> Generator[Finding, None, None]:
        """The links of one chain."""
        yield from self._ledger(_linked(chain).order_by("id").iterator(chunk_size=2000))

    def _ledger(
        self, entries: Iterator[LedgerEntry], add: Callable[[int, str], None] | None = None
    ) -> Iterator[Finding]:
        for entry in entries:
            self.report.ledger += 1
            if self.sealed and entry.pk <= self.sealed.ledger_to:
                yield Finding("台账", entry.pk, PUT_BACK, entry.chain, entry.seq, entry.at)
                continue
            finding = ledger_finding(entry, self._before(entry))
            if finding:
                yield finding
            if add:
                add(entry.pk, entry.digest)

    def _before(self, entry: Any) -> Link:
        """The entry before in the chain, the tail that was sealed, or the chain's beginning."""
        if entry.before_seq is not None:
            return entry.before_seq, entry.before_digest
        if self.sealed is None:
            return NEW_CHAIN
        tails = SealedTail.objects.filter(chain=entry.chain).order_by("-seq")
        return tails.values_list("seq", "digest").first() or NEW_CHAIN

    def _access(
        self, entries: Iterator[AccessEntry], add: Callable[[int, str], None] | None = None
    ) -> Iterator[Finding]:
        for entry in entries:
            self.report.access += 1
            if self.sealed and entry.pk <= self.sealed.access_to:
                yield Finding("访问记录", entry.pk, PUT_BACK, at=entry.at)
                continue
            finding = access_finding(entry)
            if finding:
                yield finding
            if add:
                add(entry.pk, entry.digest)

    def _seals(self) -> Iterator[Finding]:
        """Seals end at an anchor, follow one another, and state what their anchors state."""
        first = LedgerAnchor.objects.order_by("day").first()
        start = first.day if first else None
        for seal in self.seals:
            self.report.seals += 1
            covered = LedgerAnchor.objects.filter(day__gte=seal.day_from, day__lte=seal.day_to)
            end = covered.filter(day=seal.day_to).values_list("ledger_to", "access_to").first()
            sums = covered.aggregate(a=models.Sum("ledger_count"), b=models.Sum("access_count"))
            stated = (seal.day_from, (seal.ledger_to, seal.access_to))
            counts = (seal.ledger_count, seal.access_count)
            if stated != (start, end) or counts != (sums["a"], sums["b"]):
                yield Finding("封存", seal.pk, "与日锚所载不符", at=seal.sealed_at)
            start = seal.day_to + timedelta(days=1)


def _linked(chain: str = "") -> models.QuerySet[LedgerEntry]:
    """Entries with the number and digest of the entry before each in its chain."""
    entries = LedgerEntry.objects.filter(chain=chain) if chain else LedgerEntry.objects.all()
    return entries.annotate(
        **{
            f"before_{name}": models.Window(Lag(name), partition_by="chain", order_by="seq")
            for name in ("seq", "digest")
        }
    )
