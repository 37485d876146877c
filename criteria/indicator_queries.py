"""Reading the catalogue of indicators: whose they are, who uses them, which years are asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from django.db.models import ManyToOneRel, Q

from criteria.concerned import pinned
from criteria.models import (
    Condition,
    CriteriaSet,
    CriteriaSetQuerySet,
    Criterion,
    Indicator,
    IndicatorQuerySet,
)
from criteria.standing import stands_on
from portal.core import clock
from portal.core.models import Region


def counting_for(rows: IndicatorQuerySet, region: Region) -> IndicatorQuerySet:
    """Those of the documents, and those that the region's own offices or those above added."""
    return rows.filter(
        Q(region__isnull=True)
        | Q(region__scope_from__lte=region.code, region__scope_to__gt=region.code)
    )


def asked_of(
    subject: str, region: Region, *, source: str = "reported", kept: Collection[str] = ()
) -> list[Indicator]:
    """What towns or enterprises of a region are asked for; ``kept``: retired ones to show still."""
    rows = counting_for(Indicator.objects.filter(subject=subject, source=source), region)
    return list(rows.filter(Q(retired_at__isnull=True) | Q(key__in=list(kept))))


class Demand(dict[int, list[str]]):
    """Year -> titles of the sets still needed whose clauses name it."""


def stated_years(region: Region, day: date | None = None) -> dict[str, Demand]:
    """Indicator -> the years that clauses of the sets of a region and of those above it name.

    Of the sets in force and to come, and of those before them that unfinished work is pinned to.
    """
    sets = needed_on(day or clock.today()).filter(
        region__scope_from__lte=region.code, region__scope_to__gt=region.code
    )
    found: dict[str, Demand] = defaultdict(Demand)
    rows = (
        Condition.objects.filter(year__isnull=False, criterion__criteria_set__in=sets.order_by())
        .order_by("pk")
        .values_list("indicator__key", "year", "criterion__criteria_set__title")
    )
    for key, year, title in rows:
        titles = found[key].setdefault(year or 0, [])
        if title not in titles:
            titles.append(title)
    return dict(found)


def needed_on(day: date) -> CriteriaSetQuerySet:
    """Published sets that somebody assesses by on a day or later: standing, to come or pinned."""
    published = CriteriaSet.objects.filter(state__in=("published", "withdrawn"))
    return published.filter(stands_on(day) | pinned(day))


def users_of(sets: CriteriaSetQuerySet) -> dict[str, set[int]]:
    """Indicator -> those of the sets that look at it, in conditions or in other rules."""
    found: dict[str, set[int]] = defaultdict(set)
    conditions = Condition.objects.filter(criterion__criteria_set__in=sets.order_by()).order_by()
    rows = conditions.values_list("indicator__key", "criterion__criteria_set", "relaxation_grounds")
    for key, pk, grounds in rows:
        found[key].add(pk)
        for item in grounds:
            found[item["indicator"]].add(pk)
    criteria = Criterion.objects.filter(criteria_set__in=sets.order_by()).order_by()
    for pk, priorities, bands in criteria.values_list("criteria_set", "priorities", "bands"):
        for item in (*priorities, *bands):
            found[item["indicator"]].add(pk)
    return dict(found)


def has_values(indicator: Indicator) -> bool:
    """Whether anything but criteria refers to it: values were entered under its meaning.

    The figures are kept on a floor above, so the rows are found through the foreign keys.
    """
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: indicator}).exists()
        for relation in Indicator._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel) and relation.related_model is not Condition
    )
