"""The report of an import as its page shows it: tabs by what becomes of the rows, pages of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from portal.core.models import ImportRun
from portal.core.workbooks.engine import WHOLE_ROW
from portal.core.workbooks.report import read_report
from portal.core.workbooks.spec import ASKS, OUTCOME_TONES, OUTCOMES, Line, Outcome, Problem

PAGE_SIZE = 50
ALL = "all"
WORDS: dict[str, str] = {ALL: "全部", **OUTCOMES, ASKS: "须核对"}


@dataclass(frozen=True)
class Pages:
    """Where a page stands among the pages of a report; the counts are known, so is the end."""

    number: int
    total: int
    base: str

    @property
    def count_text(self) -> str:
        """How many rows there are."""
        return f"{self.total:,}"

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // PAGE_SIZE))

    @property
    def has_previous(self) -> bool:
        """Whether an earlier page exists."""
        return self.number > 1

    @property
    def has_next(self) -> bool:
        """Whether a later page exists."""
        return self.number < self.last

    @property
    def first_url(self) -> str:
        """The first page."""
        return self.url(1)

    @property
    def previous_url(self) -> str:
        """The page before."""
        return self.url(self.number - 1)

    @property
    def next_url(self) -> str:
        """The page after."""
        return self.url(self.number + 1)

    @property
    def last_url(self) -> str:
        """The last page."""
        return self.url(self.last)

    def url(self, number: int) -> str:
        """The address of a page."""
        return f"{self.base}&{urlencode({'page': number})}#report"


def rows_read(run: ImportRun) -> int:
    """How many rows the workbook has, whatever becomes of them."""
    return sum(run.counts.get(key, 0) for key in OUTCOMES)


def report_of(run: ImportRun, asked: Mapping[str, str], here: str) -> dict[str, Any]:
    """One page of the rows of one tab; the rest of the report is read past.

    ``asked`` is the query: outcome, page; ``here`` the address of the page.
    """
    if run.report is None:
        return {"rows": [], "tabs": []}
    numbers = {**run.counts, ALL: rows_read(run)}
    usual = next((key for key in (Outcome.REFUSE.value, ASKS) if numbers.get(key)), ALL)
    chosen = asked.get("outcome", usual)
    if chosen not in WORDS:
        chosen = usual
    total = numbers.get(chosen, 0)
    pages = Pages(1, total, f"{here}&outcome={chosen}")
    text = asked.get("page", "")
    number = int(text) if text.isdecimal() and len(text) < 9 else 1
    pages = Pages(min(max(number, 1), pages.last), total, pages.base)
    begin = (pages.number - 1) * PAGE_SIZE
    common = _common(run) if numbers.get(Outcome.REFUSE, 0) > 1 else {}
    with run.report.file.open("rb") as handle:
        lines = (line for line in read_report(handle) if _is_of(line, chosen))
        rows = [shown(line, common) for line in islice(lines, begin, begin + PAGE_SIZE)]
    asks = (ASKS,) if numbers.get(ASKS) else ()
    return {
        "rows": rows,
        "common": [(*problem[1:], f"{count:,}") for problem, count in common.items()],
        "pages": pages,
        "chosen": chosen,
        "chosen_label": WORDS[chosen],
        "tabs": [
            {
                "label": WORDS[key],
                "count": f"{numbers.get(key, 0):,}",
                "url": f"{here}&outcome={key}#report",
                "active": key == chosen,
            }
            for key in (Outcome.REFUSE, *asks, Outcome.ADD, Outcome.CHANGE, Outcome.SAME, ALL)
        ],
    }


def _is_of(line: Line, chosen: str) -> bool:
    return chosen in (ALL, line.outcome) or (chosen == ASKS and line.asks)


def _common(run: ImportRun) -> dict[Problem, int]:
    """What is wrong with the sheet and not with a cell: a column is missing that several rows need.

    With the number of rows; said once above them.
    """
    assert run.report is not None
    found: Counter[Problem] = Counter()
    with run.report.file.open("rb") as handle:
        for line in read_report(handle):
            found.update(row for row in line.problems if not row.cell and row.label != WHOLE_ROW)
    return {problem: count for problem, count in found.items() if count > 1}


def shown(line: Line, common: Collection[Problem] = ()) -> dict[str, Any]:
    """A row of the report as the page shows it; of ``common`` problems it says where they stand."""
    own = [row for row in line.problems if row not in common]
    return {
        "number": f"{line.column} 列" if line.column else line.number,
        "title": line.title,
        "word": OUTCOMES[line.outcome],
        "tone": OUTCOME_TONES[line.outcome],
        "changes": line.changes,
        "problems": own,
        "as_above": len(own) < len(line.problems),
        "notes": line.notes,
        "asks": line.asks,
    }
