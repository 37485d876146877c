"""Shape of the filter above the criteria sets; no rules."""

from __future__ import annotations

from typing import Any

from django import forms

from criteria.constants import SET_KIND_CHOICES
from criteria.standing import STANDING_CHOICES, UNPUBLISHED
from portal.core.constants import LEVEL_CHOICES

ALL = ("", "全部")


class CriteriaFilterForm(forms.Form):
    """What the list is narrowed to. ``drafts``: whether the reader may have some."""

    search = forms.CharField(label="关键词", max_length=40, required=False)
    level = forms.ChoiceField(label="级别", required=False, choices=[ALL, *LEVEL_CHOICES])
    kind = forms.ChoiceField(label="种类", required=False, choices=[ALL, *SET_KIND_CHOICES])
    standing = forms.ChoiceField(label="状态", required=False)
    post = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, drafts: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [row for row in STANDING_CHOICES if drafts or row[0] not in UNPUBLISHED]
        self.fields["standing"].choices = [ALL, *offered]  # type: ignore[attr-defined]
