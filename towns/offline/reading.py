"""Reading a workbook of an application that comes back: whose it is, what stands in its cells.

Nothing in it is ever evaluated: a formula is a complaint, not a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import IO, Any, Final, NamedTuple

from django.core.exceptions import ValidationError
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from portal.core.opened import unseal
from portal.core.workbooks.archive import BROKEN, DAMAGED, check_archive
from portal.core.workbooks.cells import is_empty, text_of
from portal.core.workbooks.engine import type_rows
from portal.core.workbooks.headers import (
    RESULT_LABEL,
    WITHIN,
    find_header,
    plain,
    require_columns,
)
from portal.core.workbooks.reading import SUMS, Table
from portal.core.workbooks.spec import Field, Row
from towns.declared import TABLES
from towns.offline.contents import fields_for
from towns.offline.writing import (
    FIGURES_SHEET,
    FUNCTIONS_SHEET,
    PART,
    ROW_LABEL,
    SEAL_SHEET,
    TEXTS_SHEET,
)

MOST_ROWS: Final = 5_000
MOST_COLUMNS: Final = 40
FORMULA: Final = (
    "这个单元格是公式，平台不计算公式。请复制该单元格，用“选择性粘贴”粘贴为数值后再上传。"
)
BROKEN_CELL: Final = "这个单元格是公式错误 {}。请改填数值。"
NOT_OURS: Final = (
    "这不是从平台“离线填报和打印”页下载的申报表格，或者其中的平台标识已经损坏。"
    "请重新下载申报表格，把内容复制过去后再上传。"
)
OTHER: Final = (
    "这份表格是为“{}”下载的，不能用于本件申报。请打开那件申报的“离线填报和打印”页上传，"
    "或者重新下载本件的申报表格。"
)
# Header -> how the name of the field is made of that of the row.
WANTED: Final[Mapping[str, Mapping[str, str]]] = {
    TEXTS_SHEET: {"内容": "{}"},
    FUNCTIONS_SHEET: {"现状": "state_{}", "平台名称": "platform_{}"},
}
_YEAR = re.compile(r"^(\d{4})年$")
_BLANKS = re.compile("_x000D_|[\u200b\ufeff]")


class Bad(NamedTuple):
    """A cell that holds no value: a formula or an error."""

    text: str


class Mine(NamedTuple):
    """A value of the workbook with its place; ``text`` None where it cannot be read."""

    text: str | None
    sheet: str
    cell: str
    problem: str = ""


@dataclass
class Rows:
    """The rows of a register's sheet, typed; ``columns`` are the letters by key of field."""

    sheet: str
    fields: tuple[Field, ...]
    columns: Mapping[str, str]
    rows: list[Row]


@dataclass
class Uploaded:
    """A workbook taken apart. ``base``: what it was filled with; ``row_ids``: rows it then had."""

    application: int
    revision: int
    base: Mapping[str, str]
    row_ids: frozenset[str]
    values: dict[str, Mine] = field(default_factory=dict)
    registers: dict[str, Rows] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


Grid = list[list[Any]]


def read_skeleton(handle: IO[bytes], application: int, name_of: Any) -> Uploaded:
    """Take it apart; ValidationError says what is wrong with it as a whole.

    ``name_of``: what an application of another key is called, for the complaint.
    """
    grids = _grids(handle)
    found = _sealed(grids, application, name_of)
    wanted = (FIGURES_SHEET, *TABLES.values(), FUNCTIONS_SHEET, TEXTS_SHEET)
    missing = [name for name in wanted if name not in grids]
    if missing:
        said = "、".join(f"“{name}”" for name in missing)
        raise ValidationError(
            f"没有找到工作表{said}。工作表名称不能改动，不填的工作表也请保留；改过名称的，请改回。"
        )
    problems: list[str] = []
    for name in (FIGURES_SHEET, FUNCTIONS_SHEET, TEXTS_SHEET):
        _read(found, name, grids[name], problems, _fixed)
    for key, name in TABLES.items():
        _read(found, name, grids[name], problems, partial(_register, key=key))
    if problems:
        raise ValidationError(problems)
    return found


def _read(found: Uploaded, name: str, grid: Grid, problems: list[str], reader: Any) -> None:
    try:
        reader(found, name, grid)
    except ValidationError as error:
        problems += [f"工作表“{name}”：{text}" for text in error.messages]


def _grids(handle: IO[bytes]) -> dict[str, Grid]:
    """The sheets with their cells; formulas and errors are ``Bad``."""
    check_archive(handle)
    try:
        book = load_workbook(handle, read_only=True, data_only=False, keep_links=False)
        try:
            return {sheet.title.strip(): _grid(sheet) for sheet in book.worksheets}
        finally:
            book.close()
    except (*DAMAGED, InvalidFileException, SyntaxError, TypeError, AttributeError) as error:
        if isinstance(error, ValidationError):
            raise
        raise ValidationError(BROKEN) from error
    finally:
        handle.seek(0)


def _grid(sheet: Any) -> Grid:
    found: Grid = []
    sheet.reset_dimensions()
    for row in sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 1):
        found.append([_value(cell) for cell in row])
    while found and all(value is None or value == "" for value in found[-1]):
        found.pop()
    if len(found) > MOST_ROWS:
        raise ValidationError(f"工作表“{sheet.title[:31]}”超过 {MOST_ROWS} 行。请删去多余的行。")
    return found


