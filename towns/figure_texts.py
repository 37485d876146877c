"""A figure as people type it: one text with its unit, read and written. No database.

Money is typed and shown in 万元 unless the text names another unit: ``26000``, ``2.6亿元``.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any, Protocol

from django.core.exceptions import ValidationError

from criteria.limits import LARGEST
from criteria.values import CHOSEN, options, pairs, too_fine
from portal.core.formatting import MONEY_FACTORS, WAN, to_decimal
from towns.figure_rules import Bounded, out_of_bounds, plain

SMALLEST = 40  # places behind the point that can be typed at all
LONGEST = 40
NO_NUMBER = "请填写数字，例如 1234.5。"
TOO_LARGE = "数值过大，请核对数值和单位。"
MONEY_UNIT = "万元"
# Longest first: 万元 also ends in 元.
MONEY_WORDS = (("亿元", "亿元"), ("万元", "万元"), ("亿", "亿元"), ("万", "万元"), ("元", "元"))


class Figured(Bounded, Protocol):
    """An indicator: what bounds its values, and how many places they have."""

    decimals: int


def unit_of(row: Bounded) -> str:
    """The unit in which a figure is typed when the text names none."""
    return MONEY_UNIT if row.type == "money" else row.unit


def text_of(row: Bounded, value: Decimal | None) -> str:
    """A value as a text that ``read_figure`` reads back exactly.

    >>> from types import SimpleNamespace
    >>> text_of(SimpleNamespace(type="money"), Decimal("26000000.5"))
    '2600.00005'
    """
    if value is None:
        return ""
    return plain(value / WAN) if row.type == "money" else plain(value)


def read_figure(row: Figured, text: str) -> Decimal | None:
    """The value in base units, None for nothing; ValidationError says what is wrong."""
    typed = unicodedata.normalize("NFKC", text).replace(" ", "")
    if not typed:
        return None
    if row.type in CHOSEN:
        if typed not in dict(options(row.type, pairs(row.choices))):
            raise ValidationError("请从列表中选择。")
        return Decimal(typed)
    typed, factor = _without_unit(row, typed)
    value = read_number(typed if len(typed) <= LONGEST else "", NO_NUMBER) * factor
    wrong = out_of_bounds(row, value)
    if not wrong and abs(value) >= LARGEST:
        wrong = TOO_LARGE
    wrong = wrong or too_fine(value, row.type, row.unit, row.decimals)
    if wrong:
        raise ValidationError(wrong)
    return value


def read_number(typed: str, words: str) -> Decimal:
    """A plain number that can be calculated with; ``words`` for what is none."""
    amount = to_decimal(typed)
    if amount is None:
        raise ValidationError(words)
    if amount.copy_abs() >= LARGEST:  # before any arithmetic, which may overflow
        raise ValidationError(TOO_LARGE)
    if amount and amount.adjusted() < -SMALLEST:
        raise ValidationError("小数位数过多，请核对数值和单位。")
    return amount


def _without_unit(row: Any, typed: str) -> tuple[str, Decimal]:
    if row.type != "money":
        return typed.removesuffix(row.unit) if row.unit else typed, Decimal(1)
    for word, unit in MONEY_WORDS:
        if typed.endswith(word):
            return typed.removesuffix(word), MONEY_FACTORS[unit]
    return typed, MONEY_FACTORS[MONEY_UNIT]
