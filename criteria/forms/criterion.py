"""Shape of a criterion as it is typed: text, what is asked, scoring in repeated rows; no rules.

The rows of the rubric, the bands and their steps are fields with numbers in their names, so the
form works without JavaScript; how many there are stands in hidden fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.forms.boundfield import BoundField

from criteria.constants import SCORE_MODE_CHOICES
from criteria.drafts import CriterionFacts, plain_number
from criteria.forms.numbers import NumberField, in_unit, suitable_unit
from criteria.limits import MOST_BANDS, MOST_RUBRIC, MOST_STEPS, RUBRIC_LENGTH
from criteria.models import Indicator
from criteria.specs import BandSpec, RubricSpec
from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS

NATURES = [
    ("figures", "只看数据：按下面的条件自动对照"),
    ("judgement", "只靠评议：申报人写明情况，由会议或专家判断"),
    ("mixed", "数据和评议都要"),
]
OWN_UNIT = "指标本身的单位"
# kind of row -> how many there are at first, are added, and at most
ROWS: dict[str, tuple[int, int, int]] = {
    "rubric_rows": (3, 3, MOST_RUBRIC),
    "band_rows": (1, 1, MOST_BANDS),
    "step_rows": (4, 3, MOST_STEPS),
}


class RubricRow(NamedTuple):
    """The fields of one row of the rubric."""

    low: BoundField
    high: BoundField
    words: BoundField


class BandRows(NamedTuple):
    """The fields of one set of bands; ``steps``: pairs of from and points."""

    number: int
    indicator: BoundField
    unit: BoundField
    categories: BoundField | None
    steps: list[tuple[BoundField, BoundField]]


class CriterionForm(forms.Form):
    """One criterion."""

    clause = forms.CharField(label="条款号", max_length=30, help_text="例如：十（一）。")
    title = forms.CharField(label="条目名称", max_length=60, help_text="例如：特色。")
    text = forms.CharField(
        label="条款原文",
        strip=True,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="照文件逐字录入，包括标点。页面、公开标准和评定说明都引用这里的文字。",
    )
    nature = forms.ChoiceField(
        label="怎样评定",
        choices=NATURES,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择本条怎样评定。"},
    )
    ask = forms.CharField(
        label="请申报人填报什么",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="申报人在这一条下看到的提示，例如：请说明主导产业的特色，附佐证材料。",
    )
    notes = forms.CharField(
        label="说明",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="口径、依据等，供编制和评审人员查阅。",
    )
    score_max = NumberField(label="满分", unit="分", help_text="文件没有规定的，留空即为“未载明”。")
    score_mode = forms.ChoiceField(
        label="计分方式", required=False, choices=SCORE_MODE_CHOICES, widget=forms.RadioSelect
    )

    def __init__(
        self,
        *args: Any,
        categories: Sequence[tuple[str, str]],
        indicators: Sequence[Indicator],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.named_categories = list(categories)
        self.indicators = {row.key: row for row in indicators}
        self.counts = {name: self._count(name) for name in ROWS}
        for name, count in self.counts.items():
            self.fields[name] = forms.CharField(
                required=False, initial=str(count), widget=forms.HiddenInput
            )
        self.rubric = [self._rubric_row(place) for place in range(self.counts["rubric_rows"])]
        self.bands = [self._band(place) for place in range(self.counts["band_rows"])]
        # Numbers of the filled rows: what the action calls row 0 may be a later one here.
        self.rubric_places: list[int] = []
        self.band_places: list[tuple[int, list[int]]] = []

    def _count(self, name: str) -> int:
        first, _, most = ROWS[name]
        given = self.data.get(name) if self.is_bound else self.initial.get(name)
        text = str(given or "")
        return min(int(text), most) if text.isdecimal() and len(text) < 4 else first

    def _add(self, name: str, field: forms.Field) -> BoundField:
        self.fields[name] = field
        return self[name]

    def _rubric_row(self, place: int) -> RubricRow:
        row = f"评分参考第 {place + 1} 行"
        words = forms.CharField(label=f"{row}：什么情况", max_length=RUBRIC_LENGTH, required=False)
        return RubricRow(
            self._add(f"rubric_{place}_low", NumberField(label=f"{row}：最低分")),
            self._add(f"rubric_{place}_high", NumberField(label=f"{row}：最高分")),
            self._add(f"rubric_{place}_words", words),
        )

    def _band(self, place: int) -> BandRows:
        before = f"第 {place + 1} 组分档"
        name = f"band_{place}"
        choices = [("", "请选择指标")] + [
            (key, f"{row.name}（{row.unit}）" if row.unit else row.name)
            for key, row in self.indicators.items()
        ]
        indicator = forms.ChoiceField(label=f"{before}：指标", choices=choices, required=False)
        unit = forms.ChoiceField(
            label=f"{before}：数值单位",
            choices=[("", OWN_UNIT), *((unit, unit) for unit, _ in MONEY_UNITS)],
            required=False,
        )
        categories = forms.MultipleChoiceField(
            label=f"{before}：适用类别",
            choices=self.named_categories,
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text="一个也不勾，适用全部类别。",
        )
        return BandRows(
            place + 1,
            self._add(f"{name}_indicator", indicator),
            self._add(f"{name}_unit", unit),
            self._add(f"{name}_categories", categories) if self.named_categories else None,
            [
                (
                    self._add(
                        f"{name}_from_{step}",
                        NumberField(label=f"{before}第 {step + 1} 档：从多少起", places=8),
                    ),
                    self._add(
                        f"{name}_points_{step}",
                        NumberField(label=f"{before}第 {step + 1} 档：给多少分"),
                    ),
                )
                for step in range(self.counts["step_rows"])
            ],
        )

    def clean(self) -> dict[str, Any]:
        """Filled rows are complete; amounts in yuan."""
        cleaned = super().clean() or {}
        cleaned["rubric"] = self._clean_rubric(cleaned)
        cleaned["bands"] = self._clean_bands(cleaned)
        return cleaned

    def _clean_rubric(self, cleaned: Mapping[str, Any]) -> tuple[RubricSpec, ...]:
        found = []
        self.rubric_places = []
        for place in range(self.counts["rubric_rows"]):
            names = [f"rubric_{place}_{part}" for part in ("low", "high", "words")]
            low, high, words = (cleaned.get(name) for name in names)
            if (low, high, words or None) == (None, None, None):
                continue
            if low is None or high is None:
                for name, value in zip(names[:2], (low, high), strict=True):
                    if value is None and name not in self.errors:
                        self.add_error(name, "请填写分数。")
                continue
            found.append(RubricSpec(low, high, words or ""))
            self.rubric_places.append(place)
        return tuple(found)

    def _clean_bands(self, cleaned: Mapping[str, Any]) -> tuple[BandSpec, ...]:
        found = []
        self.band_places = []
        for place in range(self.counts["band_rows"]):
            name = f"band_{place}"
            indicator = cleaned.get(f"{name}_indicator") or ""
            chosen = tuple(cleaned.get(f"{name}_categories") or ())
            factor = self._factor(name, indicator, cleaned.get(f"{name}_unit") or "")
            steps, places = self._steps(name, cleaned, factor)
            typed = any(
                cleaned.get(f"{name}_{part}_{step}") is not None
                for part in ("from", "points")
                for step in range(self.counts["step_rows"])
            )
            if indicator or chosen or typed:
                found.append(BandSpec(indicator, chosen, steps))
                self.band_places.append((place, places))
        return tuple(found)

    def _factor(self, name: str, indicator: str, unit: str) -> Decimal:
        row = self.indicators.get(indicator)
        if row is None:
            return Decimal(1)
        if row.unit in MONEY_FACTORS:
            if not unit:
                self.add_error(f"{name}_unit", f"“{row.name}”是金额，请选择元、万元或亿元。")
            return MONEY_FACTORS.get(unit, Decimal(1)) / MONEY_FACTORS[row.unit]
        if unit:
            self.add_error(f"{name}_unit", f"“{row.name}”不是金额，请选择“{OWN_UNIT}”。")
        return Decimal(1)

    def _steps(
        self, name: str, cleaned: Mapping[str, Any], factor: Decimal
    ) -> tuple[tuple[tuple[Decimal, Decimal], ...], list[int]]:
        found, places = [], []
        for step in range(self.counts["step_rows"]):
            pair = (f"{name}_from_{step}", f"{name}_points_{step}")
            start, points = (cleaned.get(item) for item in pair)
            if start is None and points is None:
                continue
            if start is None or points is None:
                missing, words = (pair[0], "请填写从多少起。"), "请填写给多少分。"
                field, words = missing if start is None else (pair[1], words)
                if field not in self.errors:
                    self.add_error(field, words)
                continue
            found.append((start * factor, points))
            places.append(step)
        return tuple(found), places

    def facts(self) -> CriterionFacts:
        """What was typed."""
        return CriterionFacts(**{name: self.cleaned_data[name] for name in EMPTY})

    def renamed(self) -> dict[str, str]:
        """The action's names of rows -> the fields they were typed in."""
        names = {
            f"rubric_{at}_{part}": f"rubric_{place}_{part}"
            for at, place in enumerate(self.rubric_places)
            for part in ("low", "high", "words")
        }
        for at, (place, steps) in enumerate(self.band_places):
            for part in ("indicator", "categories"):
                names[f"band_{at}_{part}"] = f"band_{place}_{part}"
            names[f"band_{at}_from_0"] = f"band_{place}_from_0"
            for number, step in enumerate(steps):
                for part in ("from", "points"):
                    names[f"band_{at}_{part}_{number}"] = f"band_{place}_{part}_{step}"
        if not self.named_categories:
            for at, (place, _) in enumerate(self.band_places):
                names[f"band_{at}_categories"] = f"band_{place}_indicator"
        return names


