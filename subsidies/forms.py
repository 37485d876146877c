"""Shape of the filter above policies and clauses; no rules."""

from __future__ import annotations

from django import forms

from portal.core.constants import LEVEL_CHOICES
from subsidies.constants import CLAUSE_KIND_CHOICES, VALIDITY_CHOICES


class PolicyFilterForm(forms.Form):
    """What policies and clauses are narrowed to."""

    search = forms.CharField(label="关键词", max_length=40, required=False)
    level = forms.ChoiceField(label="级别", required=False, choices=[("", "全部"), *LEVEL_CHOICES])
    validity = forms.ChoiceField(
        label="有效期", required=False, choices=[("", "全部"), *VALIDITY_CHOICES]
    )
    kind = forms.ChoiceField(
        label="方式", required=False, choices=[("", "全部"), *CLAUSE_KIND_CHOICES]
    )
    post = forms.CharField(required=False, widget=forms.HiddenInput)
