"""What the importers of this app share."""

from __future__ import annotations

from collections.abc import Collection

from portal.core.actor import Actor
from towns.actions import entries
from towns.models import Town

_BRACKETS = str.maketrans("（）", "()")


def plain_name(name: str) -> str:
    """A name without blanks and with one kind of brackets."""
    return "".join(name.split()).translate(_BRACKETS)


def lock_towns(actor: Actor, further: Collection[int] = ()) -> None:
    """The towns one sees and further ones, locked in the order of their keys as by every write."""
    keys = Town.objects.visible_to(actor).order_by().values_list("pk", flat=True)
    entries.lock_towns({*keys, *further})
