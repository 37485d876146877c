"""Shape of a year of figures as it is typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from criteria.models import Indicator
from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS, to_decimal

LARGEST = Decimal(10) ** 16  # what the column holds: 16 digits before the point
UNIT_CHOICES = [(unit, unit) for unit, _ in MONEY_UNITS]


class FigureField(forms.CharField):
    """A number as people type it: full-width digits and thousands separators are understood."""

    widget = forms.NumberInput
    unit = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40, strip=True, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        """The number, or None when nothing was typed."""
        typed = unicodedata.normalize("NFKC", super().clean(value)).replace(" ", "")
        if not typed:
            return None
        amount = to_decimal(typed)
        if amount is None:
            raise ValidationError("请填写数字，例如 1234.5。单位在右侧选择。")
        return amount


def suitable_unit(value: Decimal | None) -> str:
    """The largest unit that writes an amount with at most four decimals."""
    if value:
        for unit, factor in reversed(MONEY_UNITS):
            if value >= factor and not (value / factor * 10_000) % 1:
                return unit
        return "元"
    return "万元"


class FigureRow:
    """One line of the figures' form: the indicator, its fields, last year's value."""

    def __init__(
        self, form: FiguresForm, indicator: Indicator, value: Decimal | None, last: Decimal | None
    ) -> None:
        self.indicator, self.value, self.last = indicator, value, last
        self.field = form[indicator.key]
        unit = f"{indicator.key}_unit"
        self.unit = form[unit] if unit in form.fields else None


class FiguresForm(forms.Form):
    """One year of a town: every reported indicator, money in a unit that is chosen."""

    def __init__(
        self,
        *args: Any,
        catalogue: Iterable[Indicator],
        values: Mapping[str, Decimal],
        last: Mapping[str, Decimal],
        source: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue = list(catalogue)
        for row in self.catalogue:
            value = values.get(row.key)
            field = FigureField(label=row.name)
            self.fields[row.key] = field
            if row.type == "money":
                unit = suitable_unit(value or last.get(row.key))
                self.fields[f"{row.key}_unit"] = forms.ChoiceField(
                    label=f"{row.name}的单位",
                    choices=UNIT_CHOICES,
                    initial=unit,
                    error_messages={"required": "请选择单位。"},
                )
                field.initial = None if value is None else value / MONEY_FACTORS[unit]
            else:
                field.initial = value
                field.unit = row.unit
        self.fields["source"] = forms.CharField(
            label="数据来源",
            max_length=120,
            required=False,
            initial=source,
            help_text="例如：县统计局年报、行业协会测算。市场占有率须注明出处。",
        )
        self.rows = [
            FigureRow(self, row, values.get(row.key), last.get(row.key)) for row in self.catalogue
        ]

    def clean(self) -> dict[str, Any]:
        """Numbers in base units; a digit too many is said, never rounded away in silence."""
        cleaned: dict[str, Any] = super().clean() or {}
        for row in self.catalogue:
            typed = cleaned.get(row.key)
            unit = cleaned.get(f"{row.key}_unit", "元")
            if typed is None or unit not in MONEY_FACTORS:
                continue
            value = typed * MONEY_FACTORS[unit] if row.type == "money" else typed
            if value >= LARGEST:
                self.add_error(row.key, "数值过大，请核对数值和单位。")
            elif value != value.quantize(Decimal(1).scaleb(-row.decimals)):
                self.add_error(row.key, self._too_fine(row))
            cleaned[row.key] = value
        return cleaned

    @staticmethod
    def _too_fine(row: Indicator) -> str:
        if row.type == "money":
            return "金额最多精确到分，请核对小数位数和单位。"
        if row.decimals == 0:
            return f"请填写整数（{row.unit}）。"
        return f"最多保留 {row.decimals} 位小数。"

    def values(self) -> dict[str, Decimal | None]:
        """Indicator key -> value in base units."""
        return {row.key: self.cleaned_data.get(row.key) for row in self.catalogue}
