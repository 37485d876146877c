"""Reads of the register of towns: levels and their categories, names and stages on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from criteria.models import CriteriaSet
from criteria.queries import sets_in_force
from portal.core import clock
from portal.core.constants import LEVELS, REGION_KINDS
from portal.core.models import Region
from towns.models import StageMove, Town


def regions_of(county: Region) -> dict[str, Region]:
    """Level -> the region that stands for it above a county, itself included."""
    found: dict[str, Region] = {}
    region: Region | None = county
    while region is not None:
        found.setdefault(REGION_KINDS[region.kind].level, region)
        region = region.parent
    return found


def categories_of(criteria_set: CriteriaSet) -> list[str]:
    """The keys of the categories a set names; none where the document names none."""
    return [str(row["key"]) for row in criteria_set.categories]


def allowed_categories(regions: Mapping[str, Region]) -> dict[str, list[str]]:
    """Level -> the categories its set in force names; levels without such a set are left out."""
    return {level: categories_of(row) for level, row in sets_in_force(regions).items()}


def valid_levels(town: Town) -> list[str]:
    """The levels at which the town's certification is valid, the highest last."""
    valid = set(town.certifications.filter(state="valid").values_list("level", flat=True))
    return [level for level in LEVELS if level in valid]


def name_on(town: Town, day: date | None = None) -> str:
    """What the town was called on a day."""
    day = day or clock.today()
    for row in sorted(town.names.all(), key=lambda row: row.valid_to):
        if day < row.valid_to:
            return row.name
    return town.name


def stage_on(town: Town, day: date | None = None) -> StageMove | None:
    """The move that led to the stage of a day; None before the town was entered."""
    day = day or clock.today()
    return town.stage_moves.filter(on__lte=day).order_by("-on", "-pk").first()


def stood_on(town: Town, day: date | None = None) -> bool:
    """Whether the town stood on a day, as far as its history says."""
    day = day or clock.today()
    first = town.stage_moves.order_by("on", "pk").first()
    begun = first is None or first.on <= day
    return begun and (town.closed_on is None or day < town.closed_on)
