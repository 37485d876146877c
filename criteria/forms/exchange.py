"""Shapes of what is asked when a set is read from a file; no rules."""

from __future__ import annotations

from django import forms

from criteria.exchange import MAX_BYTES


class SetFileForm(forms.Form):
    """The file to read."""

    file = forms.FileField(
        label="标准文件（JSON）",
        widget=forms.FileInput(attrs={"accept": ".json,application/json"}),
        help_text=(
            f"本平台导出的标准文件，不超过 {MAX_BYTES // 1000:,} KB。"
            "先核对，不写入；看过核对结果再确认。"
        ),
        error_messages={
            "required": "请选择要导入的标准文件。",
            "empty": "文件是空的，请重新选择。",
        },
    )


class ConfirmFileForm(forms.Form):
    """The file that was looked at, sealed for this post."""

    sealed = forms.CharField(widget=forms.HiddenInput)
