"""The form that starts a batch. Shape only."""

from __future__ import annotations

from django import forms

from portal.core import clock
from portal.core.documents.batches import BatchKind, Choice


class BatchForm(forms.Form):
    """What it is made for, and the day where the papers are dated by hand."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=60)

    def __init__(
        self, data: object = None, *, kind: BatchKind, choices: list[Choice], key: str = ""
    ) -> None:
        super().__init__(data, initial={"key": key, "on": clock.today()})  # type: ignore[arg-type]
        self.fields["what"] = forms.ChoiceField(
            label="制作范围",
            choices=[("", "请选择"), *choices],
            help_text=kind.hint,
            error_messages={"required": "请选择一项。"},
        )
        if kind.dated:
            self.fields["on"] = forms.DateField(
                label="成文日期", widget=forms.DateInput, help_text="印在每一份上的日期。"
            )

    def arguments(self) -> dict[str, str]:
        """What the batch is asked with."""
        on = self.cleaned_data.get("on")
        return {"what": self.cleaned_data["what"], **({"on": on.isoformat()} if on else {})}
