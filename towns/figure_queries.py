"""Reads of yearly figures: states of years, corrections, what a list shows, ranks by revenue."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Count, F, FilteredRelation, Q, QuerySet, Window
from django.db.models.functions import Rank

from criteria.indicator_queries import Demand, asked_of, stated_years
from criteria.models import Indicator
from criteria.queries import indicators
from criteria.values import CHOSEN
from portal.core import clock
from portal.core.actor import Actor
from portal.core.charting import Chart, Series, series_chart
from portal.core.constants import Can
from towns.figure_rules import joined_sources
from towns.models import (
    Enterprise,
    EnterpriseFigure,
    FigureCorrection,
    Membership,
    Town,
    TownFigure,
    TownYear,
)

NOTHING, WAITS = "nothing", "waits"
WAITING = ("reported", "corrected")
SEALED = ("confirmed", "corrected")
SHOWN_YEARS = 3
CHARTED_YEARS = 10


def is_sealed(row: TownYear) -> bool:
    """Whether the year was ever confirmed: from then on it is only corrected, with a reason."""
    if row.state in SEALED or row.confirmed_at is not None:
        return True
    return FigureCorrection.objects.filter(town_id=row.town_id, year=row.year).exists()


def confirming_office(town: Town) -> str:
    """Which office above confirms the figures of a town, and confirms them anew once corrected."""
    above = town.county.parent
    return f"{above.name}领导小组办公室" if above is not None else "上级领导小组办公室"


def years_of(town: Town, years: Iterable[int]) -> dict[int, TownYear]:
    """The rows of these years that were reported."""
    rows = TownYear.objects.filter(town=town, year__in=list(years))
    return {row.year: row for row in rows}


def corrections_of(town: Town, year: int | None = None) -> QuerySet[FigureCorrection]:
    """Corrections of confirmed figures, newest first."""
    rows = FigureCorrection.objects.filter(town=town).select_related("indicator")
    return rows if year is None else rows.filter(year=year)


def corrections_since(row: TownYear) -> QuerySet[FigureCorrection]:
    """The corrections of a year that have not been confirmed, newest first."""
    rows = corrections_of(row.town, row.year)
    return rows if row.confirmed_at is None else rows.filter(created_at__gt=row.confirmed_at)


# --- what is asked for ----------------------------------------------------------------------------


def asked_indicators(
    town: Town, years: Collection[int] = (), kept: Collection[str] = ()
) -> list[Indicator]:
    """The reported indicators that a town of its region has, in the order of the catalogue.

    For given ``years`` those whose year a clause states stand only where a set in force names one
    of these. ``kept``: keys that are shown all the same, because they have a value.
    """
    rows = asked_of("town", town.county, kept=kept)
    if not years or all(row.year_rule == "latest" for row in rows):
        return rows
    named = demands_on(town)
    return [
        row
        for row in rows
        if row.year_rule == "latest"
        or row.key in kept
        or not named.get(row.key, {}).keys().isdisjoint(years)
    ]


def demands_on(town: Town) -> dict[str, Demand]:
    """Indicator -> the years that clauses of the town's sets in force name, with the sets."""
    return stated_years(town.county)


class YearFigures(NamedTuple):
    """What is stored of one year: values by indicator, and the source that was stated."""

    values: dict[str, Decimal]
    source: str


def figures_around(town: Town, year: int) -> tuple[YearFigures, YearFigures]:
    """A town's figures of a year and of the one before it."""
    rows = TownFigure.objects.filter(town=town, year__in=(year, year - 1)).order_by("pk")
    return _around(rows.values_list("year", "indicator__key", "value", "source"), year)


def enterprise_figures_around(enterprise: Enterprise, year: int) -> tuple[YearFigures, YearFigures]:
    """An enterprise's figures of a year and of the one before it."""
    rows = EnterpriseFigure.objects.filter(enterprise=enterprise, year__in=(year, year - 1))
    rows = rows.order_by("pk")
    return _around(rows.values_list("year", "indicator__key", "value", "source"), year)


def _around(
    rows: Iterable[tuple[int, str, Decimal, str]], year: int
) -> tuple[YearFigures, YearFigures]:
    found: dict[int, dict[str, Decimal]] = {year: {}, year - 1: {}}
    sources: dict[int, list[str]] = {year: [], year - 1: []}
    for each, key, value, source in rows:
        found[each][key] = value
        sources[each].append(source)
    this, last = (
        YearFigures(found[each], joined_sources(sources[each])) for each in (year, year - 1)
    )
    return this, last


