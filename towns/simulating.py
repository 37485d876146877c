"""Simulating a criteria set over the towns and current applications of its region, in batches.

Only rows of the simulation are written. A batch is written as a whole and replaces what stood there
for the same towns, so a job that was killed goes on where it stopped, and two workers that run it
at once leave every town once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max

from criteria.assessment import Assessor, CriterionVerdict, overall
from criteria.constants import STATUSES, Outcome, Status
from criteria.exchange import content_of, digest_of
from criteria.models import CriteriaSet
from criteria.queries import assessor_of
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.errors import Refused
from towns.bulk_values import values_of_many
from towns.constants import LIVE_FILINGS
from towns.models import Application, Simulation, Town, TownCategory
from towns.models.filing import ApplicationQuerySet
from towns.models.towns import TownQuerySet
from towns.simulation_summary import counts_of, summary_of
from towns.simulation_writing import Judged, replace_rows

BATCH = 1000
TOWN, APPLICATION = "town", "application"
# What counts as 符合: every figure is there and reaches its threshold, judging is left to people.
PASSING = (Outcome.QUALIFIES, Outcome.TO_JUDGE)
UNMET = (Status.NOT_MET, Status.MISSING, Status.MAY_RELAX)
CENT = Decimal("0.01")
OF_TOWN = ("pk", "name", "scope_code", "category", "county__parent__code", "county__parent__kind")
OF_APPLICATION = (
    "pk",
    "town_id",
    "town__name",
    "scope_code",
    "category",
    "town__county__parent__code",
    "town__county__parent__kind",
    "snapshot",
)

Progress = Callable[[int, int, str], None]
Values = Mapping[str, Decimal | None]


class Side(NamedTuple):
    """A set made ready to judge with: judgement criteria count as answered."""

    assessor: Assessor
    answered: frozenset[str]

    def judge(self, category: str, values: Values) -> tuple[Outcome, tuple[CriterionVerdict, ...]]:
        """What a town of a category comes to."""
        if not self.assessor.spec.covers(category):
            return Outcome.NOT_COVERED, ()
        verdicts = self.verdicts(category, values)
        return overall(verdicts), verdicts

    def verdicts(self, category: str, values: Values) -> tuple[CriterionVerdict, ...]:
        """Every criterion."""
        return self.assessor.assess(category, values, answered=self.answered)


class Subject(NamedTuple):
    """A town, or an application of it, with what is judged."""

    kind: str
    town_id: int
    application_id: int | None
    name: str
    scope_code: str
    city_code: str
    category: str
    values: Values


def side_of(assessor: Assessor) -> Side:
    """The set with every judgement criterion answered."""
    judged = (row.key for row in assessor.spec.criteria if row.nature != "figures")
    return Side(assessor, frozenset(judged))


def digest_of_rules(criteria_set: CriteriaSet) -> str:
    """Digest of what a set says; its number as a version, which publication gives, left out."""
    content = content_of(criteria_set)
    return digest_of({key: value for key, value in content.items() if key != "version"})


def change_of(before: str, after: str) -> str:
    """gains, loses, other or same; ``before`` is empty where no set was in force."""
    if after in PASSING and before not in PASSING:
        return "gains"
    if before in PASSING and after not in PASSING:
        return "loses"
    return "same" if before == after else "other"


def towns_of(actor: Actor, criteria_set: CriteriaSet) -> TownQuerySet:
    """The standing towns of the set's region that the actor sees."""
    scope = criteria_set.region.scope
    rows = Town.objects.visible_to(actor).standing()
    return rows.filter(scope_code__gte=scope.lower, scope_code__lt=scope.upper)


def applications_of(actor: Actor, criteria_set: CriteriaSet) -> ApplicationQuerySet:
    """The applications of the set's level, kind and region that are under way, once submitted."""
    scope = criteria_set.region.scope
    return Application.objects.visible_to(actor).filter(
        scope_code__gte=scope.lower,
        scope_code__lt=scope.upper,
        round__level=criteria_set.level,
        criteria_set__kind=criteria_set.kind,
        submitted_at__isnull=False,
        state__in=LIVE_FILINGS,
        trial=False,
    )


# --- the run --------------------------------------------------------------------------------------


def run_simulation(actor: Actor, pk: int, progress: Progress) -> dict[str, Any]:
    """Judge everything that is left to judge, then count."""
    simulation, new, old = _ready(actor, pk)
    towns = towns_of(actor, simulation.criteria_set).order_by("pk")
    filed = applications_of(actor, simulation.criteria_set).order_by("pk")
    total = towns.count() + filed.count()
    done = simulation.rows.count()
    progress(done, total, f"共 {total} 个")
    parts: tuple[tuple[str, Iterator[list[Subject]]], ...] = (
        ("town_id", _town_batches(simulation, towns, new, old)),
        ("application_id", _application_batches(simulation, filed)),
    )
    for key, batches in parts:
        for subjects in batches:
            rows = [judged(simulation, each, new, old) for each in subjects]
            replace_rows(simulation, key, rows)
            done += len(rows)
            progress(min(done, total), total, f"已模拟 {done} 个，共 {total} 个")
    return _finish(simulation)


