"""Forms of the consultation of member units: shape only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django import forms

from criteria.specs import CriterionSpec
from portal.core.models import Office
from reviews.actions.consulting import LONGEST_TERM, NEEDS_WORDS, Point, lacks_words
from reviews.consulting_queries import NOTHING_SET, Asking, Division
from reviews.models.judging import OPINION_CHOICES, ROLE_CHOICES

LONG_TEXT = 2000
WHOLE_TERM = f"答复期限应在 1 到 {LONGEST_TERM} 个工作日之间。"


class UnitsForm(forms.Form):
    """Which member units are asked, on which criteria, and until when.

    ``divided`` says that the criteria of each unit were on the page; without it the units are asked
    as the office set it.
    """

    days = forms.IntegerField(
        label="答复期限（工作日）",
        required=False,
        min_value=1,
        max_value=LONGEST_TERM,
        help_text="文件未载明答复时限，由本办公室确定，先按本环节剩余的工作日填写，"
        "不填的与本环节办理期限相同；本环节没有期限或者期限已过的，必须填写。",
        error_messages={"min_value": WHOLE_TERM, "max_value": WHOLE_TERM},
    )
    due_on = forms.DateField(
        label="或者答复截止日期",
        required=False,
        widget=forms.DateInput,
        help_text="与工作日填写一项即可，如 2026-12-31。",
    )
    offices = forms.TypedMultipleChoiceField(
        label="征求意见的成员单位",
        coerce=int,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
        error_messages={"required": "请至少选择一个成员单位。"},
    )
    divided = forms.CharField(required=False, widget=forms.HiddenInput, initial="1")

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        offices: Iterable[Office] = (),
        criteria: Sequence[CriterionSpec] = (),
        fields: Mapping[int, Asking] | None = None,
        unheld: Collection[int] = (),
        days: int | None = None,
    ) -> None:
        self.units, self.unheld = list(offices), unheld
        known = fields or {}
        chosen = [unit.pk for unit in self.units if unit.pk in known and unit.pk not in unheld]
        super().__init__(data, initial={"offices": chosen, "days": days})
        field = self.fields["offices"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = [(unit.pk, unit.name) for unit in self.units]
        for unit in self.units:
            asking = known.get(unit.pk, NOTHING_SET)
            self.fields[f"role_{unit.pk}"] = forms.ChoiceField(
                label=f"{unit.name}的分工",
                choices=[("", "未分牵头、配合"), *ROLE_CHOICES],
                required=False,
                widget=forms.Select(attrs={"class": "form-select"}),
                initial=asking.role,
            )
            self.fields[f"criteria_{unit.pk}"] = forms.MultipleChoiceField(
                label=f"征求{unit.name}意见的条款",
                choices=[(row.key, f"{row.clause} {row.title}".strip()) for row in criteria],
                required=False,
                widget=forms.CheckboxSelectMultiple,
                initial=list(asking.criteria) or [row.key for row in criteria],
            )
        self.known = known

    def clean(self) -> dict[str, Any]:
        """A unit that is asked is asked something; the limit is said once."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("days") is not None and data.get("due_on") is not None:
            self.add_error("due_on", "答复期限按工作日或者按日期填写一项即可。")
        names = {unit.pk: unit.name for unit in self.units}
        for pk in data.get("offices", []) if data.get("divided") else []:
            if not data.get(f"criteria_{pk}") and f"criteria_{pk}" not in self.errors:
                self.add_error(f"criteria_{pk}", f"请至少选择一条征求{names[pk]}意见的条款。")
        return data

    @property
    def asking(self) -> dict[int, Asking]:
        """What the chosen units are asked, as the action takes it; all criteria are the whole."""
        data = self.cleaned_data
        if not data.get("divided"):
            return {}
        found = {}
        for pk in data["offices"]:
            field, chosen = self.fields[f"criteria_{pk}"], data[f"criteria_{pk}"]
            whole = len(chosen) == len(field.choices)  # type: ignore[attr-defined]
            asking = self.known.get(pk, NOTHING_SET)
            found[pk] = asking.on(() if whole else chosen, data.get(f"role_{pk}", ""))
        return found

    def rows(self) -> list[dict[str, Any]]:
        """A row for each unit: its box, its role, its criteria; those with a field come first."""
        boxes = dict(zip([u.pk for u in self.units], self["offices"].subwidgets, strict=True))
        found = []
        for unit in self.units:
            bound = self[f"criteria_{unit.pk}"]
            chosen = set(bound.value() or [])
            labels = [label for key, label in bound.field.choices if key in chosen]  # type: ignore[attr-defined]
            found.append(
                {
                    "unit": unit,
                    "set": unit.pk in self.known,
                    "unheld": unit.pk in self.unheld,
                    "box": boxes[unit.pk],
                    "role": self[f"role_{unit.pk}"],
                    "criteria": bound,
                    "all": len(labels) == len(bound.field.choices),  # type: ignore[attr-defined]
                    "chosen": labels,
                }
            )
        lead = {pk for pk, asking in self.known.items() if asking.role == "lead"}
        return sorted(found, key=lambda row: (not row["set"], row["unit"].pk not in lead))


