"""The shape of what is asked before a simulation: the year whose figures are used."""

from __future__ import annotations

from typing import Any

from django import forms

from towns.queries import reporting_years

YEARS = 5


class SimulateForm(forms.Form):
    """Which year."""

    year = forms.TypedChoiceField(
        label="数据年度",
        coerce=int,
        help_text="按这一年的年度数据计算；企业、荣誉品牌、公共服务按今天的台账计算。",
        error_messages={
            "required": "请选择数据年度。",
            "invalid_choice": "请从列出的年度中选择。",
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        boxes: dict[str, Any] = self.fields
        boxes["year"].choices = [(year, f"{year}年") for year in reporting_years(span=YEARS)]
