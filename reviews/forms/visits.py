"""Shapes of the forms of on-site visits; no rules."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from criteria.specs import CriterionSpec
from portal.core.forms import ManyFilesField, ManyFilesInput
from reviews.actions.visits import Found, Terms
from reviews.models.visits import FINDING_CHOICES

# The id of the form of the record on its page.
RECORD = "record"
DAY = {"required": "请填写核查日期。", "invalid": "日期格式如 2026-05-20。"}


class VisitForm(forms.Form):
    """When, where, who."""

    held_on = forms.DateField(
        label="核查日期", widget=forms.DateInput(attrs={"type": "date"}), error_messages=DAY
    )
    place = forms.CharField(
        label="核查地点", max_length=160, error_messages={"required": "请填写核查地点。"}
    )
    people = forms.CharField(
        label="核查人员",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="姓名和单位，每行一人。",
        error_messages={"required": "请填写核查人员。"},
    )
    met = forms.CharField(
        label="现场陪同人员",
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    @property
    def terms(self) -> Terms:
        """What was entered, of a valid form."""
        data = self.cleaned_data
        return Terms(data["held_on"], data["place"], data["people"], data["met"])


class VisitRecordForm(VisitForm):
    """The same with what was found, criterion by criterion; ``seen``: the record it began with."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    summary = forms.CharField(
        label="核查情况",
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="登记完成时必填。",
    )

    def __init__(
        self,
        data: Any = None,
        *,
        criteria: Iterable[CriterionSpec],
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.criteria = list(criteria)
        for row in self.criteria:
            self.fields[f"finding_{row.key}"] = forms.ChoiceField(
                label="核查结论",
                required=False,
                choices=[("", "未核查"), *FINDING_CHOICES],
            )
            self.fields[f"text_{row.key}"] = forms.CharField(
                label="情况",
                required=False,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 2}),
            )

    @property
    def fieldsets(self) -> list[tuple[str, list[str]]]:
        """The visit, then a group for each criterion, then the whole."""
        return [
            ("核查安排", ["held_on", "place", "people", "met"]),
            *(
                (f"{row.clause}　{row.title}", [f"finding_{row.key}", f"text_{row.key}"])
                for row in self.criteria
            ),
            ("总体情况", ["summary"]),
        ]

    @property
    def findings(self) -> dict[str, Found]:
        """What was entered under each criterion, of a valid form."""
        data = self.cleaned_data
        return {
            row.key: Found(data[f"finding_{row.key}"], data[f"text_{row.key}"])
            for row in self.criteria
        }


class PhotosForm(forms.Form):
    """Photographs, under a criterion or of the whole."""

    photos = ManyFilesField(
        label="照片",
        widget=ManyFilesInput(attrs={"accept": "image/jpeg,image/png"}),
        help_text="JPG 或 PNG，可一次选多张；手机上可直接拍照。"
        "原件存档，页面上显示的是另外生成的图片。",
        error_messages={"required": "请选择照片。"},
    )
    criterion = forms.ChoiceField(label="对应条款", required=False)
    caption = forms.CharField(label="说明", required=False, max_length=120)

    def __init__(self, *given: Any, criteria: Iterable[CriterionSpec], **more: Any) -> None:
        super().__init__(*given, **more)
        field = self.fields["criterion"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            ("", "总体"),
            *((row.key, f"{row.clause} {row.title}") for row in criteria),
        ]
        # Sent with the record, so that what was typed there comes along.
        for row in self.fields.values():
            row.widget.attrs["form"] = RECORD


class CancelVisitForm(forms.Form):
    """Why a visit is called off."""

    reason = forms.CharField(
        label="取消原因", max_length=200, error_messages={"required": "请填写取消的原因。"}
    )
