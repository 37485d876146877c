"""Leave, and deputies for a period: who acts from a post while its holder does not.

Days are whole and inclusive. What has run out gives nothing, without any job having to run.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.tenure import (
    enter_in_ledger,
    grant_facts,
    lock_appointment,
    lock_post,
    overlapping,
    said,
)
from portal.core.actor import Actor
from portal.core.constants import LEAVE_KIND_CHOICES
from portal.core.errors import Stale, require
from portal.core.models import Appointment, Leave, Post, PostGrant
from portal.core.policies.organisation import may_appoint, may_deputise

# --- leave --------------------------------------------------------------------------------------


@transaction.atomic
def record_leave(
    *,
    actor: Actor,
    appointment: Appointment,
    kind: str,
    since: date,
    until: date | None,
    reason: str,
) -> Leave:
    """Record that the holder does not act for a period; without an end until further notice."""
    appointment = lock_appointment(appointment)
    require(may_appoint(actor, appointment.post))
    if kind not in dict(LEAVE_KIND_CHOICES):
        raise ValidationError({"kind": "请选择请假、离岗的类别。"})
    if until is not None and until < since:
        raise ValidationError({"until": "截止日期不能早于起始日期。"})
    ended = appointment.valid_to
    if since < appointment.valid_from or (ended is not None and since > ended):
        period = f"{appointment.valid_from} 至 {ended or '今'}"
        raise ValidationError({"since": f"{appointment.holder_name}的任职期为 {period}。"})
    taken = overlapping(Leave.objects.filter(appointment=appointment), since, until).first()
    if taken is not None:
        if taken.valid_from == since and taken.valid_to == until and taken.kind == kind:
            raise Stale("该请假、离岗已登记，无需重复办理。")
        period = f"{taken.valid_from} 至 {taken.valid_to or '另行通知'}"
        raise ValidationError({"since": f"与已登记的{taken.get_kind_display()}（{period}）重叠。"})
    leave = Leave.objects.create(
        appointment=appointment,
        kind=kind,
        valid_from=since,
        valid_to=until,
        reason=said(reason, "事由"),
        recorded_by=actor.user,
    )
    text = (
        f"{appointment.holder_name}{leave.get_kind_display()}，自 {since} 至 {until or '另行通知'}"
    )
    after = {"leave": leave.pk, "from": since, "to": until, "reason": leave.reason}
    enter_in_ledger(actor, "record_leave", appointment.post, text, None, after)
    return leave


@transaction.atomic
def end_leave(*, actor: Actor, leave: Leave, on: date) -> Leave:
    """The holder is back; ``on`` is the first day of acting again (返岗日期)."""
    lock_appointment(leave.appointment)
    leave = Leave.objects.select_related("appointment__post__office__region").get(pk=leave.pk)
    require(may_appoint(actor, leave.appointment.post))
    if leave.revoked_at is not None or (leave.valid_to is not None and leave.valid_to < on):
        raise Stale("该请假、离岗已经结束。")
    before = {"leave": leave.pk, "from": leave.valid_from, "to": leave.valid_to}
    if on <= leave.valid_from:
        leave.revoked_at = clock.now()
    else:
        leave.valid_to = on - timedelta(days=1)
    leave.save(update_fields=["valid_to", "revoked_at"])
    text = f"{leave.appointment.holder_name}自 {on} 起返岗"
    after = before | {"to": leave.valid_to, "revoked": leave.revoked_at is not None}
    enter_in_ledger(actor, "end_leave", leave.appointment.post, text, before, after)
    return leave


# --- deputies -----------------------------------------------------------------------------------


@transaction.atomic
def deputise(
    *, actor: Actor, post: Post, deputy: Post, since: date, until: date, reason: str
) -> PostGrant:
    """Let whoever holds ``deputy`` act from ``post`` for a period (代理); again is to extend."""
    post = lock_post(post)
    deputy = Post.objects.select_related("office__region").get(pk=deputy.pk)
    require(may_deputise(actor, post, deputy))
    if deputy.pk == post.pk:
        raise ValidationError({"deputy": "代理人不能是本岗位。"})
    if since is None or until is None:
        raise ValidationError({"until": "代理须写明起止日期。"})
    if until < since:
        raise ValidationError({"until": "截止日期不能早于起始日期。"})
    if until < clock.today():
        raise ValidationError({"until": "截止日期不能早于今天。"})
    stand_in = Appointment.objects.in_force().filter(post=deputy).first()
    if stand_in is None:
        raise ValidationError({"deputy": f"{deputy}现无在岗人员，请选择其他岗位。"})
    own = overlapping(Appointment.objects.filter(post=deputy, user=actor.user), since, until)
    if actor.user is not None and own.exists():
        raise ValidationError(
            {"deputy": "不能指定本人代理，请由其他主任、副主任或系统管理员办理。"}
        )
    if Appointment.objects.held().filter(post=post, user=stand_in.user_id).exists():
        raise ValidationError({"deputy": f"{stand_in.holder_name}就是该岗位的现任人员。"})
    key: dict[str, Any] = {
        "content_object": post,
        "group_id": deputy.group_id,
        "permission": PostGrant.permission_named("deputise_post"),
    }
    present = PostGrant.objects.filter(**key).first()
    before = grant_facts(present) if present else None
    grant, _ = PostGrant.objects.update_or_create(
        **key,
        defaults={
            "valid_from": since,
            "valid_to": until,
            "reason": said(reason, "代理事由", 200),
            "granted_by": actor.user,
            "revoked_at": None,
            "revoked_reason": "",
        },
    )
    text = (
        f"由{stand_in.holder_name}（{deputy.kind_row.label}）代理{post.kind_row.label}，"
        f"自 {since} 至 {until}"
    )
    enter_in_ledger(actor, "deputise", post, text, before, grant_facts(grant))
    return grant


@transaction.atomic
def end_deputy(*, actor: Actor, grant: PostGrant, reason: str) -> PostGrant:
    """End a deputy's period early, at once."""
    post = lock_post(grant.content_object)
    grant = PostGrant.objects.get(pk=grant.pk)
    require(may_deputise(actor, post))
    over = grant.valid_to is not None and grant.valid_to < clock.today()
    if grant.revoked_at is not None or over:
        raise Stale("该代理已经结束。")
    before = grant_facts(grant)
    grant.revoked_at, grant.revoked_reason = clock.now(), said(reason, "撤销事由", 200)
    grant.save(update_fields=["revoked_at", "revoked_reason"])
    enter_in_ledger(
        actor, "end_deputy", post, f"结束{post.kind_row.label}的代理", before, grant_facts(grant)
    )
    return grant