def _ready(actor: Actor, pk: int) -> tuple[Simulation, Side, Side | None]:
    """The simulation with both sets; from the beginning when the draft was changed in between.

    The draft is locked while it is read, so the digest is of what is simulated.
    """
    with transaction.atomic():
        rows = Simulation.objects.visible_to(actor).select_for_update(of=("self",))
        simulation = rows.select_related("criteria_set__region", "base").filter(pk=pk).first()
        if simulation is None:
            raise Refused("要模拟的标准草稿已经删除，不再模拟。")
        found = CriteriaSet.objects.select_for_update().get(pk=simulation.criteria_set_id)
        digest = digest_of_rules(found)
        new = side_of(assessor_of(found))
        if digest != simulation.content_sha256:
            simulation.rows.all().delete()
            simulation.content_sha256 = digest
            simulation.save(update_fields=["content_sha256"])
    if simulation.base is None:
        return simulation, new, None
    return (
        simulation,
        new,
        new if simulation.base == found else side_of(assessor_of(simulation.base)),
    )


def _after(simulation: Simulation, kind: str, field: str) -> int:
    """The last key of a kind that is written; batches go by key."""
    found = simulation.rows.filter(subject=kind).aggregate(last=Max(field))["last"]
    return found or 0


def _town_batches(
    simulation: Simulation, rows: TownQuerySet, new: Side, old: Side | None
) -> Iterator[list[Subject]]:
    wanted = new.assessor.spec.figures
    if old is not None:
        wanted |= old.assessor.spec.figures
    last = _after(simulation, TOWN, "town_id")
    while True:
        towns = list(rows.filter(pk__gt=last).values_list(*OF_TOWN)[:BATCH])
        if not towns:
            return
        keys = [row[0] for row in towns]
        values = values_by_town(keys, simulation.year, wanted)
        listed = categories_at(simulation.criteria_set.level, keys)
        yield [
            Subject(
                kind=TOWN,
                town_id=pk,
                application_id=None,
                name=name,
                scope_code=scope_code,
                city_code=_city(scope_code, above, kind),
                category=listed.get(pk, category),
                values=values[pk],
            )
            for pk, name, scope_code, category, above, kind in towns
        ]
        last = keys[-1]


def _city(county: str, above: str | None, kind: str | None) -> str:
    """The city's code; a county right under the province stands for itself."""
    return above if above is not None and kind == "city" else county


def values_by_town(
    towns: Sequence[int], year: int, wanted: frozenset[str]
) -> dict[int, dict[str, Decimal]]:
    """Town -> its values as they stand; what a clause asks of the very year stands under both."""
    found = values_of_many(towns, year, only=wanted)
    twice = [name for name in wanted if name.endswith(f"@{year}")]
    for row in found.values():
        for name in twice:
            value = row.get(name.partition("@")[0])
            if value is not None:
                row[name] = value
    return found


def categories_at(level: str, towns: Sequence[int]) -> dict[int, str]:
    """Town -> its category on a level's own list, where that differs from the registered one."""
    rows = TownCategory.objects.filter(level=level, town__in=towns)
    return dict(rows.values_list("town_id", "category"))


def _application_batches(
    simulation: Simulation, rows: ApplicationQuerySet
) -> Iterator[list[Subject]]:
    last = _after(simulation, APPLICATION, "application_id")
    while True:
        found = list(rows.filter(pk__gt=last).values_list(*OF_APPLICATION)[:BATCH])
        if not found:
            return
        yield [
            Subject(
                kind=APPLICATION,
                town_id=town,
                application_id=pk,
                name=name,
                scope_code=scope_code,
                city_code=_city(scope_code, above, kind),
                category=category,
                values=frozen_values(snapshot),
            )
            for pk, town, name, scope_code, category, above, kind, snapshot in found
        ]
        last = found[-1][0]


def frozen_values(snapshot: Mapping[str, Any]) -> dict[str, Decimal]:
    """What was frozen on submission: of the round's year, and by year."""
    found = {key: Decimal(value) for key, value in snapshot.get("values", {}).items()}
    for year, row in snapshot.get("figures", {}).items():
        found.update({f"{key}@{year}": Decimal(value) for key, value in row.items()})
    return found


def judged(simulation: Simulation, subject: Subject, new: Side, old: Side | None) -> Judged:
    """The row of one town or application."""
    after, verdicts = new.judge(subject.category, subject.values)
    before = ""
    if old is new:
        before = after.value
    elif old is not None:
        before = old.judge(subject.category, subject.values)[0].value
    unmet = [row for row in verdicts if row.status in UNMET]
    unmet.sort(key=lambda row: (row.overridable, -STATUSES[row.status].weight, row.ordinal))
    points = [row.points for row in verdicts if row.points is not None]
    return Judged(
        simulation_id=simulation.pk,
        subject=subject.kind,
        town_id=subject.town_id,
        application_id=subject.application_id,
        town_name=subject.name,
        scope_code=subject.scope_code,
        city_code=subject.city_code,
        category=subject.category,
        before=before,
        after=after.value,
        change=change_of(before, after),
        failing=[[row.key, row.clause, row.title, row.status.value] for row in unmet],
        points=sum(points, Decimal(0)).quantize(CENT, ROUND_HALF_UP) if points else None,
    )


def _finish(simulation: Simulation) -> dict[str, Any]:
    with transaction.atomic():
        kept = Simulation.objects.select_for_update().get(pk=simulation.pk)
        kept.counts = counts_of(simulation)
        by_city = simulation.criteria_set.level == next(reversed(LEVELS))
        kept.summary = summary_of(simulation, "city_code" if by_city else "scope_code")
        kept.finished_at = clock.now()
        kept.save(update_fields=["counts", "summary", "finished_at"])
    return {"towns": kept.counts[TOWN]["total"], "applications": kept.counts[APPLICATION]["total"]}
