"""Forms of drafting, checking, cosigning and issuing documents. Shape only."""

from __future__ import annotations

from django import forms

from portal.core.constants import DOCUMENT_STATE_CHOICES


class DocumentForm(forms.Form):
    """The words of a document."""

    title = forms.CharField(label="标题", max_length=200)
    addressees = forms.CharField(label="主送机关", max_length=400, required=False)
    body = forms.CharField(
        label="正文",
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="每行一段，“一、”“（一）”“1.”“（1）”开头的自动按层级排版。附件自动附在文后。",
    )
    copy_to = forms.CharField(label="抄送", max_length=400, required=False)
    note = forms.CharField(label="附注", max_length=60, required=False)


class IssueForm(forms.Form):
    """The date of the document, and that the signer means it."""

    issued_on = forms.DateField(label="成文日期", widget=forms.DateInput)
    number = forms.CharField(label="发文字号", max_length=60, required=False)
    opinion = forms.CharField(label="签发意见", max_length=400, required=False)
    confirmed = forms.BooleanField(
        label="我已核对标题、正文和附件，确认印发。",
        error_messages={"required": "请核对后勾选确认。"},
    )


class DocumentFilter(forms.Form):
    """Documents narrowed by state."""

    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "全部"), *DOCUMENT_STATE_CHOICES]
    )

    def __init__(self, data: object) -> None:
        super().__init__(data, auto_id="filter_%s")  # type: ignore[arg-type]

    @property
    def state_value(self) -> str:
        """The chosen state; an unknown one narrows nothing and shows its error."""
        return self.cleaned_data.get("state", "") if self.is_valid() else ""
