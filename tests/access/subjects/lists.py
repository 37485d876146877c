"""列表、视图、导出: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from portal.core.actions.lists import save_view
from portal.core.actor import acting_seat
from portal.core.models import SavedView

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County


def view_of(world: World) -> SavedView:
    """A view that the county's clerk shares with the office, the same one each time."""
    clerk = world.actor("puxian.clerk")
    found = SavedView.objects.filter(post=acting_seat(clerk), list_key="towns").first()
    return found or save_view(
        actor=clerk, list_key="towns", name="农业类", query="category=agriculture", shared=True
    )


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    view_of(county.world)


def _deleted(held: Held) -> dict[str, Any]:
    return {"key": "towns", "pk": view_of(held.world).pk}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {"view-delete": _deleted}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "core.save_view": lambda held: {"list_key": "towns", "name": "全部", "query": ""},
    "core.delete_view": lambda held: {"view": view_of(held.world)},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    towns = {"key": "towns"}
    return {
        "list-export": towns,
        "view-save": towns,
        "view-delete": {**towns, "pk": view_of(county.world).pk},
    }
