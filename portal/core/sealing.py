"""Sealing (封存): whole anchored days past their retention leave for a file.

First the file, complete, read back and on disk; then, in one transaction, the seal's row with the
file's digest, the tails of its chains, and the removal. Killed in between, everything is still
here, and the next run writes the same file again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction

from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.anchors import AnchorDigest, lock_anchors
from portal.core.digests import ALGORITHM, ALGORITHMS
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry, LedgerSeal, SealedTail
from portal.core.verification import (
    NEW_CHAIN,
    Finding,
    Link,
    Report,
    access_finding,
    anchor_findings,
    digest_finding,
    ledger_finding,
)

FORMAT = 1
_ROWS: dict[str, type[models.Model]] = {
    "ledger": LedgerEntry,
    "access": AccessEntry,
    "anchor": LedgerAnchor,
}


@dataclass(frozen=True)
class Plan:
    """The days that a seal would take: their anchors, and the seal before."""

    anchors: list[LedgerAnchor]
    after: LedgerSeal | None

    @property
    def file_name(self) -> str:
        """The name of the export."""
        return f"ledger-{self.anchors[0].day:%Y%m%d}-{self.anchors[-1].day:%Y%m%d}.jsonl.gz"

    @property
    def counts(self) -> tuple[int, int]:
        """How many entries of the ledger and of the stream."""
        return (
            sum(anchor.ledger_count for anchor in self.anchors),
            sum(anchor.access_count for anchor in self.anchors),
        )


def plan_seal(now: datetime) -> Plan | None:
    """Every anchored day whose last entry is older than the retention; None when there is none.

    An anchor covers nothing written after it was made, so its own moment decides.
    """
    after = LedgerSeal.objects.order_by("-day_to").first()
    past = now - timedelta(days=settings.PORTAL_LEDGER_RETENTION_DAYS)
    anchors = LedgerAnchor.objects.filter(created_at__lte=past).order_by("day")
    found = list(anchors.filter(day__gt=after.day_to) if after else anchors)
    return Plan(found, after) if found else None


# --- the file -----------------------------------------------------------------------------------


def write_export(plan: Plan, folder: Path) -> Path:
    """Write the file, read it back, put it on disk under its name; return its path.

    Raises ValueError with the finding when what was written does not hold.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / plan.file_name
    part = folder / f"{plan.file_name}.{os.getpid()}.part"
    try:
        part.touch(mode=0o600)
        with part.open("wb") as raw:
            # Neither name nor time go in: the same days make the same file.
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
                for line in _lines(plan):
                    packed.write(line.encode() + b"\n")
            raw.flush()
            os.fsync(raw.fileno())
        broken = _check(part)[0].first
        if broken:
            raise ValueError(str(broken))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
    return path


def _lines(plan: Plan) -> Iterator[str]:
    yield json.dumps(
        {
            "format": FORMAT,
            "day_from": plan.anchors[0].day.isoformat(),
            "day_to": plan.anchors[-1].day.isoformat(),
            "previous_file": plan.after.file_digest if plan.after else "",
        }
    )
    for anchor in plan.anchors:
        yield _line("anchor", anchor)
        for kind, model, first, last in (
            ("ledger", LedgerEntry, anchor.ledger_from, anchor.ledger_to),
            ("access", AccessEntry, anchor.access_from, anchor.access_to),
        ):
            rows: Any = model
            entries = rows.objects.filter(id__gte=first, id__lte=last).order_by("id")
            for entry in entries.iterator(chunk_size=2000):
                yield _line(kind, entry)


def _line(kind: str, row: models.Model) -> str:
    values: dict[str, Any] = {}
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if isinstance(value, datetime):
            value = value.astimezone(UTC)
        values[column.attname] = value.isoformat() if isinstance(value, date) else value
    return json.dumps({"row": kind, "values": values}, ensure_ascii=False)


def _row(line: str) -> models.Model:
    stored = json.loads(line)
    model, values = _ROWS[stored["row"]], stored["values"]
    columns = model._meta.concrete_fields
    return model(**{c.attname: c.to_python(values[c.attname]) for c in columns})


