"""Leave, and deputies for a period; each a page of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from portal.core.actions import appointments as actions
from portal.core.errors import Verdict
from portal.core.models import Leave, PostGrant
from portal.core.policies.organisation import may_deputise
from portal.workspace.office_forms import BackForm, DeputyForm, LeaveForm, ReasonForm
from portal.workspace.office_queries import holder_names
from portal.workspace.views.appointing import AppointmentChange, PostChange


class LeaveView(AppointmentChange):
    """Record that a holder does not act for a period."""

    label = "登记请假、离岗"
    consequences = (
        "请假、离岗期内，本人不能以该岗位办理；到期次日自动恢复，未填截止日期的在返岗时办理“销假”。",
        "期间需要有人办理的，在岗位页面“安排代理”。",
    )

    def make_form(self, data: Any = None) -> forms.Form:
        """Kind, period, reason."""
        return LeaveForm(data, initial={**self.initial(), "kind": "leave"})

    def perform(self, fields: dict[str, Any]) -> str:
        """Record it."""
        row = actions.record_leave(actor=self.actor, appointment=self.appointment, **fields)
        until = f"至 {row.valid_to}" if row.valid_to else "返岗日期未定"
        name = self.appointment.holder_name
        return f"已登记{name}{row.get_kind_display()}，自 {row.valid_from} 起，{until}。"


class LeaveEndView(AppointmentChange):
    """The holder is back earlier, or at last."""

    label = "销假"
    consequences = ("自返岗日期起，本人恢复以该岗位办理。",)
    leave: Leave

    def load(self, pk: int) -> None:
        """The leave, if the acting post sees the post."""
        self.leave = get_object_or_404(Leave.objects.visible_to(self.actor), pk=pk)
        super().load(self.leave.appointment_id)

    def items(self) -> list[dict[str, Any]]:
        """The post, and the leave."""
        until = self.leave.valid_to or "返岗日期未定"
        period = f"{self.leave.valid_from} 至 {until}"
        return [*super().items(), {"label": self.leave.get_kind_display(), "value": period}]

    def make_form(self, data: Any = None) -> forms.Form:
        """The first day back."""
        return BackForm(data, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """End it."""
        actions.end_leave(actor=self.actor, leave=self.leave, **fields)
        return f"{self.appointment.holder_name}自 {fields['on']} 起返岗。"


class DeputiseView(PostChange):
    """Let somebody act from a post for a period."""

    label = "安排代理"
    consequences = (
        "代理期内，代理人可切换到该岗位办理，页面和台账均标明“（代理）”；现任人员的权限不变。",
        "代理到期自动失效，不需要另行办理；提前结束的，在岗位页面办理“终止代理”。",
        "代理随代理人的岗位：该岗位更换人员的，由继任人员继续代理。",
    )

    def allowed(self) -> Verdict:
        """As for appointing; some kinds of post have no deputy."""
        return may_deputise(self.actor, self.seat)

    def make_form(self, data: Any = None) -> forms.Form:
        """Deputy, period, reason."""
        return DeputyForm(data, actor=self.actor, post=self.seat, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """Lend the post."""
        grant = actions.deputise(actor=self.actor, post=self.seat, **fields)
        name = holder_names([fields["deputy"]]).get(fields["deputy"].pk, "")
        return (
            f"已安排{name}代理{self.seat.kind_row.label}，自 {grant.valid_from} "
            f"至 {grant.valid_to}。"
        )


class DeputyEndView(PostChange):
    """End a deputy's period early."""

    label = "终止代理"
    tone = "danger"
    consequences = ("自即刻起，代理人不能再以该岗位办理；代理期间的办理记录不受影响。",)
    grant: PostGrant

    def load(self, pk: int) -> None:
        """The deputy's grant, if the acting post sees the post."""
        rows = PostGrant.objects.visible_to(self.actor).select_related("group__post__office")
        self.grant = get_object_or_404(rows, pk=pk)
        super().load(self.grant.content_object_id)

    def items(self) -> list[dict[str, Any]]:
        """The post, and who acts from it."""
        lender = self.grant.group.post
        name = holder_names([lender]).get(lender.pk, "空缺")
        period = f"{self.grant.valid_from} 至 {self.grant.valid_to}"
        return [
            *super().items(),
            {"label": "代理人", "value": name, "note": str(lender)},
            {"label": "代理期", "value": period},
        ]

    def make_form(self, data: Any = None) -> forms.Form:
        """Why."""
        return ReasonForm(data)

    def perform(self, fields: dict[str, Any]) -> str:
        """End it."""
        actions.end_deputy(actor=self.actor, grant=self.grant, **fields)
        return f"{self.seat.kind_row.label}的代理已终止。"
