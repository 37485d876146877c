"""Shape of what is typed about certifications; the rules are the actions'."""

from __future__ import annotations

from django import forms

from portal.core.files import ACCEPTED, ACCEPTED_TEXT


class SourceForm(forms.Form):
    """The scan of a document that named a town."""

    file = forms.FileField(
        label="认定文件",
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(f".{row}" for row in ACCEPTED)}),
        help_text=f"红头文件的扫描件，{ACCEPTED_TEXT}。",
        error_messages={"required": "请选择文件。"},
    )
