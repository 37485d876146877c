"""Shapes of the filters of this app's lists; no rules."""

from __future__ import annotations

from django import forms

from portal.workspace.verbs import VERBS


class LedgerFilterForm(forms.Form):
    """What the ledger is narrowed to."""

    search = forms.CharField(label="关键词", max_length=40, required=False)
    verb = forms.ChoiceField(label="事项", required=False, choices=[("", "全部"), *VERBS.items()])
    since = forms.DateField(label="日期自", required=False)
    until = forms.DateField(label="日期至", required=False)
    post = forms.CharField(required=False, widget=forms.HiddenInput)
