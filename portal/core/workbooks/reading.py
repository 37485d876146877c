"""Reading an uploaded workbook: values only, within limits; nothing in it is ever evaluated.

calamine (Rust) reads the values. It keeps a sheet as a full rectangle, gives an error as an empty
cell and drops number formats, so a first pass over the sheet's XML (``survey``) measures the
rectangle and finds errors and percentages.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any, NamedTuple
from xml.parsers import expat

from django.conf import settings
from django.core.exceptions import ValidationError
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from portal.core.workbooks.archive import BROKEN, DAMAGED, check_archive
from portal.core.workbooks.cells import is_empty, text_of
from portal.core.workbooks.headers import (
    SAMPLE,
    WITHIN,
    Header,
    column_letter,
    find_header,
    plain,
    require_columns,
)
from portal.core.workbooks.spec import Field

MAX_COLUMNS = 200
# Rows of a sheet that only look filled, and what stands around a table, come on top of the limit.
SPARE_ROWS = 2_000
SHEETS = 20
# Rows that add up, sign or explain what stands above them, by how they begin.
SUMS = frozenset({"合计", "总计", "小计", "共计"})
_SIGNED = re.compile(
    r"(?:填表人|填报人|制表人?|审核人|经办人|联系人|单位负责人|负责人|填[表报]日期|填[表报]单位"
    r"|填表说明|说明|备注|注)[:：]"
)
# Whatever a sheet of the usual kind has not: cells or rows that do not say at once where they are,
# or are beyond FZ21999; errors, comments, declarations. Without any, the survey finds nothing.
USUAL_ROWS = 20_000
_UNUSUAL = re.compile(
    rb"<(?:!|[\w.-]+:(?:c|row)\b"
    rb'|row(?! r="(?:\d{1,4}|1\d{4}|2[01]\d{3})")(?=[\s/>])'
    rb'|c(?! r="[A-F]?[A-Z](?:\d{1,4}|1\d{4}|2[01]\d{3})")(?=[\s/>]))'
)
_ERRORS = (b't="e"', b"t='e'")
_PERCENT_FORMATS = {"9", "10"}


class Skipped(NamedTuple):
    """A row that was left out, and why it is no row of the table."""

    number: int
    text: str


@dataclass
class Table:
    """The rows below the header of the sheet that has one; numbers are the sheet's own."""

    sheet: str
    header: Header
    rows: list[tuple[int, list[Any]]]
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: frozenset[tuple[int, int]] = frozenset()
    skipped: list[Skipped] = field(default_factory=list)


@dataclass
class Survey:
    """A sheet before it is read: how far it is filled, its errors, its percentages."""

    rows: int = 0
    columns: int = 0
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    percents: set[tuple[int, int]] = field(default_factory=set)


def read_table(book: IO[bytes], fields: Sequence[Field]) -> Table:
    """The table of a workbook: the first visible sheet with the header, or the best one.

    Raises ValidationError when it is no workbook, too large, without the header, or empty.
    """
    with opened_book(book) as (whole, parts):
        return _table(whole, parts, fields)


@contextmanager
def opened_book(book: IO[bytes]) -> Iterator[tuple[CalamineWorkbook, _Parts]]:
    """A workbook to be read; whatever it breaks is said in the same sentence."""
    check_archive(book)
    try:
        with zipfile.ZipFile(book) as archive:
            parts = _Parts(archive)
            book.seek(0)
            with CalamineWorkbook.from_filelike(book) as whole:
                yield whole, parts
    except (*DAMAGED, CalamineError, expat.ExpatError) as error:
        raise ValidationError(BROKEN) from error
    except BaseException as error:
        # What Rust gives up on arrives as a class of its own that is no Exception.
        if type(error).__name__ == "PanicException":
            raise ValidationError(BROKEN) from error
        raise
    finally:
        book.seek(0)


def read_cells(book: IO[bytes], *, rows: int, columns: int) -> list[list[str]]:
    """The cells of the first visible sheet that holds any, as texts, whatever they mean.

    Raises ValidationError when it is no workbook, empty, or larger than asked for.
    """
    with opened_book(book) as (whole, parts):
        return _cells(whole, parts, rows, columns)


def _cells(whole: CalamineWorkbook, parts: _Parts, rows: int, columns: int) -> list[list[str]]:
    shown = [row.name for row in whole.sheets_metadata if row.visible == SheetVisibleEnum.Visible]
    for name in shown[:SHEETS]:
        survey = parts.survey(name, percents=False)
        read: list[list[Any]] = whole.get_sheet_by_name(name).to_python(nrows=rows + SPARE_ROWS)
        found = [[text_of(value) for value in row] for row in read if not all(map(is_empty, row))]
        if not found:
            continue
        if survey.errors:
            (row, column), word = min(survey.errors.items())
            place = f"{column_letter(column)}{row + 1}"
            raise ValidationError(f"单元格 {place} 是错误值 {word}。请改正后再上传。")
        across = max(at for row in found for at, text in enumerate(row, start=1) if text)
        if len(found) > rows or across > columns:
            size = f"{len(found)} 行、{across} 列"
            raise ValidationError(
                f"工作表“{name[:31]}”有 {size}，最多 {rows} 行（含表头）、{columns} 列。"
                "请删去多余的行、列，或者拆成几张表。"
            )
        return [row[:across] for row in found]
    raise ValidationError("工作簿里没有内容。请填写后再上传。")