class OpinionForm(forms.Form):
    """A member unit's answer: of the whole, or a verdict and words for each criterion.

    ``seen``: the digest of the answer that it was opened on.
    """

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    verdict = forms.ChoiceField(label="会审意见", choices=OPINION_CHOICES, widget=forms.RadioSelect)
    text = forms.CharField(
        label="具体意见",
        required=False,
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="附意见或不同意时必须写明。",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        criteria: Iterable[CriterionSpec] = (),
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.criteria = tuple(criteria)
        if not self.criteria:
            return
        del self.fields["verdict"]
        self.fields["text"].label = "总的意见"
        self.fields["text"].help_text = "对所征求条款总的意见或者建议，没有的不填。"
        for row in self.criteria:
            self.fields[f"verdict_{row.key}"] = forms.ChoiceField(
                label=f"对“{row.title}”的意见",
                choices=OPINION_CHOICES,
                widget=forms.RadioSelect,
                error_messages={"required": "请选择意见。"},
            )
            self.fields[f"text_{row.key}"] = forms.CharField(
                label=f"对“{row.title}”的具体意见",
                required=False,
                max_length=LONG_TEXT,
                widget=forms.Textarea(attrs={"rows": 3}),
                help_text="附意见或不同意时必须写明。",
            )

    def clean(self) -> dict[str, Any]:
        """Reserved verdicts want words: said of every criterion at once."""
        data: dict[str, Any] = super().clean() or {}
        for row in self.criteria:
            verdict, text = data.get(f"verdict_{row.key}", ""), data.get(f"text_{row.key}", "")
            if verdict and lacks_words(verdict, text):
                self.add_error(f"text_{row.key}", NEEDS_WORDS)
        return data

    @property
    def worded(self) -> list[str]:
        """The fields for words."""
        return [name for name in self.fields if name == "text" or name.startswith("text_")]

    @property
    def points(self) -> dict[str, Point] | None:
        """criterion -> verdict and words, as the action takes them; None for the whole."""
        if not self.criteria:
            return None
        data = self.cleaned_data
        return {
            row.key: (data.get(f"verdict_{row.key}", ""), data.get(f"text_{row.key}", ""))
            for row in self.criteria
        }


class DivisionForm(forms.Form):
    """Which units an office consults on a criterion; ``clause``: the division that was offered.

    ``seen``: the digest of what was set when it was opened.
    """

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    clause = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        units: Iterable[Office] = (),
        roles: Mapping[int, str] | None = None,
        division: Division | None = None,
        seen: str = "",
    ) -> None:
        clause = division.key if division else ""
        super().__init__(data, initial={"clause": clause, "seen": seen})
        self.units = list(units)
        for unit in self.units:
            self.fields[f"role_{unit.pk}"] = forms.ChoiceField(
                label=unit.name,
                choices=[("", "不征求"), *ROLE_CHOICES],
                required=False,
                initial=(roles or {}).get(unit.pk, ""),
            )

    @property
    def roles(self) -> dict[int, str]:
        """unit -> role, as the action takes it."""
        return {unit.pk: self.cleaned_data[f"role_{unit.pk}"] for unit in self.units}
