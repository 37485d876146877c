"""标准模拟、梯次培育: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from criteria.models import CriteriaSet
from portal.core import clock
from tests.factories import World, make_draft
from towns.actions import start_simulation
from towns.models import Simulation

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def _draft(world: World) -> CriteriaSet:
    return make_draft(world.offices[HOME])


def _simulation(county: County) -> Simulation:
    draft = _draft(county.world)
    return Simulation.objects.filter(criteria_set=draft).first() or start_simulation(
        actor=county.world.actor(f"{HOME}.clerk"), criteria_set=draft, year=clock.today().year - 1
    )


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    _simulation(county)


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "criteria-simulate": lambda held: {"year": clock.today().year - 1}
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.start_simulation": lambda held: {
        "criteria_set": _draft(held.world),
        "year": clock.today().year - 1,
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    return {
        "criteria-simulate": {"key": _draft(county.world).key},
        "simulation": {"pk": _simulation(county).pk},
        "town-gap": {"pk": county.world.towns[HOME].pk},
    }
