"""Shapes of what a round's office sets beside its terms: places, evidence, extensions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from portal.core.models import Region
from reviews.forms.rounds import clock_field
from towns.actions.quotas import MOST
from towns.models import EvidenceSlot, Town
from towns.models.rounds import LAST_SECOND
from towns.round_queries import Asked, Places


class QuotaForm(forms.Form):
    """A number for each region; one number for all that have none."""

    every = forms.IntegerField(
        label="各地相同的名额",
        min_value=0,
        max_value=MOST,
        required=False,
        help_text="填写后，下表中没有填数的地区都用这个数；都不填的地区为“未载明”。",
    )

    def __init__(self, *args: Any, regions: Iterable[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.regions = list(regions)
        for region in self.regions:
            self.fields[f"places_{region.pk}"] = forms.IntegerField(
                label=region.name, min_value=0, max_value=MOST, required=False
            )
        for field in self.fields.values():
            field.unit = "个"  # type: ignore[attr-defined]

    def rows(self, places: Iterable[Places]) -> list[tuple[Places, forms.BoundField | None]]:
        """The table of places, with the field of each region that is set here."""
        names = {row.pk: f"places_{row.pk}" for row in self.regions}
        return [
            (row, self[names[row.region.pk]] if row.region.pk in names else None) for row in places
        ]

    def places(self) -> dict[int, int | None]:
        """The number of every region by its key."""
        every = self.cleaned_data["every"]
        given = {row.pk: self.cleaned_data[f"places_{row.pk}"] for row in self.regions}
        return {pk: every if number is None else number for pk, number in given.items()}


class SlotForm(forms.Form):
    """One kind of evidence under a criterion."""

    criterion = forms.ChoiceField(
        label="认定标准条目", help_text="这项材料用来证明认定标准的哪一条。"
    )
    title = forms.CharField(
        label="材料名称", max_length=120, help_text="例如：龙头企业营业执照复印件。"
    )
    asked = forms.CharField(
        label="要求",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="要看到什么、由谁出具、是否盖章。",
    )
    period = forms.CharField(
        label="材料时间", max_length=80, required=False, help_text="例如：2025年度，或近三年。"
    )
    pages_max = forms.IntegerField(
        label="页数上限", min_value=1, max_value=2000, required=False, help_text="不填为不限。"
    )
    required = forms.BooleanField(
        label="必须提供",
        required=False,
        help_text="勾选后，没有这项材料的申报不能送提交人。",
    )

    def __init__(self, *args: Any, asked: Sequence[Asked], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (row.criterion.key, f"{row.criterion.clause} {row.criterion.title}") for row in asked
        ]
        self.fields["criterion"].choices = choices  # type: ignore[attr-defined]
        self.fields["pages_max"].unit = "页"  # type: ignore[attr-defined]


def initial_of_slot(slot: EvidenceSlot) -> dict[str, Any]:
    """What the form of a row is opened with."""
    names = ("criterion", "title", "asked", "period", "pages_max", "required")
    return {name: getattr(slot, name) for name in names}


class CopySlotsForm(forms.Form):
    """Which round's list is taken over."""

    source = forms.ChoiceField(label="从哪个批次复制")

    def __init__(self, *args: Any, rounds: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            (str(pk), title) for pk, title in rounds
        ]


class ExtensionForm(forms.Form):
    """A later end for one town."""

    town = forms.ChoiceField(label="专业镇", help_text="已经开始申报的、还没有开始的都可以延期。")
    until_on = forms.DateField(label="延期至（日期）", widget=forms.DateInput)
    until_time = clock_field("延期至（时刻）", "不填为当天 23:59:59。")
    reason = forms.CharField(
        label="延期事由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：汛期断网，统计数据未能按时核定。填报单位看得到。",
    )
    approver = forms.CharField(
        label="批准人", max_length=60, help_text="批准延期的领导姓名、职务。"
    )

    def __init__(self, *args: Any, towns: Iterable[Town], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(row.pk), f"{row.county.name} {row.name}") for row in towns]
        self.fields["town"].choices = [("", "请选择"), *choices]  # type: ignore[attr-defined]

    def until(self) -> datetime:
        """The moment that was given."""
        clocks = self.cleaned_data["until_time"] or LAST_SECOND
        return timezone.make_aware(datetime.combine(self.cleaned_data["until_on"], clocks))


class ReasonForm(forms.Form):
    """Why an extension is revoked."""

    reason = forms.CharField(
        label="撤销原因", max_length=200, widget=forms.Textarea(attrs={"rows": 3})
    )
