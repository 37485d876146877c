"""条件: what the addresses and actions of a draft's conditions are asked with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from criteria.actions.conditions import rules_of
from criteria.condition_facts import ConditionFacts
from criteria.condition_queries import spec_of_criterion
from criteria.models import Condition, Criterion, Indicator
from tests.access.subjects.criteria import draft_of

if TYPE_CHECKING:
    from tests.access.ground import Held
    from tests.test_access import County

CRITERION, CONDITION = "scale", "scale-output"


def _row(held: Held | County) -> Criterion:
    return draft_of(held).criteria.get(key=CRITERION)


def _facts(held: Held) -> ConditionFacts:
    return ConditionFacts.of(spec_of_criterion(_row(held)).conditions[0])


def _criterion(held: Held) -> dict[str, Any]:
    return {"key": draft_of(held).key, "criterion": CRITERION}


def _condition(held: Held) -> dict[str, Any]:
    return {**_criterion(held), "condition": CONDITION}


def _amended(held: Held) -> dict[str, Any]:
    facts = _facts(held)
    changed = replace(facts, threshold=Decimal(900_000_000))
    return {**_condition(held), "facts": changed, "opened": facts.plain()}


def _movable(held: Held) -> dict[str, Any]:
    Condition.objects.create(
        criterion=_row(held), key="second", operator="ge", threshold=Decimal(5), firmness="firm",
        indicator=Indicator.objects.get(key="employment"), quote="产值", ordinal=2,
    )  # fmt: skip
    return {**_condition(held), "up": False, "seen": 1}


def _rules(held: Held) -> dict[str, Any]:
    rules = rules_of(spec_of_criterion(_row(held)))
    return {
        **_criterion(held),
        "facts": replace(rules, joining="any"),
        "opened": rules.plain(),
    }


STATES: dict[str, Callable[[Held], dict[str, Any]]] = {}
FIELDS: dict[str, Callable[[Held], dict[str, Any]]] = {}
PREPARATIONS: dict[str, Callable[[Held], dict[str, Any]]] = {
    "criteria.add_condition": lambda held: {
        **_criterion(held),
        "facts": replace(_facts(held), indicator="revenue"),
    },
    "criteria.amend_condition": _amended,
    "criteria.remove_condition": lambda held: {
        **_condition(held),
        "opened": _facts(held).plain(),
    },
    "criteria.move_condition": _movable,
    "criteria.set_criterion_rules": _rules,
}


def fillings(county: County) -> dict[str, dict[str, Any]]:
    """The parameters of its addresses, besides the office."""
    criterion = {"key": draft_of(county).key, "criterion": CRITERION}
    condition = {**criterion, "condition": CONDITION}
    return {
        "condition-new": criterion,
        "condition-edit": condition,
        "condition-move": condition,
        "condition-remove": condition,
        "criterion-rules": criterion,
    }
