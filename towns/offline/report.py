"""What a workbook of an application would change, sheet by sheet: kept as JSON with the import."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import IO, Any

MINE, THEIRS = "mine", "theirs"


@dataclass
class Difference:
    """A field that the workbook changes, in words.

    ``conflict``: the portal has changed it too, since the workbook was made: ``opened`` is what it
    was then, ``before`` what it is now (``stands`` as stored), ``chosen`` whose value is kept.
    """

    key: str
    sheet: str
    cell: str
    subject: str
    label: str
    before: str
    after: str
    opened: str = ""
    stands: str = ""
    conflict: bool = False
    chosen: str = ""


@dataclass
class Trouble:
    """A complaint: where, about what, what to do."""

    sheet: str
    cell: str
    label: str
    text: str


@dataclass
class Report:
    """Everything that was found. ``asks``: sentences that a person must have looked at."""

    changes: list[Difference] = field(default_factory=list)
    problems: list[Trouble] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)

    @property
    def undecided(self) -> list[Difference]:
        """Conflicts for which nobody has said whose value stands."""
        return [row for row in self.changes if row.conflict and not row.chosen]

    def counts(self) -> dict[str, int]:
        """For the row of the import; the words are those of other imports."""
        return {
            "change": len(self.changes),
            "refuse": len({(row.sheet, row.cell, row.text) for row in self.problems}),
            "conflict": sum(row.conflict for row in self.changes),
            "asks": len(self.asks),
        }


def write_report(report: Report, handle: IO[bytes]) -> None:
    """Write it."""
    with gzip.open(handle, "wt", compresslevel=1, encoding="utf-8") as stream:
        json.dump(asdict(report), stream, ensure_ascii=False, separators=(",", ":"))


def read_report(handle: IO[bytes]) -> Report:
    """It again."""
    with gzip.open(handle, "rt", encoding="utf-8") as stream:
        data: dict[str, Any] = json.load(stream)
    return Report(
        [Difference(**row) for row in data["changes"]],
        [Trouble(**row) for row in data["problems"]],
        data["notes"],
        data["asks"],
    )


def by_sheet(rows: Iterable[Any], sheets: Iterable[str]) -> list[tuple[str, list[Any]]]:
    """The rows by their sheets, in the order of the workbook; sheets without any are left out."""
    held: dict[str, list[Any]] = {name: [] for name in sheets}
    for row in rows:
        held.setdefault(row.sheet, []).append(row)
    return [(name, found) for name, found in held.items() if found]
