"""From a workbook to verdicts: cells typed by their columns, rows judged by the importer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import IO, Any, NamedTuple

from portal.core.actor import Actor
from portal.core.workbooks.cells import BadCell, Read, month_note, reader_of
from portal.core.workbooks.headers import Header, column_letter
from portal.core.workbooks.reading import Table, read_table
from portal.core.workbooks.spec import (
    ASKS,
    Field,
    Importer,
    Line,
    Outcome,
    Problem,
    Row,
    Session,
    Turned,
    Verdicts,
)
from portal.core.workbooks.turned import NAMELESS, UNKNOWN, TurnedTable, read_turned

WHOLE_ROW = "整行"
Progress = Callable[[int, int, str], None]


@dataclass
class Book:
    """A workbook understood: its rows with typed values, and what was left out of it."""

    sheet: str
    header: Header | None
    rows: list[Row]
    reading: dict[str, Any]


class Rehearsal(NamedTuple):
    """What would become of each row, and how many of each outcome there are; see ``ASKS``."""

    lines: list[Line]
    counts: dict[str, int]

    @property
    def refused(self) -> int:
        """How many rows have problems."""
        return self.counts.get(Outcome.REFUSE, 0)


def read_book(
    book: IO[bytes],
    fields: Sequence[Field],
    progress: Progress | None = None,
    turned: Turned | None = None,
) -> Book:
    """Read and type a workbook; ValidationError when it cannot be read as a whole."""
    if turned is not None and (found := read_turned(book, fields, turned)) is not None:
        return _turned_book(found)
    table = read_table(book, fields)
    rows = type_rows(table, fields, progress)
    reading = {
        "sheet": table.sheet[:31],
        "header_row": table.header.row,
        "ignored": table.header.ignored[:50],
        "skipped": [list(row) for row in table.skipped[:50]],
    }
    return Book(table.sheet, table.header, rows, reading)


def _turned_book(table: TurnedTable) -> Book:
    """A sheet turned round; what no field is named by is said once and left out."""
    reading = {
        "sheet": table.sheet[:31],
        "header_row": table.header.row + 1,
        "ignored": table.header.ignored[:50],
        "skipped": [list(row) for row in table.skipped[:50]],
        "unknown": [
            [number, name, UNKNOWN if name else NAMELESS] for number, name in table.unknown[:50]
        ],
    }
    return Book(table.sheet, None, table.rows, reading)


def type_rows(table: Table, fields: Sequence[Field], progress: Progress | None = None) -> list[Row]:
    """Every row with its values by field key; columns the sheet has not are empty."""
    header = table.header
    columns: list[tuple[Field, int, Read]] = [
        (item, header.columns[item.key], reader_of(item, header.units.get(item.key, "")))
        for item in fields
        if item.key in header.columns
    ]
    empty = {item.key: None for item in fields}
    # A year that only the header says, as in 2024年营业收入, is every row's.
    by_header = {
        item.key: header.year
        for item in fields
        if item.kind == "year" and item.key not in header.columns and header.year
    }
    total = len(table.rows)
    rows: list[Row] = []
    for number, cells in table.rows:
        row = Row(number, {**empty, **by_header})
        for item, at, read in columns:
            value = cells[at]
            if value == "" or value is None:
                if item.required:
                    row.problems[item.key] = f"请填写{item.label}。"
                continue
            try:
                typed = read(value)
            except BadCell as error:
                row.problems[item.key] = str(error)
                continue
            if typed is not None:
                row.values[item.key] = typed
                if item.month and (note := month_note(item, value)):
                    row.notes.append(note)
            elif item.required:
                row.problems[item.key] = f"请填写{item.label}。"
        rows.append(row)
        if progress is not None and len(rows) % 500 == 0:
            progress(len(rows), total, f"已读取 {len(rows)} 行，共 {total} 行")
    _look_again(table, rows, columns)
    return rows


def _look_again(table: Table, rows: list[Row], columns: list[tuple[Field, int, Read]]) -> None:
    """What the values alone do not show: errors of formulas, and numbers shown as percentages."""
    if not table.errors and not table.percents:
        return
    for row, (number, cells) in zip(rows, table.rows, strict=True):
        for item, at, _ in columns:
            place = (number - 1, at)
            if place in table.errors:
                row.values[item.key] = None
                row.problems[item.key] = _error_text(table.errors[place])
            elif (
                item.kind == "percent"
                and place in table.percents
                and isinstance(cells[at], float | int)
                and row.values[item.key] is not None
            ):
                row.values[item.key] *= 100


def judge(session: Session, importer: Importer, book: Book) -> Rehearsal:
    """The session's verdicts as lines of the report; a row with problems is refused."""
    return _rehearsal(session.check(), importer, book)


def _rehearsal(verdicts: Sequence[Verdicts], importer: Importer, book: Book) -> Rehearsal:
    fields = importer.fields
    lines = [
        _line(row, verdict, fields, book.header)
        for row, verdict in zip(book.rows, verdicts, strict=True)
    ]
    return Rehearsal(lines, _counted(lines))


def _counted(rows: Iterable[Line | Verdicts]) -> dict[str, int]:
    counts: Counter[Outcome] = Counter()
    asks = 0
    for row in rows:
        counts[row.outcome] += 1
        asks += row.asks
    return {key.value: counts[key] for key in Outcome} | ({ASKS: asks} if asks else {})


def refused_or_counts(
    session: Session, importer: Importer, book: Book, asked: int = 0
) -> tuple[Rehearsal | None, dict[str, int]]:
    """For the commit: the rehearsal when rows are refused, and how many of each outcome.

    The rehearsal too when more rows ask than the ``asked`` that were looked at.
    """
    verdicts = session.check()
    wrong = any(
        row.problems or verdict.problems or verdict.outcome == Outcome.REFUSE
        for row, verdict in zip(book.rows, verdicts, strict=True)
    )
    if wrong:
        found = _rehearsal(verdicts, importer, book)
        return found, found.counts
    counts = _counted(verdicts)
    if counts.get(ASKS, 0) > asked:
        return _rehearsal(verdicts, importer, book), counts
    return None, counts


def rehearse(importer: Importer, actor: Actor, book: Book) -> Rehearsal:
    """What entering the workbook would do; nothing is written."""
    return judge(importer.begin(actor, book.rows), importer, book)


def _line(row: Row, verdict: Verdicts, fields: Sequence[Field], header: Header | None) -> Line:
    line = Line(
        row.number, verdict.outcome, verdict.title[:200], notes=[*row.notes, *verdict.notes]
    )
    line.column = row.column
    if not row.problems and not verdict.problems:
        line.changes, line.asks = list(verdict.changes), verdict.asks
        return line
    line.outcome = Outcome.REFUSE
    found = {**verdict.problems, **row.problems}
    for item in fields:
        if item.key in found:
            at = None if header is None else header.columns.get(item.key)
            here = "" if at is None else f"{column_letter(at)}{row.number}"
            cell = row.places.get(item.key, here)
            line.problems.append(Problem(cell, item.label, found[item.key]))
    if "" in found:
        line.problems.append(Problem("", WHOLE_ROW, found[""]))
    return line


def _error_text(word: str) -> str:
    return f"单元格是公式错误 {word or '#VALUE!'}。请改正公式，或改填数值。"
