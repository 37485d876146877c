"""Who holds a post, from when to when: appointments and succession.

Locks are taken in one order: the person, then the post. Days are whole and inclusive: somebody
whose last day is today acts until midnight, somebody whose first day is today acts at once.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actions.absence import deputise, end_deputy, end_leave, record_leave
from portal.core.actions.tenure import (
    enter_in_ledger,
    facts_of,
    lock_appointment,
    lock_both,
    overlapping,
    said,
)
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS
from portal.core.errors import Stale, require
from portal.core.models import Appointment, LedgerEntry, Post, User, hold_in_scope
from portal.core.policies.organisation import may_appoint

__all__ = [
    "appoint",
    "deputise",
    "end_appointment",
    "end_deputy",
    "end_leave",
    "record_leave",
    "revoke_appointment",
    "succeed",
]

EXCLUSIVE = [kind.key for kind in POST_KINDS.values() if kind.exclusive]


# --- appointing ---------------------------------------------------------------------------------


@transaction.atomic
def appoint(
    *,
    actor: Actor,
    post: Post,
    user: User,
    since: date,
    until: date | None = None,
    source: str = "",
) -> Appointment:
    """Appoint a person to a vacant post from a day on; ``until`` is the last day."""
    user, post = lock_both(user, post)
    require(may_appoint(actor, post, user))
    _check_person(actor, user)
    _check_period(post, since, until)
    for row in overlapping(Appointment.objects.filter(post=post), since, until):
        if row.user_id == user.pk and row.valid_from == since:
            raise Stale(f"{row.holder_name}已任该岗位，无需重复办理。")
        raise ValidationError({"since": _taken(row)})
    _check_exclusive(post, user, since, until)
    row = _hold(actor, post, user, since, until, source)
    text = f"任命{row.holder_name}为{post}，自 {since} 起"
    enter_in_ledger(actor, "appoint", post, text, None, facts_of(row))
    return row


@transaction.atomic
def succeed(
    *,
    actor: Actor,
    post: Post,
    user: User,
    since: date,
    source: str = "",
    reason: str = "",
    replacing: int | None = None,
) -> Appointment:
    """Replace the holder of a post (自行替补): one's last day is the day before the other's first.

    Whatever waits for the post waits for the successor from that day on. ``replacing`` is the
    appointment the page showed; when somebody else has replaced it since, the action is Stale.
    """
    user, post = lock_both(user, post)
    require(may_appoint(actor, post, user))
    running = overlapping(Appointment.objects.filter(post=post), since, None)
    holder = running.order_by("valid_from").first()
    if holder is None:
        raise Stale(f"{post}在 {since} 已无在任人员，请直接办理任命。")
    if holder.user_id == user.pk:
        raise Stale(f"{holder.holder_name}已任该岗位，无需重复办理。")
    if replacing is not None and holder.pk != replacing:
        raise Stale(f"该岗位现由{holder.holder_name}担任，请刷新页面后再办理。")
    later = running.exclude(pk=holder.pk).first()
    if later is not None:
        raise ValidationError({"since": _taken(later)})
    if since <= holder.valid_from:
        raise ValidationError(
            {
                "since": f"{holder.holder_name}自 {holder.valid_from} 起任职，接任日期应在其后；"
                "如该任职登记有误，请先撤销登记，再办理任命。"
            }
        )
    _check_person(actor, user)
    _check_period(post, since, None)
    _check_exclusive(post, user, since, None)
    before = facts_of(holder)
    holder.valid_to = since - timedelta(days=1)
    holder.ended_reason = (reason.strip() or f"由{user}接任")[:160]
    holder.save(update_fields=["valid_to", "ended_reason"])
    row = _hold(actor, post, user, since, None, source)
    text = f"由{row.holder_name}接替{holder.holder_name}任{post}，自 {since} 起"
    after = {**facts_of(row), "reason": holder.ended_reason}
    enter_in_ledger(actor, "succeed", post, text, before, after)
    return row


@transaction.atomic
def end_appointment(
    *, actor: Actor, appointment: Appointment, on: date, reason: str
) -> Appointment:
    """End an appointment; ``on`` is the last day. Yesterday ends every right at once."""
    appointment = lock_appointment(appointment)
    require(may_appoint(actor, appointment.post))
    if appointment.valid_to is not None and appointment.valid_to < clock.today():
        raise Stale(f"{appointment.holder_name}已于 {appointment.valid_to} 卸任。")
    if on < appointment.valid_from:
        raise ValidationError(
            {
                "on": f"卸任日期不能早于任职日期 {appointment.valid_from}；"
                "如该任职登记有误，请撤销登记。"
            }
        )
    if appointment.valid_to is not None and on > appointment.valid_to:
        raise ValidationError({"on": f"该任职到 {appointment.valid_to} 为止，不能延后。"})
    before = facts_of(appointment)
    appointment.valid_to, appointment.ended_reason = on, said(reason, "卸任原因")
    appointment.save(update_fields=["valid_to", "ended_reason"])
    text = f"{appointment.holder_name}卸任{appointment.post.kind_row.label}，任职至 {on}"
    enter_in_ledger(actor, "end_appointment", appointment.post, text, before, facts_of(appointment))
    return appointment


@transaction.atomic
def revoke_appointment(*, actor: Actor, appointment: Appointment, reason: str) -> Appointment:
    """Take back an appointment entered by mistake (登记有误): it never counted, from now on.

    Refused once the person has acted from the post on an earlier day: that was an appointment.
    """
    appointment = lock_appointment(appointment)
    require(may_appoint(actor, appointment.post))
    done = LedgerEntry.objects.filter(
        post=appointment.post,
        actor=appointment.user_id,
        at__date__gte=appointment.valid_from,
        at__date__lt=clock.today(),
    )
    if appointment.valid_to is not None:
        done = done.filter(at__date__lte=appointment.valid_to)
    if done.exists():
        raise ValidationError(
            f"{appointment.holder_name}任职期间已办理业务，不能按登记有误撤销，请办理卸任。"
        )
    before = facts_of(appointment)
    appointment.revoked_at, appointment.ended_reason = clock.now(), said(reason, "撤销原因")
    appointment.save(update_fields=["revoked_at", "ended_reason"])
    text = f"撤销{appointment.holder_name}任{appointment.post.kind_row.label}的登记（登记有误）"
    enter_in_ledger(
        actor, "revoke_appointment", appointment.post, text, before, facts_of(appointment)
    )
    return appointment


# --- what is checked and saved -----------------------------------------------------------------


def _check_person(actor: Actor, user: User) -> None:
    if not user.is_active:
        raise ValidationError({"user": f"{user}的账号已停用，请先由系统管理员启用。"})
    # Somebody whom no office keeps yet belongs to whoever appoints first.
    if user.home_office_id is None or User.objects.visible_to(actor).filter(pk=user.pk).exists():
        return
    raise ValidationError(
        {"user": f"{user}不属于您管理范围内的机构，请由上级机构的系统管理员办理。"}
    )


def _check_period(post: Post, since: date, until: date | None) -> None:
    errors: dict[str, str] = {}
    begins = max((d for d in (post.valid_from, post.office.valid_from) if d), default=None)
    ends = min((d for d in (post.valid_to, post.office.valid_to) if d), default=None)
    if until is not None and until < since:
        errors["until"] = "任职截止日期不能早于起始日期。"
    if begins is not None and since < begins:
        errors["since"] = f"该岗位 {begins} 设立，任职日期不能早于设立日期。"
    elif ends is not None and since > ends:
        errors["since"] = f"该岗位 {ends} 撤销，不能再任命。"
    elif ends is not None and until is not None and until > ends:
        errors["until"] = f"该岗位 {ends} 撤销，任职截止日期不能晚于撤销日期。"
    if errors:
        raise ValidationError(errors)


def _check_exclusive(post: Post, user: User, since: date, until: date | None) -> None:
    """The three kept apart (三员): one person holds one kind of them at a time, anywhere."""
    if not post.kind_row.exclusive:
        return
    others = [key for key in EXCLUSIVE if key != post.kind]
    held = Appointment.objects.filter(user=user, post__kind__in=others)
    row = overlapping(held, since, until).select_related("post__office").first()
    if row is not None:
        raise ValidationError(
            {
                "user": f"{user}已任{row.post}。系统管理员、安全管理员、审计员不能由同一人担任，"
                "请另选人员。"
            }
        )


def _taken(row: Appointment) -> str:
    period = f"{row.valid_from} 至 {row.valid_to or '今'}"
    return f"该岗位 {period} 由{row.holder_name}担任，任职期不能重叠；如需更换，请办理更换人员。"


def _hold(
    actor: Actor, post: Post, user: User, since: date, until: date | None, source: str
) -> Appointment:
    row = Appointment.objects.create(
        post=post, user=user, valid_from=since, valid_to=until, source=source.strip()[:160]
    )
    if user.home_office_id is None:
        user.home_office = post.office
        user.save(update_fields=["home_office"])
    hold_in_scope(post, actor)
    return row
