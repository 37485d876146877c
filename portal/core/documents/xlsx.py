"""Writes rosters as xlsx: real types, no formulas, any number of rows in constant memory.

openpyxl's write-only sheet does the writing. Its cells guess types, and a string that begins with
``=`` becomes a formula; here each column says what it holds and every string is stored inline, so
nothing a user typed is ever run. The cells are light stand-ins reused for all rows: that is fast.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import IO, Any, Final, Literal
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet.cell_range import CellRange

Kind = Literal["text", "code", "int", "count", "money", "decimal", "percent", "date", "datetime"]
Value = str | int | float | Decimal | date | datetime | bool | None
Progress = Callable[[int], None]

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
MAX_ROWS: Final = 1_048_576
MAX_TEXT: Final = 32_767
TRUNCATED: Final = "…(超出单元格容量，后文从略)"
REPLACEMENT: Final = "\ufffd"
PROGRESS_EVERY: Final = 1_000
SEQUENCE_LABEL: Final = "序号"

# Characters that XML 1.0 cannot carry, and surrogates, which no file can.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_STARTS_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_SHEET_TITLE = re.compile(r"[\\*?:/\[\]]")

NUMBER_FORMATS: Final[dict[Kind, str]] = {
    "text": "General",
    "code": "@",
    "int": "0",
    "count": "#,##0",
    "money": "#,##0.00",
    "decimal": "#,##0.00##",
    "percent": "0.00%",
    "date": "yyyy-mm-dd",
    "datetime": "yyyy-mm-dd hh:mm",
}
_CENTRED: Final = frozenset({"code", "int", "date", "datetime"})
_DEFAULT_WIDTHS: Final[dict[Kind, float]] = {
    "text": 22,
    "code": 22,
    "int": 10,
    "count": 12,
    "money": 18,
    "decimal": 14,
    "percent": 10,
    "date": 12,
    "datetime": 17,
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column; ``percent`` takes fractions (0.125 is 12.5%), ``code`` is always text, ``int`` is
    plain (years, ordinals), ``count`` has thousands separators."""

    key: str
    label: str
    kind: Kind = "text"
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: tab title, heading line, lines about filter and export, columns.

    ``numbered`` puts a 序号 column first.
    """

    title: str
    heading: str
    columns: tuple[Column, ...]
    filter_note: tuple[str, ...] = ()
    numbered: bool = False

    @property
    def header_row(self) -> int:
        return 1 + len(self.filter_note) + 1


@dataclass(slots=True)
class Written:
    """What was written; ``truncated`` and ``replaced`` count cells that could not stay as given."""

    rows: int = 0
    sheets: int = 0
    truncated: int = 0
    replaced: int = 0


class _CellStandIn:
    """What openpyxl's cell writer asks of a cell, without the guessing."""

    __slots__ = ("_value", "coordinate", "data_type", "has_style", "style_id")

    _comment = None
    hyperlink = None

    def __init__(self, style_id: int) -> None:
        self._value: Any = None
        self.coordinate = ""
        self.data_type = "n"
        self.style_id = style_id
        self.has_style = style_id != 0


@dataclass(slots=True)
class _ColumnWriter:
    """A column on its way out: its letter and the two stand-ins for its cells."""

    letter: str
    kind: Kind
    cell: _CellStandIn
    quoted: _CellStandIn
    text: _CellStandIn


class _RosterSheet(WriteOnlyWorksheet):
    """A write-only sheet whose rows after the header come as ready cells."""

    ready = False

    def _values_to_row(self, values: Iterable[Any], row_idx: int) -> Iterator[Any]:
        if self.ready:
            return iter(values)
        cells: Iterator[Any] = super()._values_to_row(values, row_idx)  # type: ignore[misc]
        return cells


@dataclass(slots=True)
class _Styles:
    """Style numbers of the workbook, found once."""

    book: Workbook
    ids: dict[tuple[Kind, bool], int] = field(default_factory=dict)

    def number(self, sheet: WriteOnlyWorksheet, kind: Kind, *, quoted: bool) -> int:
        key = (kind, quoted)
        if key not in self.ids:
            cell: Any = WriteOnlyCell(sheet)
            cell.number_format = NUMBER_FORMATS[kind]
            horizontal = "center" if kind in _CENTRED else None
            wrap = kind == "text"
            cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=wrap)
            cell.border = _BORDER
            cell.quotePrefix = quoted
            self.ids[key] = cell.style_id
        return self.ids[key]


