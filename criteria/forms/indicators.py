"""Shape of an office's own indicator and category as they are typed; no rules."""

from __future__ import annotations

from typing import Any

from django import forms

from criteria.actions.indicators import MEANING, NAMING, IndicatorFacts
from criteria.constants import INDICATOR_TYPE_CHOICES, YEAR_RULE_CHOICES
from criteria.forms.editor import LinesField
from criteria.forms.numbers import NumberField, suitable_unit
from criteria.models import Indicator
from criteria.values import pairs
from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS

HINTS: dict[str, str] = {
    "money": "（填报时选元、万元或亿元）",
    "count": "（如家数、人数、亩数）",
    "choice": "（几个中选一个，由低到高）",
    "entries": "（填报清单中的项数）",
    "text": "（申报时在情况说明中陈述，不作数值条件）",
}
TYPES = [(key, label + HINTS.get(key, "")) for key, label in INDICATOR_TYPE_CHOICES]
DECIMALS = [
    ("0", "整数"),
    ("1", "1 位小数"),
    ("2", "2 位小数"),
    ("3", "3 位小数"),
    ("4", "4 位小数"),
]
UNITS = [(unit, unit) for unit, _ in MONEY_UNITS]


class IndicatorForm(forms.Form):
    """What an indicator is called, what it is, and in which bounds its values lie."""

    fieldsets = (
        ("指标", ("name", "type", "unit", "decimals", "choices")),
        ("口径", ("year_rule", "description")),
        ("取值范围", ("minimum", "maximum", "range_unit")),
    )

    name = forms.CharField(
        label="指标名称",
        max_length=60,
        help_text="与上下级已有的指标不同名，例如：标准化基地面积。",
    )
    type = forms.ChoiceField(
        label="类型",
        choices=TYPES,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择类型。"},
    )
    unit = forms.CharField(
        label="单位",
        max_length=10,
        required=False,
        help_text="数量和清单填写，例如：家、亩、项。其他类型不用填。",
    )
    decimals = forms.ChoiceField(
        label="小数位", choices=DECIMALS, required=False, help_text="数量和百分比最多填几位小数。"
    )
    choices = LinesField(
        label="选项",
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="类型为选项的填写，每行一个，由低到高。条件中“不低于”按这个次序比较。",
    )
    year_rule = forms.ChoiceField(
        label="年度口径",
        choices=YEAR_RULE_CHOICES,
        widget=forms.RadioSelect,
        initial="latest",
        help_text="条款写明“某年数据”的，选条件中注明的年度：只在标准写明的年度填报。",
    )
    description = forms.CharField(
        label="口径说明",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="计算范围、数据来源，填报人能看到。",
    )
    minimum = NumberField(label="最小值", places=4, help_text="不填的，不限；不能为负数的填 0。")
    maximum = NumberField(label="最大值", places=4, help_text="不填的，不限。")
    range_unit = forms.ChoiceField(
        label="最小值、最大值的单位",
        choices=UNITS,
        initial="元",
        required=False,
        help_text="类型为金额的选择。",
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, fixed: bool = False, named: bool = False, **kwargs: Any) -> None:
        """``fixed``: the meaning may not change any more; ``named``: name and description neither.

        Options may still be added.
        """
        super().__init__(*args, **kwargs)
        for name in ((*MEANING, "range_unit") if fixed else ()) + (NAMING if named else ()):
            if name in self.fields:
                self.fields[name].disabled = True

    def facts(self) -> IndicatorFacts:
        """As the actions take it: bounds in the base unit."""
        data = self.cleaned_data
        factor = MONEY_FACTORS[data["range_unit"] or "元"] if data["type"] == "money" else 1
        low, high = data["minimum"], data["maximum"]
        return IndicatorFacts(
            name=data["name"],
            type=data["type"],
            unit=data["unit"],
            source="answer" if data["type"] == "text" else "reported",
            year_rule=data["year_rule"],
            minimum=None if low is None else low * factor,
            maximum=None if high is None else high * factor,
            decimals=int(data["decimals"] or 0),
            choices=data["choices"],
            description=data["description"],
        )


def initial_of(row: Indicator) -> dict[str, Any]:
    """What the form shows of an indicator."""
    bounds = [bound for bound in (row.minimum, row.maximum) if bound is not None]
    unit = suitable_unit(bounds) if row.type == "money" and any(bounds) else "元"
    factor = MONEY_FACTORS[unit]

    def shown(bound: Any) -> str:
        return "" if bound is None else f"{(bound / factor).normalize():f}"

    return {
        "name": row.name,
        "type": row.type,
        "unit": row.unit,
        "decimals": str(row.decimals),
        "choices": "\n".join(name for _, name in pairs(row.choices)),
        "year_rule": row.year_rule,
        "description": row.description,
        "minimum": shown(row.minimum),
        "maximum": shown(row.maximum),
        "range_unit": unit,
    }


class CategoryForm(forms.Form):
    """A category that the documents do not name."""

    name = forms.CharField(
        label="类别名称", max_length=30, help_text="例如：现代物流。添加后不能改名，请核对。"
    )
