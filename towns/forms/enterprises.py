"""Shape of what is typed about an enterprise."""

from __future__ import annotations

from django import forms

from towns.constants import (
    ENTITY_CHOICES,
    ROLE_CHOICES,
)

ROLE_HELP = "龙头：实力较强、行业知名；骨干、配套：上下游关联企业，含家庭农场、专业合作社。"


class MemberForm(forms.Form):
    """An enterprise to enter into the list."""

    uscc = forms.CharField(
        label="统一社会信用代码",
        max_length=40,
        help_text="营业执照上的 18 位代码，由数字和大写字母组成。",
        error_messages={"required": "请填写统一社会信用代码。"},
    )
    name = forms.CharField(label="企业名称", max_length=120, help_text="与营业执照一致的全称。")
    entity = forms.ChoiceField(label="主体类型", choices=ENTITY_CHOICES)
    role = forms.ChoiceField(
        label="企业角色",
        choices=ROLE_CHOICES,
        widget=forms.RadioSelect,
        help_text=ROLE_HELP,
        error_messages={"required": "请选择企业角色。"},
    )
    main_products = forms.CharField(label="主要产品", max_length=200, required=False)
    since = forms.DateField(
        label="加入日期",
        required=False,
        widget=forms.DateInput,
        help_text="例如 2023-01-04。",
    )


class RoleForm(forms.Form):
    """Another role, as of a day."""

    role = forms.ChoiceField(
        label="新角色",
        choices=ROLE_CHOICES,
        widget=forms.RadioSelect,
        help_text=ROLE_HELP,
        error_messages={"required": "请选择企业角色。"},
    )
    on = forms.DateField(
        label="变更日期",
        widget=forms.DateInput,
        help_text="从这一天起按新角色计算，例如 2025-07-01。",
        error_messages={"required": "请填写变更日期。"},
    )


class AmendMemberForm(forms.Form):
    """What is registered of an enterprise's part in a town."""

    main_products = forms.CharField(label="主要产品", max_length=200, required=False)
    since = forms.DateField(
        label="加入日期",
        required=False,
        widget=forms.DateInput,
        help_text="例如 2023-01-04；不清楚的可以不填。",
    )


class EndMembershipForm(forms.Form):
    """When and why an enterprise leaves the list."""

    on = forms.DateField(
        label="退出日期",
        widget=forms.DateInput,
        help_text="从这一天起不再计入本专业镇的企业数量。",
        error_messages={"required": "请填写退出日期。"},
    )
    reason = forms.CharField(
        label="退出事由",
        max_length=300,
        help_text="例如：注销、迁出本县、转产。",
        error_messages={"required": "请填写退出事由。"},
    )


class RenameEnterpriseForm(forms.Form):
    """A new name, as of a day, with what it rests on."""

    name = forms.CharField(
        label="新名称",
        max_length=120,
        help_text="与变更后的营业执照一致的全称。",
        error_messages={"required": "请填写新名称。"},
    )
    on = forms.DateField(
        label="更名日期",
        widget=forms.DateInput,
        help_text="营业执照上的变更日期，例如 2025-07-01。",
        error_messages={"required": "请填写更名日期。"},
    )
    source = forms.CharField(
        label="依据",
        max_length=200,
        help_text="例如：市场监管部门变更登记通知书及文号。",
        error_messages={"required": "请填写更名的依据。"},
    )
    was = forms.CharField(widget=forms.HiddenInput, max_length=120)
