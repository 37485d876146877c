"""指标目录、类别: what its addresses and actions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from criteria.actions.indicators import IndicatorFacts
from criteria.models import Indicator
from tests.factories import make_indicator

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

HOME = "puxian"
FACTS = IndicatorFacts("示范基地数", "count", "个")


def _own(held: Held) -> Indicator:
    return make_indicator(held.world.offices[held.slug])


def _named(held: Held) -> dict[str, Any]:
    return {"indicator": _own(held).key}


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {
    "indicator-edit": _named,
    "indicator-retire": _named,
}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "indicator-new": lambda held: {"name": "示范基地数", "type": "yes_no", "year_rule": "latest"},
    "indicator-edit": lambda held: {"name": "示范基地数", "type": "yes_no", "year_rule": "latest"},
    "category-new": lambda held: {"name": "生物医药"},
}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "criteria.add_category": lambda held: {"name": "生物医药"},
    "criteria.add_indicator": lambda held: {"facts": FACTS},
    "criteria.amend_indicator": lambda held: {"indicator": _own(held), "facts": FACTS},
    "criteria.retire_indicator": lambda held: {"indicator": _own(held)},
}


def prepare(county: County) -> None:
    """What the addresses name, made once with the world."""
    for office in ("puxian", "sx"):
        make_indicator(county.world.offices[office])


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    key = make_indicator(county.world.offices[HOME]).key
    return {"indicator-edit": {"indicator": key}, "indicator-retire": {"indicator": key}}
