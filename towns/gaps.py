"""The distance of towns to the criteria of county, city and province (梯次培育).

For each town the certification criteria in force of its three levels, assessed on the figures of
one year. Judgement criteria count as answered: they are for people to judge (待评议), and what a
set does not say stays 未载明. Towns come from what the actor sees; criteria in force are public.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.assessment import CriterionVerdict, Finding, overall
from criteria.constants import OUTCOMES, Outcome, OutcomeRow
from criteria.joining import nearest_way
from criteria.models import CriteriaSet
from criteria.queries import assessor_of, assessors_of, latest_in_force
from portal.core.constants import LEVELS
from towns.models import Certification, Town, TownCategory
from towns.register_queries import regions_of
from towns.simulating import side_of, values_by_town

ORDER = tuple(LEVELS)


class Tier(NamedTuple):
    """One level as a town stands to it; ``criteria_set`` None: none is in force."""

    level: str
    criteria_set: CriteriaSet | None
    category: str
    certified: bool
    verdicts: tuple[CriterionVerdict, ...] = ()
    outcome: OutcomeRow | None = None

    @property
    def adjective(self) -> str:
        """省级, 市级 or 县级."""
        return LEVELS[self.level].adjective

    @property
    def silent(self) -> bool:
        """Whether no threshold is set for the category, so that nothing can be measured."""
        covered = self.outcome is not None and self.outcome.key != Outcome.NOT_COVERED
        return covered and not any(row.findings for row in self.verdicts)

    @property
    def missing(self) -> int | None:
        """How many conditions have still to be met on the nearest way; None: not to be said."""
        if self.outcome is None or self.outcome.key == Outcome.NOT_COVERED or self.silent:
            return None
        return sum(len(nearest_way(row)) for row in self.verdicts)

    def findings(self, indicator: str) -> list[Finding]:
        """What the level asks of an indicator."""
        return [
            row for each in self.verdicts for row in each.findings if row.indicator == indicator
        ]


class TownGap(NamedTuple):
    """A town before the three levels, the lowest first; ``following`` is the next tier."""

    tiers: tuple[Tier, ...]
    following: Tier | None
    values: Mapping[str, Decimal]

    @property
    def certified(self) -> Tier | None:
        """The highest level that is certified."""
        return next((row for row in reversed(self.tiers) if row.certified), None)


class Ground(NamedTuple):
    """What is read once for many towns: (level, region) -> set in force, and by town."""

    sets: Mapping[tuple[str, int], CriteriaSet]
    certified: Mapping[int, set[str]]
    listed: Mapping[tuple[int, str], str]


def law_in_force() -> dict[tuple[str, int], CriteriaSet]:
    """The certification criteria in force everywhere, by level and region."""
    law = CriteriaSet.objects.filter(kind="certification").select_related("region").order_by()
    return latest_in_force(law)


def gaps_of(towns: Sequence[Town], year: int, ground: Ground | None = None) -> dict[int, TownGap]:
    """Town -> its distances; the towns are read with ``county__parent__parent``.

    ``ground`` is what the reader has already; without it, it is read.
    """
    regions = {row.pk for town in towns for row in regions_of(town.county).values()}
    if ground is None:
        rows = CriteriaSet.objects.filter(kind="certification", region__in=regions).order_by()
        ground = Ground(latest_in_force(rows), _certified(towns), _listed(towns))
    sets = [row for (_, region), row in ground.sets.items() if region in regions]
    ready = assessors_of(sets).values()
    wanted: frozenset[str] = frozenset().union(*(row.spec.figures for row in ready))
    values = values_by_town([town.pk for town in towns], year, wanted)
    return {town.pk: _gap(town, ground, values[town.pk]) for town in towns}


def _certified(towns: Sequence[Town]) -> dict[int, set[str]]:
    rows = Certification.objects.filter(town__in=towns, state="valid").order_by()
    found: dict[int, set[str]] = defaultdict(set)
    for town, level in rows.values_list("town_id", "level"):
        found[town].add(level)
    return found


def _listed(towns: Sequence[Town]) -> dict[tuple[int, str], str]:
    rows = TownCategory.objects.filter(town__in=towns).order_by()
    return {(town, level): row for town, level, row in rows.values_list(
        "town_id", "level", "category")}  # fmt: skip


def _gap(town: Town, ground: Ground, values: Mapping[str, Decimal]) -> TownGap:
    regions = regions_of(town.county)
    tiers = []
    for level in ORDER:
        region = regions.get(level)
        criteria_set = ground.sets.get((level, region.pk)) if region is not None else None
        category = ground.listed.get((town.pk, level), town.category)
        # The stage follows from certifications; a register taken over may know the stage alone.
        certified = level == town.stage or level in ground.certified.get(town.pk, ())
        tier = Tier(level, criteria_set, category, certified)
        tiers.append(_assessed(tier, values))
    highest = max((ORDER.index(row.level) for row in tiers if row.certified), default=-1)
    above = tiers[highest + 1 :]
    following = next((row for row in above if row.criteria_set is not None), None)
    return TownGap(tuple(tiers), following or next(iter(above), None), values)


def _assessed(tier: Tier, values: Mapping[str, Decimal]) -> Tier:
    if tier.criteria_set is None:
        return tier
    assessor = assessor_of(tier.criteria_set)
    if not assessor.spec.covers(tier.category):
        return tier._replace(outcome=OUTCOMES[Outcome.NOT_COVERED])
    verdicts = side_of(assessor).verdicts(tier.category, values)
    return tier._replace(verdicts=verdicts, outcome=OUTCOMES[overall(verdicts)])
