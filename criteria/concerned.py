"""Whom a criteria set concerns, and what keeps its version: said by the floors above.

Rounds, applications and filing units stand on a floor above the criteria. An app says in
``apps.ready()`` which filing units a set concerns, what holds on to a version and which versions
unfinished work still needs; publication, withdrawal and the catalogue of indicators ask here, and
know nothing of who answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import NamedTuple

from django.db.models import Q

from criteria.models import CriteriaSet
from portal.core.actor import Actor
from portal.core.constants import OfficeKind
from portal.core.models import Office, Region


class Keeper(NamedTuple):
    """What keeps a version: its name, how it stands, and its address in a workspace."""

    name: str
    note: str
    url_name: str
    url_args: tuple[object, ...]


Units = Callable[[CriteriaSet], Iterable[int]]
Keepers = Callable[[Actor, CriteriaSet], list[Keeper]]
Pins = Callable[[date], Q]
_units: list[Units] = []
_keepers: list[Keepers] = []
_pins: list[Pins] = []


def register_concern(units: Units, keepers: Keepers, pins: Pins) -> None:
    """Say whom besides the leading-group offices a set concerns, and what keeps its version.

    ``pins``: the sets, as a condition on them, that unfinished work needs on a day.
    """
    _units.append(units)
    _keepers.append(keepers)
    _pins.append(pins)


def leading_groups(region: Region) -> list[int]:
    """The leading-group offices of a region, of those below it and of those above it."""
    rows = Office.objects.standing().filter(kind=OfficeKind.LEADING_GROUP_OFFICE)
    scope = region.scope
    within = rows.filter(region__code__gte=scope.lower, region__code__lt=scope.upper)
    above = rows.filter(region__scope_from__lte=region.code, region__scope_to__gt=region.code)
    found = [*within.values_list("pk", flat=True), *above.values_list("pk", flat=True)]
    return list(dict.fromkeys(found))


def units_concerned(criteria_set: CriteriaSet) -> list[int]:
    """The filing units that the floors above name."""
    return list(dict.fromkeys(pk for units in _units for pk in units(criteria_set)))


def keepers_of(actor: Actor, criteria_set: CriteriaSet) -> list[Keeper]:
    """What the actor sees that goes on under this version."""
    return [row for keepers in _keepers for row in keepers(actor, criteria_set)]


def pinned(day: date) -> Q:
    """The sets that unfinished work of the floors above needs on a day, in force or not."""
    found = Q(pk__in=())
    for pins in _pins:
        found |= pins(day)
    return found
