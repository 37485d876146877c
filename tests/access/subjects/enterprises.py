"""企业: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from towns.models import Membership

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.factories import World
    from tests.test_access import County

HOME = "puxian"
DAY = date(2025, 6, 1)


def seat_of(world: World) -> Membership:
    """The same running membership of the county's town each time."""
    seats = Membership.objects.filter(town=world.towns[HOME], until__isnull=True)
    return seats.select_related("enterprise", "town").earliest("pk")


def _other_role(seat: Membership) -> str:
    return "backbone" if seat.role != "backbone" else "supporting"


def _role(held: Held) -> dict[str, Any]:
    seat = seat_of(held.world)
    return {"town": seat.town, "membership_id": seat.pk, "role": _other_role(seat), "on": DAY}


def _amended(held: Held) -> dict[str, Any]:
    seat = seat_of(held.world)
    return {
        "town": seat.town,
        "membership_id": seat.pk,
        "main_products": "牛肉制品",
        "since": seat.since,
    }


def _renamed(held: Held) -> dict[str, Any]:
    enterprise = seat_of(held.world).enterprise
    return {
        "enterprise": enterprise,
        "name": "更名后的企业",
        "on": DAY,
        "source": "变更登记通知书",
        "was": enterprise.name,
    }


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.change_role": _role,
    "towns.amend_member": _amended,
    "towns.rename_enterprise": _renamed,
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    seat = seat_of(county.world)
    enterprise, member = {"pk": seat.enterprise_id}, {"pk": seat.town_id, "membership": seat.pk}
    return {
        "enterprise": enterprise,
        "enterprise-rename": enterprise,
        "town-enterprises": {"pk": seat.town_id},
        "member-role": member,
        "member-amend": member,
    }
