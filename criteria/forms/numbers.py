"""A number as people type it."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS, to_decimal

LARGEST = Decimal(10) ** 16  # what the columns hold: 16 digits before the point
SMALLEST = 40  # places behind the point that can be typed at all


class NumberField(forms.CharField):
    """Full-width digits and thousands separators are understood; None where nothing is typed."""

    widget = forms.NumberInput

    def __init__(self, *, unit: str = "", places: int = 2, **kwargs: Any) -> None:
        self.unit, self.places = unit, places
        kwargs.setdefault("required", False)
        super().__init__(max_length=40, strip=True, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        """The number, or None."""
        typed = unicodedata.normalize("NFKC", super().clean(value)).replace(" ", "")
        if not typed:
            return None
        amount = to_decimal(typed)
        if amount is None:
            raise ValidationError("请填写数字，例如 20 或 12.5。")
        if amount.copy_abs() >= LARGEST or (amount and amount.adjusted() < -SMALLEST):
            raise ValidationError("数值过大或小数位数过多，请核对。")
        if amount != round(amount, self.places):
            raise ValidationError(f"最多 {self.places} 位小数。")
        return amount


def suitable_unit(values: list[Decimal]) -> str:
    """The largest unit that every amount reaches, with at most four decimals; 亿元 for none."""
    for unit, factor in reversed(MONEY_UNITS):
        reached = all(abs(value) >= factor for value in values if value)
        if reached and all(not (value / factor * 10_000) % 1 for value in values):
            return unit
    return "元"


def in_unit(value: Decimal, unit: str) -> Decimal:
    """An amount in yuan in the given unit."""
    return value / MONEY_FACTORS[unit]
