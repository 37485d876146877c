"""What of a town goes on in another one: enterprises, platforms, services, grants.

The caller holds the locks of all towns concerned. The old rows end on the day, new ones begin; so
the old town shows for its years what it had.
"""

from __future__ import annotations

from collections import defaultdict
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
Days = tuple[date, date]  # from, to (exclusive)


def running_after(on: date) -> Q:
    """Rows that have not ended by a day, whenever they begin."""
    return Q(until__isnull=True) | Q(until__gt=on)


def pass_members(seats: Sequence[Membership], into: Town, on: date, why: str) -> None:
    """Enterprises leave the old town and join the new one, for the days they are not part of it.

    Of an enterprise whose role changed after the day, each row goes on for its own days; where
    several old towns have it, the row that comes first goes before.
    """
    taken: dict[int, list[Days]] = defaultdict(list)
    for own in Membership.objects.filter(running_after(on), town=into):
        taken[own.enterprise_id].append((own.since or date.min, own.until or date.max))
    made: list[Membership] = []
    for seat in seats:
        whole = (max(on, seat.since or on), seat.until or date.max)
        for since, until in _free(whole, taken[seat.enterprise_id]):
            taken[seat.enterprise_id].append((since, until))
            made.append(
                Membership(
                    town=into,
                    enterprise_id=seat.enterprise_id,
                    scope_code=into.scope_code,
                    role=seat.role,
                    main_products=seat.main_products,
                    since=since,
                    until=None if until == date.max else until,
                    end_reason=seat.end_reason if until == seat.until else "",
                )
            )
    end_members(Membership.objects.filter(pk__in=[seat.pk for seat in seats]), on, why)
    Membership.objects.bulk_create(made)


def _free(whole: Days, taken: Iterable[Days]) -> list[Days]:
    """What is left of the days when those that are taken are away; the ends are exclusive."""
    left = [whole]
    for since, until in taken:
        if since == until:
            continue
        left = [
            days
            for first, last in left
            for days in ((first, min(last, since)), (max(first, until), last))
            if days[0] < days[1]
        ]
    return left


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
            since=_begun(row, on),
        )
        for row in halls
    )
    Platform.objects.filter(pk__in=[row.pk for row in halls]).update(until=on)


def _begun(row: Platform, on: date) -> date | None:
    """From when it serves the new town; one that is being built has no day of its own yet."""
    if row.since is None:
        return on if row.state == "present" else None
    return max(on, row.since)


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
