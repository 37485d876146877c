"""Figures in sentences: what is short rounds up, what is to spare rounds down. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from typing import NamedTuple

from criteria.constants import OPERATORS
from criteria.specs import GroundSpec
from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS, money_full, number, quantity

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


def more(amount: Decimal, unit: str) -> str:
    """What is short, rounded up: to add what is written is enough."""
    return _directed(amount, unit, ROUND_UP)


def less(amount: Decimal, unit: str) -> str:
    """What is to spare, rounded down: it is never made out to be more."""
    return _directed(amount, unit, ROUND_DOWN)


def figure_text(value: Decimal, unit: str, against: Decimal) -> str:
    """A figure with its unit; in full where rounding would make it look like ``against``."""
    short = quantity(value, unit)
    if value == against or short != quantity(against, unit):
        return short
    if unit in MONEY_FACTORS:
        return money_full(value * MONEY_FACTORS[unit])
    return quantity(value, unit, MOST_DIGITS)


def ground_text(
    ground: GroundSpec, values: Values | None = None, catalogue: Catalogue = NO_NAMES
) -> str:
    """A ground in the document's words, with the figure it stands on where that is known."""
    known = catalogue.get(ground.indicator)
    quote = f"“{ground.quote}”" if ground.quote else ""
    if known is None:
        return quote or f"{OPERATORS[ground.operator].word} {quantity(ground.threshold)}"
    value = values.get(ground.indicator) if values else None
    shown = "" if value is None else f" {quantity(value, known.unit)}"
    rule = f"{OPERATORS[ground.operator].word} {quantity(ground.threshold, known.unit)}"
    return (
        f"{quote}（{known.name}{shown}，要求{rule}）" if quote else f"{known.name}{shown}，{rule}"
    )


def _directed(amount: Decimal, unit: str, rounding: str) -> str:
    shown, factor = unit, Decimal(1)
    if unit in MONEY_FACTORS:
        yuan = amount * MONEY_FACTORS[unit]
        amount = yuan
        for name, size in MONEY_UNITS:
            if yuan >= size or name == MONEY_UNITS[0][0]:
                shown, factor = name, size
    scaled = amount / factor
    text = scaled.quantize(Decimal(1).scaleb(-DIGITS), rounding=rounding)
    if text == 0:
        text = scaled.quantize(Decimal(1).scaleb(-MOST_DIGITS), rounding=rounding)
    return f"{number(text, MOST_DIGITS)}{shown}"
