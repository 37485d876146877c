"""What the filters of several lists share."""

from __future__ import annotations

from functools import cached_property
from typing import Generic, TypeVar

from django import forms
from django.db import models

from portal.core import clock
from portal.core.actor import Actor
from portal.core.listing import EVERYTHING, ListFilter
from portal.core.models import Region
from towns.models import Town

SHOWN_YEARS = 10
# So many of what a list is asked of may be chosen, and the one that is asked for.
OFFERED = 50
Parent = TypeVar("Parent", bound=models.Model)


Bounds = dict[str, str]


def regions_below(actor: Actor) -> list[Region]:
    """The regions below the acting office, cities before their counties; none for a county."""
    if actor.scope is None or actor.office is None:
        return []
    rows = Region.objects.filter(code__gte=actor.scope.lower, code__lt=actor.scope.upper)
    return list(rows.exclude(pk=actor.office.region_id))


def offer_regions(form: forms.Form, actor: Actor) -> dict[str, Bounds]:
    """Fill the form's select box of regions; without regions to choose from it goes away.

    Returns the bounds of ``scope_code`` for each region that may be chosen.
    """
    found = regions_below(actor)
    if found:
        form.fields["region"].choices = [  # type: ignore[attr-defined]
            EVERYTHING,
            *((row.code, f"{'' if row.kind == 'city' else '  '}{row.name}") for row in found),
        ]
    else:
        del form.fields["region"]
    return {row.code: _bounds(row) for row in found}


def scope_of(code: str) -> Bounds:
    """Bounds of ``scope_code`` for a region; an unknown one has nothing in it."""
    region = Region.objects.filter(code=code).first()
    return {"scope_code": ""} if region is None else _bounds(region)


def _bounds(region: Region) -> Bounds:
    return {"scope_code__gte": region.scope_from, "scope_code__lt": region.scope_to}


class ParentFilter(ListFilter, Generic[Parent]):
    """A filter whose rows all belong to one of something: a round, a simulation.

    ``parent`` is the field that names it.
    """

    parent = ""

    def parents(self) -> models.QuerySet[Parent]:
        """Those that the actor sees, the one that is meant without a choice first."""
        raise NotImplementedError

    @cached_property
    def offered(self) -> list[Parent]:
        """The first of them, and the one that is asked for."""
        rows = self.parents()
        found, asked = list(rows[:OFFERED]), self._asked
        if asked.isdecimal() and len(asked) < 19 and not any(str(row.pk) == asked for row in found):
            found += rows.filter(pk=int(asked))
        return found

    @cached_property
    def meant(self) -> Parent | None:
        """The one whose rows are shown: the first unless another is asked for."""
        named = next((row for row in self.offered if str(row.pk) == self._asked), None)
        return named or next(iter(self.offered), None)

    @property
    def _asked(self) -> str:
        return str(self.data.get(self.parent, ""))


def town_choices(actor: Actor) -> list[tuple[str, str]]:
    """The towns that the actor sees, by county."""
    rows = Town.objects.visible_to(actor).order_by("scope_code", "name")
    return [EVERYTHING, *((str(pk), name) for pk, name in rows.values_list("pk", "name"))]


def year_choices() -> list[tuple[str, str]]:
    """The years whose figures a list may show, the last complete one first."""
    newest = clock.today().year - 1
    return [(str(year), f"{year}年") for year in range(newest, newest - SHOWN_YEARS, -1)]


def latin(text: str) -> bool:
    """Whether upper and lower case make a difference in it."""
    return text.upper() != text.lower()


def containing(field: str, text: str) -> dict[str, str]:
    """A condition that a field contains a text; ignoring case only where there is any.

    Comparing without case folds every name of the table first, which Chinese names do not need.
    """
    return {f"{field}__icontains" if latin(text) else f"{field}__contains": text}
