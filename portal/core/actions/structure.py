"""What the actions on offices share: locks, checks, the history of changes, ledger entries."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.core.models import Appointment, Office, OfficeChange, Post


def lock_office(office: Office) -> Office:
    """One office, locked, with its region and parent."""
    return lock_offices([office])[0]


def lock_offices(offices: Iterable[Office]) -> list[Office]:
    """Locked in the order of their keys, with their regions and parents."""
    keys = [office.pk for office in offices]
    if not keys:
        raise ValidationError({"offices": "请选择单位。"})
    rows = Office.objects.filter(pk__in=keys).select_for_update(of=("self",))
    return list(rows.select_related("region", "parent").order_by("pk"))


def given(text: str, field: str, what: str, longest: int) -> str:
    """A text that was given and fits, without spaces around it."""
    text = text.strip()
    if not text:
        raise ValidationError({field: f"请填写{what}。"})
    if len(text) > longest:
        raise ValidationError({field: f"{what}不能超过 {longest} 个字。"})
    return text


def check_standing(office: Office) -> None:
    """Stale when the office has ended."""
    if office.valid_to is not None and office.valid_to < clock.today():
        raise Stale(f"{office.name}已于 {office.valid_to} 撤销，不能再办理变更。")


def check_day(on: date, offices: Iterable[Office]) -> None:
    """Changes of units are entered on the day they take effect, or later."""
    if on > clock.today():
        raise ValidationError({"on": "变更日期不能晚于今天，请在生效当日或之后办理。"})
    for office in offices:
        if office.valid_from is not None and on <= office.valid_from:
            raise ValidationError(
                {"on": f"{office.name} {office.valid_from} 设立，变更日期应在其后。"}
            )


def check_name(parent: Office | None, kind: str, name: str, field: str = "name") -> None:
    """A standing unit of the same leading group and kind has not got the name."""
    rows = Office.objects.filter(parent=parent, kind=kind, name=name)
    if rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=clock.today())).exists():
        raise ValidationError({field: f"已有名为“{name}”的单位，请核对。"})


def check_vacant(posts: Sequence[Post], on: date) -> None:
    """Nobody holds or will hold any of the posts after a day; who does stands in the way."""
    rows = Appointment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=on), post__in=posts, revoked_at__isnull=True
    ).select_related("post__office")
    held = [f"{row.post.kind_row.label}{row.holder_name}" for row in rows]
    if held:
        raise ValidationError(
            {"on": f"{on} 之后仍有任职：{'、'.join(held)}。请先办理卸任，再办理撤销。"}
        )


def new_unit(
    parent: Office | None,
    kind: str,
    name: str,
    source: str,
    since: date,
    region_of: Office | None = None,
) -> Office:
    """A unit that begins; beside ``region_of`` when it follows one without a parent."""
    home = region_of or parent
    if home is None:
        raise ValidationError({"parent": "请选择领导小组办公室。"})
    stem = parent.slug if parent is not None else home.region.code
    return Office.objects.create(
        slug=f"{stem[:45]}-u{secrets.token_hex(4)}",
        name=name,
        kind=kind,
        region=home.region,
        parent=parent,
        source=source[:120],
        valid_from=since,
    )


def enter_change(
    actor: Actor,
    kind: str,
    on: date,
    before: Iterable[Office],
    after: Iterable[Office],
    text: str,
    source: str,
) -> OfficeChange:
    """A row in the history of offices, with the document it rests on."""
    change = OfficeChange.objects.create(
        kind=kind,
        on=on,
        summary=text[:300],
        source=source,
        recorded_at=clock.now(),
        recorded_by=actor.user,
    )
    change.before.set(before)
    change.after.set(after)
    return change


def enter_in_ledger(
    actor: Actor,
    verb: str,
    office: Office,
    text: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any],
) -> None:
    """One entry in the office's chain; the caller holds the office's lock."""
    record(actor, verb, office, text, before=before, after=after, scope_code=office.region.code)
