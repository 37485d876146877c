"""Every write to indicators and criteria sets, split by subject."""

from criteria.actions.categories import add_category

__all__ = ["add_category"]
