"""What the importers of this app share."""

from __future__ import annotations

from portal.core.actor import Actor
from towns.models import Town

_BRACKETS = str.maketrans("（）", "()")


def plain_name(name: str) -> str:
    """A name without blanks and with one kind of brackets."""
    return "".join(name.split()).translate(_BRACKETS)


def lock_towns(actor: Actor) -> None:
    """The towns one sees, locked in the order of their keys, as every other write takes them."""
    rows = Town.objects.visible_to(actor).order_by("pk").select_for_update(of=("self",))
    list(rows.values_list("pk", flat=True))
