"""Finding the header of a sheet: labels by name, whatever stands in brackets, above or beside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError

from portal.core.workbooks.cells import MONEY_UNITS, BadCell, is_empty, reader_of
from portal.core.workbooks.spec import Field

WITHIN = 15
# So many rows below the header say what a label means that may mean two columns.
SAMPLE = 20
# What the marked workbook adds; an upload of it has the column again.
RESULT_LABEL = "检查结果"
ORDINALS = frozenset({"序号", "编号", "No.", "NO", "行号"})
_BRACKETS = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】|〔[^〕]*〕|<[^<>]*>")
_OPEN = re.compile(r"[(\[【〔<].*$", re.DOTALL)
_EDGES = " *:：、，,;；.。/-_—'\"“”"
_YEAR = re.compile(r"^(\d{4})年(?:度)?|(\d{4})年(?:度)?$")
_UNITS = "|".join(sorted(MONEY_UNITS, key=len, reverse=True))
_MONEY = re.compile(_UNITS)
_TAIL = re.compile(rf"(?:[/:,-]|单位)*(?:{_UNITS}|万人|千人|人|家|个|%)$")
_COUNT = re.compile(r"([千万亿])[人家个户名项件]")
_FOREIGN = re.compile(r"美元|欧元|港元|港币|日元|英镑|USD")
_SHEET_UNIT = re.compile(rf"单位[:：]?[^元]{{0,6}}?({_UNITS})")


def plain(text: str) -> str:
    """A label without brackets and what is in them, blanks, breaks, stars; in half width."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    while (shorter := _BRACKETS.sub("", folded)) != folded:
        folded = shorter
    return _OPEN.sub("", folded).strip(_EDGES).casefold()


@dataclass
class Header:
    """Where the columns are: field key -> column, the units and the year their labels say.

    ``first`` is the number of the first row below; rows and columns count from nought inside,
    ``row`` is as the sheet shows it. ``ignored`` names columns nobody asked for.
    """

    row: int
    first: int
    columns: dict[str, int]
    units: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    year: int | None = None
    labels: tuple[str, ...] = ()

    @property
    def score(self) -> int:
        """How many columns were recognised."""
        return len(self.columns)


@dataclass(frozen=True)
class _Found:
    key: str
    by_label: bool
    year: int | None
    name: str = ""


class Labels:
    """The names by which the columns of an import are known."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = {item.key: item for item in fields}
        self.known: dict[str, tuple[str, bool]] = {}
        for item in fields:
            for alias in item.aliases:
                self.known.setdefault(plain(alias), (item.key, False))
        for item in fields:
            self.known[plain(item.label)] = (item.key, True)
        self.also: dict[str, list[str]] = {}
        for item in fields:
            for alias in item.also:
                self.also.setdefault(plain(alias), []).append(item.key)

    def find(self, text: str) -> _Found | None:
        """Which column a label names; the unit at its end and a year at its edge do not matter."""
        name = plain(text)
        for year, rest in ((None, name), *self._without_year(name)):
            for candidate in (rest, _TAIL.sub("", rest).strip(_EDGES)):
                if candidate in self.known:
                    return _Found(*self.known[candidate], year, candidate)
        return None

    def settle(
        self, found: Sequence[_Found | None], rows: Sequence[Sequence[Any]]
    ) -> list[_Found | None]:
        """What the labels name once those that may mean another column are settled by values."""
        unclear = {at for at, row in enumerate(found) if row and self.also.get(row.name)}
        taken = {row.key for at, row in enumerate(found) if row and at not in unclear}
        settled = list(found)
        for at in sorted(unclear):
            row = found[at]
            assert row is not None
            values = [cells[at] for cells in rows if at < len(cells) and not is_empty(cells[at])]
            fits = {
                key: _fits(self.fields[key], values)
                for key in (row.key, *self.also[row.name])
                if key not in taken
            }
            offered = [key for key in fits if fits[key] or self.fields[key].kind == "text"]
            # The first of the best; without any, the label means what it usually does.
            key = max(offered, key=lambda key: fits[key], default=row.key)
            taken.add(key)
            if key != row.key:
                settled[at] = _Found(key, False, row.year, row.name)
        return settled

    @staticmethod
    def _without_year(name: str) -> Iterator[tuple[int, str]]:
        found = _YEAR.search(name)
        if found is not None:
            yield int(found[1] or found[2]), _YEAR.sub("", name).strip(_EDGES)


def find_header(rows: Sequence[Sequence[Any]], fields: Sequence[Field]) -> Header | None:
    """The best header among the first rows; None where no row names two columns (or the only one).

    Labels may stand in two rows, the lower below a merged one. ValidationError when a column is
    there twice or in foreign money.
    """
    labels = Labels(fields)
    best: tuple[int, int, list[str]] | None = None
    for number in range(min(WITHIN, len(rows))):
        own = [_label(value) for value in rows[number]]
        below = [_label(value) for value in rows[number + 1]] if number + 1 < len(rows) else []
        deep = _below_too(labels, own, below)
        texts = [_joined(labels, upper, lower) for upper, lower in _pairs(own, below)]
        texts = texts if deep else own
        score = len({found.key for found in map(labels.find, texts) if found})
        if score >= min(2, len(fields)) and (best is None or score > best[0]):
            best = (score, number + deep, texts)
    if best is None:
        return None
    _, last, texts = best
    found = labels.settle([labels.find(text) for text in texts], rows[last + 1 :])
    return _header(labels, last, texts, found, sheet_unit(rows[: last + 1]))


def require_columns(header: Header, fields: Sequence[Field]) -> None:
    """ValidationError in one sentence that names the columns the sheet must have and has not."""
    missing = [
        item.label
        for item in fields
        if item.required
        and item.key not in header.columns
        and not (item.kind == "year" and header.year is not None)
    ]
    if missing:
        raise ValidationError(
            f"缺少列：{'、'.join(missing)}。请在表头补上，或下载模板，按模板填写。"
        )


def column_letter(index: int) -> str:
    """The letters of a column that counts from nought."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _label(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _pairs(own: list[str], below: list[str]) -> Iterator[tuple[str, str]]:
    for at, upper in enumerate(own):
        yield upper, below[at] if at < len(below) else ""


