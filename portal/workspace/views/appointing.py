"""Who holds a post: appointing, replacing, ending; each a page of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from portal.core.actions import appointments as actions
from portal.core.errors import Stale, Verdict
from portal.core.models import Appointment, Post
from portal.core.policies.organisation import may_appoint
from portal.workspace.office_forms import (
    AppointForm,
    EndForm,
    ReasonForm,
    SucceedForm,
)
from portal.workspace.office_queries import holder_of
from portal.workspace.views.changing import ChangeView

PASSES_ON = (
    "继任人员自接任日期起以该岗位办理；此前已发到该岗位的待办、授权和任务随岗位转给继任人员。",
    "原任人员任职至接任日期的前一日，此后不能再以该岗位办理。",
    "已形成的会议纪要、办理意见和公文仍署原任人员姓名，不作改动。",
)


class PostChange(ChangeView):
    """A page that changes who holds a post, or acts from it."""

    seat: Post

    def load(self, pk: int) -> None:
        """The post, if the acting post sees it."""
        self.take(get_object_or_404(self.posts(), pk=pk))

    def posts(self) -> Any:
        """The posts the acting post sees."""
        return Post.objects.visible_to(self.actor).select_related("office__region", "unit")

    def take(self, post: Post) -> None:
        """The page is about this post."""
        self.seat, self.office = post, post.office
        self.holder = holder_of(post)

    def allowed(self) -> Verdict:
        """Directors of the office, administrators of its region."""
        return may_appoint(self.actor, self.seat)

    def title(self) -> str:
        """What is done, and of which post."""
        return f"{self.label}：{self.seat.kind_row.label}"

    def items(self) -> list[dict[str, Any]]:
        """The post and its holder."""
        rows = [
            {"label": "机构", "value": self.office.name},
            {"label": "岗位", "value": self.seat.kind_row.label},
            {"label": "职务", "value": self.seat.title},
        ]
        if self.holder is not None:
            since = f"任职自 {self.holder.valid_from}"
            rows.append({"label": "现任人员", "value": self.holder.holder_name, "note": since})
        else:
            rows.append({"label": "现任人员", "value": "空缺"})
        return rows

    def back_url(self) -> str:
        """The page of the post."""
        return self.url("post", self.seat.pk)

    def crumbs(self) -> list[tuple[str, str]]:
        """The office and the post."""
        return [*super().crumbs(), (self.seat.kind_row.label, self.back_url())]


class AppointView(PostChange):
    """Appoint a person to a vacant post."""

    label = "任命人员"
    consequences = (
        "任职自任职日期零时起生效，本人登录后即可以该岗位办理；任职登记记入台账。",
        "没有账号的人员，先由系统管理员登记账号。",
    )

    def check_open(self) -> None:
        """A post that is held is not vacant."""
        if self.holder is not None:
            raise Stale(f"该岗位现由{self.holder.holder_name}担任。如需更换，请办理“更换人员”。")

    def make_form(self, data: Any = None) -> forms.Form:
        """Person, days, ground."""
        return AppointForm(data, actor=self.actor, post=self.seat, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """Appoint."""
        row = actions.appoint(actor=self.actor, post=self.seat, **fields)
        return f"已任命{row.holder_name}为{self.seat.kind_row.label}，自 {row.valid_from} 起任职。"


class SucceedView(PostChange):
    """Replace the holder of a post, without a new document (自行替补)."""

    label = "更换人员"
    consequences = PASSES_ON

    def check_open(self) -> None:
        """An empty post is filled by an appointment."""
        if self.holder is None:
            raise Stale("该岗位现为空缺，请办理“任命人员”。")

    def make_form(self, data: Any = None) -> forms.Form:
        """Successor, day, ground."""
        return SucceedForm(
            data,
            actor=self.actor,
            post=self.seat,
            holder=self.holder,
            initial={**self.initial(), "replacing": self.holder.pk if self.holder else None},
        )

    def perform(self, fields: dict[str, Any]) -> str:
        """Replace."""
        row = actions.succeed(actor=self.actor, post=self.seat, **fields)
        return (
            f"{row.holder_name}自 {row.valid_from} 起接任{self.seat.kind_row.label}，"
            "该岗位的待办和授权已随岗位转交。"
        )


# ---------------------------------------------------------------------------- of one appointment


class AppointmentChange(PostChange):
    """A page about one appointment."""

    appointment: Appointment

    def load(self, pk: int) -> None:
        """The appointment, if the acting post sees its post."""
        rows = Appointment.objects.visible_to(self.actor).select_related(
            "user", "post__office__region", "post__unit"
        )
        self.appointment = get_object_or_404(rows, pk=pk)
        self.take(self.appointment.post)
        self.holder = self.appointment

    def check_open(self) -> None:
        """Nothing is left to do for one that was taken back."""
        if self.appointment.revoked_at is not None:
            raise Stale(f"{self.appointment.holder_name}的任职登记已撤销。")


class EndView(AppointmentChange):
    """End an appointment without a successor."""

    label = "办理卸任"
    tone = "danger"
    consequences = (
        "卸任日期次日零时起，该人员不能再以该岗位办理，岗位转为空缺。",
        "已发到该岗位的待办保留在岗位上，任命新的人员后由其接着办理。",
        "已确定继任人员的，请办理“更换人员”，不必先卸任。",
    )

    def make_form(self, data: Any = None) -> forms.Form:
        """Last day and reason."""
        return EndForm(data, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """End it."""
        row = actions.end_appointment(actor=self.actor, appointment=self.appointment, **fields)
        return f"已办理{row.holder_name}卸任{self.seat.kind_row.label}，任职至 {row.valid_to}。"


class RevokeView(AppointmentChange):
    """Take back an appointment that was entered by mistake."""

    label = "撤销任职登记"
    tone = "danger"
    consequences = (
        "用于登记有误（选错人员、选错岗位）：自即刻起视为从未任职，登记和撤销都保留在台账中。",
        "该人员已以该岗位办理过业务的，不能撤销登记，应办理卸任。",
    )

    def make_form(self, data: Any = None) -> forms.Form:
        """Why."""
        return ReasonForm(data)

    def perform(self, fields: dict[str, Any]) -> str:
        """Take it back."""
        row = actions.revoke_appointment(actor=self.actor, appointment=self.appointment, **fields)
        return f"已撤销{row.holder_name}的任职登记。"
