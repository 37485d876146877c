"""荣誉、标准、品牌: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from portal.core import clock
from towns.actions.honours import HonourFacts
from towns.actions.services import PlatformFacts
from towns.models import Honour, Platform, Town

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"
FACTS = HonourFacts(kind="technology_centre", level="province", number="晋企技〔2020〕9号")
PLATFORM = PlatformFacts("logistics", "陶瓷物流园", "present", since=date(2023, 5, 1))


def honour_of(town: Town) -> Honour:
    """An honour of the town itself, the same one each time."""
    found, _ = Honour.objects.get_or_create(town=town, kind="brand_region", title="蒲县核桃")
    return found


def platform_of(town: Town) -> Platform:
    """A platform of the town, the same one each time."""
    found, _ = Platform.objects.get_or_create(
        town=town, kind="training", name="实训基地", state="present"
    )
    return found


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    town = county.world.towns[HOME]
    honour_of(town)
    platform_of(town)


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "towns.add_honour": lambda held: {"town": held.world.towns[HOME], "facts": FACTS},
    "towns.amend_honour": lambda held: {
        "honour": honour_of(held.world.towns[HOME]),
        "facts": FACTS,
    },
    "towns.revoke_honour": lambda held: {
        "honour": honour_of(held.world.towns[HOME]),
        "kind": "mistake",
        "on": clock.today(),
        "reason": "登记有误",
    },
    "towns.add_platform": lambda held: {"town": held.world.towns[HOME], "facts": PLATFORM},
    "towns.amend_platform": lambda held: {
        "town": held.world.towns[HOME],
        "platform_id": platform_of(held.world.towns[HOME]).pk,
        "facts": PLATFORM,
    },
    "towns.end_platform": lambda held: {
        "town": held.world.towns[HOME],
        "platform_id": platform_of(held.world.towns[HOME]).pk,
        "on": clock.today(),
    },
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    town = county.world.towns[HOME]
    honour = {"pk": honour_of(town).pk}
    platform = {"pk": town.pk, "platform": platform_of(town).pk}
    return {
        "town-honours": {"pk": town.pk},
        "honour": honour,
        "honour-add": {"pk": town.pk},
        "honour-amend": honour,
        "honour-revoke": honour,
        "town-services": {"pk": town.pk},
        "platform-add": {"pk": town.pk},
        "platform-amend": platform,
        "platform-end": platform,
    }
