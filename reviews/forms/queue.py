"""Forms of the queue: what is said to several cases at once, and who has a case in hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms

from reviews.actions.claiming import LONGEST_NOTE
from reviews.forms.cases import LONG_TEXT
from reviews.forms.correcting import term_choices


class BatchAcceptForm(forms.Form):
    """One opinion for all, which may be empty."""

    opinion = forms.CharField(
        label="意见",
        required=False,
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="记入每个办件。",
    )


class HandOverForm(forms.Form):
    """To whom, and what is said to them."""

    post = forms.TypedChoiceField(
        label="承办人",
        coerce=int,
        empty_value=None,
        error_messages={"required": "请选择承办人。"},
    )
    note = forms.CharField(
        label="说明", required=False, max_length=LONGEST_NOTE, help_text="会告知承办人。"
    )
    run = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        posts: Iterable[tuple[int, str]] = (),
        run: int | None = None,
    ) -> None:
        super().__init__(data, initial={"run": run})
        self.fields["post"].choices = [("", "请选择"), *posts]  # type: ignore[attr-defined]


class TakeOverForm(forms.Form):
    """Why a colleague's case is taken over."""

    reason = forms.CharField(
        label="接办原因",
        max_length=LONGEST_NOTE,
        help_text="例如：原承办人请假。会告知原承办人，并记入办理台账。",
        error_messages={"required": "请填写接办原因，例如：原承办人请假。"},
    )
    run = forms.IntegerField(required=False, widget=forms.HiddenInput)


class BatchReturnForm(forms.Form):
    """Which parts of every application are to be corrected, why, and until when."""

    sections = forms.MultipleChoiceField(
        label="需要补正的部分",
        widget=forms.CheckboxSelectMultiple,
        help_text="所选部分的全部内容都可修改；只需改个别内容的，请打开办件逐项退回。",
        error_messages={"required": "请至少选择一个部分。"},
    )
    opinion = forms.CharField(
        label="总的补正意见",
        max_length=LONG_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="会原样告知每个申报单位。",
        error_messages={"required": "请填写总的补正意见。"},
    )
    days = forms.TypedChoiceField(
        label="补正时限",
        required=False,
        coerce=int,
        empty_value=None,
        help_text="文件未载明补正时限，由本办公室确定；从明天起按工作日计算。",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        sections: Iterable[tuple[str, str]] = (),
        ends: Iterable[date] = (),
    ) -> None:
        super().__init__(data)
        self.fields["sections"].choices = list(sections)  # type: ignore[attr-defined]
        self.fields["days"].choices = term_choices(ends)  # type: ignore[attr-defined]
