"""The public self-check (自测): what a criteria set asks for, typed in, nothing kept.

Everything stands in the address, so that it can be kept and opened again; names of fields are
those of the yearly figures' form, so that the values can be carried there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from criteria.explaining import threshold_text
from criteria.models import Indicator
from criteria.specs import CriterionSpec, SetSpec
from criteria.values import CHOSEN, too_fine
from portal.core.constants import LEVEL_CHOICES
from portal.core.formatting import MONEY_FACTORS
from towns.figure_rules import out_of_bounds
from towns.forms.figures import (
    LARGEST,
    TOO_LARGE,
    UNIT_CHOICES,
    ChosenField,
    FigureField,
    suitable_unit,
)

CHECK = "check"
TICK = "ready__"


class Asked(NamedTuple):
    """A figure that a criterion looks at; ``hint`` says what for, ``threshold`` guides its unit."""

    figure: str
    hint: str
    threshold: Decimal | None = None


@dataclass
class CheckRow:
    """A field of the form: the indicator, its year where the clause names one, number and unit."""

    indicator: Indicator
    year: str
    hint: str
    field: BoundField
    unit: BoundField | None


@dataclass
class CheckSection:
    """A criterion with what it asks for. ``tick``: the box of its written statement."""

    criterion: CriterionSpec
    rows: list[CheckRow] = field(default_factory=list)
    tick: BoundField | None = None


def name_of(figure: str) -> str:
    """The field of a figure: its key, with the year where one is stated."""
    return figure.replace("@", "__")


def asked_by(criterion: CriterionSpec, category: str) -> Iterator[Asked]:
    """What a criterion looks at for a category: thresholds first, then what else weighs."""
    for row in criterion.conditions:
        if row.categories and category not in row.categories:
            continue
        yield Asked(row.figure, f"标准：{threshold_text(row)}", row.threshold)
        for ground in row.relaxation.grounds if row.relaxation is not None else ():
            yield Asked(ground.indicator, "用于判断能否申请放宽", ground.threshold)
    for item in criterion.priorities:
        yield Asked(item.indicator, "用于判断是否优先评定", item.threshold)
    for band in criterion.scoring.bands:
        if not band.categories or category in band.categories:
            yield Asked(band.indicator, "用于计分")


class SelfCheckForm(forms.Form):
    """The figures and statements that a set asks of a town of a category."""

    def __init__(
        self,
        *args: Any,
        spec: SetSpec,
        category: str,
        catalogue: Mapping[str, Indicator],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.figures: dict[str, Indicator] = {}
        self.sections: list[CheckSection] = []
        for criterion in spec.criteria:
            section = CheckSection(criterion)
            for asked in asked_by(criterion, category):
                row = catalogue.get(asked.figure.partition("@")[0])
                if row is None or row.type == "text" or asked.figure in self.figures:
                    continue
                self.figures[asked.figure] = row
                section.rows.append(self._row(asked, row))
            if criterion.nature != "figures":
                section.tick = self._tick(criterion)
            self.sections.append(section)

    def _row(self, asked: Asked, row: Indicator) -> CheckRow:
        name, year = name_of(asked.figure), asked.figure.partition("@")[2]
        box = ChosenField(row) if row.type in CHOSEN else FigureField(label=row.name)
        if isinstance(box, FigureField):
            box.unit = "" if row.type == "money" else row.unit
        hint = asked.hint + ("；由平台按台账计算，请直接填数" if row.source == "computed" else "")
        box.label = f"{row.name}（{year}年）" if year else row.name
        box.help_text = hint
        self.fields[name] = box
        unit = None
        if row.type == "money":
            self.fields[f"{name}_unit"] = forms.ChoiceField(
                label=f"{box.label}的单位",
                choices=UNIT_CHOICES,
                required=False,
                initial=suitable_unit(asked.threshold),
            )
            unit = self[f"{name}_unit"]
        return CheckRow(row, year, hint, self[name], unit)

    def _tick(self, criterion: CriterionSpec) -> BoundField:
        name = TICK + criterion.key
        self.fields[name] = forms.BooleanField(
            label="已具备书面说明和佐证材料", required=False, help_text=criterion.ask
        )
        return self[name]

    def clean(self) -> dict[str, Any]:
        """Numbers in base units, inside what the indicator may be."""
        cleaned: dict[str, Any] = super().clean() or {}
        for figure, row in self.figures.items():
            name = name_of(figure)
            typed = cleaned.get(name)
            if typed is None:
                continue
            value = typed
            if row.type == "money":
                value = typed * MONEY_FACTORS[cleaned.get(f"{name}_unit") or "元"]
            wrong = (
                out_of_bounds(row, value)
                or (TOO_LARGE if abs(value) >= LARGEST else "")
                or too_fine(value, row.type, row.unit, row.decimals)
            )
            if wrong:
                self.add_error(name, wrong)
            else:
                cleaned[name] = value
        return cleaned

    def values(self) -> dict[str, Decimal]:
        """Figure -> value in the base unit, of those that were given and can be."""
        given = {figure: self.cleaned_data.get(name_of(figure)) for figure in self.figures}
        return {figure: value for figure, value in given.items() if value is not None}

    def answered(self) -> list[str]:
        """Criteria whose statement is ticked."""
        found = (name for name in self.fields if name.startswith(TICK))
        return [name.removeprefix(TICK) for name in found if self.cleaned_data.get(name)]

    def typed(self) -> list[tuple[str, str]]:
        """Names and texts as typed, for an address; nothing that was left empty."""
        rows = []
        for figure in self.figures:
            name = name_of(figure)
            text = str(self.data.get(name, "")).strip()
            if text:
                rows.append((name, text))
                unit = str(self.data.get(f"{name}_unit", ""))
                rows += [(f"{name}_unit", unit)] if unit in MONEY_FACTORS else []
        return rows


class ChooseForm(forms.Form):
    """Which of the sets in force."""

    level = forms.ChoiceField(label="级别", required=False, choices=[("", "全部"), *LEVEL_CHOICES])
    search = forms.CharField(label="地区、标准名称", required=False, max_length=40)
