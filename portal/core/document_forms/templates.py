"""The form of a template's wording. Shape only."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.core.actions.documents.templates import Wording
from portal.core.document_forms.composing import LONGEST_BODY, WordsField, line
from portal.core.documents.kinds import Texts


class TemplateForm(forms.Form):
    """The texts of a version, with placeholders, and what was changed."""

    title = WordsField(
        label="标题",
        rows=2,
        max_length=200,
        help_text="换行由系统按词意安排；必须在某处换行的，按回车。",
    )
    addressees = line("主送机关", 400)
    body = WordsField(
        label="正文",
        rows=14,
        max_length=LONGEST_BODY,
        help_text="每行一段，“一、”“（一）”“1.”“（1）”开头的自动按层级排版。",
    )
    copy_to = line("抄送", 400)
    note = line("附注", 60, hint="例如：（此件公开发布）")
    remark = line("修改说明", 200, hint="改了什么、依据什么，供以后查阅。")

    def wording(self) -> Wording:
        """What was typed."""
        cleaned: dict[str, Any] = self.cleaned_data
        return Wording(Texts(**{name: cleaned[name] for name in Texts._fields}), cleaned["remark"])


class RevisionForm(forms.Form):
    """The text that was looked at when something was decided about it."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
