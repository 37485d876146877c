"""Shapes of the forms of accounts; no rules."""

from __future__ import annotations

from typing import Any

from django import forms

from portal.core.actor import Actor
from portal.core.models import Office, User
from portal.workspace.account_queries import STATES


class AccountFilterForm(forms.Form):
    """What the list of accounts is narrowed to."""

    search = forms.CharField(label="姓名或登录名", max_length=60, required=False)
    office = forms.CharField(label="所属机构", max_length=60, required=False)
    state = forms.ChoiceField(
        label="状态",
        required=False,
        choices=[("", "全部"), *((key, word) for key, (word, _) in STATES.items())],
    )
    post = forms.CharField(required=False, widget=forms.HiddenInput)


class PersonForm(forms.Form):
    """A person's name, home office and telephone."""

    display_name = forms.CharField(label="姓名", max_length=60)
    office = forms.ModelChoiceField(
        label="所属机构",
        queryset=Office.objects.none(),
        help_text="由该机构所在地的系统管理员管理这个账号。",
    )
    phone = forms.CharField(label="联系电话", max_length=30, required=False)

    def __init__(self, *args: Any, actor: Actor, user: User | None = None, **kwargs: Any) -> None:
        if user is not None:
            kwargs["initial"] = {
                "display_name": user.display_name,
                "phone": user.phone,
                "office": user.home_office_id,
            }
        super().__init__(*args, **kwargs)
        field = self.fields["office"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = (
            Office.objects.visible_to(actor).standing().order_by("region__code", "kind", "name")
        )


class AccountForm(PersonForm):
    """A new account. There is no password to type: the person sets it with a slip."""

    username = forms.CharField(
        label="登录名",
        max_length=60,
        help_text="3 至 60 个字母、数字或 . _ -，登记后不能修改。",
    )
    field_order = ("username", "display_name", "office", "phone")


class ReasonForm(forms.Form):
    """Why something is done to an account."""

    reason = forms.CharField(
        label="事由",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="记入台账，例如：调离、退休、手机遗失。",
    )


class WorkbookForm(forms.Form):
    """The workbook to import."""

    workbook = forms.FileField(
        label="工作簿（xlsx）",
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
        help_text="不超过 5 MB、2,000 行。先核对，不写入；看过核对结果再确认导入。",
    )


class ConfirmImportForm(forms.Form):
    """Confirming a rehearsed import."""

    book = forms.CharField(widget=forms.HiddenInput)
    leave_out = forms.BooleanField(label="略过有问题的行，只导入其余各行", required=False)
