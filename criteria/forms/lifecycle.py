"""Shapes of what is asked when a set is copied, proposed, confirmed, returned or withdrawn."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.core import clock

LONG = forms.Textarea(attrs={"rows": 4})


class RevisionForm(forms.Form):
    """Names the revision of the draft that the page was opened with."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class CopyForm(forms.Form):
    """The name of the copy."""

    title = forms.CharField(
        label="新草稿的名称",
        max_length=120,
        help_text="以后可以在编制页面修改。",
    )


class ProposeForm(RevisionForm):
    """What the second person should know."""

    note = forms.CharField(
        label="提请说明",
        max_length=400,
        required=False,
        widget=LONG,
        help_text="写给确认人，例如依据、与上一版的主要不同。确认发布后长期保存。",
    )


class PublishForm(RevisionForm):
    """The second person has compared the set with the document."""

    compared = forms.BooleanField(
        label="我已对照文件原文核对各条的原文、条件、适用类别和施行日期",
    )


class ReturnForm(RevisionForm):
    """Why a proposal goes back."""

    reason = forms.CharField(
        label="退回修改意见",
        max_length=400,
        widget=LONG,
        help_text="写明哪一条、哪里需要修改。",
    )


class WithdrawForm(forms.Form):
    """From when a version is used for no new round, and why."""

    on = forms.DateField(
        label="撤回日期", help_text="从这一天起，新批次不能再用本版。可以填以后的日期。"
    )
    reason = forms.CharField(
        label="撤回原因和依据",
        max_length=400,
        widget=LONG,
        help_text="例如废止文件的名称和文号。公开显示，长期保存。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = clock.today()
