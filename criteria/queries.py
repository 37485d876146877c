"""Reading criteria sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache

from criteria.assessment import ConditionSpec, CriterionSpec, PrioritySpec, SetSpec
from criteria.constants import FIRMNESS_LABELS, OPERATORS, Firmness
from criteria.models import Condition, CriteriaSet, Criterion, Indicator
from portal.core import clock
from portal.core.formatting import quantity
from portal.core.models import Region


def spec_of(criteria_set: CriteriaSet) -> SetSpec:
    """The set ready to assess with; a published one never changes and is kept in memory."""
    if criteria_set.state == "published":
        return _published(criteria_set.pk)
    return _read(criteria_set.pk)


@lru_cache(maxsize=256)
def _published(pk: int) -> SetSpec:
    return _read(pk)


def _read(pk: int) -> SetSpec:
    criteria_set = CriteriaSet.objects.get(pk=pk)
    conditions: dict[int, list[ConditionSpec]] = defaultdict(list)
    rows = Condition.objects.filter(criterion__criteria_set=criteria_set)
    for row in rows.select_related("indicator"):
        conditions[row.criterion_id].append(
            ConditionSpec(
                key=row.key,
                indicator=row.indicator.key,
                indicator_name=row.indicator.name,
                unit=row.indicator.unit,
                type=row.indicator.type,
                operator=row.operator,
                threshold=row.threshold,
                firmness=row.firmness,
                categories=tuple(row.categories),
                quote=row.quote,
                floor=row.floor,
                relaxation_quote=row.relaxation_quote,
            )
        )
    return SetSpec(
        pk=criteria_set.pk,
        title=criteria_set.title,
        document_number=criteria_set.document_number,
        categories=tuple((item["key"], item["name"]) for item in criteria_set.categories),
        criteria=tuple(
            CriterionSpec(
                key=row.key,
                ordinal=row.ordinal,
                clause=row.clause,
                title=row.title,
                text=row.text,
                nature=row.nature,
                ask=row.ask,
                conditions=tuple(conditions[row.pk]),
                priorities=tuple(
                    PrioritySpec(
                        item["indicator"],
                        item["operator"],
                        Decimal(item["threshold"]),
                        item["quote"],
                    )
                    for item in row.priorities
                ),
            )
            for row in Criterion.objects.filter(criteria_set=criteria_set)
        ),
    )


def indicators(subject: str, source: str | None = None) -> list[Indicator]:
    """The catalogue for towns or enterprises, in its order."""
    rows = Indicator.objects.filter(subject=subject)
    return list(rows.filter(source=source) if source else rows)


def validity_on(criteria_set: CriteriaSet, day: date) -> str:
    """有效, 已过期 or 有效期未载明 on a day."""
    if criteria_set.effective_to is None:
        return "有效期未载明"
    return "已过期" if criteria_set.effective_to < day else "有效"


def sets_in_force(regions: Mapping[str, Region], day: date | None = None) -> dict[str, CriteriaSet]:
    """Level -> the published set in force on a day for its region; levels without one are left out.

    The latest version that has begun and has not ended; one query.
    """
    day = day or clock.today()
    rows = CriteriaSet.objects.filter(
        state="published", region__in=[region.pk for region in regions.values()]
    )
    found: dict[str, CriteriaSet] = {}
    for row in rows.order_by("version"):
        begun = row.effective_from is None or row.effective_from <= day
        lasts = row.effective_to is None or row.effective_to >= day
        if begun and lasts and regions.get(row.level) and regions[row.level].pk == row.region_id:
            found[row.level] = row
    return found


def explain(condition: ConditionSpec) -> str:
    """The condition in words: 原则上不低于 20亿元, 不低于 10家左右."""
    operator, _ = OPERATORS[condition.operator]
    before = FIRMNESS_LABELS[Firmness.IN_PRINCIPLE]
    after = FIRMNESS_LABELS[Firmness.APPROXIMATE]
    amount = quantity(condition.threshold, condition.unit)
    return (
        f"{before if condition.firmness == Firmness.IN_PRINCIPLE else ''}{operator} {amount}"
        f"{after if condition.firmness == Firmness.APPROXIMATE else ''}"
    )
