"""Shape of the confirmation of an import; no rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms


class CommitForm(forms.Form):
    """The tick for rows that ask; ``asks`` is how many there are."""

    checked = forms.BooleanField(required=False)

    def __init__(self, data: Mapping[str, Any] | None = None, *, asks: int) -> None:
        super().__init__(data)
        self.fields["checked"].label = f"已核对 {asks:,} 行与上年相差百倍的数值"
