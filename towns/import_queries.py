"""What workbooks are looked up in: rows by the codes they name, a handful of queries a thousand.

The callers have the right to write to the towns they give; an enterprise is looked up by its code
wherever it is, because a code is the same enterprise everywhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple, TypeVar

from towns.models import Enterprise, EnterpriseFigure, EnterpriseName, Membership, Town

# SQLite takes no more than some thirty thousand parameters in a statement.
CHUNK = 2_000
_Key = TypeVar("_Key", int, str)


@dataclass(slots=True)
class KnownEnterprise:
    """An enterprise of the register; ``seen`` if it is or was part of a town of the importer's."""

    pk: int
    uscc: str
    name: str
    entity: str
    seen: bool = False


@dataclass(slots=True)
class KnownSeat:
    """A membership, with the date on which the enterprise joined: roles may have changed since.

    ``first_pk`` is the row of the first role and ``first_until`` the day on which that role ended.
    """

    pk: int
    role: str
    main_products: str
    since: date | None
    joined: date | None
    first_pk: int
    first_until: date | None = None


@dataclass(slots=True)
class KnownSeats:
    """The memberships of an enterprise in a town: the present one, and when the last one ended."""

    current: KnownSeat | None = None
    ended: date | None = None


def chunks(values: Collection[_Key]) -> Iterator[list[_Key]]:
    """The values in their order, as many at a time as one statement takes."""
    ordered = sorted(values)
    for start in range(0, len(ordered), CHUNK):
        yield ordered[start : start + CHUNK]


def enterprises_by_code(codes: Collection[str]) -> dict[str, KnownEnterprise]:
    """The enterprises of these codes."""
    found: dict[str, KnownEnterprise] = {}
    for some in chunks(codes):
        rows = Enterprise.objects.filter(uscc__in=some).order_by()
        for pk, uscc, name, entity in rows.values_list("pk", "uscc", "name", "entity"):
            found[uscc] = KnownEnterprise(pk, uscc, name, entity)
    return found


def former_names(enterprises: Collection[int]) -> dict[int, list[str]]:
    """What enterprises were called before."""
    found: dict[int, list[str]] = defaultdict(list)
    for some in chunks(enterprises):
        rows = EnterpriseName.objects.filter(enterprise__in=some).order_by()
        for enterprise, name in rows.values_list("enterprise_id", "name"):
            found[enterprise].append(name)
    return found


def lock_enterprises(codes: Collection[str]) -> None:
    """Lock the enterprises of these codes in the order of the codes."""
    for some in chunks(codes):
        rows = Enterprise.objects.filter(uscc__in=some).order_by("uscc")
        list(rows.select_for_update(no_key=True).values_list("pk"))


def towns_of(enterprises: Collection[int]) -> dict[int, list[int]]:
    """The towns on whose lists enterprises are today, each with its enterprises."""
    found: dict[int, list[int]] = defaultdict(list)
    for some in chunks(enterprises):
        rows = Membership.objects.on().filter(enterprise__in=some).order_by("enterprise_id")
        for town, enterprise in rows.values_list("town_id", "enterprise_id"):
            found[town].append(enterprise)
    return found


def towns_by_key(keys: Collection[int]) -> list[Town]:
    """The towns of these keys in their order."""
    return list(Town.objects.filter(pk__in=keys).order_by("pk"))


def seats_in(
    towns: Sequence[int], enterprises: Collection[int]
) -> dict[tuple[int, int], KnownSeats]:
    """The memberships of enterprises in towns, by (town, enterprise)."""
    rows: dict[tuple[int, int], list[_Row]] = defaultdict(list)
    for some in chunks(enterprises):
        found = Membership.objects.filter(town__in=towns, enterprise__in=some).order_by("pk")
        for place, enterprise, *row in found.values_list("town_id", "enterprise_id", *_Row._fields):
            rows[place, enterprise].append(_Row(*row))
    return {place: _seats(found) for place, found in rows.items()}


class _Row(NamedTuple):
    pk: int
    role: str
    main_products: str
    since: date | None
    until: date | None


def _seats(rows: Sequence[_Row]) -> KnownSeats:
    if len(rows) == 1 and rows[0].until is None:
        only = rows[0]
        return KnownSeats(KnownSeat(*only[:4], joined=only.since, first_pk=only.pk))
    current = next((row for row in rows if row.until is None), None)
    before = [row for row in rows if row.until is not None]
    seats = KnownSeats(ended=_last_end(before))
    if current is None:
        return seats
    first = current
    # A new role is a new row that begins on the day the one before it ended.
    while first.since is not None:
        earlier = next((row for row in before if row.until == first.since), None)
        if earlier is None:
            break
        before.remove(earlier)
        first = earlier
    seats.ended = _last_end(before)
    seats.current = KnownSeat(
        *current[:4], joined=first.since, first_pk=first.pk, first_until=first.until
    )
    return seats


def _last_end(rows: Sequence[_Row]) -> date | None:
    return max((row.until for row in rows if row.until), default=None)


def enterprise_figures(
    enterprises: Collection[int], years: Collection[int], indicators: Collection[int]
) -> dict[tuple[int, int, int], tuple[Decimal, str]]:
    """The yearly values of enterprises, by (enterprise, year, indicator), with their sources."""
    found: dict[tuple[int, int, int], tuple[Decimal, str]] = {}
    if not years:
        return found
    for some in chunks(enterprises):
        rows = EnterpriseFigure.objects.filter(
            enterprise__in=some, year__in=years, indicator__in=indicators
        ).order_by()
        for enterprise, year, indicator, value, source in rows.values_list(
            "enterprise_id", "year", "indicator_id", "value", "source"
        ):
            found[enterprise, year, indicator] = value, source
    return found