EMPTY = CriterionFacts("", "", "", "").plain()


def typed(facts: CriterionFacts, indicators: Mapping[str, Indicator]) -> dict[str, Any]:
    """A criterion as the form shows it, with a row to spare of each kind."""
    given = facts.plain()
    found = {name: value for name, value in given.items() if name not in ("rubric", "bands")}
    found |= {
        f"rubric_{place}_{part}": value
        for place, row in enumerate(given["rubric"])
        for part, value in row.items()
    }
    for place, band in enumerate(facts.bands):
        row = indicators.get(band.indicator)
        money = row is not None and row.unit in MONEY_FACTORS
        unit = suitable_unit([start for start, _ in band.steps]) if money else ""
        name = f"band_{place}"
        found |= {
            f"{name}_indicator": band.indicator,
            f"{name}_unit": unit,
            f"{name}_categories": list(band.categories),
        }
        for step, (start, points) in enumerate(band.steps):
            shown = in_unit(start, unit) if unit else start
            found[f"{name}_from_{step}"] = plain_number(shown)
            found[f"{name}_points_{step}"] = plain_number(points)
    needed = {
        "rubric_rows": len(facts.rubric) + 1,
        "band_rows": len(facts.bands),
        "step_rows": max((len(band.steps) for band in facts.bands), default=0) + 1,
    }
    return found | {
        name: str(min(max(ROWS[name][0], needed[name]), ROWS[name][2])) for name in ROWS
    }


def more_rows(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """What was typed with some more empty rows of a kind."""
    found = dict(values)
    if kind in ROWS:
        first, step, most = ROWS[kind]
        text = str(found.get(kind) or "")
        present = int(text) if text.isdecimal() and len(text) < 4 else first
        found[kind] = str(min(present + step, most))
    return found


class RemoveCriterionForm(forms.Form):
    """The criterion as it was when the question was opened."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class MoveCriterionForm(forms.Form):
    """Which way, and from which place."""

    way = forms.ChoiceField(choices=[("up", "上移"), ("down", "下移")])
    seen = forms.IntegerField(min_value=1)