_THIN = Side(style="thin", color="FFBFBFBF")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD_FILL = PatternFill("solid", fgColor="FFE8EEF7")


def write_xlsx(
    target: str | Path | IO[bytes],
    sheet: Sheet,
    rows: Iterable[Sequence[Value]],
    progress: Progress | None = None,
    *,
    max_rows: int = MAX_ROWS,
) -> Written:
    """Write ``rows`` under the header of ``sheet``; go on to further sheets when one is full."""
    if not sheet.columns:
        raise ValueError("导出的表格至少须有一列")
    if max_rows <= sheet.header_row:
        raise ValueError("每张工作表的行数不足以容纳表头")
    book = Workbook(write_only=True)
    styles = _Styles(book)
    written = Written()
    source = iter(rows)
    open_sheet: _RosterSheet | None = None
    try:
        pending = next(source, None)
        while written.sheets == 0 or pending is not None:
            open_sheet = _start_sheet(book, sheet, written.sheets + 1)
            pending = _fill(open_sheet, sheet, styles, pending, source, written, progress, max_rows)
            open_sheet.close()
        book.save(target)
    except BaseException:
        _discard(book)
        raise
    if progress is not None:
        progress(written.rows)
    return written


def _start_sheet(book: Workbook, sheet: Sheet, number: int) -> _RosterSheet:
    base = _SHEET_TITLE.sub(" ", sheet.title).strip("' ") or "Sheet"
    title = base[:31] if number == 1 else f"{base[:26]}({number})"
    ws: Any = _RosterSheet(book, title)
    book._add_sheet(ws)  # type: ignore[attr-defined]  # create_sheet knows only its own class
    columns = len(sheet.columns) + sheet.numbered
    last = get_column_letter(columns)
    offset = 1
    if sheet.numbered:
        ws.column_dimensions["A"].width = 7
        offset = 2
    for position, column in enumerate(sheet.columns, offset):
        width = column.width or _DEFAULT_WIDTHS[column.kind]
        ws.column_dimensions[get_column_letter(position)].width = width
    first_data_row = sheet.header_row + 1
    ws.freeze_panes = f"A{first_data_row}"
    ws.print_title_rows = f"{sheet.header_row}:{sheet.header_row}"
    ws.sheet_properties.pageSetUpPr.fitToPage = True
    ws.page_setup.orientation = "landscape"
    ws.page_setup.paperSize = 9
    ws.page_setup.fitToWidth = 1
    ws.page_setup.fitToHeight = 0
    ws.print_options.horizontalCentered = True
    ws.oddFooter.center.text = "第 &P 页，共 &N 页"
    _write_head(ws, sheet, columns)
    for row in range(1, sheet.header_row):
        if columns > 1:
            ws.merged_cells.add(CellRange(f"A{row}:{last}{row}"))
    ws.ready = True
    return ws


def _write_head(ws: Any, sheet: Sheet, columns: int) -> None:
    ws.row_dimensions[1].height = 30
    ws.row_dimensions[sheet.header_row].height = 24
    ws.append([_head_cell(ws, sheet.heading, Font(name="宋体", size=16, bold=True), "center")])
    for note in sheet.filter_note:
        ws.append([_head_cell(ws, note, Font(name="宋体", size=10, color="FF595959"), "left")])
    labels = [column.label for column in sheet.columns]
    if sheet.numbered:
        labels.insert(0, SEQUENCE_LABEL)
    header = []
    for label in labels:
        cell = _head_cell(ws, label, Font(name="宋体", size=11, bold=True), "center")
        cell.fill = _HEAD_FILL
        cell.border = _BORDER
        header.append(cell)
    ws.append(header)


def _head_cell(ws: Any, text: str, font: Font, horizontal: str) -> Any:
    cell: Any = WriteOnlyCell(ws)
    cell._value = _ILLEGAL.sub(REPLACEMENT, text)[:MAX_TEXT]
    cell.data_type = "s"
    cell.font = font
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True)
    if text.startswith(_STARTS_FORMULA):
        cell.quotePrefix = True
    return cell


def _column_writers(ws: _RosterSheet, sheet: Sheet, styles: _Styles) -> list[_ColumnWriter]:
    first = 2 if sheet.numbered else 1
    return [
        _ColumnWriter(
            get_column_letter(position),
            column.kind,
            _CellStandIn(styles.number(ws, column.kind, quoted=False)),
            _CellStandIn(styles.number(ws, column.kind, quoted=True)),
            _CellStandIn(styles.number(ws, "text", quoted=False)),
        )
        for position, column in enumerate(sheet.columns, first)
    ]


