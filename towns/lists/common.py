"""What the filters of several lists share."""

from __future__ import annotations

from django import forms

from portal.core import clock
from portal.core.actor import Actor
from portal.core.listing import EVERYTHING
from portal.core.models import Region
from towns.models import Town

SHOWN_YEARS = 10


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