def file_digest(path: Path, algorithm: str) -> str:
    """The digest of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.new(algorithm)).hexdigest()


# --- checking a file ----------------------------------------------------------------------------


def check_file(path: Path) -> Report:
    """Check an export: its entries and anchors, then its seal and the tails of its chains."""
    report, links = _check(path)
    seal = LedgerSeal.objects.filter(file_name=path.name).first()
    if seal is None:
        report.findings.append(_of_file("本系统没有这份文件的封存记录"))
    elif seal.algorithm not in ALGORITHMS or file_digest(path, seal.algorithm) != seal.file_digest:
        report.findings.append(_of_file("文件与封存记录的校验值不符"))
    elif {row.chain: (row.seq, row.digest) for row in seal.tails.all()} != links:
        report.findings.append(_of_file("各链末条与封存链尾不符"))
    return report


def _check(path: Path) -> tuple[Report, dict[str, Link]]:
    walk = _FileWalk()
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            walk.report.findings = list(islice(walk.findings(file), 1))
    except (OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, ValidationError):
        # Whatever is wrong with a file that anybody may have had in hand.
        walk.report.findings = [_of_file("文件残缺或不是封存文件，无法读取")]
    return walk.report, walk.links


def _of_file(wrong: str) -> Finding:
    return Finding("封存文件", None, wrong)


class _FileWalk:
    """One walk through an export; remembers the last link of each chain in it."""

    def __init__(self) -> None:
        self.report = Report()
        self.links: dict[str, Link] = {}
        self._since = date.min
        self._anchor: LedgerAnchor | None = None
        self._digest = AnchorDigest("")

    def findings(self, file: IO[str]) -> Iterator[Finding]:
        """Each anchor, the entries it covers, and whether the file holds the days it states."""
        header = json.loads(file.readline())
        if header["format"] != FORMAT:
            raise ValueError(header["format"])
        self._since = date.fromisoformat(header["day_from"])
        for line in file:
            row = _row(line)
            if isinstance(row, LedgerAnchor):
                yield from self._begin(row)
            elif self._anchor is None:
                raise ValueError(line)
            elif isinstance(row, LedgerEntry):
                yield from self._ledger(row)
            elif isinstance(row, AccessEntry):
                yield from self._access(row)
        yield from self._end()
        if self._anchor is None or self._anchor.day.isoformat() != header["day_to"]:
            yield _of_file(f"缺少至 {header['day_to']} 的记录")

    def _begin(self, anchor: LedgerAnchor) -> Iterator[Finding]:
        yield from self._end()
        if self._anchor is not None:
            yield from anchor_findings(anchor, self._anchor)
        if not LedgerAnchor.objects.filter(day=anchor.day, digest=anchor.digest).exists():
            yield Finding("日锚", None, "与本系统保存的日锚不符", at=anchor.day)
        self.report.anchors += 1
        self._anchor, self._digest = anchor, AnchorDigest(anchor.previous, anchor.algorithm)

    def _end(self) -> Iterator[Finding]:
        finding = digest_finding(self._anchor, self._digest) if self._anchor else None
        if finding:
            yield finding

    def _ledger(self, entry: LedgerEntry) -> Iterator[Finding]:
        self.report.ledger += 1
        finding = ledger_finding(entry, self.links.get(entry.chain) or self._sealed_link(entry))
        if finding:
            yield finding
        self.links[entry.chain] = entry.seq, entry.digest
        self._digest.add_ledger(entry.pk, entry.digest)

    def _sealed_link(self, entry: LedgerEntry) -> Link:
        """The tail that an earlier seal took of the chain."""
        tails = SealedTail.objects.filter(chain=entry.chain, seal__day_to__lt=self._since)
        return tails.order_by("-seq").values_list("seq", "digest").first() or NEW_CHAIN

    def _access(self, entry: AccessEntry) -> Iterator[Finding]:
        self.report.access += 1
        finding = access_finding(entry)
        if finding:
            yield finding
        self._digest.add_access(entry.pk, entry.digest)


# --- the seal -----------------------------------------------------------------------------------


@transaction.atomic
def complete_seal(plan: Plan, path: Path) -> LedgerSeal:
    """Record the seal of a written file and remove what it holds.

    Raises Stale when somebody else has sealed meanwhile.
    """
    lock_anchors()
    if LedgerSeal.objects.order_by("-day_to").first() != plan.after:
        raise Stale("这些日期的台账已由他人封存。")
    last = plan.anchors[-1]
    seal = LedgerSeal.objects.create(
        day_from=plan.anchors[0].day,
        day_to=last.day,
        ledger_to=last.ledger_to,
        access_to=last.access_to,
        ledger_count=plan.counts[0],
        access_count=plan.counts[1],
        file_name=path.name,
        algorithm=ALGORITHM,
        file_digest=file_digest(path, ALGORITHM),
        sealed_at=clock.now(),
    )
    entries = LedgerEntry.objects.filter(id__lte=last.ledger_to)
    SealedTail.objects.bulk_create(_tails(seal, entries), batch_size=1000)
    removed = entries.delete()[0], AccessEntry.objects.filter(id__lte=last.access_to).delete()[0]
    if removed != plan.counts:
        raise ValueError(f"{removed} entries instead of {plan.counts}")
    summary = (
        f"封存 {seal.day_from} 至 {seal.day_to} 的台账 {removed[0]} 条、访问记录 {removed[1]} 条"
    )
    record(SYSTEM, "seal_ledger", seal, summary, data={"file_digest": seal.file_digest})
    return seal


def _tails(seal: LedgerSeal, entries: models.QuerySet[LedgerEntry]) -> Iterator[SealedTail]:
    links = entries.order_by("chain", "seq").values_list("chain", "seq", "digest")
    for chain, group in groupby(links.iterator(chunk_size=5000), key=itemgetter(0)):
        *_, (_, seq, digest) = group
        yield SealedTail(seal=seal, chain=chain, seq=seq, digest=digest)
