"""Shape of a year of figures as it is typed, and of its confirmation."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.utils.dateparse import parse_datetime

from criteria.limits import LARGEST
from criteria.models import Indicator
from criteria.values import CHOSEN, options, pairs, too_fine
from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS
from towns.figure_rules import leap_from, out_of_bounds, plain
from towns.figure_texts import TOO_LARGE, read_number

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
        return read_number(typed, "请填写数字，例如 1234.5。单位在右侧选择。")


def suitable_unit(value: Decimal | None) -> str:
    """The largest unit that writes an amount with at most four decimals."""
    if value:
        for unit, factor in reversed(MONEY_UNITS):
            if value >= factor and not (value / factor * 10_000) % 1:
                return unit
        return "元"
    return "万元"


class Doubt(NamedTuple):
    """A leap that asks for a tick: what it says, the box that confirms this very value."""

    words: str
    hint: str
    name: str
    token: str
    ticked: bool


class ChosenField(forms.TypedChoiceField):
    """是 or 否, or one of an indicator's options: what is stored is the option's whole number."""

    def __init__(self, row: Indicator) -> None:
        offered = options(row.type, pairs(row.choices))
        super().__init__(
            label=row.name,
            required=False,
            choices=[("", "未填报"), *offered],
            coerce=Decimal,
            empty_value=None,
            error_messages={"invalid_choice": "请从列表中选择。"},
        )


class FigureRow:
    """One line of the figures' form: the indicator, its fields, last year's value, a doubt.

    ``demand``: titles of the sets whose clauses ask for this very year. ``carried``: filled in from
    a self-check and not saved yet.
    """

    demand: Sequence[str] = ()
    carried = False

    def __init__(
        self, form: FiguresForm, indicator: Indicator, value: Decimal | None, last: Decimal | None
    ) -> None:
        self.indicator, self.value, self.last = indicator, value, last
        self.field = form[indicator.key]
        unit = f"{indicator.key}_unit"
        self.unit = form[unit] if unit in form.fields else None
        self.doubt: Doubt | None = None


class FiguresForm(forms.Form):
    """One year of a town or enterprise: every reported indicator, money in a unit that is chosen.

    A value a hundred times last year's, or a hundredth of it, is valid only with the tick that
    names it. ``correcting`` asks for the reason. ``demands``: key -> the sets whose clauses name
    this year. ``carried``: values filled in from a self-check, in base units, not saved.
    """

    def __init__(
        self,
        *args: Any,
        catalogue: Iterable[Indicator],
        values: Mapping[str, Decimal],
        last: Mapping[str, Decimal],
        source: str = "",
        correcting: bool = False,
        demands: Mapping[str, Sequence[str]] | None = None,
        carried: Mapping[str, Decimal] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue, carried = list(catalogue), carried or {}
        values = {**values, **carried}
        for row in self.catalogue:
            value = values.get(row.key)
            if row.type in CHOSEN:
                self.fields[row.key] = ChosenField(row)
                self.fields[row.key].initial = plain(value)
                continue
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
        if correcting:
            self.fields["reason"] = forms.CharField(
                label="更正原因",
                max_length=400,
                widget=forms.Textarea,
                help_text="例如：年报数据经统计部门核定调整。原因与更正前后的数值一并长期保留。",
                error_messages={"required": "请写明更正原因。"},
            )
        self.rows = [
            FigureRow(self, row, values.get(row.key), last.get(row.key)) for row in self.catalogue
        ]
        for line in self.rows:
            line.demand = (demands or {}).get(line.indicator.key, ())
            line.carried = line.indicator.key in carried

    def clean(self) -> dict[str, Any]:
        """Numbers in base units; a digit too many is said, never rounded away in silence."""
        cleaned: dict[str, Any] = super().clean() or {}
        for line in self.rows:
            row = line.indicator
            typed = cleaned.get(row.key)
            unit = cleaned.get(f"{row.key}_unit", "元")
            if row.key in self.errors or unit not in MONEY_FACTORS:
                continue
            if typed is None:
                line.value = None
                continue
            value = typed * MONEY_FACTORS[unit] if row.type == "money" else typed
            cleaned[row.key] = line.value = value
            wrong = out_of_bounds(row, value)
            if wrong:
                self.add_error(row.key, wrong)
            elif abs(value) >= LARGEST:
                self.add_error(row.key, TOO_LARGE)
            elif fine := too_fine(value, row.type, row.unit, row.decimals):
                self.add_error(row.key, fine)
            else:
                self._doubt(line, value)
        return cleaned

    def _doubt(self, line: FigureRow, value: Decimal) -> None:
        """Ask about a leap from last year's value until the tick for this value is given."""
        row = line.indicator
        leap = leap_from(row, value, line.last)
        if leap is None:
            return
        name, token = self.add_prefix(f"{row.key}_sure"), plain(value)
        ticked = self.data.get(name) == token
        line.doubt = Doubt(leap.words, leap.hint, name, token, ticked)
        if not ticked:
            self.add_error(row.key, f"{leap.words}。{leap.hint}请核对；无误的，勾选确认后再保存。")

    def values(self) -> dict[str, Decimal | None]:
        """Indicator key -> value in base units."""
        return {row.key: self.cleaned_data.get(row.key) for row in self.catalogue}


class JudgeFiguresForm(forms.Form):
    """Confirm a year or return it; a return has its reason, ``seen`` is what was looked at."""

    decision = forms.ChoiceField(
        label="核对结果",
        choices=[("confirm", "确认，数据属实"), ("return", "退回填报单位核对")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择核对结果。"},
    )
    reason = forms.CharField(
        label="退回原因",
        max_length=400,
        required=False,
        widget=forms.Textarea,
        help_text="退回时填写：哪项指标、怎样核对。填报单位能看到。",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_seen(self) -> datetime | None:
        """When the figures on the page had been reported."""
        try:
            return parse_datetime(self.cleaned_data["seen"])
        except ValueError:
            return None