def _table(whole: CalamineWorkbook, parts: _Parts, fields: Sequence[Field]) -> Table:
    best: tuple[Header, CalamineSheet, Survey] | None = None
    wanted = {item.key for item in fields if item.required}
    shown = [row.name for row in whole.sheets_metadata if row.visible == SheetVisibleEnum.Visible]
    for name in shown[:SHEETS]:
        survey = parts.survey(name, percents=any(item.kind == "percent" for item in fields))
        sheet = whole.get_sheet_by_name(name)
        header = find_header(
            sheet.to_python(skip_empty_area=False, nrows=WITHIN + 1 + SAMPLE), fields
        )
        if header is None or (best is not None and header.score <= best[0].score):
            continue
        best = (header, sheet, survey)
        if wanted <= set(header.columns):
            break
    if best is None:
        labels = "、".join(item.label for item in fields[:4])
        raise ValidationError(f"没有找到表头（{labels}等列）。请下载模板，按模板填写。")
    header, sheet, survey = best
    require_columns(header, fields)
    table = Table(sheet.name, header, [], survey.errors, frozenset(survey.percents))
    _fill(table, sheet, fields)
    return table


def _fill(table: Table, sheet: CalamineSheet, fields: Sequence[Field]) -> None:
    """The rows below the header that hold anything in a column of the import."""
    header = table.header
    rows: list[list[Any]] = sheet.to_python(skip_empty_area=False)
    _spread_merged(rows, sheet, header, fields)
    columns = list(header.columns.values())
    required = [header.columns[item.key] for item in fields if item.key in header.columns]
    required = [
        header.columns[item.key] for item in fields if item.required and item.key in header.columns
    ] or required
    broken = {row for row, _ in table.errors}
    limit = settings.PORTAL_IMPORT_MAX_ROWS
    for at in range(header.first, len(rows)):
        cells = rows[at]
        if at not in broken and all(is_empty(cells[column]) for column in columns):
            continue
        if _is_footer(cells, required) or _is_header_again(cells, header):
            table.skipped.append(Skipped(at + 1, _first_text(cells)))
            continue
        if len(table.rows) == limit:
            raise ValidationError(f"每次最多导入 {limit} 行。请拆成几个文件，分次导入。")
        table.rows.append((at + 1, cells))
    if not table.rows:
        raise ValidationError("表头下面没有内容。请填写后再上传。")


def _spread_merged(
    rows: list[list[Any]], sheet: CalamineSheet, header: Header, fields: Sequence[Field]
) -> None:
    """A town or category written once for several rows, in a merged cell, holds for each of them.

    Never numbers, which would count several times, nor codes, which are one row's own.
    """
    kinds = {header.columns[item.key]: item.kind for item in fields if item.key in header.columns}
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        if top < header.first or left != right or kinds.get(left) not in ("text", "choice", "year"):
            continue
        for at in range(top + 1, min(bottom + 1, len(rows))):
            rows[at][left] = rows[top][left]


def _first_text(cells: Sequence[Any]) -> str:
    return next((text_of(value) for value in cells if not is_empty(value)), "")[:40]


def _is_footer(cells: Sequence[Any], required: Sequence[int]) -> bool:
    """Whether the row adds up or signs what stands above it, and so lacks what rows must have."""
    first = next((at for at, value in enumerate(cells) if not is_empty(value)), 0)
    if not any(column == first or is_empty(cells[column]) for column in required):
        return False
    return sums_or_signs(text_of(cells[first]))


def sums_or_signs(text: str) -> bool:
    """Whether a row that begins so adds up (合计) or signs (填表人) what stands above it."""
    return plain(text) in SUMS or _SIGNED.match(text) is not None


def _is_header_again(cells: Sequence[Any], header: Header) -> bool:
    """Whether the row repeats the header, as lists do that were printed page by page."""
    return all(
        isinstance(cells[at], str) and plain(cells[at]) == header.labels[at]
        for at in header.columns.values()
    )


def _is_usual(data: bytes) -> bool:
    """Whether a sheet has nothing that a survey would find; many times as fast."""
    return not any(word in data for word in _ERRORS) and _UNUSUAL.search(data) is None