def _value(cell: Any) -> Any:
    if cell.data_type == "f":
        return Bad(FORMULA)
    if cell.data_type == "e":
        return Bad(BROKEN_CELL.format(str(cell.value)[:12]))
    value = cell.value
    if isinstance(value, int | float) and "%" in (cell.number_format or ""):
        return f"{Decimal(format(value, '.15g')) * 100:f}%"
    return value


def _sealed(grids: Mapping[str, Grid], application: int, name_of: Any) -> Uploaded:
    grid = grids.get(SEAL_SHEET, [])
    text = "".join(row[0] for row in grid if row and isinstance(row[0], str))
    data = unseal(PART, text) if text else None
    if data is None:
        raise ValidationError(NOT_OURS)
    if data["application"] != application:
        raise ValidationError(OTHER.format(name_of(data["application"])))
    return Uploaded(application, data["revision"], data["values"], frozenset(data["rows"]))


# --- sheets whose rows are fixed ------------------------------------------------------------------


def _fixed(found: Uploaded, name: str, grid: Grid) -> None:
    at, columns = _columns(name, grid)
    for number, row in enumerate(grid[at + 1 :], at + 2):
        own = text_of(row[0]) if row and not isinstance(row[0], Bad) else ""
        section, _, rest = own.partition("|")
        if not rest:
            if any(
                not isinstance(row[c], Bad) and not is_empty(row[c])
                for c in columns
                if c < len(row)
            ):
                found.notes.append(f"工作表“{name}”第 {number} 行不是表格原有的行，已略过。")
            continue
        for column, part in columns.items():
            value = row[column] if column < len(row) else None
            cell = f"{get_column_letter(column + 1)}{number}"
            if isinstance(value, Bad):
                mine = Mine(None, name, cell, value.text)
            else:
                mine = Mine(_text(value), name, cell)
            found.values[f"{section}|{part.format(rest)}"] = mine


def _columns(name: str, grid: Grid) -> tuple[int, dict[int, str]]:
    """The row of the header, and column -> how the name of its field is made of that of the row."""
    for at, row in enumerate(grid[:WITHIN]):
        labels = [value if isinstance(value, str) else "" for value in row]
        if not labels or plain(labels[0]) != plain(ROW_LABEL):
            continue
        found: dict[int, str] = {}
        wanted = {
            TEXTS_SHEET: {"内容": "{}"},
            FUNCTIONS_SHEET: {"现状": "state_{}", "平台名称": "platform_{}"},
        }
        by_label = wanted.get(name, {})
        for column, label in enumerate(labels):
            if (year := _YEAR.match(label.strip())) and name == FIGURES_SHEET:
                found[column] = f"{year[1]}.{{}}"
            elif (made := by_label.get(label.strip())) is not None:
                found[column] = made
        missing = [label for label, made in by_label.items() if made not in found.values()]
        if missing or not found:
            said = "、".join(missing) or "各年度"
            raise ValidationError(f"缺少列：{said}。表头文字不能改动，请重新下载表格对照改回。")
        return at, found
    raise ValidationError("没有找到表头。表头和隐藏的编号列不能改动，请重新下载表格。")


def _text(value: Any) -> str:
    """A cell as it was typed: line ends stay, what nobody sees goes."""
    if isinstance(value, str):
        return _BLANKS.sub("", value).replace("\r\n", "\n").replace("\r", "\n").strip()
    return text_of(value).strip()


# --- registers ------------------------------------------------------------------------------------


def _register(found: Uploaded, name: str, grid: Grid, key: str) -> None:
    fields = fields_for(key)
    shown = [["" if isinstance(value, Bad) else value for value in row] for row in grid]
    header = find_header(shown[: WITHIN + 1], fields)
    if header is None:
        labels = "、".join(field.label for field in fields[:4])
        raise ValidationError(f"没有找到表头（{labels}等列）。表头文字不能改动。")
    require_columns(header, fields)
    table = Table(name, header, [])
    bad: dict[tuple[int, int], str] = {}
    for at in range(header.first, len(grid)):
        cells = shown[at] + [None] * (max(header.columns.values()) + 1 - len(shown[at]))
        wrong = {c: v.text for c, v in enumerate(grid[at]) if isinstance(v, Bad)}
        if not wrong and all(is_empty(cells[column]) for column in header.columns.values()):
            continue
        first = next((text_of(value) for value in cells if not is_empty(value)), "")
        if plain(first) in SUMS:
            found.notes.append(f"工作表“{name}”第 {at + 1} 行是合计，已略过。")
            continue
        table.rows.append((at + 1, cells))
        bad.update({(at + 1, column): text for column, text in wrong.items()})
    rows = type_rows(table, fields)
    letters = {each: get_column_letter(column + 1) for each, column in header.columns.items()}
    for row in rows:
        for each, column in header.columns.items():
            if text := bad.get((row.number, column)):
                row.values[each], row.problems[each] = None, text
    ignored = [label for label in header.ignored if label != RESULT_LABEL]
    if ignored:
        found.notes.append(f"工作表“{name}”有表格以外的列，已略过：{'、'.join(ignored)}。")
    found.registers[key] = Rows(name, fields, letters, rows)


def cells_of(rows: Rows, row: Row) -> Iterator[tuple[Field, str]]:
    """The columns of a row that the sheet has, with the addresses of their cells."""
    for each in rows.fields:
        if each.key in rows.columns:
            yield each, f"{rows.columns[each.key]}{row.number}"
