"""An indicator, a comparison and a number that stand side by side in a form; no rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from criteria.condition_checks import OPTION_TYPES
from criteria.constants import INDICATOR_SOURCE_CHOICES, OPERATORS
from criteria.drafts import plain_number
from criteria.forms.numbers import NumberField, in_unit, suitable_unit
from criteria.limits import PLACES, QUOTE_LENGTH
from criteria.models import Indicator
from criteria.specs import GroundSpec
from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS

# Where an indicator comes from, as the choice groups them.
SOURCES: dict[str, str] = {
    **dict(INDICATOR_SOURCE_CHOICES),
    "reported": "年度数据",
    "computed": "台账计算",
    "answer": "申报陈述",
}
OWN_UNIT = "指标单位"
OPERATOR_CHOICES = [
    ("", "请选择"),
    *((key, f"{row.word}（{row.note}）") for key, row in OPERATORS.items()),
]
YES_NO = [("1", "是"), ("0", "否")]
PARTS = ("indicator", "operator", "number", "unit", "answer")


def indicator_choices(rows: Iterable[Indicator], empty: str = "请选择指标") -> list[Any]:
    """The indicators, grouped by where they come from."""
    groups: dict[str, list[tuple[str, str]]] = {label: [] for label in SOURCES.values()}
    for row in rows:
        name = f"{row.name}（{row.unit}）" if row.unit else row.name
        retired = "（已停用）" if row.retired_at else ""
        groups[SOURCES[row.source]].append((row.key, f"{name}{retired}"))
    return [("", empty), *((label, found) for label, found in groups.items() if found)]


def answer_choices(rows: Iterable[Indicator]) -> list[Any]:
    """是 and 否, and the options of every choice, grouped by its name; or nothing."""
    rows = list(rows)
    groups: list[Any] = []
    if any(row.type == "yes_no" for row in rows):
        groups.append(("是/否", [(f"yes_no:{key}", word) for key, word in YES_NO]))
    groups += [
        (row.name, [(f"{row.key}:{item['key']}", item["name"]) for item in row.choices])
        for row in rows
        if row.type == "choice"
    ]
    return [("", "数值指标不用选"), *groups] if groups else []


class Row(NamedTuple):
    """The fields of one comparison; ``answer`` None where no indicator has options."""

    number: int
    prefix: str
    indicator: BoundField
    operator: BoundField
    amount: BoundField
    unit: BoundField
    answer: BoundField | None
    quote: BoundField | None = None


class ComparisonsForm(forms.Form):
    """A form in which comparisons are typed; each has fields that begin with its prefix."""

    def __init__(self, *args: Any, indicators: Iterable[Indicator], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.indicators = {row.key: row for row in indicators}
        self.answers = answer_choices(self.indicators.values())

    def add_comparison(
        self, prefix: str, before: str, *, number: int = 0, quote: str = "", empty: str = ""
    ) -> Row:
        """Add the fields of a comparison. ``before``: how their labels begin."""
        fields: dict[str, forms.Field] = {
            "indicator": forms.ChoiceField(
                label=f"{before}指标",
                required=False,
                choices=indicator_choices(self.indicators.values(), empty or "请选择指标"),
            ),
            "operator": forms.ChoiceField(
                label=f"{before}比较", required=False, choices=OPERATOR_CHOICES
            ),
            "number": NumberField(label=f"{before}数值", places=PLACES + 8),
            "unit": forms.ChoiceField(
                label=f"{before}单位",
                required=False,
                choices=[("", OWN_UNIT), *((unit, unit) for unit, _ in MONEY_UNITS)],
            ),
        }
        if self.answers:
            fields["answer"] = forms.ChoiceField(
                label=f"{before}是/否或选项", required=False, choices=self.answers
            )
        if quote:
            fields["quote"] = forms.CharField(
                label=quote,
                required=False,
                max_length=QUOTE_LENGTH,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
        for name, field in fields.items():
            field.needed_later = True  # type: ignore[attr-defined]
            self.fields[f"{prefix}{name}"] = field
        bound = {name: self[f"{prefix}{name}"] for name in fields}
        return Row(
            number,
            prefix,
            bound["indicator"],
            bound["operator"],
            bound["number"],
            bound["unit"],
            bound.get("answer"),
            bound.get("quote"),
        )

    def is_blank(self, prefix: str) -> bool:
        """Whether nothing was typed into a comparison; a choice without more is nothing yet."""
        names = (f"{prefix}{name}" for name in ("indicator", "number", "answer", "quote"))
        typed = (self.data.get(self.add_prefix(name)) for name in names)
        return not any(str(value or "").strip() for value in typed)

    def comparison(self, prefix: str, *, complain: bool = True) -> GroundSpec | None:
        """The comparison that was typed, in the base unit; None while something is missing.

        ``complain``: put what is missing beside its field.
        """
        cleaned, missing = self.cleaned_data, {}
        row = self.indicators.get(cleaned.get(f"{prefix}indicator") or "")
        operator = cleaned.get(f"{prefix}operator") or ""
        answer = cleaned.get(f"{prefix}answer")
        if row is None:
            missing["indicator"] = "请选择指标。"
            if cleaned.get(f"{prefix}number") is None and not answer:
                missing["number"] = "请填写数值。"
        elif row.type in OPTION_TYPES:
            operator = operator or "eq"
        if not operator and not answer:
            missing["operator"] = "请选择怎样比较。"
        value = self.value(prefix, row, missing) if row is not None else None
        if complain:
            for name, words in missing.items():
                if f"{prefix}{name}" not in self.errors:
                    self.add_error(f"{prefix}{name}", words)
        if missing or row is None or value is None:
            return None
        return GroundSpec(row.key, operator, value, cleaned.get(f"{prefix}quote") or "")

    def value(self, prefix: str, row: Indicator, missing: dict[str, str]) -> Decimal | None:
        """The number, or the option that was chosen."""
        cleaned = self.cleaned_data
        if row.type in OPTION_TYPES:
            owner = "yes_no" if row.type == "yes_no" else row.key
            begin, _, key = (cleaned.get(f"{prefix}answer") or "").partition(":")
            if begin == owner and key:
                return Decimal(key)
            missing["answer"] = f"请选择“{row.name}”应为哪一项。"
            return None
        number: Decimal | None = cleaned.get(f"{prefix}number")
        if number is None:
            missing["number"] = "请填写数值。"
            return None
        return self.in_base(row, number, cleaned.get(f"{prefix}unit") or "", prefix, missing)

    def in_base(
        self, row: Indicator, number: Decimal, unit: str, prefix: str, missing: dict[str, str]
    ) -> Decimal | None:
        """A number in the indicator's base unit."""
        if row.unit in MONEY_FACTORS:
            if unit:
                return number * MONEY_FACTORS[unit] / MONEY_FACTORS[row.unit]
            missing["unit"] = f"“{row.name}”是金额，请选择元、万元或亿元。"
            return None
        if unit:
            missing["unit"] = f"“{row.name}”不是金额，请选择“{OWN_UNIT}”。"
            return None
        return number

    def field_of_threshold(self, prefix: str) -> str:
        """The field in which the number of a comparison was typed."""
        row = self.indicators.get(self.data.get(self.add_prefix(f"{prefix}indicator"), ""))
        options = row is not None and row.type in OPTION_TYPES
        return f"{prefix}{'answer' if options and self.answers else 'number'}"


def typed_comparison(
    prefix: str, ground: GroundSpec, indicators: Mapping[str, Indicator]
) -> dict[str, Any]:
    """A comparison as the form shows it."""
    row = indicators.get(ground.indicator)
    found: dict[str, Any] = {
        f"{prefix}indicator": ground.indicator,
        f"{prefix}operator": ground.operator,
        f"{prefix}quote": ground.quote,
    }
    if row is not None and row.type in OPTION_TYPES:
        owner = "yes_no" if row.type == "yes_no" else row.key
        return found | {f"{prefix}answer": f"{owner}:{plain_number(ground.threshold)}"}
    return found | typed_number(prefix, ground.threshold, row)


def typed_number(prefix: str, value: Decimal, row: Indicator | None) -> dict[str, Any]:
    """A number and its unit as the form shows them."""
    if row is None or row.unit not in MONEY_FACTORS:
        return {f"{prefix}number": plain_number(value), f"{prefix}unit": ""}
    unit = suitable_unit([value])
    return {f"{prefix}number": plain_number(in_unit(value, unit)), f"{prefix}unit": unit}
