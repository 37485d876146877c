"""Forms of what offices work with beside the decision: phrases and internal notes. Shape only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from reviews.actions.notes import LONGEST_NOTE
from reviews.actions.phrases import LONGEST_PHRASE
from reviews.chain import OUTCOMES, step_choices
from reviews.models.working import NOTE_AUDIENCE_CHOICES


class PhraseForm(forms.Form):
    """A sentence of the library, and where it is offered first."""

    text = forms.CharField(
        label="内容",
        max_length=LONGEST_PHRASE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写常用意见的内容。"},
    )
    step = forms.ChoiceField(
        label="适用环节", required=False, help_text="在该环节排在前面；其他环节也可以选用。"
    )
    outcome = forms.ChoiceField(label="适用办理结果", required=False)
    shared = forms.BooleanField(
        label="本办公室共享", required=False, help_text="本办公室其他岗位也可以选用，不能修改。"
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, initial: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        offered = {
            "step": step_choices(),
            "outcome": [(row.key, row.label) for row in OUTCOMES.values()],
        }
        for name, rows in offered.items():
            self.fields[name].choices = [("", "不限"), *rows]  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    """An internal note and who reads it."""

    text = forms.CharField(
        label="备注",
        max_length=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请填写备注内容。"},
    )
    audience = forms.ChoiceField(
        label="谁可以看到",
        choices=NOTE_AUDIENCE_CHOICES,
        initial="office",
        error_messages={"required": "请选择谁可以看到这条备注。"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, auto_id="note_%s")
