"""What the actions on appointments, leave and deputies share: locks, periods, ledger entries."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet

from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.core.models import Appointment, Post, PostGrant, User


def lock_both(user: User, post: Post) -> tuple[User, Post]:
    """The person and the post, locked in that order."""
    return User.objects.select_for_update().get(pk=user.pk), lock_post(post)


def lock_post(post: Post) -> Post:
    """The post, locked, with its office and region."""
    # Locked alone, then read again: a merger that was waited for has moved it to another office.
    Post.objects.select_for_update().get(pk=post.pk)
    return Post.objects.select_related("office__region").get(pk=post.pk)


def lock_appointment(appointment: Appointment) -> Appointment:
    """The appointment as it stands once its post is locked; Stale when it was taken back."""
    post = lock_post(appointment.post)
    appointment = Appointment.objects.select_related("user").get(pk=appointment.pk)
    if appointment.revoked_at is not None:
        raise Stale(f"{appointment.holder_name}的任职登记已撤销。")
    appointment.post = post
    return appointment


def overlapping(rows: QuerySet[Any], since: date, until: date | None) -> QuerySet[Any]:
    """Rows of a period that share a day with another period and were not taken back."""
    rows = rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=since), revoked_at__isnull=True)
    return rows.filter(valid_from__lte=until) if until is not None else rows


def facts_of(row: Appointment) -> dict[str, Any]:
    """What the ledger keeps of an appointment."""
    return {
        "appointment": row.pk,
        "user": row.user_id,
        "name": row.holder_name,
        "from": row.valid_from,
        "to": row.valid_to,
        "source": row.source,
        "reason": row.ended_reason,
        "revoked": row.revoked_at is not None,
    }


def grant_facts(row: PostGrant) -> dict[str, Any]:
    """What the ledger keeps of a deputy's grant."""
    return {
        "grant": row.pk,
        "group": row.group_id,
        "from": row.valid_from,
        "to": row.valid_to,
        "reason": row.revoked_reason or row.reason,
        "revoked": row.revoked_at is not None,
    }


def said(text: str, what: str, longest: int = 160) -> str:
    """A reason that was given, in the length its column holds."""
    if not text.strip():
        raise ValidationError({"reason": f"请填写{what}。"})
    return text.strip()[:longest]


def enter_in_ledger(
    actor: Actor,
    verb: str,
    post: Post,
    text: str,
    before: dict[str, Any] | None,
    after: dict[str, Any],
) -> None:
    """One entry in the post's chain; the caller holds the post's lock."""
    record(
        actor,
        verb,
        post,
        text,
        before=before,
        after=after,
        scope_code=post.office.region.code,
    )
