"""What was typed and what stands now, beside each other, in words of the form."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict

from portal.core.field_rendering import form_groups, plain_label
from portal.core.formatting import iso_date

KEPT_BELOW = "您填写的内容保留在下面，尚未保存；核对后再次提交，以您填写的为准。"


def labels_of(form: forms.BaseForm) -> dict[str, str]:
    """Field -> its label with the legend it stands under, of every field that is seen."""
    return {
        bound.name: "：".join(filter(None, (group.legend, plain_label(bound.label))))
        for group in form_groups(form)
        for bound in group.fields
    }


def differing(
    form: forms.BaseForm, now: Mapping[str, Any], labels: Mapping[str, str] | None = None
) -> list[dict[str, str]]:
    """The fields in which something else stands than was typed, with what stands."""
    names = {**labels_of(form), **(labels or {})}
    return [
        {"label": label, "value": _words(form[name], now.get(name)) or "（未填写）"}
        for name, label in names.items()
        if _words(form[name], form[name].value()) != _words(form[name], now.get(name))
    ]


def typed(form: forms.BaseForm) -> list[dict[str, str]]:
    """Every field that was filled, to be copied where it can no longer be saved."""
    rows = ((label, _words(form[name], form[name].value())) for name, label in
            labels_of(form).items())  # fmt: skip
    return [{"label": label, "value": words} for label, words in rows if words]


def refuse_unseen(form: forms.BaseForm, words: object) -> None:
    """Say on top of a form that something else was saved meanwhile."""
    form.add_error(None, ValidationError(f"{words}{KEPT_BELOW}"))


def sent_again(data: QueryDict, **now: str) -> QueryDict:
    """What was sent, with the hidden fields that name what stands now."""
    found = data.copy()
    for name, value in now.items():
        found[name] = value
    return found


def _words(bound: BoundField, value: Any) -> str:
    if value in (None, "", []):
        return ""
    if isinstance(value, date):
        return iso_date(value)
    choices = dict(getattr(bound.field, "choices", None) or [])
    return str(choices.get(value, value)).replace("\r\n", "\n").strip()
