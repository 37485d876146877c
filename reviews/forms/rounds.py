"""Shape of a round: what the documents leave open is asked for, and may stay 未载明."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import time
from typing import Any

from django import forms

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from criteria.scoring import needs_top
from portal.core import clock
from portal.core.formatting import cn_date
from reviews.chain import Chain
from towns.constants import COMMITMENTS, ROUND_KIND_CHOICES
from towns.models import Round
from towns.models.rounds import LAST_SECOND

MIDNIGHT = time(0, 0)
CLOCK_WORDS = "请填写时刻，例如 18:00 或 18:00:00。"


class CriteriaSetField(forms.ModelChoiceField):
    """A set by its name, version and the days from and until which it counts."""

    def label_from_instance(self, obj: Any) -> str:
        """《…》第 2 版（自2026年12月1日起施行，自2027年1月1日起撤回）."""
        start = f"，自{cn_date(obj.effective_from)}起施行" if obj.effective_from else ""
        end = f"，自{cn_date(obj.withdrawn_on)}起撤回" if obj.withdrawn_on else ""
        return f"{obj.title}（{obj.version_label}{start}{end}）"


def clock_field(label: str, help_text: str) -> forms.TimeField:
    """A time of the day, to the minute or to the second."""
    return forms.TimeField(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.TimeInput(attrs={"step": "1"}),
        error_messages={"invalid": CLOCK_WORDS},
    )


class RoundForm(forms.Form):
    """A call for applications."""

    title = forms.CharField(
        label="批次名称", max_length=120, help_text="例如：2026年度市级专业镇申报。"
    )
    key = forms.SlugField(
        label="批次标识",
        max_length=50,
        help_text="平台内部登记用，只用小写字母、数字和连字符，例如 city-2026。",
        error_messages={"invalid": "只能使用小写字母、数字和连字符，例如 city-2026。"},
    )
    kind = forms.ChoiceField(label="批次类型", choices=ROUND_KIND_CHOICES, required=False)
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
        "有专业镇开始申报后不再改变。",
    )
    categories = forms.MultipleChoiceField(
        label="受理的类别",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="一项都不选，即受理认定标准的全部类别。",
    )
    opens_on = forms.DateField(label="开始日期", widget=forms.DateInput)
    opens_time = clock_field("开始时刻", "不填为当天 0 时 0 分。")
    closes_on = forms.DateField(label="截止日期", widget=forms.DateInput)
    closes_time = clock_field(
        "截止时刻",
        "不填为当天 23:59:59。截止的那一秒仍可提交，以服务器收到请求的时刻为准。",
    )
    upload_grace = forms.IntegerField(
        label="上传宽限",
        min_value=0,
        max_value=240,
        required=False,
        help_text="截止前已经开始分段上传、截止时没有传完的材料，可在这段时间内传完并提交；"
        "填 0 为不等候，不填为 30 分钟。",
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
    contact = forms.CharField(
        label="咨询联系人",
        max_length=60,
        required=False,
        help_text="填报单位有疑问时找谁，在批次页、回执上列出。",
    )
    contact_phone = forms.CharField(
        label="咨询电话", max_length=40, required=False, help_text="例如 0357-5322000。"
    )
    commitments = forms.CharField(
        label="承诺事项",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="文件没有规定承诺的文字。每行一句；不填则用平台的三句："
        + "".join(f"（{number}）{text}" for number, text in enumerate(COMMITMENTS, start=1)),
    )
    note = forms.CharField(label="说明", max_length=200, required=False)
    trial = forms.BooleanField(
        label="先试运行",
        required=False,
        help_text="勾选后，批次只有本办公室看得到，由本办公室试填；试运行的数据可以一次清除，"
        "清除后再转为正式批次。",
    )

    def __init__(
        self,
        *args: Any,
        chain: Chain,
        criteria_sets: Iterable[CriteriaSet],
        locked: Collection[str] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.chain = chain
        sets = list(criteria_sets)
        self.fields["criteria_set"].queryset = criteria_sets  # type: ignore[attr-defined]
        names = {key: name for row in sets for key, name in spec_of(row).categories}
        self.fields["categories"].choices = list(names.items())  # type: ignore[attr-defined]
        self.fields["upload_grace"].unit = "分钟"  # type: ignore[attr-defined]
        year = clock.today().year
        self.fields["year"].initial, self.fields["figures_year"].initial = year, year - 1
        self.fields["opens_time"].initial, self.fields["closes_time"].initial = (
            "00:00:00",
            "23:59:59",
        )
        self.fields["upload_grace"].initial = 30
        if len(ROUND_KIND_CHOICES) == 1:
            del self.fields["kind"]
        for step in chain.steps:
            field = forms.IntegerField(label=step.name, min_value=1, max_value=250, required=False)
            field.unit = "个工作日"  # type: ignore[attr-defined]
            self.fields[f"days_{step.key}"] = field
        if sets and not any(needs_top(spec_of(row).criteria) for row in sets):
            # Every set to choose from states its own maxima.
            del self.fields["score_max"]
        for name in locked:
            self.fields.pop(name, None)
        self.fieldsets = [
            ("批次", ["title", "key", "kind", "year", "note"]),
            ("标准、类别和数据", ["criteria_set", "categories", "figures_year"]),
            (
                "申报时间（北京时间）",
                ["opens_on", "opens_time", "closes_on", "closes_time", "upload_grace"],
            ),
            ("咨询", ["contact", "contact_phone"]),
            (
                "文件未载明、由本办公室设定的事项",
                ["score_max", "notice_days", "notice_first_day_counts", "commitments"],
            ),
            (
                "各环节办理时限（选填，不填为“未载明”）",
                [f"days_{step.key}" for step in chain.steps],
            ),
            ("试运行", ["trial"]),
        ]

    def clean_opens_time(self) -> time:
        """The beginning of the day unless another time is given."""
        return self.cleaned_data["opens_time"] or MIDNIGHT

    def clean_closes_time(self) -> time:
        """The last second of the day unless another time is given."""
        return self.cleaned_data["closes_time"] or LAST_SECOND

    def clean_upload_grace(self) -> int:
        """Half an hour unless another grace is given."""
        given = self.cleaned_data["upload_grace"]
        return 30 if given is None else int(given)

    def clean_commitments(self) -> list[str]:
        """One sentence a line; the portal's own are stored as none."""
        lines = [line.strip() for line in self.cleaned_data["commitments"].splitlines()]
        found = [line for line in lines if line]
        return [] if tuple(found) == COMMITMENTS else found

    def clean(self) -> dict[str, Any]:
        """The end after the beginning."""
        data = self.cleaned_data
        if all(data.get(name) for name in ("opens_on", "closes_on", "closes_time")):
            start = (data["opens_on"], data.get("opens_time") or MIDNIGHT)
            if (data["closes_on"], data["closes_time"]) <= start:
                self.add_error("closes_on", "截止时间应晚于开始时间。")
        return data

    def round_fields(self) -> dict[str, Any]:
        """What the form says of the round, the criteria set apart, of the fields it has."""
        found = {
            name: value
            for name, value in self.cleaned_data.items()
            if name != "criteria_set" and not name.startswith("days_")
        }
        found["step_days"] = {
            step.key: self.cleaned_data[f"days_{step.key}"]
            for step in self.chain.steps
            if self.cleaned_data.get(f"days_{step.key}")
        }
        return found


def initial_of(call: Round) -> dict[str, Any]:
    """What the form of a round is opened with."""
    found = {
        name: getattr(call, name)
        for name in (
            "title", "key", "kind", "categories", "year", "figures_year", "opens_on", "closes_on",
            "upload_grace", "score_max", "notice_days", "notice_first_day_counts", "contact",
            "contact_phone", "note", "criteria_set",
        )
    }  # fmt: skip
    found["opens_time"] = call.opens_time.isoformat("seconds")
    found["closes_time"] = call.closes_time.isoformat("seconds")
    found["commitments"] = "\n".join(call.commitments)
    found |= {f"days_{key}": days for key, days in call.step_days.items()}
    return found
