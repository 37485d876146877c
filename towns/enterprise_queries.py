"""Reads of enterprises: figures of many at once, places inside a town, what happened to one."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Count, F, FilteredRelation, Q, QuerySet, Subquery, Window
from django.db.models.functions import Rank

from criteria.models import Indicator
from portal.core.actor import Actor
from towns.constants import ROLE_CHOICES
from towns.models import (
    Enterprise,
    EnterpriseFigure,
    EnterpriseName,
    Honour,
    Membership,
    Town,
)

REVENUE = "enterprise_revenue"
FIGURES = (REVENUE, "enterprise_employment", "enterprise_tax", "enterprise_export", "enterprise_rd")
ROLES = dict(ROLE_CHOICES)


def revenue_key() -> Subquery:
    """The key of the indicator that ranks are made of, looked up within the query."""
    return Subquery(Indicator.objects.filter(key=REVENUE).order_by().values("pk")[:1])


def figures_of(
    enterprises: Iterable[int], years: Sequence[int]
) -> dict[tuple[int, int, str], Decimal]:
    """(enterprise, year, indicator) -> value."""
    rows = EnterpriseFigure.objects.filter(enterprise_id__in=list(enterprises), year__in=years)
    found = rows.order_by().values_list("enterprise_id", "year", "indicator__key", "value")
    return {(enterprise, year, key): value for enterprise, year, key, value in found}


def with_revenue(seats: QuerySet[Membership], year: int) -> QuerySet[Any]:
    """Memberships with the revenue of a year as ``revenue__value``; empty where none is known."""
    return seats.annotate(
        revenue=FilteredRelation(
            "enterprise__figures",
            condition=Q(
                enterprise__figures__year=year, enterprise__figures__indicator=revenue_key()
            ),
        )
    )


def earning(year: int, least: Decimal | None, most: Decimal | None) -> QuerySet[Any]:
    """Keys of enterprises whose revenue of a year lies between two amounts in yuan."""
    rows = EnterpriseFigure.objects.filter(indicator=revenue_key(), year=year)
    if least is not None:
        rows = rows.filter(value__gte=least)
    if most is not None:
        rows = rows.filter(value__lte=most)
    return rows.order_by().values("enterprise_id")


def ranks_in(actor: Actor, towns: Iterable[int], year: int) -> dict[tuple[int, int], int]:
    """(town, enterprise) -> place by revenue among the members of today; ties share a place."""
    seats = Membership.objects.visible_to(actor).on().filter(town_id__in=set(towns))
    rows = (
        with_revenue(seats, year)
        .filter(revenue__value__isnull=False)
        .annotate(
            place=Window(Rank(), partition_by=F("town_id"), order_by=F("revenue__value").desc())
        )
        .order_by()
    )
    found = rows.values_list("town_id", "enterprise_id", "place")
    return {(town, enterprise): place for town, enterprise, place in found}


class Place(NamedTuple):
    """A place by revenue inside a town: 第 rank 位，共 of 家."""

    rank: int
    of: int


def places_over_years(town: Town, revenue: Mapping[int, Decimal]) -> dict[int, Place]:
    """Year -> place of an enterprise with these revenues among the town's members of today."""
    above = Q(pk__in=[])
    for year, value in revenue.items():
        above |= Q(year=year, value__gt=value)
    members = Membership.objects.on().filter(town=town).order_by().values("enterprise_id")
    rows = (
        EnterpriseFigure.objects.filter(
            indicator=revenue_key(), year__in=list(revenue), enterprise_id__in=members
        )
        .order_by()
        .values("year")
        .annotate(of=Count("pk"), above=Count("pk", filter=above))
    )
    return {row["year"]: Place(row["above"] + 1, row["of"]) for row in rows}


def honours_held(enterprises: Iterable[int]) -> dict[int, int]:
    """Enterprise -> honours, standards and brands in force; who sees it sees them all."""
    rows = Honour.objects.standing_on()
    counted = (
        rows.filter(enterprise_id__in=list(enterprises))
        .order_by()
        .values("enterprise_id")
        .annotate(n=Count("pk"))
    )
    return {row["enterprise_id"]: row["n"] for row in counted}


def former_names(enterprises: Iterable[int]) -> dict[int, list[str]]:
    """Enterprise -> its former names, the oldest first."""
    found: dict[int, list[str]] = defaultdict(list)
    rows = EnterpriseName.objects.filter(enterprise_id__in=list(enterprises))
    for enterprise, name in rows.order_by("valid_to", "pk").values_list("enterprise_id", "name"):
        found[enterprise].append(name)
    return dict(found)


def role_counts(town: Town) -> Counter[str]:
    """Role -> members of today."""
    rows = Membership.objects.on().filter(town=town).order_by()
    return Counter(rows.values_list("role", flat=True))


class Event(NamedTuple):
    """Something that happened to an enterprise, with what it rests on."""

    on: date | None
    text: str
    note: str


def events_of(enterprise: Enterprise, seats: Iterable[Membership]) -> list[Event]:
    """Renames, and joining, changing role in and leaving the towns of these memberships."""
    found = [
        Event(row.valid_to, f"由“{row.name}”更名", row.source) for row in enterprise.names.all()
    ]
    ended: dict[tuple[int, date | None], Membership] = {
        (seat.town_id, seat.until): seat for seat in seats if seat.until is not None
    }
    for seat in seats:
        joined = (seat.town_id, seat.since)
        before = ended.get(joined) if seat.since else None
        if before is not None and not before.end_reason and before.pk != seat.pk:
            text = f"在{seat.town.name}由{ROLES[before.role]}变更为{ROLES[seat.role]}"
            del ended[joined]
        else:
            text = f"列入{seat.town.name}，角色为{ROLES[seat.role]}"
        found.append(Event(seat.since, text, ""))
    found += [
        Event(seat.until, f"移出{seat.town.name}", seat.end_reason) for seat in ended.values()
    ]
    return sorted(found, key=lambda event: event.on or date.min, reverse=True)
