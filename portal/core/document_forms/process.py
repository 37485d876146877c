"""Forms of drafting, checking, cosigning and issuing documents. Shape only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

from portal.core.constants import DOCUMENT_RELATION_CHOICES

PLACE = "顺序请填 1 至 99 的整数；不填的按所在行的先后。"


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


class SeenForm(forms.Form):
    """An act on a text: the form carries the revision that was read."""

    revision = forms.IntegerField(
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": "请重新打开公文核对后再办理。"},
    )

    @property
    def seen(self) -> int | None:
        """The revision that was read; None where the form did not say."""
        found: int | None = self.cleaned_data["revision"]
        return found


class OrganForm(forms.Form):
    """One organ asked to sign jointly: a line of the list; an empty line says nothing."""

    name = forms.CharField(
        label="会签机关",
        max_length=120,
        required=False,
        error_messages={"max_length": "会签机关名称请用规范简称，不超过 120 个字。"},
    )
    joint = forms.BooleanField(label="联合发文", required=False)
    place = forms.IntegerField(
        label="顺序",
        required=False,
        validators=[MinValueValidator(1, PLACE), MaxValueValidator(99, PLACE)],
        error_messages={"invalid": PLACE},
    )


OrganFormSet = forms.formset_factory(OrganForm, extra=0, max_num=40)


class SendForm(SeenForm):
    """What the drafter says to the checker."""

    opinion = forms.CharField(
        label="拟稿说明",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="拟稿的依据、需要核稿人注意的地方，记入发文稿纸。",
    )


DECISIONS = [("agree", "同意"), ("return", "退回修改")]


class DecisionForm(SeenForm):
    """Agree, or return with the reason."""

    decision = forms.ChoiceField(
        label="办理意见",
        choices=DECISIONS,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择同意，或者退回修改。"},
    )
    opinion = forms.CharField(
        label="具体意见",
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="退回修改的须写明理由；意见记入发文稿纸。",
    )


class ReturnForm(SeenForm):
    """The reason for which the signer returns a document."""

    opinion = forms.CharField(
        label="退回理由",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "退回修改请写明理由。"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(data, auto_id="return_%s", **kwargs)


class IssueForm(SeenForm):
    """The date of the document, its number where the office's register gives it, and the assent."""

    issued_on = forms.DateField(label="成文日期", widget=forms.DateInput)
    number = forms.CharField(
        label="发文字号",
        max_length=60,
        required=False,
        help_text="按本单位发文登记簿填写，例如“晋专镇办发〔2026〕12号”；同一字号只能使用一次。",
    )
    opinion = forms.CharField(label="签发意见", max_length=400, required=False)
    confirmed = forms.BooleanField(
        label="我已核对标题、正文和附件，确认印发。",
        error_messages={"required": "请核对后勾选确认。"},
    )

    def __init__(self, *args: Any, registered: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if registered:
            self.fields["number"].required = True
            self.fields["number"].error_messages["required"] = "请填写本单位发文登记簿上的字号。"
        else:
            del self.fields["number"]


class ActOnForm(forms.Form):
    """What the new document does to the earlier one, and why."""

    relation = forms.ChoiceField(
        label="办理方式",
        choices=DOCUMENT_RELATION_CHOICES,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择更正、替代或者撤销。"},
    )
    reason = forms.CharField(
        label="原因",
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写入新公文正文，例如“附件第3行县名有误”。",
        error_messages={"required": "请写明原因，公文中将据此表述。"},
    )


class DeliverForm(forms.Form):
    """Offices that receive a document: by their keys, or all of a city by one tick."""

    offices = forms.MultipleChoiceField(label="收文单位", required=False)
    cities = forms.MultipleChoiceField(label="按市选择", required=False)
    q = forms.CharField(label="查找单位", max_length=60, required=False)

    def __init__(
        self, *args: Any, offices: Iterable[int] = (), cities: Iterable[str] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offices"].choices = [(str(pk), str(pk)) for pk in offices]  # type: ignore[attr-defined]
        self.fields["cities"].choices = [(code, code) for code in cities]  # type: ignore[attr-defined]
