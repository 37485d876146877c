"""Forms of meetings, public notices and certification documents: shape of input, no rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from django import forms

from reviews.chain import OUTCOMES, Move
from reviews.collective_queries import WAITING_LIMIT, Dossier
from reviews.forms.correcting import term_choices
from reviews.models import MeetingItem, PublicNoticeItem

NO_SECTIONS: Mapping[int, Mapping[str, str]] = MappingProxyType({})
MOVED_ON = "所选办件中有的已不在待办之列，请核对后重新选择。"


class CaseChoice(forms.Form):
    """The cases a collective step takes up, chosen among those that wait."""

    cases = forms.TypedMultipleChoiceField(
        label="办件",
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": "请至少选择一个办件。",
            "invalid_choice": MOVED_ON,
        },
    )

    def __init__(self, *args: Any, waiting: Sequence[Dossier], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.waiting = waiting
        self.fields["cases"].choices = [  # type: ignore[attr-defined]
            (row.case.pk, row.case.town_name) for row in waiting
        ]

    @property
    def truncated(self) -> int:
        """How many cases are shown, when that may not be all of them."""
        return WAITING_LIMIT if len(self.waiting) >= WAITING_LIMIT else 0

    def chosen(self) -> set[str]:
        """Keys of the ticked cases, as they were sent or first offered."""
        value = self["cases"].value()
        return {str(key) for key in value} if value else set()

    def details(self) -> list[forms.BoundField]:
        """The fields beside the choice of cases."""
        return [bound for bound in self.visible_fields() if bound.name != "cases"]


class MeetingForm(CaseChoice):
    """A meeting to be held."""

    title = forms.CharField(label="会议名称", max_length=120)
    held_on = forms.DateField(label="召开日期", widget=forms.DateInput)
    place = forms.CharField(label="地点", max_length=120, required=False)
    chair = forms.CharField(label="主持人", max_length=60, required=False)
    attendees = forms.CharField(
        label="参会人员",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="单位和姓名，用顿号分开。",
    )


class NoticeForm(CaseChoice):
    """A public notice with its window and where objections go."""

    title = forms.CharField(label="标题", max_length=160)
    body = forms.CharField(
        label="公示内容", max_length=5000, widget=forms.Textarea(attrs={"rows": 6})
    )
    starts_on = forms.DateField(label="开始日期", widget=forms.DateInput)
    working_days = forms.IntegerField(label="公示工作日", min_value=1, max_value=60)
    first_day_counts = forms.BooleanField(label="开始当日计入公示期", required=False)
    contact = forms.CharField(label="受理部门及联系人", max_length=120)
    phone = forms.CharField(label="联系电话", max_length=40)
    address = forms.CharField(label="通信地址", max_length=160, required=False)

    working_days.unit = "个工作日"  # type: ignore[attr-defined]
    fieldsets = (
        ("公示内容", ("title", "body")),
        ("公示期", ("starts_on", "working_days", "first_day_counts")),
        ("异议受理", ("contact", "phone", "address")),
    )


class ResultsForm(forms.Form):
    """One outcome and opinion for every item of a meeting or a notice."""

    def __init__(
        self,
        *args: Any,
        items: Iterable[MeetingItem] | Iterable[PublicNoticeItem],
        minutes: bool = False,
        sections: Mapping[int, Mapping[str, str]] = NO_SECTIONS,
        ends: Iterable[date] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.keys: list[int] = []
        terms = term_choices(ends)
        for item in items:
            town = item.case.town_name
            self.keys.append(item.pk)
            self.fields[f"result_{item.pk}"] = forms.ChoiceField(
                label=f"{town}：结果",
                choices=[(key, OUTCOMES[key].label) for key in item.case.current.outcomes],
                widget=forms.RadioSelect,
                error_messages={"required": "请选择结果。"},
            )
            self.fields[f"opinion_{item.pk}"] = forms.CharField(
                label=f"{town}：意见",
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )
            if item.pk in sections:
                self.fields[f"sections_{item.pk}"] = forms.MultipleChoiceField(
                    label=f"{town}：退回补正的部分",
                    choices=list(sections[item.pk].items()),
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )
                self.fields[f"days_{item.pk}"] = forms.TypedChoiceField(
                    label=f"{town}：补正时限",
                    choices=terms,
                    required=False,
                    coerce=int,
                    empty_value=None,
                )
        if minutes:
            self.fields["minutes"] = forms.CharField(
                label="会议纪要",
                max_length=20000,
                widget=forms.Textarea(attrs={"rows": 6}),
                help_text="录入后不能更改。",
            )

    def clean(self) -> dict[str, Any]:
        """An outcome that asks for a reason has one; said together with everything else."""
        for key in self.keys:
            outcome = OUTCOMES.get(self.cleaned_data.get(f"result_{key}", ""))
            opinion = self.cleaned_data.get(f"opinion_{key}", "")
            if outcome and outcome.needs_reason and not opinion:
                self.add_error(f"opinion_{key}", f"选择“{outcome.label}”时，请填写意见。")
            if outcome and outcome.move == Move.RETURN and not self.sections_of(key):
                self.add_error(f"sections_{key}", "请勾选需要补正的部分。")
        return self.cleaned_data

    def results(self) -> dict[int, tuple[str, str]]:
        """Item id -> (outcome, opinion)."""
        return {
            key: (self.cleaned_data[f"result_{key}"], self.cleaned_data[f"opinion_{key}"])
            for key in self.keys
        }

    def sections_of(self, key: int) -> list[str]:
        """The sections that are ticked for an item."""
        found: list[str] = self.cleaned_data.get(f"sections_{key}", [])
        return found

    def returned(self) -> dict[int, tuple[list[str], int | None]]:
        """Item id -> sections to be corrected and the term, of the items that are returned."""
        return {
            key: (self.sections_of(key), self.cleaned_data[f"days_{key}"])
            for key in self.keys
            if OUTCOMES[self.cleaned_data[f"result_{key}"]].move == Move.RETURN
        }


class StateFilter(forms.Form):
    """Lists narrowed by state."""

    state = forms.ChoiceField(label="状态", required=False)

    def __init__(self, data: Any, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__(data, auto_id="filter_%s")
        self.fields["state"].choices = [("", "全部"), *choices]  # type: ignore[attr-defined]

    @property
    def state_value(self) -> str:
        """The chosen state; an unknown one narrows nothing and shows its error."""
        return self.cleaned_data.get("state", "") if self.is_valid() else ""
