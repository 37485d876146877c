"""Values of many towns at once: the numbers of ``towns.queries.values_of`` in a few queries.

Registers are read as light rows and counted by the very rules that name the rows of one town
(``towns.counting``); there is no second way of counting. What is read belongs to the towns given:
whoever asks has taken them from what the actor sees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import chain, islice
from typing import NamedTuple

from django.db.models import Q, QuerySet

from portal.core import clock
from towns.counting import INDICATORS, numbers_of
from towns.models import Honour, Membership, Platform, TownFigure, TownFunction

BATCH = 1000


def values_of_many(
    towns: Iterable[int], year: int, *, day: date | None = None, only: Collection[str] | None = None
) -> dict[int, dict[str, Decimal]]:
    """Town -> indicator key -> value: the reported figures of a year and the computed indicators.

    ``only``: the keys wanted; figures of another year are named ``key@year``. ``day``: the day on
    which registers are counted, today unless given. At most seven queries for a thousand towns.
    """
    day = day or clock.today()
    names = _names(year, only)
    counted = INDICATORS if only is None else INDICATORS.intersection(only)
    found: dict[int, dict[str, Decimal]] = {}
    rest = iter(dict.fromkeys(towns))
    while batch := list(islice(rest, BATCH)):
        for town in batch:
            found[town] = {}
        for town, of_year, key, value in _figures(batch, year, names):
            for name in (key,) if names is None else names[of_year, key]:
                found[town][name] = value
        if counted:
            shelf = Shelf(batch, day)
            for town in batch:
                found[town].update(numbers_of(TownRegisters(shelf, town), counted))
    return found


def _names(year: int, only: Collection[str] | None) -> dict[tuple[int, str], list[str]] | None:
    """Year and key of an indicator -> the names under which its value is given; None: every key."""
    if only is None:
        return None
    found: dict[tuple[int, str], list[str]] = defaultdict(list)
    for name in only:
        key, _, stated = name.partition("@")
        if stated or key not in INDICATORS:
            found[int(stated) if stated else year, key].append(name)
    return found


def _figures(
    towns: Sequence[int], year: int, asked: Iterable[tuple[int, str]] | None
) -> Iterable[tuple[int, int, str, Decimal]]:
    """Town, year, key and value of the figures that are asked for, or of all of the year."""
    rows = TownFigure.objects.filter(town__in=towns).order_by()
    if asked is None:
        rows = rows.filter(year=year).exclude(indicator__key__in=INDICATORS)
        return rows.values_list("town_id", "year", "indicator__key", "value")
    by_year: dict[int, list[str]] = defaultdict(list)
    for stated, key in asked:
        by_year[stated].append(key)
    if not by_year:
        return ()
    wanted = Q()
    for stated, keys in by_year.items():
        wanted |= Q(year=stated, indicator__key__in=keys)
    return rows.filter(wanted).values_list("town_id", "year", "indicator__key", "value")


# --- registers ------------------------------------------------------------------------------------


class Member(NamedTuple):
    """An enterprise in its role."""

    town_id: int
    enterprise_id: int
    role: str


class Held(NamedTuple):
    """An honour, standard or brand in force."""

    pk: int
    enterprise_id: int | None
    town_id: int | None
    kind: str
    level: str
    title: str
    number: str


class Function(NamedTuple):
    """One of the eight functions."""

    town_id: int
    state: str


class Place(NamedTuple):
    """A platform that has not closed."""

    town_id: int
    state: str
    since: date | None


class Shelf:
    """The registers of some towns as they stood on a day, each read when a rule first asks."""

    def __init__(self, towns: Sequence[int], day: date) -> None:
        self.towns = towns
        self.day = day

    @cached_property
    def members(self) -> dict[int, list[Member]]:
        """Members by town."""
        found: dict[int, list[Member]] = defaultdict(list)
        rows = self._seats().values_list("town_id", "enterprise_id", "role")
        for row in map(Member._make, rows):
            found[row.town_id].append(row)
        return found

    @cached_property
    def _honours(self) -> list[Held]:
        """Honours in force of the members and of the towns themselves, in one query."""
        of_members = Q(enterprise_id__in=self._seats().values("enterprise_id"))
        return list(self._held(of_members | Q(town_id__in=self.towns)))

    @cached_property
    def honours_of_members(self) -> dict[int, list[Held]]:
        """Honours in force by enterprise."""
        found: dict[int, list[Held]] = defaultdict(list)
        for row in self._honours:
            if row.enterprise_id is not None:
                found[row.enterprise_id].append(row)
        return found

    @cached_property
    def honours_of_towns(self) -> dict[int, list[Held]]:
        """Honours in force by the town that holds them itself."""
        found: dict[int, list[Held]] = defaultdict(list)
        for row in self._honours:
            if row.town_id is not None:
                found[row.town_id].append(row)
        return found

    @cached_property
    def functions(self) -> dict[int, list[Function]]:
        """Functions by town."""
        found: dict[int, list[Function]] = defaultdict(list)
        rows = TownFunction.objects.on(self.day).filter(town_id__in=self.towns).order_by()
        for row in map(Function._make, rows.values_list("town_id", "state")):
            found[row.town_id].append(row)
        return found

    @cached_property
    def platforms(self) -> dict[int, list[Place]]:
        """Platforms that run or are being built, by town."""
        found: dict[int, list[Place]] = defaultdict(list)
        rows = Platform.objects.running_on(self.day).filter(town_id__in=self.towns).order_by()
        for row in map(Place._make, rows.values_list("town_id", "state", "since")):
            found[row.town_id].append(row)
        return found

    def _seats(self) -> QuerySet[Membership]:
        return Membership.objects.on(self.day).filter(town_id__in=self.towns).order_by()

    def _held(self, whose: Q) -> Iterator[Held]:
        rows = Honour.objects.standing_on(self.day).filter(whose).order_by()
        return map(Held._make, rows.values_list(*Held._fields))


class TownRegisters:
    """One town's part of a shelf: what a rule counts from."""

    def __init__(self, shelf: Shelf, town: int) -> None:
        self.shelf = shelf
        self.town = town
        self.day = shelf.day

    @property
    def members(self) -> Sequence[Member]:
        """Members of the day."""
        return self.shelf.members.get(self.town, ())

    @cached_property
    def honours(self) -> Sequence[Held]:
        """Honours in force of the members and of the town itself, in no order."""
        of_members = self.shelf.honours_of_members
        enterprises = dict.fromkeys(row.enterprise_id for row in self.members)
        own = self.shelf.honours_of_towns.get(self.town, ())
        return [*chain.from_iterable(of_members.get(row, ()) for row in enterprises), *own]

    @property
    def functions(self) -> Sequence[Function]:
        """The functions, whatever their state."""
        return self.shelf.functions.get(self.town, ())

    @property
    def platforms(self) -> Sequence[Place]:
        """Platforms that run or are being built."""
        return self.shelf.platforms.get(self.town, ())
