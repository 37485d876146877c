"""Values that an address carries into the figures' form: what a self-check was asked with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.http import QueryDict

from criteria.limits import LARGEST
from criteria.models import Indicator
from criteria.values import CHOSEN, too_fine
from portal.core.formatting import MONEY_FACTORS
from towns.figure_rules import out_of_bounds
from towns.forms.figures import ChosenField, FigureField

# Says that the address carries values; its name is no indicator's key.
CARRY = "carry"


def carried_values(given: QueryDict, catalogue: Iterable[Indicator]) -> dict[str, Decimal]:
    """Indicator -> value in the base unit, of what can be read and can be; the rest is left out."""
    if not given.get(CARRY):
        return {}
    found = {}
    for row in catalogue:
        value = _value(row, given)
        fine = value is not None and not (
            out_of_bounds(row, value)
            or abs(value) >= LARGEST
            or too_fine(value, row.type, row.unit, row.decimals)
        )
        if fine and value is not None:
            found[row.key] = value
    return found


def _value(row: Indicator, given: Mapping[str, str]) -> Decimal | None:
    field = ChosenField(row) if row.type in CHOSEN else FigureField(label=row.name)
    try:
        typed: Decimal | None = field.clean(given.get(row.key, ""))
    except ValidationError:
        return None
    if typed is None or row.type != "money":
        return typed
    factor = MONEY_FACTORS.get(given.get(f"{row.key}_unit", "元"))
    return None if factor is None else typed * factor
