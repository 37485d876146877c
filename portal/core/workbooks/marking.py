"""The uploaded workbook comes back with what was found: red cells, comments, a last column.

Marks of an earlier check are taken off first, so a marked workbook may be corrected and uploaded
again as it is. Formulas come back as the values they had: a program that only reads them would
find them empty. A workbook too large to be held whole, or one that openpyxl cannot read or keep,
comes back as the list of what is wrong.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import IO, Any, Final

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import column_index_from_string, get_column_letter
from openpyxl.utils.exceptions import IllegalCharacterError, InvalidFileException
from openpyxl.worksheet.worksheet import Worksheet
from PIL.Image import DecompressionBombError

from portal.core.documents.xlsx import MAX_ROWS, Column, Sheet, Value, write_xlsx
from portal.core.workbooks.archive import DAMAGED
from portal.core.workbooks.headers import RESULT_LABEL, WITHIN, find_header
from portal.core.workbooks.spec import OUTCOMES, Field, Line, Outcome
from portal.core.workbooks.template import COMMENT_AUTHOR, put_text
from portal.core.workbooks.turned import find_turned

OURS: Final = "【检查】"
RED: Final = "FFFFC7CE"
_BAD: Final = PatternFill("solid", fgColor=RED)
_RED_FONT: Final = Font(color="FF9C0006")
_LABEL_FONT: Final = Font(bold=True)
_TOP: Final = Alignment(vertical="top", wrap_text=True)
_EVERY: Final = 2_000
_WIDTH: Final = 60
_YEAR_WIDTH: Final = 28
# Bytes of all parts unpacked: some 40,000 rows of 14 columns, a minute and 900 MB when held whole.
LARGEST: Final = 24 * 1024 * 1024
# Every cell of a merged range is held, filled or not.
MOST_MERGED: Final = 200_000
LAST_COLUMN: Final = 16_384
_MERGED: Final = re.compile(
    rb"<(?:[\w.-]+:)?mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"
)
# What openpyxl raises at parts it does not expect, as other programs write them.
_UNEXPECTED: Final = (
    *DAMAGED,
    ArithmeticError,
    AssertionError,
    AttributeError,
    DecompressionBombError,
    IllegalCharacterError,
    InvalidFileException,
    SyntaxError,
    TypeError,
)
_LIST: Final = Sheet(
    "有问题的行",
    "有问题的行",
    (
        Column("number", "行号", "int"),
        Column("cell", "单元格", "code", 10),
        Column("title", "对象", "text", 36),
        Column("label", "栏目", "text", 20),
        Column("text", "问题", "text", 70),
    ),
    ("原表很大，这里只列出有问题的行。请按行号和单元格在原表中改正，再上传原表。",),
)
_LIST_OF_OTHERS: Final = replace(
    _LIST,
    filter_note=(
        "原表的格式无法标注，这里只列出有问题的行。请按行号和单元格在原表中改正，再上传原表。",
    ),
)


def mark_workbook(
    book: IO[bytes],
    lines: Sequence[Line],
    fields: Sequence[Field],
    handle: IO[bytes],
    progress: Callable[[int], None] | None = None,
) -> None:
    """Write the workbook with the lines marked on it, or the list of them when it cannot be."""
    listed = _LIST_OF_OTHERS
    try:
        if not _is_too_large(book):
            _mark(book, lines, fields, handle, progress)
            return
        listed = _LIST
    except _UNEXPECTED:
        handle.seek(0)
        handle.truncate()
    write_xlsx(handle, listed, _listed(lines), progress)


def _is_too_large(book: IO[bytes]) -> bool:
    """Whether the workbook takes too much memory when it is held whole."""
    book.seek(0)
    with zipfile.ZipFile(book) as archive:
        parts = archive.infolist()
        if sum(part.file_size for part in parts) > LARGEST:
            return True
        merged = sum(
            _area(*found)
            for part in parts
            if part.filename.lower().startswith("xl/worksheets/")
            for found in _MERGED.findall(archive.read(part))
        )
    return merged > MOST_MERGED


def _area(left: bytes, top: bytes, right: bytes, bottom: bytes) -> int:
    """How many cells a merged range has."""
    first, last = (column_index_from_string(letters.decode()) for letters in (left, right))
    return (abs(last - first) + 1) * (abs(int(bottom) - int(top)) + 1)


def _mark(
    book: IO[bytes],
    lines: Sequence[Line],
    fields: Sequence[Field],
    handle: IO[bytes],
    progress: Callable[[int], None] | None,
) -> None:
    """The workbook itself with its marks; nothing else of it is changed."""
    book.seek(0)
    whole = load_workbook(book, data_only=True, keep_links=False)
    if any(line.column for line in lines):
        sheet = _mark_turned(whole.worksheets, lines, fields)
        whole.active = sheet
        whole.save(handle)
        return
    sheet, header_row = _table(whole.worksheets, fields)
    _clear(sheet)
    column = _result_column(sheet, header_row)
    tops = _tops(sheet)
    letter = get_column_letter(column)
    head = sheet.cell(header_row, column)
    put_text(head, RESULT_LABEL)
    head.font = _LABEL_FONT
    sheet.column_dimensions[letter].width = _WIDTH
    for count, line in enumerate(lines, start=1):
        if line.outcome == Outcome.REFUSE:
            _mark_cells(sheet, line, tops)
        if line.number < MAX_ROWS:
            result = sheet.cell(line.number, column)
            put_text(result, result_text(line))
            result.alignment = _TOP
            if line.outcome == Outcome.REFUSE:
                result.font = _RED_FONT
        if progress is not None and count % _EVERY == 0:
            progress(count)
    whole.active = sheet
    whole.save(handle)


def _mark_turned(
    sheets: Sequence[Worksheet], lines: Sequence[Line], fields: Sequence[Field]
) -> Worksheet:
    """A sheet whose columns are the years: what was found stands below each of them."""
    sheet, header = next(
        (sheet, found)
        for sheet in sheets
        if sheet.sheet_state == "visible" and (found := find_turned(_head(sheet), fields))
    )
    _clear(sheet)
    last = max((area.max_row for area in sheet.merged_cells.ranges), default=0)
    for cell in _cells(sheet):
        if cell.column == header.name + 1 and cell.value == RESULT_LABEL:
            for old in sheet[cell.row]:
                if old.value is not None:
                    old.value, old.font = None, Font()
        if cell.value is not None:
            last = max(last, int(cell.row))
    head = sheet.cell(last + 1, header.name + 1)
    put_text(head, RESULT_LABEL)
    head.font = _LABEL_FONT
    tops = _tops(sheet)
    for line in lines:
        result = sheet[f"{line.column}{last + 1}"]
        put_text(result, result_text(line))
        result.alignment = _TOP
        wide = sheet.column_dimensions[line.column]
        wide.width = max(wide.width or 0, _YEAR_WIDTH)
        if line.outcome == Outcome.REFUSE:
            _mark_cells(sheet, line, tops)
            result.font = _RED_FONT
    return sheet


def _head(sheet: Worksheet) -> list[list[Any]]:
    """The rows among which the header is looked for."""
    rows = sheet.iter_rows(max_row=min(sheet.max_row, WITHIN + 1), values_only=True)
    return [list(values) for values in rows]


def _listed(lines: Iterable[Line]) -> Iterator[Sequence[Value]]:
    """What is wrong, one row for each complaint."""
    for line in lines:
        for problem in line.problems:
            yield line.number, problem.cell, line.title, problem.label, problem.text


def result_text(line: Line) -> str:
    """What the last column says of a row."""
    parts = [f"{problem.cell} {problem.label}：{problem.text}".strip() for problem in line.problems]
    parts += [
        f"{label}：{before or '空'} → {after or '空'}" for label, before, after in line.changes
    ]
    parts += line.notes
    word = OUTCOMES[line.outcome]
    return f"{word}：{'；'.join(parts)}" if parts else word


def _table(sheets: Sequence[Worksheet], fields: Sequence[Field]) -> tuple[Worksheet, int]:
    """The sheet with the header, and the header's last row: as the workbook was read."""
    best: tuple[int, Worksheet, int] = (0, sheets[0], 1)
    wanted = {field.key for field in fields if field.required}
    for sheet in sheets:
        if sheet.sheet_state != "visible":
            continue
        header = find_header(_head(sheet), fields)
        if header is None or header.score <= best[0]:
            continue
        best = (header.score, sheet, header.row)
        if wanted <= set(header.columns):
            break
    return best[1], best[2]


