"""What the pages of accounts show: the list as filtered, the state of each, sign-ins of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q
from django.db.models.functions import Coalesce

from portal.core import clock
from portal.core.accounts.fences import password_expired
from portal.core.accounts.locks import locks_of
from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.models import AccessEntry, Appointment, User
from portal.core.models.accounts import UserQuerySet
from portal.core.policies.accounts import may_list_accounts

# What an account may be: word on the page and its tone. The first that holds is the state.
STATES: dict[str, tuple[str, str]] = {
    "disabled": ("停用", "neutral"),
    "pending": ("待激活", "info"),
    "locked": ("已锁定", "danger"),
    "expired": ("密码过期", "warning"),
    "normal": ("正常", "success"),
}
SIGN_IN_KINDS = ("sign_in", "sign_in_failed", "locked", "sign_out")
SIGN_INS_SHOWN = 10


class AccountFilter(NamedTuple):
    """What the list is narrowed to; an empty value does not narrow."""

    search: str = ""
    office: str = ""
    state: str = ""


def filter_accounts(actor: Actor, chosen: AccountFilter) -> UserQuerySet:
    """Exactly the rows the list shows."""
    require(may_list_accounts(actor))
    rows: UserQuerySet = User.objects.visible_to(actor)
    if chosen.search:
        words = chosen.search
        rows = rows.filter(Q(display_name__contains=words) | Q(username__icontains=words))
    if chosen.office:
        rows = rows.filter(home_office__name__contains=chosen.office)
    return _in_state(rows, chosen.state) if chosen.state else rows


def _in_state(rows: UserQuerySet, state: str) -> UserQuerySet:
    if state == "disabled":
        return rows.filter(is_active=False)
    pending = Q(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    rows = rows.filter(is_active=True)
    if state == "pending":
        return rows.filter(pending)
    rows = rows.exclude(pending)
    locked = _locked(rows)
    if state == "locked":
        return rows.filter(pk__in=locked)
    since = clock.now() - timedelta(days=settings.PORTAL_PASSWORD_DAYS)
    rows = rows.exclude(pk__in=locked).annotate(
        set_at=Coalesce("password_changed_at", "date_joined")
    )
    expired = Q(is_demo=False, set_at__lte=since)
    return rows.filter(expired) if state == "expired" else rows.exclude(expired)


def _locked(rows: UserQuerySet) -> list[int]:
    """Accounts of these that are locked: only who failed within the last minutes is looked at."""
    lately = clock.now() - settings.AXES_COOLOFF_TIME
    failing = AccessAttempt.objects.filter(attempt_time__gte=lately).values("username")
    return list(locks_of(rows.filter(username__in=failing)))


def state_of(user: User, locked_until: datetime | None) -> str:
    """The state of one account, a key of ``STATES``."""
    if not user.is_active:
        return "disabled"
    if not user.has_usable_password():
        return "pending"
    if locked_until is not None:
        return "locked"
    return "expired" if password_expired(user) else "normal"


def posts_of(users: Sequence[User]) -> dict[int, list[Appointment]]:
    """The posts each of these holds today, by the person's key; one query."""
    held: dict[int, list[Appointment]] = {user.pk: [] for user in users}
    rows = Appointment.objects.held().filter(user__in=users).select_related("post__office__region")
    for row in rows.order_by("post__office__region__code", "pk"):
        held[row.user_id].append(row)
    return held


def sign_ins_of(actor: Actor, user: User) -> list[dict[str, Any]]:
    """A person's last sign-ins, failures among them: for who keeps or secures the account."""
    require(may_list_accounts(actor))
    if not User.objects.visible_to(actor).filter(pk=user.pk).exists():
        return []
    # A failure is nobody's doing yet: it bears the name that was typed.
    typed = Q(actor__isnull=True, actor_name=user.username)
    rows = (
        AccessEntry.objects.filter(Q(actor=user) | typed)
        .filter(kind__in=SIGN_IN_KINDS)
        .order_by("-id")
    )
    return [
        {
            "id": row.pk,
            "cells": [
                row.at,
                {
                    "text": row.get_kind_display(),
                    "tone": "neutral" if row.outcome == "ok" else "warning",
                },
                row.address,
                row.summary,
            ],
        }
        for row in rows[:SIGN_INS_SHOWN]
    ]
