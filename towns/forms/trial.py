"""Shape of the question that a trial of a criteria set asks; no rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms


class TrialForm(forms.Form):
    """Which town is looked for, by which year's figures, in which category."""

    search = forms.CharField(
        label="专业镇", max_length=40, required=False, help_text="名称或主导产业中的字词。"
    )
    year = forms.TypedChoiceField(label="数据年度", coerce=int, required=False, empty_value=None)
    category = forms.ChoiceField(label="类别", required=False)
    town = forms.IntegerField(required=False, widget=forms.HiddenInput)
    post = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        years: Iterable[int],
        categories: Iterable[tuple[str, str]],
    ) -> None:
        super().__init__(data)
        self.fields["year"].choices = [(year, f"{year} 年") for year in years]  # type: ignore[attr-defined]
        self.fields["category"].choices = [("", "按专业镇的类别"), *categories]  # type: ignore[attr-defined]