def _joined(labels: Labels, upper: str, lower: str) -> str:
    return lower if lower and labels.find(lower) else upper


def _below_too(labels: Labels, own: list[str], below: list[str]) -> bool:
    """Whether the next row belongs to the header: more labels, and nothing under those above."""
    above = [found.key if (found := labels.find(text)) else None for text in own]
    if not any(above):
        return False
    lower = [found.key if (found := labels.find(text)) else None for text in below]
    under_known = any(below[at].strip() for at, key in enumerate(above) if key and at < len(below))
    return bool({key for key in lower if key} - set(above)) and not under_known


def sheet_unit(rows: Sequence[Sequence[Any]]) -> str:
    """The unit that stands beside the title, as 单位：万元."""
    for row in rows:
        for value in row:
            if isinstance(value, str) and (found := _SHEET_UNIT.search(value)):
                return found[1]
    return ""


def _fits(item: Field, values: Sequence[Any]) -> int:
    """How many of the values the column would take."""
    read, fits = reader_of(item, ""), 0
    for value in values:
        try:
            fits += read(value) is not None
        except BadCell:
            continue
    return fits


def _header(
    labels: Labels,
    last: int,
    texts: list[str],
    named: Sequence[_Found | None],
    sheet_unit: str,
) -> Header:
    header = Header(row=last + 1, first=last + 1, columns={}, labels=tuple(map(plain, texts)))
    by_label: set[str] = set()
    years: set[int] = set()
    for at, (text, found) in enumerate(zip(texts, named, strict=True)):
        if found is None:
            _ignore(header, text)
            continue
        if found.key in header.columns:
            if by_label & {found.key} and not found.by_label:
                _ignore(header, text)
                continue
            if found.by_label == (found.key in by_label):
                raise ValidationError(_twice(labels.fields[found.key], header, at))
            _ignore(header, texts[header.columns[found.key]])
        header.columns[found.key] = at
        if found.by_label:
            by_label.add(found.key)
        if found.year is not None:
            years.add(found.year)
        unit = _unit(labels.fields[found.key], text) or (
            sheet_unit if labels.fields[found.key].kind == "money" else ""
        )
        if unit:
            header.units[found.key] = unit
    if len(years) > 1:
        listed = "、".join(str(year) for year in sorted(years))
        raise ValidationError(
            f"表头里有几个年度（{listed}）。请每个年度一行，年度填在“数据年度”列。"
        )
    header.year = next(iter(years), None)
    return header


def _ignore(header: Header, text: str) -> None:
    name = " ".join(text.split())
    if name and name != RESULT_LABEL and plain(name) not in map(str.casefold, ORDINALS):
        header.ignored.append(name[:40])


def _twice(item: Field, header: Header, at: int) -> str:
    first, second = column_letter(header.columns[item.key]), column_letter(at)
    return f"表头里“{item.label}”出现了两次（{first} 列和 {second} 列）。请只保留一列。"


def _unit(item: Field, text: str) -> str:
    """The unit a label says; foreign money is refused."""
    folded = unicodedata.normalize("NFKC", text)
    if item.kind == "money":
        if _FOREIGN.search(folded):
            raise ValidationError(f"“{item.label}”一列的单位是外币。请折算为人民币后填写。")
        found = _MONEY.search(folded)
        return found[0] if found else ""
    found = _COUNT.search(folded) if item.kind == "count" else None
    return found[1] if found else ""
