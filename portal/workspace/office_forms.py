"""Forms of offices, appointments, leave and deputies: shape of input. Select boxes offer only what
the acting post sees; the rules are the actions'."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django import forms
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.forms.models import ModelChoiceIterator

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import (
    LEAVE_KIND_CHOICES,
    LEVEL_CHOICES,
    OFFICE_KIND_CHOICES,
    POST_KINDS,
)
from portal.core.models import Appointment, Office, Post, User
from portal.workspace.office_queries import OfficeFilter

PEOPLE_SHOWN = 300


def reason_field(label: str, **more: Any) -> forms.CharField:
    """A reason in words."""
    return forms.CharField(label=label, max_length=160, **more)


def source_field(required: bool = True) -> forms.CharField:
    """The document a change rests on."""
    return forms.CharField(
        label="依据文件",
        max_length=120,
        required=required,
        help_text="文件名称和文号，例如“县委编委〔2026〕3号”。",
    )


def day_field(label: str, help_text: str = "", *, required: bool = True) -> forms.DateField:
    """A day."""
    return forms.DateField(label=label, help_text=help_text, required=required)


def today() -> dict[str, Any]:
    """The start of every form that asks for a day."""
    day = clock.today()
    return {"since": day, "on": day}


# ------------------------------------------------------------------------------------- the lists


class OfficeFilterForm(forms.Form):
    """What the list of offices is narrowed to."""

    search = forms.CharField(label="名称", max_length=40, required=False)
    level = forms.ChoiceField(label="层级", required=False, choices=[("", "全部"), *LEVEL_CHOICES])
    kind = forms.ChoiceField(
        label="类型", required=False, choices=[("", "全部"), *OFFICE_KIND_CHOICES]
    )
    state = forms.ChoiceField(
        label="状态", required=False, choices=[("", "现有"), ("gone", "已撤销"), ("all", "全部")]
    )
    vacant = forms.ChoiceField(
        label="岗位", required=False, choices=[("", "全部"), ("1", "有空缺岗位")]
    )
    post = forms.CharField(required=False, widget=forms.HiddenInput)

    def chosen(self) -> OfficeFilter:
        """The filter; what is not a choice does not narrow."""
        data = self.cleaned_data if self.is_valid() else {}
        return OfficeFilter(
            search=data.get("search", ""),
            level=data.get("level", ""),
            kind=data.get("kind", ""),
            state=data.get("state", "") or "standing",
            vacant=data.get("vacant") == "1",
        )

    @property
    def narrows(self) -> bool:
        """Whether any condition is set."""
        return self.chosen() != OfficeFilter()


class DayForm(forms.Form):
    """The day a leading group is shown as at."""

    on = forms.DateField(label="截至日期", required=False)
    post = forms.CharField(required=False, widget=forms.HiddenInput)


# ------------------------------------------------------------------------------------- choosing


class _GroupedPeople(ModelChoiceIterator):
    """People under the name of their office, those of the post's own office first."""

    def __iter__(self) -> Iterator[Any]:
        field: PersonField = self.field  # type: ignore[assignment]
        yield ("", "请选择")
        for label, people in field.offered():
            yield (label, [(person.pk, field.label_from_instance(person)) for person in people])


class PersonField(forms.ModelChoiceField):
    """One person of the offices the actor keeps."""

    iterator = _GroupedPeople

    def __init__(self, *, label: str, help_text: str = "") -> None:
        super().__init__(
            User.objects.none(),
            label=label,
            help_text=help_text,
            error_messages={
                "invalid_choice": "该人员不在您的管理范围内或账号已停用，请从列表中重新选择。"
            },
        )
        self.home: Office | None = None
        self.left_out: set[int] = set()

    def offer(self, actor: Actor, office: Office, without: Iterable[int | None]) -> None:
        """People with an account in use whom the actor sees; nobody in ``without`` is listed."""
        self.home = office
        self.left_out = {pk for pk in without if pk is not None}
        self.queryset = (
            User.objects.visible_to(actor)
            .filter(is_active=True)
            .select_related("home_office__region")
        )

    def offered(self) -> list[tuple[str, list[User]]]:
        """Groups of one office each; of a long list only the people of the office's region."""
        assert self.home is not None
        home = self.home
        people: Any = self.queryset  # set by ``offer``
        rows = people.order_by("home_office", "display_name", "pk").exclude(pk__in=self.left_out)
        found = list(rows[: PEOPLE_SHOWN + 1])
        if len(found) > PEOPLE_SHOWN:
            found = list(rows.filter(home_office__region=home.region))
        groups: dict[Office, list[User]] = {}
        for person in found:
            assert person.home_office is not None  # visible people belong to an office
            groups.setdefault(person.home_office, []).append(person)

        def nearness(office: Office) -> tuple[bool, bool, str]:
            return (office != home, office.region_id != home.region_id, office.region.code)

        return [(office.name, groups[office]) for office in sorted(groups, key=nearness)]

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.display_name}（{obj.username}）"


