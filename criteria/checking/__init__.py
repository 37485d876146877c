"""Checking a draft for gaps before it is proposed: what must be mended, what to look at again.

``check_set`` reads a set and checks it; ``check`` is pure. What the document leaves open (未载明)
is listed and never holds a draft up.
"""

from __future__ import annotations

from criteria.checking.rules import blocking, check, counted, counts_said
from criteria.checking.shape import (
    SEVERITIES,
    Checked,
    CheckFinding,
    IndicatorState,
    Severity,
)
from criteria.condition_queries import measure_of
from criteria.models import CriteriaSet, Indicator
from criteria.queries import spec_of
from criteria.suppliers import is_supplied

__all__ = [
    "SEVERITIES",
    "CheckFinding",
    "Checked",
    "IndicatorState",
    "Severity",
    "blocking",
    "check",
    "check_set",
    "checked",
    "counted",
    "counts_said",
]


def checked(criteria_set: CriteriaSet) -> Checked:
    """A set as it is checked, with the state of every indicator that it looks at."""
    spec = spec_of(criteria_set)
    code = criteria_set.region.code
    rows = Indicator.objects.filter(key__in=spec.indicators).select_related("region")
    return Checked(
        spec=spec,
        states={
            row.key: IndicatorState(
                name=row.name,
                type=row.type,
                subject=row.subject,
                source=row.source,
                retired=row.retired_at is not None,
                supplied=is_supplied(row.source, row.key),
                usable=row.region is None or row.region.scope_from <= code < row.region.scope_to,
                year_rule=row.year_rule,
                measure=measure_of(row),
            )
            for row in rows
        },
        kind=criteria_set.kind,
        effective_from=criteria_set.effective_from,
        effective_to=criteria_set.effective_to,
        silent=tuple(criteria_set.silent),
    )


def check_set(criteria_set: CriteriaSet) -> list[CheckFinding]:
    """Everything found in a set."""
    return check(checked(criteria_set))
