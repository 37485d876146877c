"""Shape of giving sections to a contact, and of beginning to enter on behalf of a unit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from django import forms

from portal.core.models import Post
from towns.models import Town


class ContactForm(forms.Form):
    """Which contact fills which sections, and until when."""

    post = forms.TypedChoiceField(
        label="填报联系人",
        coerce=int,
        error_messages={"required": "请选择填报联系人。", "invalid_choice": "请重新选择联系人。"},
    )
    sections = forms.MultipleChoiceField(
        label="可以填写的部分",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请至少选择一个部分。"},
        help_text="联系人只看到选中的部分，不能送提交人，也不能提交。",
    )
    until = forms.DateField(
        label="截止日期",
        required=False,
        widget=forms.DateInput,
        help_text="到期自动失效；不填的，到申报送提交人为止可以填写。",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        posts: Iterable[Post],
        sections: Mapping[str, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        people = [
            (post.pk, f"{post.office.name} {post.title or post.get_kind_display()}")
            for post in posts
        ]
        for name, rows in (("post", people), ("sections", list(sections.items()))):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = rows


class OnBehalfForm(forms.Form):
    """The town whose paper application is entered, and why the unit does not enter it itself."""

    town = forms.TypedChoiceField(
        label="专业镇",
        coerce=int,
        error_messages={"required": "请选择专业镇。", "invalid_choice": "请重新选择专业镇。"},
    )
    reason = forms.CharField(
        label="代录原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明代为录入的原因，例如“填报单位没有接入专网”。"},
        help_text="例如“填报单位没有接入专网，按盖章纸质材料录入”。原因记入台账，各级都能看到。",
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        towns: Iterable[Town],
        trial: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        field = self.fields["town"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "请选择"), *_choices(towns, grouped=trial)]
        if trial:
            del self.fields["reason"]


def _choices(towns: Iterable[Town], *, grouped: bool) -> list[tuple[Any, Any]]:
    """The towns by name; of several counties under the name of each county."""
    if not grouped:
        return [(town.pk, town.name) for town in towns]
    return [
        (county, [(town.pk, town.name) for town in rows])
        for county, rows in groupby(towns, key=lambda town: town.county.name)
    ]


class GiveUpForm(forms.Form):
    """Why an office gives up what it entered."""

    reason = forms.CharField(
        label="撤销原因",
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如“改由填报单位自行填报”。撤销原因会记入台账。",
    )
