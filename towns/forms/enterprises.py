"""Shape of what is typed about an enterprise."""

from __future__ import annotations

from django import forms

from towns.constants import (
    ENTITY_CHOICES,
    ROLE_CHOICES,
)


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
        help_text="龙头：实力较强、行业知名；骨干、配套：上下游关联企业，含家庭农场、专业合作社。",
        error_messages={"required": "请选择企业角色。"},
    )
    main_products = forms.CharField(label="主要产品", max_length=200, required=False)
    since = forms.DateField(
        label="加入日期",
        required=False,
        widget=forms.DateInput,
        help_text="例如 2023-01-04。",
    )
