"""Shape of what is typed on the pages of the register of towns."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from towns.constants import (
    CATEGORY_CHOICES,
    STAGE_CHOICES,
)


class TownFilterForm(forms.Form):
    """Conditions above the list of towns."""

    post = forms.CharField(widget=forms.HiddenInput, required=False)
    q = forms.CharField(label="名称", max_length=60, required=False)
    category = forms.ChoiceField(
        label="类别", choices=[("", "全部"), *CATEGORY_CHOICES], required=False
    )
    stage = forms.ChoiceField(
        label="培育阶段", choices=[("", "全部"), *STAGE_CHOICES], required=False
    )
    region = forms.ChoiceField(label="行政区划", required=False)

    def __init__(self, *args: Any, regions: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list(regions)
        self.fields["region"].choices = [("", "全部"), *found]  # type: ignore[attr-defined]
        if not found:
            del self.fields["region"]
