"""批次的修改、名额、材料清单、延期、试运行: what their addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from criteria.queries import spec_of
from portal.core import clock
from tests.factories import World, make_round
from towns.models import EvidenceSlot, Extension, Round, RoundQuota, Town

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"


def _day() -> date:
    return clock.today() + timedelta(days=60)


def _call(world: World) -> Round:
    return world.rounds["county"]


def _trial(world: World) -> Round:
    """A round of the same office that is on trial and has not opened yet."""
    call, today = _call(world), clock.today()
    found = Round.objects.filter(office=call.office, trial=True).first()
    return found or make_round(
        call.office,
        call.criteria_set,
        f"{call.key}-trial",
        trial=True,
        opens_on=today + timedelta(days=1),
    )


def _source(world: World) -> Round:
    """An earlier round of the office with a list of its own."""
    return Round.objects.get(key=f"{_call(world).key}-earlier")


def _handed(world: World) -> Round:
    """The provincial round, in which the city of the county was given places."""
    return world.rounds["province"]


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    world, call = county.world, _call(county.world)
    criterion = spec_of(call.criteria_set).criteria[0].key
    earlier = make_round(call.office, call.criteria_set, f"{call.key}-earlier")
    for row, key in ((call, "m001"), (earlier, "m001")):
        EvidenceSlot.objects.create(
            round=row, criterion=criterion, key=key, title=f"{row.key} 的材料", ordinal=1
        )
    now = clock.now()
    Extension.objects.create(
        round=call,
        town=world.towns[HOME],
        until=call.closing + timedelta(days=3),
        reason="断网",
        approver="主任",
        granted_at=now,
    )
    city = world.offices["linfen"]
    RoundQuota.objects.get_or_create(
        round=_handed(world),
        region=city.region,
        defaults={"places": 40, "set_by": _handed(world).office, "set_at": now},
    )
    _trial(world)


def _slot(world: World) -> EvidenceSlot:
    return EvidenceSlot.objects.get(round=_call(world))


def _extension(world: World) -> Extension:
    return Extension.objects.get(round=_call(world))


def _place(held: Held) -> str:
    return f"places_{held.world.offices[HOME].region_id}"


def _extended(held: Held) -> Town:
    return held.fresh_town


def _facts(held: Held) -> dict[str, Any]:
    slot = _slot(held.world)
    return {"criterion": slot.criterion, "title": "营业执照复印件"}


def _terms(held: Held) -> dict[str, Any]:
    call = _call(held.world)
    return {
        "closes_on": (call.closes_on + timedelta(days=1)).isoformat(),
        "closes_time": "18:00",
        "upload_grace": 30,
    }


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "round-quotas": lambda held: {"pk": _handed(held.world).pk},
    "round:trial": lambda held: {"pk": _trial(held.world).pk},
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "round-edit": _terms,
    "round-quotas": lambda held: {_place(held): 1},
    "round-slots": lambda held: {"source": _source(held.world).pk},
    "round-slot-new": _facts,
    "round-slot": lambda held: {**_facts(held), "title": _slot(held.world).title},
    "round-slot-move": lambda held: {"way": "up"},
    "round-extensions": lambda held: {
        "town": _extended(held).pk,
        "until_on": _day().isoformat(),
        "reason": "断网",
        "approver": "主任",
    },
    "round-extension-revoke": lambda held: {"reason": "情况有变"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "reviews.change_round": lambda held: {
        "call": _call(held.world),
        "wanted": {"note": "请提前准备"},
    },
    "towns.set_quotas": lambda held: {
        "call": _handed(held.world),
        "places": {held.world.offices[HOME].region_id: 1},
    },
    "towns.add_slot": lambda held: {"call": _call(held.world), **_facts(held)},
    "towns.change_slot": lambda held: {
        "call": _call(held.world),
        "slot_id": _slot(held.world).pk,
        "required": False,
    },
    "towns.remove_slot": lambda held: {
        "call": _call(held.world),
        "slot_id": _slot(held.world).pk,
    },
    "towns.move_slot": lambda held: {
        "call": _call(held.world),
        "slot_id": _slot(held.world).pk,
        "up": True,
    },
    "towns.copy_slots": lambda held: {
        "call": _call(held.world),
        "source": _source(held.world),
    },
    "towns.grant_extension": lambda held: {
        "call": _call(held.world),
        "town": _extended(held),
        "until": _call(held.world).closing + timedelta(days=30),
        "reason": "断网",
        "approver": "主任",
    },
    "towns.revoke_extension": lambda held: {
        "extension": _extension(held.world),
        "reason": "情况有变",
    },
    "towns.discard_trial": lambda held: {"call": _trial(held.world)},
    "towns.end_trial": lambda held: {"call": _trial(held.world)},
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    world = county.world
    call, trial = {"pk": _call(world).pk}, {"pk": _trial(world).pk}
    return {
        "round-edit": call,
        "round-quotas": call,
        "round-slots": call,
        "round-slot-new": call,
        "round-slot": {**call, "slot": _slot(world).pk},
        "round-slot-move": {**call, "slot": _slot(world).pk},
        "round-extensions": call,
        "round-extension-revoke": {**call, "extension": _extension(world).pk},
        "round-discard": trial,
        "round-official": trial,
    }
