"""Shape of what is typed in an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator

from criteria.assessment import Finding
from criteria.sentences import NO_LINES, IndicatorLine, relaxation_sentence
from towns.constants import PHONE, PHONE_WRONG

LONGEST_TEXT, LONGEST_REASON = 20_000, 4_000


class OverviewForm(forms.Form):
    """Contact and overview of an application; everything may stay empty until it is handed over."""

    contact = forms.CharField(label="联系人", max_length=60, required=False)
    contact_phone = forms.CharField(
        label="联系电话",
        max_length=30,
        required=False,
        validators=[RegexValidator(f"^{PHONE}$", PHONE_WRONG)],
        help_text="工作时间能够接通的电话。",
    )
    summary = forms.CharField(
        label="申报概述",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text="说明专业镇的基本情况、主导产业特色、培育基础和发展目标。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.needed_later = True  # type: ignore[attr-defined]


class IndustryForm(forms.Form):
    """What there is to say about the leading industry and its products."""

    industry_text = forms.CharField(
        label="主导产业和主导产品情况",
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text="写明主导产业的规模、链条和特色，主导产品的种类、产量和市场。",
    )


def relaxation_words(finding: Finding, lines: Mapping[str, IndicatorLine]) -> str:
    """What the document asks of who wants a condition relaxed, in its own words."""
    relaxation = finding.spec.relaxation
    return "" if relaxation is None else relaxation_sentence(relaxation, finding.spec, lines)


class CriterionForm(forms.Form):
    """One criterion: the statement and requests to relax."""

    text = forms.CharField(
        required=False, max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 10})
    )

    def __init__(
        self,
        *args: Any,
        nature: str,
        ask: str,
        relaxable: Iterable[Finding],
        lines: Mapping[str, IndicatorLine] = NO_LINES,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        only_figures = nature == "figures"
        self.fields["text"].label = "补充说明" if only_figures else "情况说明"
        self.fields["text"].help_text = ask
        self.fields["text"].needed_later = not only_figures  # type: ignore[attr-defined]
        for finding in relaxable:
            self.fields[f"relax_{finding.condition}"] = forms.CharField(
                label=f"申请放宽“{finding.indicator_name}”的理由",
                required=False,
                max_length=LONGEST_REASON,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=f"{relaxation_words(finding, lines)}不申请放宽则留空。",
            )


class SendBackForm(forms.Form):
    """Why the submitter gives the application back to the filer."""

    reason = forms.CharField(
        label="退回原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明需要修改的内容，填报人会在申报页看到。",
        error_messages={"required": "请写明退回原因。"},
    )
