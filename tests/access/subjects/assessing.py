"""评定: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.assess_round": lambda held: {"call": held.world.rounds["county"]},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    return {"round-assess": {"pk": county.world.rounds["county"].pk}}
