"""Shape of a new round: what the documents leave open is asked for, and may stay 未载明."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from criteria.scoring import needs_top
from portal.core import clock
from portal.core.formatting import cn_date
from reviews.chain import Chain


class CriteriaSetField(forms.ModelChoiceField):
    """A set by its name, version and the days from and until which it counts."""

    def label_from_instance(self, obj: Any) -> str:
        """《…》第 2 版（自2026年12月1日起施行，自2027年1月1日起撤回）."""
        start = f"，自{cn_date(obj.effective_from)}起施行" if obj.effective_from else ""
        end = f"，自{cn_date(obj.withdrawn_on)}起撤回" if obj.withdrawn_on else ""
        return f"{obj.title}（{obj.version_label}{start}{end}）"


class RoundForm(forms.Form):
    """A call for applications."""

    title = forms.CharField(
        label="批次名称", max_length=120, help_text="例如：2026年度市级专业镇申报。"
    )
    key = forms.SlugField(
        label="批次标识",
        max_length=50,
        help_text="用于网址和受理登记，只用小写字母、数字和连字符，例如 city-2026。",
        error_messages={"invalid": "只能使用字母、数字和连字符，例如 city-2026。"},
    )
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100, help_text="例如 2026。")
    figures_year = forms.IntegerField(
        label="数据年度",
        min_value=2000,
        max_value=2100,
        help_text="按哪一年的数据对照认定标准，一般为上一年。",
    )
    criteria_set = CriteriaSetField(
        label="认定标准",
        queryset=CriteriaSet.objects.none(),
        empty_label=None,
        help_text="只列本级、本行政区划已发布、现行或即将施行的认定标准，开始日期当天须已施行。"
        "批次设立后不再改变。",
    )
    opens_on = forms.DateField(label="开始日期", widget=forms.DateInput)
    closes_on = forms.DateField(
        label="截止日期", widget=forms.DateInput, help_text="截止日期当天仍可提交。"
    )
    score_max = forms.IntegerField(
        label="每条评分满分",
        min_value=1,
        max_value=1000,
        required=False,
        help_text="认定标准没有载明满分的条目用此分值，由本办公室设定；标准已载明各条满分的，"
        "以标准为准，不用填写。不填为“未载明”，不能指派专家评分。",
    )
    notice_days = forms.IntegerField(
        label="公示工作日",
        min_value=1,
        max_value=60,
        required=False,
        help_text="文件未载明，由本办公室设定。",
    )
    notice_first_day_counts = forms.BooleanField(
        label="公示发布当天计入公示期", required=False, initial=True
    )
    note = forms.CharField(label="说明", max_length=200, required=False)

    def __init__(
        self, *args: Any, chain: Chain, criteria_sets: Iterable[CriteriaSet], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.chain = chain
        self.fields["criteria_set"].queryset = criteria_sets  # type: ignore[attr-defined]
        year = clock.today().year
        self.fields["year"].initial, self.fields["figures_year"].initial = year, year - 1
        for step in chain.steps:
            field = forms.IntegerField(label=step.name, min_value=1, max_value=250, required=False)
            field.unit = "个工作日"  # type: ignore[attr-defined]
            self.fields[f"days_{step.key}"] = field
        own = ["score_max", "notice_days", "notice_first_day_counts"]
        sets = list(criteria_sets)
        if sets and not any(needs_top(spec_of(row).criteria) for row in sets):
            # Every set to choose from states its own maxima.
            del self.fields["score_max"]
            own.remove("score_max")
        self.fieldsets = [
            ("批次", ["title", "key", "year", "note"]),
            ("标准和数据", ["criteria_set", "figures_year"]),
            ("申报时间", ["opens_on", "closes_on"]),
            (
                "文件未载明、由本办公室设定的事项",
                own,
            ),
            (
                "各环节办理时限（选填，不填为“未载明”）",
                [f"days_{step.key}" for step in chain.steps],
            ),
        ]

    def round_fields(self) -> dict[str, Any]:
        """What ``open_round`` takes besides the criteria set and the chain."""
        chosen = {"score_max": None, **self.cleaned_data}
        fields = {
            name: value
            for name, value in chosen.items()
            if name != "criteria_set" and not name.startswith("days_")
        }
        fields["step_days"] = {
            step.key: chosen[f"days_{step.key}"]
            for step in self.chain.steps
            if chosen.get(f"days_{step.key}")
        }
        return fields
