"""Shape of what is sent with the stamped request (申报请示)."""

from __future__ import annotations

from typing import Any

from django import forms


class RequestForm(forms.Form):
    """The number and the scan of the government's request; the action says what is wrong."""

    number = forms.CharField(
        label="请示文号",
        required=False,
        help_text="与请示首页所载文号一致，如“蒲政请〔2026〕12号”。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    file = forms.FileField(
        label="请示扫描件",
        required=False,
        help_text="加盖公章后的扫描件或照片，PDF 或图片（JPG、PNG、TIFF），一份文件。",
    )

    def __init__(self, *args: Any, uploads: str, present: bool, **kwargs: Any) -> None:
        """``uploads``: where pieces are sent before the form; ``present``: a scan is there."""
        super().__init__(*args, **kwargs)
        self.fields["number"].needed_later = True  # type: ignore[attr-defined]
        self.fields["file"].needed_later = not present  # type: ignore[attr-defined]
        self.fields["file"].widget.attrs["data-uploads"] = uploads
        if present:
            self.fields["file"].label = "更换扫描件"