def _clear(sheet: Worksheet) -> None:
    """Take off the marks of an earlier check."""
    for cell in _cells(sheet):
        if cell.comment is not None and OURS in cell.comment.text:
            kept = cell.comment.text.partition(OURS)[0].strip()
            cell.comment = Comment(kept, cell.comment.author) if kept else None
            if cell.fill.fgColor.rgb == RED:
                cell.fill = PatternFill()


def _result_column(sheet: Worksheet, header_row: int) -> int:
    """The column of an earlier check, emptied, or the one after all that is filled or merged.

    None of its cells from the header on is part of a merged range, so each can be written to.
    """
    merged = [area for area in sheet.merged_cells.ranges if area.max_row >= header_row]
    last = max((area.max_col for area in merged), default=0)
    for cell in _cells(sheet):
        if cell.row == header_row and cell.value == RESULT_LABEL:
            for area in merged:
                if area.min_col <= cell.column <= area.max_col:
                    sheet.unmerge_cells(area.coord)
            for old in sheet.iter_rows(header_row + 1, min_col=cell.column, max_col=cell.column):
                old[0].value = None
                old[0].font = Font()
            return int(cell.column)
        if cell.value is not None:
            last = max(last, int(cell.column))
    if last >= LAST_COLUMN:
        raise ValueError("no column is left for the results")
    return last + 1


def _tops(sheet: Worksheet) -> dict[tuple[int, int], tuple[int, int]]:
    """Each cell of a merged range, by row and column -> the one that holds its value."""
    return {
        place: (area.min_row, area.min_col)
        for area in sheet.merged_cells.ranges
        for place in area.cells
    }


def _cells(sheet: Worksheet) -> list[Any]:
    """The cells that exist: walking by rows and columns would make those that do not."""
    return [cell for cell in sheet._cells.values() if hasattr(cell, "style_id")]


def _mark_cells(sheet: Worksheet, line: Line, tops: dict[tuple[int, int], tuple[int, int]]) -> None:
    """Redden what is wrong in a row and say why beside it; the whole row's own in its result."""
    for problem in line.problems:
        if not problem.cell:
            continue
        cell: Any = sheet[problem.cell]
        if (top := tops.get((cell.row, cell.column))) is not None:
            cell = sheet.cell(*top)
        cell.fill = _BAD
        text = f"{OURS}{problem.text}"
        author = COMMENT_AUTHOR
        if cell.comment is not None:
            text, author = f"{cell.comment.text}\n{text}", cell.comment.author
        cell.comment = Comment(text, author, height=40 + 18 * (len(text) // 14), width=240)
