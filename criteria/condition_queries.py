"""What a condition is checked against and chosen from, read from the draft and the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from criteria.condition_checks import (
    COUNTED_TYPES,
    WORDLESS_TYPES,
    Measure,
    Setting,
    yearless_error,
)
from criteria.indicator_queries import counting_for
from criteria.models import Condition, CriteriaSet, Criterion, Indicator
from criteria.queries import condition_spec, criterion_spec
from criteria.sentences import IndicatorLine
from criteria.specs import CriterionSpec
from portal.core.actor import Actor


def usable_indicators(
    actor: Actor, criteria_set: CriteriaSet, kept: Iterable[str] = ()
) -> list[Indicator]:
    """Indicators of a town that new conditions of a set may name, and those that it named before.

    Those of the documents, and those that an office of its region or above has added.
    """
    rows = Indicator.objects.visible_to(actor).filter(subject="town")
    counting = counting_for(rows, criteria_set.region).standing()
    found = rows.filter(Q(pk__in=counting.values("pk")) | Q(key__in=set(kept)))
    return list(found.exclude(type__in=WORDLESS_TYPES))


def band_indicators(
    actor: Actor, criteria_set: CriteriaSet, kept: Iterable[str] = ()
) -> list[Indicator]:
    """Indicators that bands of a set may be made of; ``kept``: retired ones that they name."""
    return [
        row
        for row in usable_indicators(actor, criteria_set, kept)
        if row.type in COUNTED_TYPES and not yearless_error(row.name, row.source, row.year_rule)
    ]


def measure_of(row: Indicator) -> Measure:
    """An indicator as far as conditions depend on it."""
    options = tuple((str(item["key"]), str(item["name"])) for item in row.choices)
    line = IndicatorLine(row.name, row.unit, row.type, options)
    return Measure(line, row.minimum, row.maximum, row.year_rule, row.source)


def spec_of_criterion(criterion: Criterion) -> CriterionSpec:
    """A criterion of a draft with its conditions, in order."""
    rows = Condition.objects.filter(criterion=criterion).select_related("indicator")
    return criterion_spec(criterion, [condition_spec(row) for row in rows])


def named_indicators(spec: CriterionSpec) -> set[str]:
    """Keys of every indicator that a criterion names."""
    found = {row.indicator for row in spec.conditions}
    found.update(row.indicator for row in spec.priorities)
    for condition in spec.conditions:
        if condition.relaxation is not None:
            found.update(row.indicator for row in condition.relaxation.grounds)
    return found


def setting_of(
    criteria_set: CriteriaSet,
    spec: CriterionSpec,
    indicators: Iterable[Indicator],
    condition: str = "",
) -> Setting:
    """What the conditions of a criterion are checked against; ``condition``: the one in hand."""
    return Setting(
        text=spec.text,
        names={item["key"]: item["name"] for item in criteria_set.categories},
        measures={row.key: measure_of(row) for row in indicators},
        others=tuple(row for row in spec.conditions if row.key != condition),
        joining=spec.joining,
        groups=spec.groups,
        group=next((row.group for row in spec.conditions if row.key == condition), ""),
    )
