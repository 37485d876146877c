"""Shape of what is typed on the pages of the towns app. No rules: those are the actions'."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from criteria.assessment import Finding
from criteria.models import Indicator
from portal.core.files import ACCEPTED, ACCEPTED_TEXT, check_upload
from portal.core.formatting import MONEY_FACTORS, MONEY_UNITS, to_decimal
from towns.constants import (
    CATEGORY_CHOICES,
    ENTITY_CHOICES,
    FUNCTION_STATE_CHOICES,
    ROLE_CHOICES,
    SERVICE_FUNCTIONS,
    STAGE_CHOICES,
)

LARGEST = Decimal(10) ** 16  # what the column holds: 16 digits before the point
ACCEPT = ",".join(f".{extension}" for extension in ACCEPTED)
UNIT_CHOICES = [(unit, unit) for unit, _ in MONEY_UNITS]


class TownFilterForm(forms.Form):
    """Conditions above the list of towns."""

    post = forms.CharField(widget=forms.HiddenInput, required=False)
    q = forms.CharField(label="名称", max_length=60, required=False)
    category = forms.ChoiceField(
        label="类别", choices=[("", "全部"), *CATEGORY_CHOICES], required=False
    )
    stage = forms.ChoiceField(
        label="培育阶段", choices=[("", "全部"), *STAGE_CHOICES], required=False
    )
    region = forms.ChoiceField(label="行政区划", required=False)

    def __init__(self, *args: Any, regions: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = list(regions)
        self.fields["region"].choices = [("", "全部"), *found]  # type: ignore[attr-defined]
        if not found:
            del self.fields["region"]


class FigureField(forms.CharField):
    """A number as people type it: full-width digits and thousands separators are understood."""

    widget = forms.NumberInput
    unit = ""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=40, strip=True, **kwargs)

    def clean(self, value: Any) -> Decimal | None:
        """The number, or None when nothing was typed."""
        typed = unicodedata.normalize("NFKC", super().clean(value)).replace(" ", "")
        if not typed:
            return None
        amount = to_decimal(typed)
        if amount is None:
            raise ValidationError("请填写数字，例如 1234.5。单位在右侧选择。")
        return amount


def suitable_unit(value: Decimal | None) -> str:
    """The largest unit that writes an amount with at most four decimals."""
    if value:
        for unit, factor in reversed(MONEY_UNITS):
            if value >= factor and not (value / factor * 10_000) % 1:
                return unit
        return "元"
    return "万元"


class FigureRow:
    """One line of the figures' form: the indicator, its fields, last year's value."""

    def __init__(
        self, form: FiguresForm, indicator: Indicator, value: Decimal | None, last: Decimal | None
    ) -> None:
        self.indicator, self.value, self.last = indicator, value, last
        self.field = form[indicator.key]
        unit = f"{indicator.key}_unit"
        self.unit = form[unit] if unit in form.fields else None


class FiguresForm(forms.Form):
    """One year of a town: every reported indicator, money in a unit that is chosen."""

    def __init__(
        self,
        *args: Any,
        catalogue: Iterable[Indicator],
        values: Mapping[str, Decimal],
        last: Mapping[str, Decimal],
        source: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.catalogue = list(catalogue)
        for row in self.catalogue:
            value = values.get(row.key)
            field = FigureField(label=row.name)
            self.fields[row.key] = field
            if row.type == "money":
                unit = suitable_unit(value or last.get(row.key))
                self.fields[f"{row.key}_unit"] = forms.ChoiceField(
                    label=f"{row.name}的单位",
                    choices=UNIT_CHOICES,
                    initial=unit,
                    error_messages={"required": "请选择单位。"},
                )
                field.initial = None if value is None else value / MONEY_FACTORS[unit]
            else:
                field.initial = value
                field.unit = row.unit
        self.fields["source"] = forms.CharField(
            label="数据来源",
            max_length=120,
            required=False,
            initial=source,
            help_text="例如：县统计局年报、行业协会测算。市场占有率须注明出处。",
        )
        self.rows = [
            FigureRow(self, row, values.get(row.key), last.get(row.key)) for row in self.catalogue
        ]

    def clean(self) -> dict[str, Any]:
        """Numbers in base units; a digit too many is said, never rounded away in silence."""
        cleaned: dict[str, Any] = super().clean() or {}
        for row in self.catalogue:
            typed = cleaned.get(row.key)
            unit = cleaned.get(f"{row.key}_unit", "元")
            if typed is None or unit not in MONEY_FACTORS:
                continue
            value = typed * MONEY_FACTORS[unit] if row.type == "money" else typed
            if value >= LARGEST:
                self.add_error(row.key, "数值过大，请核对数值和单位。")
            elif value != value.quantize(Decimal(1).scaleb(-row.decimals)):
                self.add_error(row.key, self._too_fine(row))
            cleaned[row.key] = value
        return cleaned

    @staticmethod
    def _too_fine(row: Indicator) -> str:
        if row.type == "money":
            return "金额最多精确到分，请核对小数位数和单位。"
        if row.decimals == 0:
            return f"请填写整数（{row.unit}）。"
        return f"最多保留 {row.decimals} 位小数。"

    def values(self) -> dict[str, Decimal | None]:
        """Indicator key -> value in base units."""
        return {row.key: self.cleaned_data.get(row.key) for row in self.catalogue}


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


class FunctionRow:
    """One line of the matrix: the function, its state, the platform that carries it."""

    def __init__(self, form: FunctionsForm, key: str, name: str) -> None:
        self.name = name
        self.state = form[f"state_{key}"]
        self.platform = form[f"platform_{key}"]


class FunctionsForm(forms.Form):
    """The eight public-service functions: 有, 在建 or 无, and the platform's name."""

    def __init__(self, *args: Any, present: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, name in SERVICE_FUNCTIONS:
            state, platform = present.get(key, ("", ""))
            self.fields[f"state_{key}"] = forms.ChoiceField(
                label=name,
                choices=FUNCTION_STATE_CHOICES,
                widget=forms.RadioSelect,
                initial=state or None,
                error_messages={"required": "请选择有、在建或无。"},
            )
            self.fields[f"platform_{key}"] = forms.CharField(
                label=f"{name}的平台名称", max_length=120, required=False, initial=platform
            )
        self.rows = [FunctionRow(self, key, name) for key, name in SERVICE_FUNCTIONS]

    def states(self) -> dict[str, str]:
        """Function -> state."""
        return {key: self.cleaned_data[f"state_{key}"] for key, _ in SERVICE_FUNCTIONS}

    def platforms(self) -> dict[str, str]:
        """Function -> name of its platform."""
        return {key: self.cleaned_data[f"platform_{key}"] for key, _ in SERVICE_FUNCTIONS}


class OverviewForm(forms.Form):
    """The overview of an application; everything may stay empty until it is handed over."""

    contact = forms.CharField(label="联系人", max_length=60, required=False)
    contact_phone = forms.CharField(
        label="联系电话", max_length=30, required=False, help_text="工作时间能够接通的电话。"
    )
    summary = forms.CharField(
        label="申报概述",
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="说明专业镇的基本情况、主导产业特色、培育基础和发展目标。可以先保存，以后再补充。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.needed_later = True  # type: ignore[attr-defined]


class CriterionForm(forms.Form):
    """One criterion: the statement, requests to relax, one more file."""

    text = forms.CharField(
        required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 10})
    )
    file = forms.FileField(
        label="佐证材料",
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ACCEPT}),
    )
    title = forms.CharField(
        label="材料名称",
        max_length=120,
        required=False,
        help_text="不填则用文件名。",
    )

    def __init__(
        self,
        *args: Any,
        nature: str,
        ask: str,
        relaxable: Iterable[Finding],
        reasons: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        only_figures = nature == "figures"
        self.fields["text"].label = "补充说明" if only_figures else "情况说明"
        self.fields["text"].help_text = ask
        self.fields["text"].needed_later = not only_figures  # type: ignore[attr-defined]
        limit = settings.PORTAL_UPLOAD_MAX_BYTES // 1024 // 1024
        self.fields["file"].help_text = f"{ACCEPTED_TEXT}，每份不超过 {limit} MB，一次上传一份。"
        self.conditions = [finding.condition for finding in relaxable]
        for finding in relaxable:
            self.fields[f"relax_{finding.condition}"] = forms.CharField(
                label=f"申请放宽“{finding.indicator_name}”的理由",
                required=False,
                max_length=4_000,
                initial=reasons.get(finding.condition, ""),
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text="不申请放宽则留空。是否放宽由审定环节决定。",
            )

    @property
    def relaxation_fields(self) -> list[forms.BoundField]:
        """The fields that ask for a relaxation."""
        return [self[f"relax_{condition}"] for condition in self.conditions]

    def clean_file(self) -> UploadedFile | None:
        """The file is judged by its content before anything is saved."""
        upload: UploadedFile | None = self.cleaned_data.get("file")
        if upload is not None:
            check_upload(upload)
        return upload

    def relaxations(self) -> dict[str, str]:
        """Condition -> reason."""
        return {key: self.cleaned_data[f"relax_{key}"] for key in self.conditions}


class SendBackForm(forms.Form):
    """Why the submitter gives the application back to the filer."""

    reason = forms.CharField(
        label="退回原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明需要修改的内容，填报人会在申报页看到。",
        error_messages={"required": "请写明退回原因。"},
    )