def _fill(
    ws: _RosterSheet,
    sheet: Sheet,
    styles: _Styles,
    pending: Sequence[Value] | None,
    source: Iterator[Sequence[Value]],
    written: Written,
    progress: Progress | None,
    max_rows: int,
) -> Sequence[Value] | None:
    """Write rows until the source or the sheet is at its end; returns the row left over."""
    writers = _column_writers(ws, sheet, styles)
    sequence = _CellStandIn(styles.number(ws, "int", quoted=False)) if sheet.numbered else None
    row_number = sheet.header_row
    while pending is not None and row_number < max_rows:
        row_number += 1
        written.rows += 1
        ws.append(_cells(writers, pending, row_number, written, sequence))
        if progress is not None and written.rows % PROGRESS_EVERY == 0:
            progress(written.rows)
        pending = next(source, None)
    last = get_column_letter(len(sheet.columns) + sheet.numbered)
    whole: Any = ws
    whole.auto_filter.ref = f"A{sheet.header_row}:{last}{row_number}"
    written.sheets += 1
    return pending


def _cells(
    writers: list[_ColumnWriter],
    values: Sequence[Value],
    row_number: int,
    written: Written,
    sequence: _CellStandIn | None,
) -> Iterator[_CellStandIn]:
    """The cells of one row, one at a time: each stand-in is written before the next is made."""
    if sequence is not None:
        sequence.coordinate = f"A{row_number}"
        sequence._value = written.rows
        yield sequence
    for writer, value in zip(writers, values, strict=True):
        cell = writer.cell
        kind = type(value)
        if kind is str:
            cell = _text_cell(writer, value, written)  # type: ignore[arg-type]
        elif value is None:
            cell.data_type = "n"
            cell._value = None
        elif writer.kind == "code":
            cell = _text_cell(writer, str(value), written)
        elif kind is int:
            cell.data_type = "n"
            cell._value = value
        else:
            cell = _other_cell(writer, value, written)
        cell.coordinate = f"{writer.letter}{row_number}"
        yield cell


def _text_cell(writer: _ColumnWriter, text: str, written: Written) -> _CellStandIn:
    if not text.isprintable() and _ILLEGAL.search(text):
        text = _ILLEGAL.sub(REPLACEMENT, text)
        written.replaced += 1
    if len(text) > MAX_TEXT // 2:
        shortened = _shorten(text)
        written.truncated += shortened is not text
        text = shortened
    if text.startswith(_STARTS_FORMULA):
        cell = writer.quoted
    elif writer.kind in ("text", "code"):
        cell = writer.cell
    else:
        cell = writer.text
    cell.data_type = "s"
    cell._value = text
    return cell


def _shorten(text: str) -> str:
    """Excel counts UTF-16 units; a cut never splits a character."""
    if len(text.encode("utf-16-le")) // 2 <= MAX_TEXT:
        return text
    room = (MAX_TEXT - len(TRUNCATED)) * 2
    return text.encode("utf-16-le")[:room].decode("utf-16-le", errors="ignore") + TRUNCATED


def _other_cell(writer: _ColumnWriter, value: Value, written: Written) -> _CellStandIn:
    cell = writer.cell
    if isinstance(value, bool):
        return _text_cell(writer, "是" if value else "否", written)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(SHANGHAI).replace(tzinfo=None)
        if writer.kind == "date":
            value = value.date()
    if isinstance(value, date) and writer.kind in ("date", "datetime"):
        # Spreadsheets count days from 1900 and take that year for a leap year.
        if value.year <= 1900:
            return _text_cell(writer, value.isoformat(), written)
        cell.data_type = "n"
        cell._value = to_excel(value)
        return cell
    if isinstance(value, int | float | Decimal) and isfinite(value):
        cell.data_type = "n"
        cell._value = value
        return cell
    return _text_cell(writer, str(value), written)


def _discard(book: Workbook) -> None:
    """Remove the temporary files of sheets that will not be saved."""
    for ws in book.worksheets:
        writer = getattr(ws, "_writer", None)
        if writer is not None:
            rows = getattr(ws, "_rows", None)
            if rows is not None and not ws.closed:
                rows.close()
            writer.close()
            if Path(writer.out).exists():
                writer.cleanup()
