"""Forms of units, posts and grants of towns: shape of input; the rules are the actions'."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from portal.core.actor import Actor
from portal.core.constants import OFFICE_KIND_CHOICES, POST_KINDS, OfficeKind
from portal.core.models import Office, Post
from portal.core.policies.organisation import may_keep_post
from portal.workspace.office_forms import day_field, reason_field, source_field
from towns.models import Town

SPLIT_INTO = 5
UNIT_KIND_CHOICES = [row for row in OFFICE_KIND_CHOICES if row[0] != "leading_group_office"]

# -------------------------------------------------------------------------------- units and posts


class UnitForm(forms.Form):
    """A new member unit or filing unit."""

    name = forms.CharField(label="单位名称", max_length=120)
    kind = forms.ChoiceField(label="类型", choices=UNIT_KIND_CHOICES, widget=forms.RadioSelect)
    source = source_field()
    since = day_field("设立日期")


class PostForm(forms.Form):
    """A new post of an office."""

    kind = forms.ChoiceField(label="岗位")
    title = forms.CharField(
        label="职务",
        max_length=120,
        help_text="文件中写的职务，例如“县工信局局长”；没有的填岗位名称。",
    )
    source = source_field(required=False)
    since = day_field("设立日期")

    def __init__(self, *args: Any, actor: Actor, office: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [  # type: ignore[attr-defined]
            ("", "请选择"),
            *(
                (kind.key, kind.label)
                for kind in POST_KINDS.values()
                if kind.office_kind == office.kind and may_keep_post(actor, office, kind).ok
            ),
        ]


class CloseForm(forms.Form):
    """The last day of a post."""

    on = day_field("撤销日期", "岗位存在的最后一天。")
    reason = reason_field("撤销原因")


class CloseOfficeForm(forms.Form):
    """The last day of a unit."""

    on = day_field("撤销日期", "单位存在的最后一天。")
    source = source_field()


class RenameForm(forms.Form):
    """Another name of an office."""

    name = forms.CharField(label="新名称", max_length=120)
    on = day_field("更名日期", "新名称自当日起使用，不能晚于今天。")
    source = source_field()


class MergeForm(forms.Form):
    """Units that become one."""

    offices = forms.ModelMultipleChoiceField(
        Office.objects.none(),
        label="合并的单位",
        widget=forms.CheckboxSelectMultiple,
        help_text="选择同类的两个或两个以上单位。",
        error_messages={
            "required": "请至少选择两个单位。",
            "invalid_choice": "所选单位中有的不在可合并之列，请重新选择。",
            "invalid_pk_value": "所选单位中有的不在可合并之列，请重新选择。",
        },
    )
    name = forms.CharField(
        label="合并后的名称",
        max_length=120,
        help_text="填新名称则成立新单位；填所选单位之一的名称，则其他单位并入该单位。",
    )
    on = day_field("合并日期", "自当日起生效，不能晚于今天。")
    source = source_field()

    def __init__(self, *args: Any, actor: Actor, office: Office, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Office.objects.visible_to(actor).standing().filter(parent=office)
        self.fields["offices"].queryset = (  # type: ignore[attr-defined]
            rows.exclude(kind=OfficeKind.LEADING_GROUP_OFFICE).order_by("-kind", "name")
        )


class SplitForm(forms.Form):
    """A unit that becomes several, and which of them takes each of its posts."""

    names = forms.CharField(
        label="新单位名称",
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"每行一个，2 至 {SPLIT_INTO} 个。",
    )
    on = day_field("拆分日期", "自当日起生效，不能晚于今天。")
    source = source_field()

    def __init__(self, *args: Any, seats: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seats = seats
        for pk, label in seats.items():
            self.fields[f"post_{pk}"] = forms.ChoiceField(
                label=label,
                choices=[(str(n), f"划入第 {n} 个新单位") for n in range(1, SPLIT_INTO + 1)],
                initial="1",
            )

    def clean_names(self) -> list[str]:
        """One name a line."""
        rows = [line.strip() for line in self.cleaned_data["names"].splitlines() if line.strip()]
        if not 2 <= len(rows) <= SPLIT_INTO:
            raise forms.ValidationError(f"请填写 2 至 {SPLIT_INTO} 个新单位名称，每行一个。")
        long = next((row for row in rows if len(row) > 120), None)
        if long is not None:
            raise forms.ValidationError(f"“{long[:20]}…”超过 120 个字，请缩短。")
        return rows

    def clean(self) -> dict[str, Any]:
        """Every post goes to a unit that has a name: ``shares``, post -> name."""
        data = super().clean() or self.cleaned_data
        names = data.get("names")
        for pk in self.seats if names else ():
            number = int(data.get(f"post_{pk}") or 1)
            if number > len(names or ()):
                self.add_error(f"post_{pk}", f"只填写了 {len(names or ())} 个新单位，请改选。")
        if names and not self.errors:
            data["shares"] = {pk: names[int(data[f"post_{pk}"] or 1) - 1] for pk in self.seats}
        return data


# ----------------------------------------------------------------------------------------- grants


class TownGrantForm(forms.Form):
    """A town for a post to fill or to submit for."""

    town = forms.ModelChoiceField(
        Town.objects.none(),
        label="专业镇",
        empty_label="请选择",
        error_messages={"invalid_choice": "该专业镇不在本县之列，请从列表中重新选择。"},
    )
    since = day_field("生效日期")
    until = day_field("截止日期", "含当日，到期自动失效；长期填报的不填。", required=False)
    reason = forms.CharField(label="授权事由", max_length=200)

    def __init__(self, *args: Any, actor: Actor, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["town"].queryset = (  # type: ignore[attr-defined]
            Town.objects.visible_to(actor)
            .standing()
            .filter(county=post.office.region)
            .order_by("name")
        )