class _Parts:
    """Where the sheets of an archive are, and the number formats that show percentages."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        names = {name.lower(): name for name in archive.namelist()}
        self.names = names
        links: dict[str, str] = {}
        for tag, attributes in _elements(self._read("xl/_rels/workbook.xml.rels")):
            if tag == "Relationship":
                target = attributes.get("Target", "")
                joined = target.lstrip("/") if target[:1] == "/" else f"xl/{target}"
                links[attributes.get("Id", "")] = posixpath.normpath(joined)
        self.sheets: dict[str, str] = {}
        for tag, attributes in _elements(self._read("xl/workbook.xml")):
            if tag == "sheet":
                link = next((v for k, v in attributes.items() if k.endswith(":id")), "")
                self.sheets[attributes.get("name", "")] = links.get(link, "")

    def _read(self, name: str) -> bytes:
        return self.archive.read(self.names[name.lower()])

    def survey(self, sheet: str, *, percents: bool) -> Survey:
        """Measure a sheet; ValidationError when something lies far outside any table."""
        styles = self._percent_styles() if percents else frozenset()
        data = self._read(self.sheets[sheet])
        if not styles and settings.PORTAL_IMPORT_MAX_ROWS >= USUAL_ROWS and _is_usual(data):
            return Survey()
        survey = _Surveyor(data, styles).survey
        far = survey.rows > settings.PORTAL_IMPORT_MAX_ROWS + SPARE_ROWS
        if far or survey.columns > MAX_COLUMNS:
            place = f"{column_letter(survey.columns - 1)}{survey.rows}"
            raise ValidationError(
                f"工作表“{sheet[:31]}”的内容一直到 {place}，超出可导入的范围"
                f"（{settings.PORTAL_IMPORT_MAX_ROWS} 行、{MAX_COLUMNS} 列）。"
                "请删去表格以外的内容，或拆成几个文件，分次导入。"
            )
        return survey

    def _percent_styles(self) -> frozenset[str]:
        if "xl/styles.xml" not in self.names:
            return frozenset()
        formats, within, found, index = set(_PERCENT_FORMATS), False, set(), 0
        for tag, attributes in _elements(self._read("xl/styles.xml")):
            if tag == "numFmt" and "%" in attributes.get("formatCode", ""):
                formats.add(attributes.get("numFmtId", ""))
            within = tag == "cellXfs" or (within and tag not in ("cellStyles", "dxfs"))
            if within and tag == "xf":
                if attributes.get("numFmtId") in formats:
                    found.add(str(index))
                index += 1
        return frozenset(found)


def _elements(data: bytes) -> list[tuple[str, dict[str, str]]]:
    """Every element of a small part, by its name without a prefix."""
    found: list[tuple[str, dict[str, str]]] = []
    parser = _parser()
    parser.StartElementHandler = lambda tag, attributes: found.append(
        (tag.rpartition(":")[2], attributes)
    )
    parser.Parse(data, True)
    return found


def _parser() -> expat.XMLParserType:
    """A parser that knows no entities but those of XML."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise ValidationError(BROKEN)

    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    return parser


class _Surveyor:
    """One pass over a sheet's XML."""

    def __init__(self, data: bytes, percent_styles: frozenset[str]) -> None:
        self.survey = Survey()
        self.styles = percent_styles
        self.row = -1
        self.column = -1
        self.places: dict[str, int] = {}
        self.words: list[str] | None = None
        self.parser = _parser()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = None
        self.parser.Parse(data, True)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if ":" in tag:
            tag = tag.rpartition(":")[2]
        if tag == "v" or tag == "is":
            survey = self.survey
            if self.row >= survey.rows:
                survey.rows = self.row + 1
            if self.column >= survey.columns:
                survey.columns = self.column + 1
        elif tag == "c":
            self._cell(attributes)
        elif tag == "row":
            number = attributes.get("r", "")
            self.row = int(number) - 1 if number.isdigit() else self.row + 1
            self.column = -1

    def _cell(self, attributes: dict[str, str]) -> None:
        self.column += 1
        place = attributes.get("r")
        if place:
            letters = place.rstrip("0123456789")
            if (column := self.places.get(letters)) is None:
                column = self.places[letters] = _column(letters)
            self.column = column
            if number := place[len(letters) :]:
                self.row = int(number) - 1
        if attributes.get("t") == "e":
            self._error()
        if self.styles and attributes.get("s") in self.styles:
            self.survey.percents.add((self.row, self.column))

    def _error(self) -> None:
        """Keep the error's word, which is the text of this cell, until the cell ends."""
        words: list[str] = []
        place = (self.row, self.column)

        def end(tag: str) -> None:
            if tag.rpartition(":")[2] == "c":
                self.survey.errors[place] = "".join(words)[-12:]
                self.parser.CharacterDataHandler = None
                self.parser.EndElementHandler = None

        self.parser.CharacterDataHandler = words.append
        self.parser.EndElementHandler = end


def _column(letters: str) -> int:
    """The column of its letters, from nought."""
    number = 0
    for letter in letters.upper():
        if not "A" <= letter <= "Z" or number > 16_384:
            raise ValidationError(BROKEN)
        number = number * 26 + ord(letter) - 64
    return number - 1
