"""认定标准的编制和发布: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from criteria.models import CriteriaSet
from tests.factories import make_draft

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def draft_of(held: Held | County) -> CriteriaSet:
    """A draft of the office that holds the objects, the same one each time."""
    return make_draft(held.world.offices[HOME])


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    draft_of(county)


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    return {}