class SeatField(forms.ModelChoiceField):
    """One post held today, shown with its holder."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{self.names.get(obj.pk, '')}（{obj.office.name} · {obj.kind_row.label}）"

    def offer(self, rows: Any, names: Mapping[int, str]) -> None:
        """The posts and the names of their holders."""
        self.queryset = rows
        self.names = names


# --------------------------------------------------------------------------------- appointments


class AppointForm(forms.Form):
    """A person for a vacant post."""

    user = PersonField(label="任职人员", help_text="列出您管理范围内账号正常的人员。")
    since = day_field("任职日期")
    until = day_field("任职至", "没有确定期限的不填。", required=False)
    source = source_field(required=False)

    def __init__(self, *args: Any, actor: Actor, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _people(self).offer(actor, post.office, [actor.user.pk if actor.user else None])


class SucceedForm(forms.Form):
    """The successor of a holder."""

    replacing = forms.IntegerField(widget=forms.HiddenInput, required=False)
    user = PersonField(label="继任人员", help_text="列出您管理范围内账号正常的人员。")
    since = day_field("接任日期", "继任人员自当日零时起以该岗位办理，原任人员任职至前一日。")
    reason = reason_field("更换原因", required=False)
    source = source_field(required=False)

    def __init__(
        self, *args: Any, actor: Actor, post: Post, holder: Appointment | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        own = actor.user.pk if actor.user else None
        _people(self).offer(actor, post.office, [own, holder.user_id if holder else None])


def _people(form: forms.Form) -> PersonField:
    field = form.fields["user"]
    assert isinstance(field, PersonField)
    return field


class EndForm(forms.Form):
    """The last day of an appointment."""

    on = day_field("卸任日期", "任职的最后一天；填昨天，则所有权限立即停止。")
    reason = reason_field("卸任原因")


class ReasonForm(forms.Form):
    """Why something is taken back."""

    reason = reason_field("原因")


class LeaveForm(forms.Form):
    """A period in which a holder does not act."""

    kind = forms.ChoiceField(label="类别", choices=LEAVE_KIND_CHOICES, widget=forms.RadioSelect)
    since = day_field("起始日期")
    until = day_field("截止日期", "含当日；未定的不填，返岗时办理销假。", required=False)
    reason = reason_field("事由")


class BackForm(forms.Form):
    """The first day of acting again."""

    on = day_field("返岗日期", "自当日起恢复以该岗位办理。")


class DeputyForm(forms.Form):
    """Who acts from a post for a period."""

    deputy = SeatField(
        Post.objects.none(),
        label="代理人",
        empty_label="请选择",
        help_text="同一领导小组办公室及其成员单位（填报单位为本单位）在岗人员的岗位；专家和三员不能代理。",
        error_messages={"invalid_choice": "该岗位不在可代理的岗位之列，请从列表中重新选择。"},
    )
    since = day_field("起始日期")
    until = day_field("截止日期", "代理须写明截止日期，含当日，到期自动失效。")
    reason = reason_field("代理事由")

    def __init__(self, *args: Any, actor: Actor, post: Post, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [kind.key for kind in POST_KINDS.values() if kind.deputable]
        held = Appointment.objects.in_force().exclude(user=actor.user)
        rows = (
            Post.objects.visible_to(actor)
            .standing()
            .beside(post)
            .filter(kind__in=kinds)
            .filter(pk__in=held.values("post"))
            .exclude(pk=post.pk)
            .select_related("office")
            .order_by(
                ExpressionWrapper(Q(office=post.office), BooleanField()).desc(), "office", "pk"
            )
        )
        names = {
            row.post_id: row.holder_name
            for row in Appointment.objects.in_force().filter(post__in=rows.values("pk"))
        }
        field = self.fields["deputy"]
        assert isinstance(field, SeatField)
        field.offer(rows, names)
