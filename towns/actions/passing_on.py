"""What of a town goes on in another one: enterprises, platforms, services, grants.

The caller holds the locks of all towns concerned. The old rows end on the day, new ones begin; so
the old town shows for its years what it had.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import models
from django.db.models import F, Q

from portal.core import clock
from towns.constants import FUNCTION_STATE_CHOICES
from towns.models import Membership, Platform, Town, TownFunction, TownGrant

# From the best state to the least.
FUNCTION_STATES = [key for key, _ in FUNCTION_STATE_CHOICES]


def running_after(on: date) -> Q:
    """Rows that have not ended by a day, whenever they begin."""
    return Q(until__isnull=True) | Q(until__gt=on)


def pass_members(seats: Sequence[Membership], into: Town, on: date, why: str) -> None:
    """Enterprises leave the old town and join the new one, unless they are already part of it."""
    present = set(
        Membership.objects.filter(running_after(on), town=into).values_list(
            "enterprise_id", flat=True
        )
    )
    made: list[Membership] = []
    for seat in seats:
        if seat.enterprise_id in present:
            continue
        present.add(seat.enterprise_id)
        made.append(
            Membership(
                town=into,
                enterprise_id=seat.enterprise_id,
                scope_code=into.scope_code,
                role=seat.role,
                main_products=seat.main_products,
                since=max(on, seat.since) if seat.since else on,
                until=seat.until,
            )
        )
    end_members(Membership.objects.filter(pk__in=[seat.pk for seat in seats]), on, why)
    Membership.objects.bulk_create(made)


def end_members(seats: models.QuerySet[Membership], on: date, why: str) -> None:
    """End memberships on a day, or on their first where that is later, and say why."""
    keys = list(seats.values_list("pk", flat=True))
    rows = Membership.objects.filter(pk__in=keys)
    rows.filter(since__gt=on).update(until=F("since"), end_reason=why[:300])
    rows.exclude(since__gt=on).update(until=on, end_reason=why[:300])


def pass_platforms(halls: Sequence[Platform], into: Town, on: date) -> None:
    """Platforms end in the old town and go on in the new one."""
    Platform.objects.bulk_create(
        Platform(
            town=into,
            kind=row.kind,
            name=row.name,
            operator=row.operator,
            state=row.state,
            functions=row.functions,
            since=max(on, row.since) if row.since else on,
        )
        for row in halls
    )
    Platform.objects.filter(pk__in=[row.pk for row in halls]).update(until=on)


def end_platforms(towns: Iterable[Town], on: date) -> None:
    """Platforms of towns that end."""
    rows = Platform.objects.filter(town__in=[row.pk for row in towns], until__isnull=True)
    rows.update(until=on)


def pass_services(old: Iterable[Town], into: Town, on: date) -> None:
    """The best state of each function among the towns goes on in the one that stays."""
    best: dict[str, TownFunction] = {}
    for row in _running(old).order_by("pk"):
        if row.key not in best or _rank(row) < _rank(best[row.key]):
            best[row.key] = row
    present = {row.key: row for row in _running([into])}
    for key, row in best.items():
        own = present.get(key)
        if own is not None and _rank(own) <= _rank(row):
            continue
        if own is not None:
            own.until = max(on, own.since) if own.since else on
            own.save(update_fields=["until"])
        TownFunction.objects.create(
            town=into, key=key, state=row.state, platform=row.platform, since=on
        )


def end_services(towns: Iterable[Town], on: date) -> None:
    """Functions of towns that end."""
    _running(towns).update(until=on)


def pass_grants(old: Iterable[Town], into: Town) -> None:
    """Whoever of the county fills or submits for the old towns does so for the one that goes on.

    The old grants stay: what was filled remains readable, and is refused to be changed.
    """
    names = "、".join(row.name for row in old)
    rows = TownGrant.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=clock.today()),
        content_object__in=[row.pk for row in old],
        group__post__office__region=into.county_id,
        revoked_at__isnull=True,
    )
    for row in rows.order_by("pk"):
        key: dict[str, Any] = {
            "content_object": into,
            "group_id": row.group_id,
            "permission_id": row.permission_id,
        }
        own = TownGrant.objects.filter(**key).first()
        if own is not None and own.revoked_at is None and _lasts(own, row):
            continue
        TownGrant.objects.update_or_create(
            **key,
            defaults={
                "valid_from": row.valid_from,
                "valid_to": row.valid_to,
                "reason": f"承接{names}的授权：{row.reason}"[:200],
                "granted_by_id": row.granted_by_id,
                "revoked_at": None,
                "revoked_reason": "",
            },
        )


def _lasts(own: TownGrant, other: TownGrant) -> bool:
    if own.valid_to is None:
        return True
    return other.valid_to is not None and own.valid_to >= other.valid_to


def _running(towns: Iterable[Town]) -> models.QuerySet[TownFunction]:
    return TownFunction.objects.filter(town__in=[row.pk for row in towns], until__isnull=True)


def _rank(row: TownFunction) -> int:
    return FUNCTION_STATES.index(row.state)
