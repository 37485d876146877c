"""年度数据: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portal.core import clock
from tests.factories import report_year

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def _reported(held: Held) -> dict[str, Any]:
    """A year that the town has reported and that waits for the city."""
    row = report_year(held.world, HOME)
    return {"town": row.town, "year": row.year}


def _confirmed(held: Held) -> dict[str, Any]:
    """A year that the city has confirmed."""
    row = report_year(held.world, HOME, state="confirmed")
    return {"town": row.town, "year": row.year}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "figures-check": lambda held: {"decision": "confirm"}
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.correct_figures": lambda held: {
        **_confirmed(held),
        "values": {"tax": Decimal(80_000_000)},
        "reason": "经税务部门核定调整",
    },
    "towns.confirm_figures": _reported,
    "towns.return_figures": lambda held: {**_reported(held), "reason": "产值与年报不一致"},
    "towns.record_enterprise_figures": lambda held: {
        "town": held.world.towns[HOME],
        "enterprise": held.world.towns[HOME].memberships.earliest("pk").enterprise,
        "year": clock.today().year - 1,
        "values": {"enterprise_revenue": Decimal(1)},
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    row = report_year(county.world, HOME)
    town, year = county.world.towns[HOME], row.year
    return {
        "town-data": {"pk": town.pk},
        "town-counted": {"pk": town.pk, "key": "supporting_enterprises"},
        "figures-check": {"pk": town.pk, "year": year},
        "enterprise-figures": {
            "pk": town.memberships.earliest("pk").enterprise_id,
            "year": year,
        },
    }
