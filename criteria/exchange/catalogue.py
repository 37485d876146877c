"""What a criteria file may name: indicators and categories that exist here."""

from __future__ import annotations

from criteria.categories import category_choices
from criteria.exchange.rules import IndicatorFact
from criteria.indicator_queries import counting_for
from criteria.models import Indicator
from portal.core.models import Region


def known_indicators(region: Region | None = None) -> dict[str, IndicatorFact]:
    """The catalogue by key: all of it, or what an office of a region may use."""
    rows = Indicator.objects.all()
    if region is not None:
        rows = counting_for(rows, region)
    return {
        row.key: IndicatorFact(
            name=row.name,
            unit=row.unit,
            type=row.type,
            minimum=row.minimum,
            maximum=row.maximum,
            choices=frozenset(str(item["key"]) for item in row.choices),
            source=row.source,
            year_rule=row.year_rule,
        )
        for row in rows
    }


def known_categories(region: Region | None = None) -> dict[str, str]:
    """The categories by key."""
    return dict(category_choices(region))
