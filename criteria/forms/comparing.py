"""Shape of what a comparison is narrowed to; no rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms


class CompareForm(forms.Form):
    """The other set, one category, only what differs."""

    other = forms.ChoiceField(label="与哪套标准比较", required=False)
    category = forms.ChoiceField(label="类别", required=False)
    only = forms.BooleanField(label="只看不同", required=False)
    post = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        sets: Sequence[tuple[str, str]],
        categories: Sequence[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.fields["with"] = self.fields.pop("other")
        self.order_fields(["with", "category", "only", "post"])
        chosen: Any = self.fields["with"]
        chosen.choices = [("", "请选择"), *sets]
        narrowed: Any = self.fields["category"]
        narrowed.choices = [("", "全部"), *categories]
