"""Every write to indicators and criteria sets, split by subject."""

from criteria.actions.categories import add_category
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
    "copy_criteria_set",
    "discard_criteria_set",
    "propose_criteria_set",
    "publish_criteria_set",
    "return_proposal",
    "take_back_proposal",
    "withdraw_criteria_set",
]
