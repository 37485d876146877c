"""Shapes of the filters of this app's lists; no rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from portal.core.constants import ACCESS_KIND_CHOICES, LEDGER_OUTCOME_CHOICES
from portal.workspace.ledger_queries import AccessFilter, LedgerFilter
from portal.workspace.verbs import VERBS

EVERYTHING = ("", "全部")


class _PeriodForm(forms.Form):
    """A list narrowed to some days; ``values()`` is None while something is not acceptable."""

    since = forms.DateField(label="日期自", required=False)
    until = forms.DateField(label="日期至", required=False)
    post = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None) -> None:
        super().__init__(data or {}, auto_id="filter_%s")

    def clean(self) -> None:
        """A period ends after it begins."""
        since, until = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if since is not None and until is not None and until < since:
            self.add_error("until", "截止日期早于开始日期，请重新选择。")

    def values(self) -> dict[str, str] | None:
        """What was chosen, as plain text."""
        if not self.is_valid():
            return None
        return {
            name: "" if value is None else str(value).strip()
            for name, value in self.cleaned_data.items()
            if name != "post"
        }


class LedgerFilterForm(_PeriodForm):
    """What the ledger is narrowed to."""

    verb = forms.ChoiceField(label="事项", required=False, choices=[EVERYTHING, *VERBS.items()])
    office = forms.CharField(label="机构", max_length=60, required=False)
    person = forms.CharField(label="人员", max_length=40, required=False)
    search = forms.CharField(label="对象、关键词", max_length=40, required=False)
    outcome = forms.ChoiceField(
        label="结果", required=False, choices=[EVERYTHING, *LEDGER_OUTCOME_CHOICES]
    )

    def chosen(self) -> LedgerFilter | None:
        """The filter, or None."""
        values = self.values()
        return None if values is None else LedgerFilter(**values)


class AccessFilterForm(_PeriodForm):
    """What the stream is narrowed to."""

    kind = forms.ChoiceField(
        label="类别", required=False, choices=[EVERYTHING, *ACCESS_KIND_CHOICES]
    )
    outcome = forms.ChoiceField(
        label="结果", required=False, choices=[EVERYTHING, *LEDGER_OUTCOME_CHOICES]
    )
    person = forms.CharField(label="人员", max_length=40, required=False)
    search = forms.CharField(label="对象", max_length=40, required=False)

    def chosen(self) -> AccessFilter | None:
        """The filter, or None."""
        values = self.values()
        return None if values is None else AccessFilter(**values)
