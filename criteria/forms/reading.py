"""Shape of the filter above the criteria sets; no rules."""

from __future__ import annotations

from django import forms

from portal.core.constants import LEVEL_CHOICES

VALIDITY_CHOICES = [("valid", "有效"), ("expired", "已过期"), ("unstated", "有效期未载明")]


class CriteriaFilterForm(forms.Form):
    """What the list is narrowed to."""

    search = forms.CharField(label="关键词", max_length=40, required=False)
    level = forms.ChoiceField(label="级别", required=False, choices=[("", "全部"), *LEVEL_CHOICES])
    validity = forms.ChoiceField(
        label="有效期", required=False, choices=[("", "全部"), *VALIDITY_CHOICES]
    )
    post = forms.CharField(required=False, widget=forms.HiddenInput)
