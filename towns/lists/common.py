"""What the filters of several lists share."""

from __future__ import annotations

from django import forms

from portal.core import clock
from portal.core.actor import Actor
from portal.core.listing import EVERYTHING
from portal.core.models import Region

SHOWN_YEARS = 10


def region_choices(actor: Actor) -> list[tuple[str, str]]:
    """The regions below the acting office, cities before their counties; none for a county."""
    if actor.scope is None or actor.office is None:
        return []
    rows = Region.objects.filter(code__gte=actor.scope.lower, code__lt=actor.scope.upper)
    own = actor.office.region_id
    return [
        (row.code, f"{'' if row.kind == 'city' else '  '}{row.name}")
        for row in rows
        if row.pk != own
    ]


def offer_regions(form: forms.Form, actor: Actor) -> None:
    """Fill the form's select box of regions; without regions to choose from it goes away."""
    found = region_choices(actor)
    if found:
        form.fields["region"].choices = [EVERYTHING, *found]  # type: ignore[attr-defined]
    else:
        del form.fields["region"]


def scope_of(code: str) -> dict[str, str]:
    """Bounds of ``scope_code`` for a region; an unknown one has nothing in it."""
    region = Region.objects.filter(code=code).first()
    if region is None:
        return {"scope_code": ""}
    return {"scope_code__gte": region.scope_from, "scope_code__lt": region.scope_to}


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
