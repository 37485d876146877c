"""Shape of what is typed about an honour, a platform."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile

from portal.core import clock
from portal.core.constants import UNSTATED
from portal.core.files import ACCEPTED, ACCEPTED_TEXT, check_upload
from towns.actions.honours import HonourFacts
from towns.actions.services import PlatformFacts
from towns.constants import PLATFORM_KIND_CHOICES, SERVICE_FUNCTIONS
from towns.honours import (
    HONOUR_GROUP_CHOICES,
    HONOUR_KINDS,
    HONOUR_LEVEL_CHOICES,
    HONOUR_PART_CHOICES,
    REVOKED_CHOICES,
    STANDARD,
)
from towns.models import Honour, Platform

ITSELF = "town"
KIND_CHOICES = [
    (label, [(row.key, row.label) for row in HONOUR_KINDS.values() if row.group == group])
    for group, label in HONOUR_GROUP_CHOICES
]


class HonourForm(forms.Form):
    """An honour, standard or brand; ``holder`` is asked when it is entered only."""

    holder = forms.ChoiceField(
        label="获得者",
        help_text="区域品牌、地理标志等属于专业镇本身的，选专业镇。",
        error_messages={"required": "请选择获得者。"},
    )
    kind = forms.ChoiceField(
        label="种类",
        choices=[("", "请选择"), *KIND_CHOICES],
        help_text="“三晋老字号”与“山西老字号”是同一种。",
        error_messages={"required": "请选择荣誉种类。"},
    )
    level = forms.ChoiceField(
        label="级别",
        required=False,
        choices=[("", "由种类决定"), *HONOUR_LEVEL_CHOICES],
        help_text="企业技术中心等分级的种类必须选；中华老字号、国家标准等本身已说明级别的不用选。",
    )
    part = forms.ChoiceField(
        label="在标准中的作用",
        required=False,
        choices=[("", "不是标准"), *HONOUR_PART_CHOICES],
        help_text="种类为标准的必须选。",
    )
    title = forms.CharField(
        label="名称",
        required=False,
        max_length=160,
        help_text="品牌、标准、地理标志等必须填，例如“应州绿”。",
    )
    number = forms.CharField(
        label="证书或标准编号",
        required=False,
        max_length=80,
        help_text="标准必须填，例如 GB/T 10781.2。",
    )
    issuer = forms.CharField(label="颁发机关", required=False, max_length=120)
    awarded_on = forms.DateField(
        label="获得日期",
        required=False,
        widget=forms.DateInput,
        help_text="是否首次获得按这个日期计算。例如 2023-01-04。",
    )
    valid_to = forms.DateField(
        label="有效期至", required=False, widget=forms.DateInput, help_text="长期有效则留空。"
    )
    certificate = forms.FileField(
        label="证书",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(f".{row}" for row in ACCEPTED)}),
        help_text=f"证书或批文的扫描件，{ACCEPTED_TEXT}。",
    )

    def __init__(
        self, *args: Any, holders: Iterable[tuple[str, str]] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        for name in ("level", "part", "title", "number"):  # asked by some kinds: not "optional"
            self.fields[name].needed_later = True  # type: ignore[attr-defined]
        kind = HONOUR_KINDS.get((kwargs.get("initial") or {}).get("kind", ""))
        if kind is not None and kind.group == STANDARD:
            self.fields["part"].choices = [("", UNSTATED), *HONOUR_PART_CHOICES]  # type: ignore[attr-defined]
        if holders is None:
            del self.fields["holder"]
        else:
            self.fields["holder"].choices = [("", "请选择"), *holders]  # type: ignore[attr-defined]

    def clean_certificate(self) -> UploadedFile | None:
        """The file is judged by its content before anything is saved."""
        upload: UploadedFile | None = self.cleaned_data.get("certificate")
        if upload is not None:
            check_upload(upload)
        return upload

    def facts(self) -> HonourFacts:
        """What was typed, for the action."""
        given = self.cleaned_data
        names = HonourFacts.__dataclass_fields__
        return HonourFacts(**{name: given[name] for name in names})

    @staticmethod
    def initial_of(honour: Honour) -> dict[str, Any]:
        """What the form starts with when an honour is amended."""
        return {name: getattr(honour, name) for name in HonourFacts.__dataclass_fields__}


class RevokeForm(forms.Form):
    """When and why an honour ends."""

    kind = forms.ChoiceField(
        label="撤销类别",
        choices=REVOKED_CHOICES,
        widget=forms.RadioSelect,
        help_text="被撤销的，撤销日期以前照常计入，以后再次获得的记为“再次”；登记有误的，自始不计入。",
        error_messages={"required": "请选择是被撤销，还是登记有误。"},
    )
    on = forms.DateField(
        label="撤销日期",
        widget=forms.DateInput,
        initial=clock.today,
        error_messages={"required": "请填写撤销日期。"},
    )
    reason = forms.CharField(
        label="撤销事由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“复核未通过”“登记有误，编号属于另一企业”。",
        error_messages={"required": "请写明撤销事由。"},
    )


class PlatformForm(forms.Form):
    """A public-service platform: one of the twelve kinds."""

    kind = forms.ChoiceField(
        label="平台类型",
        choices=[("", "请选择"), *PLATFORM_KIND_CHOICES],
        help_text="晋政办发〔2022〕81号（五）所列的十二类。",
        error_messages={"required": "请选择平台类型。"},
    )
    name = forms.CharField(
        label="平台名称", max_length=120, error_messages={"required": "请填写平台名称。"}
    )
    operator = forms.CharField(label="运营单位", max_length=120, required=False)
    state = forms.ChoiceField(
        label="状态",
        choices=[("present", "已建成"), ("building", "在建")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择已建成或在建。"},
    )
    functions = forms.MultipleChoiceField(
        label="承担的公共服务功能",
        required=False,
        choices=SERVICE_FUNCTIONS,
        widget=forms.CheckboxSelectMultiple,
    )
    since = forms.DateField(
        label="建成日期",
        required=False,
        widget=forms.DateInput,
        help_text="已建成的必须填，例如 2023-01-04；从这一天起计入。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].needed_later = True  # type: ignore[attr-defined]

    def facts(self) -> PlatformFacts:
        """What was typed, for the action."""
        return PlatformFacts(**self.cleaned_data)

    @staticmethod
    def initial_of(platform: Platform) -> dict[str, Any]:
        """What the form starts with when a platform is amended."""
        return {name: getattr(platform, name) for name in PlatformFacts.__dataclass_fields__}


class EndPlatformForm(forms.Form):
    """As of when a platform no longer serves."""

    on = forms.DateField(
        label="停用日期",
        widget=forms.DateInput,
        initial=clock.today,
        error_messages={"required": "请填写停用日期。"},
    )
