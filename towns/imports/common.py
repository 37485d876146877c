"""What the importers of this app share."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import combinations

from portal.core.actor import Actor
from towns.actions import entries
from towns.models import Town

_BRACKETS = str.maketrans("（）", "()")


def plain_name(name: str) -> str:
    """A name without blanks and with one kind of brackets."""
    return "".join(name.split()).translate(_BRACKETS)


def county_names(town: Town) -> set[str]:
    """What the county of a town is called, also with its city or province or both before it."""
    above: list[str] = []
    region = town.county.parent
    while region is not None:
        above.insert(0, region.name)
        region = region.parent
    return {
        plain_name("".join((*before, town.county.name)))
        for count in range(len(above) + 1)
        for before in combinations(above, count)
    }


def places_of(actor: Actor) -> Sequence[tuple[str, str]]:
    """The towns that the rows of a workbook may belong to, for the choice of its upload."""
    rows = Town.objects.visible_to(actor).standing()
    return [(str(pk), name) for pk, name in rows.values_list("pk", "name")]


def lock_towns(actor: Actor, further: Collection[int] = ()) -> None:
    """The towns one sees and further ones, locked in the order of their keys as by every write."""
    keys = Town.objects.visible_to(actor).order_by().values_list("pk", flat=True)
    entries.lock_towns({*keys, *further})
