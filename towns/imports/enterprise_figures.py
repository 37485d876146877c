"""Yearly figures of enterprises: those of a sheet against each other and against the register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from portal.core.formatting import WAN
from portal.core.workbooks.spec import Change, Row
from towns.figure_rules import leap_of
from towns.imports.enterprise_columns import FIGURES, LABELS
from towns.imports.enterprise_writing import Firm, Plan

STORED_DIGITS = Decimal("0.0001")
# So many times what is registered, or so small a part of it, is most often a wrong unit.
SUSPICIOUS = 100
SUSPICIOUS_LEAST = Decimal("0.01")


@dataclass(slots=True)
class Said:
    """What is said of one row; ``leaps`` are the notes that a person must have looked at."""

    changes: list[Change] = field(default_factory=list)
    problems: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    leaps: list[str] = field(default_factory=list)


class _Figure(NamedTuple):
    """A figure of the sheet."""

    firm: Firm
    year: int
    key: str
    value: Decimal

    @property
    def label(self) -> str:
        return f"{LABELS[self.key]}（{self.year}年）"


class FigureCheck:
    """The figures of a sheet; the years of the sheet are each other's last years."""

    def __init__(
        self,
        rows: Sequence[Row],
        plan: Plan,
        there: Mapping[tuple[int, int, int], tuple[Decimal, str]],
    ) -> None:
        self.plan, self.there = plan, there
        # What the first row says of an enterprise's year, with its number.
        self.typed: dict[tuple[str, int, str], tuple[Decimal, int]] = {}
        for row in rows:
            code, year = row.values["uscc"], row.values["year"]
            if code is None or year is None:
                continue
            for key in FIGURES:
                if (value := row.values[key]) is not None and value >= 0:
                    self.typed.setdefault((code, year, key), (_stored(value), row.number))

    def check(self, row: Row, firm: Firm, year: int | None, said: Said) -> None:
        """The figures of a row: what changes, what is wrong, what is a leap."""
        if year is None:
            return
        for key in FIGURES:
            value: Decimal | None = row.values[key]
            if value is None:
                continue
            if value < 0:
                said.problems[key] = "数值不能为负数，请核对。"
                continue
            figure = _Figure(firm, year, key, _stored(value))
            first, number = self.typed[firm.uscc, year, key]
            if number == row.number:
                self._enter(figure, row.values["source"] or "", said)
            elif first != figure.value:
                said.problems[key] = f"与第 {number} 行同一企业同一年度的数值不一致，请核对。"

    def _enter(self, figure: _Figure, source: str, said: Said) -> None:
        firm, year, key, value = figure
        before, old_source = self._registered(firm, year, key)
        place = firm.uscc, year, key
        if before == value:
            if source and source != old_source:
                said.changes.append(Change(f"{figure.label}的来源", old_source, source))
                self.plan.figures[place] = value, source
        elif before is not None and not _told(firm):
            said.problems[key] = "该企业这一年度的数据已由其他专业镇填报，数值不同，请与其核对。"
            return
        else:
            said.changes.append(Change(figure.label, _words(key, before), _words(key, value)))
            self.plan.figures[place] = value, source or old_source
        said.leaps += self._leap(figure, before)

    def _leap(self, figure: _Figure, before: Decimal | None) -> list[str]:
        """A leap from the year before, in the sheet or else in the register, or from itself."""
        firm, year, key, value = figure
        registered = self._registered(firm, year - 1, key)[0] if _told(firm) else None
        last = self.typed.get((firm.uscc, year - 1, key), (registered, 0))[0]
        if not value or (before == value and last == registered):
            return []
        if _leapt(value, last):
            unit = "人" if FIGURES[key] == "count" else "元"
            leap = leap_of(figure.label, unit, value, last)
            return [] if leap is None else [f"{leap.words}。{leap.hint}"]
        if _leapt(value, before):
            words = f"{figure.label} {_words(key, value)}与原有的 {_words(key, before)}"
            return [f"{words}相差 {SUSPICIOUS} 倍以上，请核对单位。"]
        return []

    def _registered(self, firm: Firm, year: int, key: str) -> tuple[Decimal | None, str]:
        """A figure of the register with its source."""
        if firm.known is None:
            return None, ""
        place = firm.known.pk, year, self.plan.indicators[key]
        return self.there.get(place, (None, ""))


def _leapt(value: Decimal, last: Decimal | None) -> bool:
    return last is not None and last > 0 and not SUSPICIOUS_LEAST < value / last < SUSPICIOUS


def _told(firm: Firm) -> bool:
    """Whether the register's figures may be told: not those of other towns' enterprises."""
    return firm.known is None or firm.known.seen


def _stored(value: Decimal) -> Decimal:
    return value.quantize(STORED_DIGITS, rounding=ROUND_HALF_UP)


def _words(key: str, value: Decimal | None) -> str:
    """A figure in words: money in 万元, as sheets have it."""
    if value is None:
        return ""
    if FIGURES[key] == "count":
        return f"{value:,.0f}人"
    text = f"{value / WAN:,.4f}".rstrip("0").rstrip(".")
    return f"{text}万元"
