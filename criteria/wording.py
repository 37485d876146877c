"""Figures in sentences: rules exactly, distances short and never against the rule. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import NamedTuple

from criteria.constants import OPERATORS
from criteria.sentences import EXACT, amount
from criteria.specs import ConditionSpec, GroundSpec
from portal.core.formatting import (
    MONEY_FACTORS,
    MONEY_UNITS,
    money_full,
    money_scaled,
    number,
    quantity,
    round_half_up,
)

DIGITS = 2
MOST_DIGITS = 4


class IndicatorName(NamedTuple):
    """What is said of an indicator that stands in a rule beside the conditions."""

    name: str
    unit: str = ""
    source: str = "reported"


Catalogue = Mapping[str, IndicatorName]
Values = Mapping[str, Decimal | None]
NO_NAMES: Catalogue = {}


def number_text(value: Decimal) -> str:
    """A bare number without trailing zeros: 10.00 -> "10"."""
    return number(value, MOST_DIGITS)


def more(away: Decimal, unit: str, most: Decimal | None = None) -> str:
    """What is short: exactly, or rounded up so that to add what is written is enough.

    Never written as more than ``most`` where it is not.
    """
    return _directed(away, unit, ROUND_UP, most)


def less(away: Decimal, unit: str) -> str:
    """What is to spare: exactly, or rounded down so that it is never made out to be more."""
    return _directed(away, unit, ROUND_DOWN)


def value_text(spec: ConditionSpec, value: Decimal) -> str:
    """A value in words; never rounded so that it seems to reach, or to miss, the threshold."""
    if spec.choices:
        return dict(spec.choices).get(number_text(value), number_text(value))
    if spec.type == "yes_no":
        return "是" if value else "否"
    return figure_text(value, spec.unit, spec.threshold)


def figure_text(value: Decimal, unit: str, against: Decimal) -> str:
    """A figure with its unit; in full where rounding would put it on ``against`` or past it."""
    if value == against:
        return amount(value, unit)
    rounded = _rounded(value, unit)
    if rounded != against and (rounded > against) is (value > against):
        return quantity(value, unit)
    if unit in MONEY_FACTORS:
        yuan = value * MONEY_FACTORS[unit]
        return money_full(yuan) if yuan == round(yuan, 2) else amount(yuan, "元")
    return amount(value, unit)


def ground_text(
    ground: GroundSpec, values: Values | None = None, catalogue: Catalogue = NO_NAMES
) -> str:
    """A ground in the document's words, with the figure it stands on where that is known."""
    known = catalogue.get(ground.indicator)
    quote = f"“{ground.quote}”" if ground.quote else ""
    if known is None:
        return quote or f"{OPERATORS[ground.operator].word} {amount(ground.threshold)}"
    value = values.get(ground.indicator) if values else None
    shown = "" if value is None else f" {figure_text(value, known.unit, ground.threshold)}"
    rule = f"{OPERATORS[ground.operator].word} {amount(ground.threshold, known.unit)}"
    return (
        f"{quote}（{known.name}{shown}，要求{rule}）" if quote else f"{known.name}{shown}，{rule}"
    )


def _rounded(value: Decimal, unit: str) -> Decimal:
    """The value that ``quantity`` writes."""
    if unit not in MONEY_FACTORS:
        return round_half_up(value, DIGITS)
    shown, name = money_scaled(value * MONEY_FACTORS[unit], DIGITS)
    return shown * MONEY_FACTORS[name] / MONEY_FACTORS[unit]


def _directed(away: Decimal, unit: str, rounding: str, most: Decimal | None = None) -> str:
    """In full up to four digits; else two digits, or as many as it takes to be something."""
    shown, factor, base = unit, Decimal(1), MONEY_FACTORS.get(unit, Decimal(1))
    if unit in MONEY_FACTORS:
        for name, size in MONEY_UNITS:
            if away * base >= size or name == MONEY_UNITS[0][0]:
                shown, factor = name, size
    scaled = away * base / factor
    short = scaled.quantize(Decimal(1).scaleb(-MOST_DIGITS), rounding=rounding)
    for digits in () if short == scaled else (DIGITS, MOST_DIGITS, EXACT):
        short = scaled.quantize(Decimal(1).scaleb(-digits), rounding=rounding)
        if short and (most is None or away > most or short * factor <= most * base):
            break
    return f"{number(short, EXACT)}{shown}"
