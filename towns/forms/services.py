"""Shape of the matrix of public-service functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from towns.constants import (
    FUNCTION_STATE_CHOICES,
    SERVICE_FUNCTIONS,
)


class FunctionRow:
    """One line of the matrix: the function, its state, the platform that carries it."""

    def __init__(self, form: FunctionsForm, key: str, name: str) -> None:
        self.name = name
        self.state = form[f"state_{key}"]
        self.platform = form[f"platform_{key}"]


class FunctionsForm(forms.Form):
    """The eight public-service functions: 有, 在建 or 无, and the platform's name."""

    def __init__(self, *args: Any, present: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, name in SERVICE_FUNCTIONS:
            state, platform = present.get(key, ("", ""))
            self.fields[f"state_{key}"] = forms.ChoiceField(
                label=name,
                choices=FUNCTION_STATE_CHOICES,
                widget=forms.RadioSelect,
                initial=state or None,
                error_messages={"required": "请选择有、在建或无。"},
            )
            self.fields[f"platform_{key}"] = forms.CharField(
                label=f"{name}的平台名称", max_length=120, required=False, initial=platform
            )
        self.rows = [FunctionRow(self, key, name) for key, name in SERVICE_FUNCTIONS]

    def states(self) -> dict[str, str]:
        """Function -> state."""
        return {key: self.cleaned_data[f"state_{key}"] for key, _ in SERVICE_FUNCTIONS}

    def platforms(self) -> dict[str, str]:
        """Function -> name of its platform."""
        return {key: self.cleaned_data[f"platform_{key}"] for key, _ in SERVICE_FUNCTIONS}
