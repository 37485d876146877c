"""Sheets with a row per value and a column per year, as offices keep their yearly figures.

    指标      单位    2023年   2024年   2025年   提供部门
    营业收入  亿元    17.1     20.2     24.3     统计局

Turned round, each year is a row of the import; every value keeps the address of its own cell.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.exceptions import ValidationError
from python_calamine import CalamineSheet, SheetVisibleEnum

from portal.core.workbooks.cells import (
    COUNT_UNITS,
    MONEY_UNITS,
    BadCell,
    is_empty,
    reader_of,
    text_of,
)
from portal.core.workbooks.headers import (
    RESULT_LABEL,
    WITHIN,
    Labels,
    column_letter,
    plain,
    sheet_unit,
)
from portal.core.workbooks.reading import SHEETS, Skipped, Survey, opened_book, sums_or_signs
from portal.core.workbooks.spec import Field, Row, Turned

NAMES = frozenset({"指标", "指标名称", "项目", "项目名称", "主要指标", "数据指标"})
UNITS = frozenset({"单位", "计量单位"})
UNKNOWN = "目录里没有这个指标，没有导入"
NAMELESS = "没有写明指标名称，没有导入"
_YEAR = re.compile(r"(20\d{2})(?:年度?)?(?:数据|数值|数|实际|实绩)?")
_ORDINAL = re.compile(r"^(?:[一二三四五六七八九十]+[、.]|\d{1,2}[、.)]|\(\w{1,3}\))\s*")
_IN_BRACKETS = re.compile(r"[(\[【]([^()\[\]【】]*)[)\]】]")
_MEASURES = frozenset({"人次", "人", "家", "个", "户", "名", "项", "件", "次", "台", "套", ""})
_PERCENTS = frozenset({"%", "百分比", "百分数", "百分之"})
_MONEY = MONEY_UNITS | {name[:-1]: size for name, size in MONEY_UNITS.items() if name != "元"}


@dataclass
class TurnedHeader:
    """Where things stand, rows and columns counted from nought: the years by column."""

    row: int
    name: int
    years: dict[int, int]
    unit: int | None = None
    texts: dict[str, int] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    sheet_unit: str = ""
    labels: tuple[str, ...] = ()


@dataclass
class TurnedTable:
    """The sheet turned round; ``unknown`` are the rows of the sheet that are no column here."""

    sheet: str
    header: TurnedHeader
    rows: list[Row] = field(default_factory=list)
    unknown: list[Skipped] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)


def find_turned(rows: Sequence[Sequence[Any]], fields: Sequence[Field]) -> TurnedHeader | None:
    """The first row that names a column of indicators and at least one year; None without any.

    ValidationError when a year is there twice.
    """
    labels = Labels([item for item in fields if item.kind == "text"])
    for number, cells in enumerate(rows[:WITHIN]):
        texts = tuple(text_of(value) for value in cells)
        named = [at for at, text in enumerate(texts) if plain(text) in NAMES]
        years = [(at, found) for at, text in enumerate(texts) if (found := _year(text))]
        if not named or not years:
            continue
        header = TurnedHeader(number, named[0], {}, labels=texts)
        header.sheet_unit = sheet_unit(rows[:number])
        for at, year in years:
            if year in header.years.values():
                first = next(column for column, said in header.years.items() if said == year)
                place = f"{column_letter(first)} 列和 {column_letter(at)} 列"
                raise ValidationError(f"表头里 {year} 年出现了两次（{place}）。请只保留一列。")
            header.years[at] = year
        for at, text in enumerate(texts):
            if at in header.years or at == header.name or not text:
                continue
            if plain(text) in UNITS and header.unit is None:
                header.unit = at
            elif (met := labels.find(text)) is not None and met.key not in header.texts:
                header.texts[met.key] = at
            elif text != RESULT_LABEL and plain(text) not in ("序号", "编号"):
                header.ignored.append(text[:40])
        return header
    return None


def read_turned(book: IO[bytes], fields: Sequence[Field], turned: Turned) -> TurnedTable | None:
    """The first visible sheet that stands so, turned round; None where none does."""
    with opened_book(book) as (whole, parts):
        shown = [row for row in whole.sheets_metadata if row.visible == SheetVisibleEnum.Visible]
        for name in [row.name for row in shown][:SHEETS]:
            survey = parts.survey(name, percents=any(item.kind == "percent" for item in fields))
            sheet = whole.get_sheet_by_name(name)
            above = sheet.to_python(skip_empty_area=False, nrows=WITHIN + 1)
            if (header := find_turned(above, fields)) is not None:
                return _Turning(TurnedTable(name, header), fields, turned, survey).read(sheet)
    return None


def _year(text: str) -> int | None:
    found = _YEAR.fullmatch(plain(text))
    return int(found[1]) if found else None


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


class _Turning:
    """One sheet on its way into rows, one for each year that has any value."""

    def __init__(
        self, table: TurnedTable, fields: Sequence[Field], turned: Turned, survey: Survey
    ) -> None:
        self.table, self.header, self.turned, self.survey = table, table.header, turned, survey
        self.fields = {item.key: item for item in fields}
        values = [item for item in fields if item.kind not in ("text", "year")]
        self.labels = Labels(values)
        self.year = next(item for item in fields if item.kind == "year")

    def read(self, sheet: CalamineSheet) -> TurnedTable:
        cells: list[list[Any]] = sheet.to_python(skip_empty_area=False)
        self._spread(cells, sheet)
        found = self._indicators(cells)
        if not found:
            names = "、".join(f"“{row.text}”" for row in self.table.unknown[:5])
            raise ValidationError(
                f"表里的指标在目录中都没有（{names}）。请核对指标名称，或下载模板，按模板填写。"
                if names
                else "表头下面没有内容。请填写后再上传。"
            )
        whole = self._whole(cells, found)
        for column, year in self.header.years.items():
            row = self._row(cells, column, year, found)
            if not row.places.keys() - {self.year.key}:
                self.header.ignored.append(self.header.labels[column][:40])
                continue
            row.values[self.turned.whole] = whole
            self.table.rows.append(row)
        if not self.table.rows:
            raise ValidationError("表头下面没有内容。请填写后再上传。")
        return self.table

    def _spread(self, cells: list[list[Any]], sheet: CalamineSheet) -> None:
        """A unit or a department written once for several rows holds for each of them."""
        columns = {self.header.unit, *self.header.texts.values()}
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
            if top > self.header.row and left == right and left in columns:
                for at in range(top + 1, min(bottom + 1, len(cells))):
                    cells[at][left] = cells[top][left]

    def _filled(self, cells: list[Any], at: int) -> bool:
        """Whether a row has anything in the column of a year."""
        return any(
            not is_empty(cells[column]) or (at, column) in self.survey.errors
            for column in self.header.years
        )

    def _indicators(self, cells: list[list[Any]]) -> dict[str, int]:
        """Field key -> row; what no field is named by is kept as unknown."""
        found: dict[str, int] = {}
        by_label: set[str] = set()
        for at in range(self.header.row + 1, len(cells)):
            name = text_of(cells[at][self.header.name])
            filled = self._filled(cells[at], at)
            if plain(name) in (RESULT_LABEL, *NAMES):
                continue
            if sums_or_signs(name) or (name and not filled):
                self.table.skipped.append(Skipped(at + 1, name[:40]))
                continue
            if not filled:
                continue
            known = self.labels.find(name) or self.labels.find(_ORDINAL.sub("", _folded(name)))
            if known is None or known.year is not None:
                self.table.unknown.append(Skipped(at + 1, name[:40]))
                continue
            if known.key in found:
                if known.key in by_label and not known.by_label:
                    self.table.unknown.append(Skipped(at + 1, name[:40]))
                    continue
                if known.by_label == (known.key in by_label):
                    label = self.fields[known.key].label
                    rows = f"第 {found[known.key] + 1} 行和第 {at + 1} 行"
                    raise ValidationError(f"指标“{label}”出现了两次（{rows}）。请只保留一行。")
                before = found[known.key]
                other = text_of(cells[before][self.header.name])
                self.table.unknown.append(Skipped(before + 1, other[:40]))
            found[known.key] = at
            by_label |= {known.key} if known.by_label else set()
        return found

    def _whole(self, cells: list[list[Any]], found: dict[str, int]) -> str | None:
        """What a column says of the whole sheet, once or in every row."""
        if (column := self.header.texts.get(self.turned.whole)) is None:
            return None
        said = {text_of(cells[at][column]) for at in found.values()} - {""}
        if len(said) > 1:
            label = self.fields[self.turned.whole].label
            raise ValidationError(
                f"“{label}”一列里有 {len(said)} 个名称。按指标排行的表，请每个{label}一份。"
            )
        return next(iter(said), None)

    def _row(self, cells: list[list[Any]], column: int, year: int, found: dict[str, int]) -> Row:
        letter = column_letter(column)
        row = Row(self.header.row + 1, dict.fromkeys(self.fields), column=letter)
        row.values[self.year.key] = year
        row.places[self.year.key] = f"{letter}{self.header.row + 1}"
        beside = self.header.texts.get(self.turned.beside)
        for key, at in found.items():
            value, error = cells[at][column], self.survey.errors.get((at, column))
            if is_empty(value) and error is None:
                continue
            row.places[key] = f"{letter}{at + 1}"
            if error is not None:
                row.problems[key] = f"单元格是公式错误 {error}。请改正公式，或改填数值。"
                continue
            try:
                row.values[key] = self._typed(key, cells[at], at, column)
            except BadCell as bad:
                row.problems[key] = str(bad)
            if beside is not None and (said := text_of(cells[at][beside])):
                row.beside[key] = said[: self.fields[self.turned.beside].max_length]
        return row

    def _typed(self, key: str, cells: list[Any], at: int, column: int) -> Any:
        """A cell in the unit of its row."""
        item, value = self.fields[key], cells[column]
        typed = reader_of(item, self._unit(item, cells, at, column))(value)
        shown_so = (at, column) in self.survey.percents and isinstance(value, float | int)
        return typed * 100 if item.kind == "percent" and shown_so and typed is not None else typed

    def _unit(self, item: Field, cells: list[Any], at: int, column: int) -> str:
        """What the row says its values are in, beside its name or in it, or else the column."""
        name, over = _folded(text_of(cells[self.header.name])), _folded(self.header.labels[column])
        own = "" if self.header.unit is None else _folded(text_of(cells[self.header.unit]))
        own = "" if own in ("-", "—", "——", "/", "无") else own
        stands = self.header.unit
        place = f"{column_letter(stands)}{at + 1} " if own and stands is not None else ""
        inside = "，".join((*_IN_BRACKETS.findall(name), *_IN_BRACKETS.findall(over)))
        words = re.split(r"[，,、;；:：/]|单位", inside)
        others = {text for text in words if text in _MONEY or _counts_in(text)}
        unit = own or next(iter(others), "")
        if {_size(text, item) for text in others} - {_size(unit, item)}:
            raise BadCell(f"指标名称或表头里的单位与“{unit}”不一致，请改为同一单位。")
        if item.kind == "money":
            unit = unit or self.header.sheet_unit
            if unit and unit not in _MONEY:
                raise BadCell(
                    f"单位 {place}“{unit[:12]}”不是元、万元、亿元等金额单位，请折算后填写。"
                )
            return unit if unit in MONEY_UNITS or not unit else f"{unit}元"
        if item.kind == "percent":
            if unit and unit not in _PERCENTS:
                raise BadCell(f"单位 {place}“{unit[:12]}”不是百分比，请改为“%”并按百分数填写。")
            return ""
        if item.kind != "count" or not unit or unit == item.measure:
            return ""
        lead = unit[0] if unit[0] in COUNT_UNITS else ""
        rest = unit[len(lead) :]
        alike = rest in _MEASURES and (item.measure in _MEASURES)
        if not alike and rest != item.measure:
            wanted = item.measure or "个"
            raise BadCell(f"单位 {place}“{unit[:12]}”与目录中的“{wanted}”不一致，请折算后填写。")
        return lead


def _counts_in(text: str) -> bool:
    return text in _PERCENTS or (text[:1] in COUNT_UNITS and text[1:] in _MEASURES)


def _size(unit: str, item: Field) -> int | str:
    """What two ways of writing a unit have in common."""
    if item.kind == "money":
        return _MONEY.get(unit, unit)
    if item.kind == "percent":
        return "%" if unit in _PERCENTS else unit
    return COUNT_UNITS.get(unit[:1], 1)
