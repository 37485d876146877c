"""Shape of what is typed in an application."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings

from criteria.assessment import Finding
from criteria.sentences import NO_LINES, IndicatorLine, relaxation_sentence
from portal.core.files import ACCEPTED_TEXT
from portal.core.forms import ManyFilesField


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


def relaxation_words(finding: Finding, lines: Mapping[str, IndicatorLine]) -> str:
    """What the document asks of who wants a condition relaxed, in its own words."""
    relaxation = finding.spec.relaxation
    return "" if relaxation is None else relaxation_sentence(relaxation, finding.spec, lines)


class CriterionForm(forms.Form):
    """One criterion: the statement, requests to relax, more files."""

    text = forms.CharField(
        required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 10})
    )
    file = ManyFilesField(label="佐证材料", required=False)
    title = forms.CharField(
        label="材料名称",
        max_length=120,
        required=False,
        help_text="只传一份时可以填写；不填则用文件名。",
    )

    def __init__(
        self,
        *args: Any,
        nature: str,
        ask: str,
        relaxable: Iterable[Finding],
        reasons: Mapping[str, str],
        lines: Mapping[str, IndicatorLine] = NO_LINES,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        only_figures = nature == "figures"
        self.fields["text"].label = "补充说明" if only_figures else "情况说明"
        self.fields["text"].help_text = ask
        self.fields["text"].needed_later = not only_figures  # type: ignore[attr-defined]
        limit = settings.PORTAL_UPLOAD_MAX_BYTES // 1024 // 1024
        self.fields["file"].help_text = (
            f"{ACCEPTED_TEXT}，每份不超过 {limit} MB，"
            f"一次最多 {settings.PORTAL_UPLOAD_MAX_FILES} 份。"
        )
        self.conditions = [finding.condition for finding in relaxable]
        for finding in relaxable:
            self.fields[f"relax_{finding.condition}"] = forms.CharField(
                label=f"申请放宽“{finding.indicator_name}”的理由",
                required=False,
                max_length=4_000,
                initial=reasons.get(finding.condition, ""),
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=f"{relaxation_words(finding, lines)}不申请放宽则留空。",
            )

    @property
    def relaxation_fields(self) -> list[forms.BoundField]:
        """The fields that ask for a relaxation."""
        return [self[f"relax_{condition}"] for condition in self.conditions]

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
