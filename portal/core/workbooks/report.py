"""The report of a rehearsal: one JSON line per row, gzipped, kept as a stored file."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from typing import IO

from portal.core.workbooks.spec import Change, Line, Outcome, Problem


def write_report(lines: Iterable[Line], handle: IO[bytes]) -> None:
    """Write the lines, in the order of the sheet."""
    with gzip.open(handle, "wt", compresslevel=1, encoding="utf-8") as stream:
        for line in lines:
            stream.write(
                json.dumps(
                    [
                        line.number,
                        line.outcome,
                        line.title,
                        line.changes,
                        line.problems,
                        line.notes,
                        line.asks,
                        line.column,
                    ],
                    ensure_ascii=False,
                    separators=(",", ":"),
                )
                + "\n"
            )


def read_report(handle: IO[bytes]) -> Iterator[Line]:
    """The lines as they were written."""
    with gzip.open(handle, "rt", encoding="utf-8") as stream:
        for text in stream:
            # Older reports end with the notes, or with whether the row asks.
            number, outcome, title, changes, problems, notes, *rest = json.loads(text)
            yield Line(
                number,
                Outcome(outcome),
                title,
                [Change(*change) for change in changes],
                [Problem(*problem) for problem in problems],
                notes,
                bool(rest and rest[0]),
                rest[1] if len(rest) > 1 else "",
            )
