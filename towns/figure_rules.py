"""Rules of yearly figures without a database: which years, what looks like a slip of unit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple, Protocol

from criteria.limits import FIRST_YEAR
from criteria.values import CHOSEN, out_of_range, pairs
from portal.core.formatting import number, quantity

__all__ = [
    "FIRST_YEAR",
    "Bounded",
    "Leap",
    "joined_sources",
    "leap_from",
    "leap_of",
    "out_of_bounds",
    "plain",
]

HUNDREDFOLD = 100
# What the source of a figure may have.
LONGEST_SOURCE = 120
# Where 元 was taken for 万元 or the other way round the value is about this many times off.
UNIT_SLIP = 10_000


class Bounded(Protocol):
    """What bounds the values of an indicator."""

    name: str
    type: str
    unit: str
    minimum: Decimal | None
    maximum: Decimal | None
    choices: Any


def joined_sources(sources: Iterable[str]) -> str:
    """What a year says of its source: who gave its figures, each once, as many as the field takes.

    A figure may itself say several: what was joined once is taken apart again.
    """
    words = ""
    names = [name.strip() for text in sources for name in text.split("、")]
    for name in dict.fromkeys(names):
        more = f"{words}、{name}" if words and name else words or name
        if len(more) <= LONGEST_SOURCE:
            words = more
    return words


def out_of_bounds(row: Bounded, value: Decimal) -> str:
    """Why an indicator cannot have a value; empty when it can."""
    return out_of_range(value, row.type, row.unit, row.minimum, row.maximum, pairs(row.choices))


def leap_from(row: Bounded, value: Decimal | None, last: Decimal | None) -> Leap | None:
    """The leap from last year's value; a choice does not leap."""
    return None if row.type in CHOSEN else leap_of(row.name, row.unit, value, last)


class Leap(NamedTuple):
    """A value that is a hundred times last year's or a hundredth of it, said in words."""

    words: str
    hint: str = ""


def leap_of(name: str, unit: str, value: Decimal | None, last: Decimal | None) -> Leap | None:
    """The leap from last year's value, or None when there is none or nothing to compare with.

    >>> leap_of("产值", "元", Decimal(2_864_000_000), Decimal(28_640_000)).words
    '产值 28.64亿元，是上年（2,864万元）的 100 倍'
    """
    if value is None or not last or last < 0 or value < 0:
        return None
    said, before = quantity(value, unit), quantity(last, unit)
    if value == 0:
        return Leap(f"{name} {said}，上年为 {before}")
    more = value >= last * HUNDREDFOLD
    if not more and value * HUNDREDFOLD > last:
        return None
    times = value / last if more else last / value
    hint = "请核对单位，是否把元、万元选错。" if unit == "元" and _slipped(times) else ""
    words = f"{number(times, 1)} 倍" if more else f"1/{number(times, 1)}"
    return Leap(f"{name} {said}，是上年（{before}）的 {words}", hint)


def _slipped(times: Decimal) -> bool:
    return UNIT_SLIP / 2 <= times <= UNIT_SLIP * 2


def plain(value: Decimal | None) -> str:
    """A number as the ledger writes it: no zeros behind the point, nothing for no value."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