def states_of_year(towns: QuerySet[Town], actor: Actor, year: int) -> Counter[str]:
    """State -> number of these towns, in one query.

    ``nothing``: those that reported nothing; ``waits``: those that wait for the acting office.
    """
    found: Counter[str] = Counter()
    rows = (
        towns.order_by()
        .annotate(of_year=FilteredRelation("years", condition=Q(years__year=year)))
        .values_list("of_year__state", "county__parent_id")
        .annotate(number=Count("pk"))
    )
    confirms = actor.can(Can.CONFIRM) and actor.office is not None
    for state, above, number in rows:
        found[state or NOTHING] += number
        if confirms and state in WAITING and actor.office and above == actor.office.region_id:
            found[WAITS] += number
    return found


def figures_waiting(actor: Actor) -> QuerySet[TownYear]:
    """Years that the acting office has to confirm; nothing for posts that do not confirm."""
    if not actor.can(Can.CONFIRM) or actor.office is None:
        return TownYear.objects.none()
    return TownYear.objects.visible_to(actor).filter(
        state__in=WAITING,
        town__closed_on__isnull=True,
        town__county__parent_id=actor.office.region_id,
    )


# --- charts -------------------------------------------------------------------------------------


def town_charts(town: Town, years: int = CHARTED_YEARS) -> list[Chart]:
    """One chart for each thing that was ever reported, over the last complete years."""
    newest = clock.today().year - 1
    values: dict[str, dict[int, Decimal]] = defaultdict(dict)
    rows = TownFigure.objects.filter(town=town, year__gt=newest - years, year__lte=newest)
    for year, key, value in rows.values_list("year", "indicator__key", "value"):
        values[key][year] = value
    catalogue = asked_of("town", town.county, kept=values)
    return charts_of(catalogue, values, newest, "town")


def enterprise_charts(enterprise_id: int, years: int = CHARTED_YEARS) -> list[Chart]:
    """The same for an enterprise."""
    newest = clock.today().year - 1
    values: dict[str, dict[int, Decimal]] = defaultdict(dict)
    rows = EnterpriseFigure.objects.filter(
        enterprise_id=enterprise_id, year__gt=newest - years, year__lte=newest
    )
    for year, key, value in rows.values_list("year", "indicator__key", "value"):
        values[key][year] = value
    return charts_of(indicators("enterprise", "reported"), values, newest, "enterprise")


def charts_of(
    catalogue: Iterable[Indicator],
    values: dict[str, dict[int, Decimal]],
    newest: int,
    prefix: str,
) -> list[Chart]:
    """A chart of every indicator with values, from the first year of any (three at least)."""
    first = min((year for row in values.values() for year in row), default=newest)
    span = range(min(first, newest - SHOWN_YEARS + 1), newest + 1)
    return [
        series_chart(
            f"{prefix}-{row.key.replace('_', '-')}",
            row.name,
            row.unit,
            span,
            [Series(row.name, values[row.key])],
            whole=row.type == "count",
        )
        for row in catalogue
        if values.get(row.key) and row.type not in CHOSEN
    ]


# --- enterprises ----------------------------------------------------------------------------------


class Ranked(NamedTuple):
    """An enterprise's place inside the town by revenue; ties share a place."""

    enterprise_id: int
    name: str
    rank: int
    value: Decimal


def revenue_ranking(town: Town, year: int, day: date | None = None) -> list[Ranked]:
    """The members of a day by their revenue of a year; who reported none has no place."""
    members = Membership.objects.on(day).filter(town=town).order_by().values("enterprise_id")
    rows = (
        EnterpriseFigure.objects.filter(
            indicator__key="enterprise_revenue", year=year, enterprise_id__in=members
        )
        .annotate(place=Window(Rank(), order_by=F("value").desc()))
        .order_by("place", "enterprise_id")
    )
    return [
        Ranked(*row)
        for row in rows.values_list("enterprise_id", "enterprise__name", "place", "value")
    ]


def revenue_ranks(town: Town, year: int, day: date | None = None) -> dict[int, int]:
    """Enterprise -> its place inside the town by revenue of a year."""
    return {row.enterprise_id: row.rank for row in revenue_ranking(town, year, day)}
