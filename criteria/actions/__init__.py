"""Every write to indicators and criteria sets, split by subject."""

from criteria.actions.categories import add_category
from criteria.actions.conditions import (
    add_condition,
    amend_condition,
    move_condition,
    remove_condition,
    set_criterion_rules,
)
from criteria.actions.drafting import (
    add_criterion,
    amend_criteria_set,
    amend_criterion,
    create_criteria_set,
    move_criterion,
    remove_criterion,
)
from criteria.actions.exchange import import_criteria_set
from criteria.actions.indicators import add_indicator, amend_indicator, retire_indicator
from criteria.actions.lifecycle import copy_criteria_set, discard_criteria_set
from criteria.actions.publishing import (
    propose_criteria_set,
    publish_criteria_set,
    return_proposal,
    take_back_proposal,
    withdraw_criteria_set,
)

__all__ = [
    "add_category",
    "add_condition",
    "add_criterion",
    "add_indicator",
    "amend_condition",
    "amend_criteria_set",
    "amend_criterion",
    "amend_indicator",
    "copy_criteria_set",
    "create_criteria_set",
    "discard_criteria_set",
    "import_criteria_set",
    "move_condition",
    "move_criterion",
    "propose_criteria_set",
    "publish_criteria_set",
    "remove_condition",
    "remove_criterion",
    "retire_indicator",
    "return_proposal",
    "set_criterion_rules",
    "take_back_proposal",
    "withdraw_criteria_set",
]
