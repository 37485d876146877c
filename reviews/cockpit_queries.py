"""The cockpit of a round: its towns by how far they have come, place by place.

One grouped read gives every number; the list behind it narrows the same rows (``progress_of``), so
that a number is always the number of the rows of its list.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, IntegerField, OuterRef, Q, Subquery, Value, When

from portal.core.actor import Actor
from portal.core.models import Region
from reviews.chain import CHAINS, Chain, Mode
from reviews.models import Case
from towns.cockpit_queries import NOT_STARTED, UNSUBMITTED, towns_in
from towns.constants import Filing
from towns.models import Round, Town

# The stages of the funnel; the place in this list is how far a town has come.
STAGES: tuple[tuple[str, str], ...] = (
    ("could", "可申报"),
    ("started", "已开始"),
    ("handed", "已送提交人"),
    ("submitted", "已提交"),
    ("accepted", "已受理"),
    ("judged", "进入会审、评分"),
    ("noticed", "公示"),
    ("certified", "认定"),
)
RANKS = {key: rank for rank, (key, _) in enumerate(STAGES)}


def progress_of(call: Round, towns: models.QuerySet[Town]) -> models.QuerySet[Any]:
    """The towns of a round (``towns_in``) with ``reached``, the last stage each has come to.

    What was returned for correction stands at 已提交: its chain begins anew.
    """
    chain = CHAINS[call.chain_key, call.chain_version]
    cases = Case.objects.filter(
        round=call, application__trial=call.trial, application__town=OuterRef("pk")
    ).order_by("-application_id")
    rows = towns_in(call, towns).annotate(
        case_step=Subquery(cases.values("step")[:1]),
        case_state=Subquery(cases.values("state")[:1]),
    )
    return rows.annotate(
        reached=models.Case(
            _when("could", standing=NOT_STARTED),
            _when("certified", standing=Filing.CERTIFIED.value),
            _when("handed", submitted__isnull=True, standing=Filing.READY.value),
            _when("started", submitted__isnull=True),
            _when("submitted", case_state="returned"),
            *(_when(stage, case_step__in=steps) for stage, steps in _stages_of(chain)),
            default=Value(RANKS["submitted"]),
            output_field=IntegerField(),
        )
    )


def _when(stage: str, **condition: Any) -> When:
    return When(Q(**condition), then=Value(RANKS[stage]))


def _stages_of(chain: Chain) -> list[tuple[str, list[str]]]:
    """The steps at which a case stands in each stage after 已提交; the furthest stage first."""
    keys = [step.key for step in chain.steps]
    modes = [step.mode for step in chain.steps]
    judged = next(at for at, mode in enumerate(modes) if mode in (Mode.OPINIONS, Mode.SCORES))
    noticed = modes.index(Mode.NOTICE)
    return [
        ("noticed", keys[noticed:]),
        ("judged", keys[judged:noticed]),
        ("accepted", keys[1:judged]),
    ]


@dataclass
class Place:
    """A city, a county or the whole: how many of its towns stand where."""

    region: Region | None
    standings: Counter[str] = field(default_factory=Counter)
    waiting: int = 0
    children: list[Place] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The towns that file or could."""
        return self.standings.total()


class Cockpit(NamedTuple):
    """Every number of the page: the whole, its places, the funnel, what needs attention."""

    whole: Place
    places: list[Place]
    reached: list[int]
    extended: int
    overdue: int


def cockpit_of(actor: Actor, call: Round) -> Cockpit:
    """The round's towns that the actor sees, counted by county and state, in two queries."""
    rows = progress_of(call, Town.objects.visible_to(actor)).order_by()
    groups = rows.values("county_id", "standing", "reached", "extended", "overdue")
    found = list(groups.annotate(number=Count("pk")))
    regions = {
        row.pk: row
        for row in Region.objects.filter(pk__in={group["county_id"] for group in found})
        .select_related("parent")
        .order_by("code")
    }
    whole = Place(None)
    counties = {pk: Place(region) for pk, region in regions.items()}
    reached: Counter[int] = Counter()
    extended = overdue = 0
    for group in found:
        number = group["number"]
        waits = group["standing"] in UNSUBMITTED and group["reached"] < RANKS["submitted"]
        for place in (whole, counties[group["county_id"]]):
            place.standings[group["standing"]] += number
            place.waiting += number if waits else 0
        reached[group["reached"]] += number
        extended += number if group["extended"] else 0
        overdue += number if group["overdue"] else 0
    return Cockpit(
        whole=whole,
        places=_by_city(counties.values()),
        reached=[
            sum(number for rank, number in reached.items() if rank >= least)
            for least in range(len(STAGES))
        ],
        extended=extended,
        overdue=overdue,
    )


def _by_city(counties: Iterable[Place]) -> list[Place]:
    """Counties under their cities, in the order of the codes."""
    cities: dict[int, Place] = {}
    for county in counties:
        assert county.region is not None
        city = county.region.parent
        if city is None:
            continue
        place = cities.setdefault(city.pk, Place(city))
        place.children.append(county)
        place.standings += county.standings
        place.waiting += county.waiting
    return sorted(cities.values(), key=lambda place: place.region.code if place.region else "")
