"""批次进度: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "round-cockpit-export": lambda held: {"part": "places"},
    "round-remind": lambda held: {"whom": "all"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.remind_towns": lambda held: {"call": held.county.filing.round},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    call = {"pk": county.filing.round_id}
    return {"round-cockpit": call, "round-cockpit-export": call, "round-remind": call}
