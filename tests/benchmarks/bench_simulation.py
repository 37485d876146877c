"""A draft of the province tried out on 50,000 towns: the whole job, to its summary."""

from __future__ import annotations

import time
from decimal import Decimal

from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.actions import copy_criteria_set
from criteria.models import Condition, CriteriaSet
from criteria.queries import assessor_of
from portal.core import clock, jobs
from portal.core.constants import JobState
from portal.core.models import Job
from tests.benchmarks.data import analyse
from tests.benchmarks.measuring import Result
from tests.factories import World, make_world, multiply
from towns.actions import start_simulation
from towns.bulk_values import values_of_many
from towns.models import Honour, Membership, Simulation, Town, TownFigure, TownFunction

NAMES = ("simulate_50k", "simulate_50k_queries", "values_50k", "values_50k_queries")
TOWNS = 50_000
LARGEST = 4_000_000_000
# Members that are part of no other town.
OWN = 3


def add_towns(world: World, count: int) -> None:
    """So many towns over four counties, with three years of figures and eight functions each.

    Twelve members each, three of them the town's own; an honour of the first of these and one of
    the town itself.
    """
    town = world.towns["puxian"]
    counties = [world.regions[code] for code in ("141033", "140525", "140581", "141031")]
    whens = " ".join(f"WHEN {n} THEN {{{n}}}" for n in range(len(counties)))
    case = f"CASE n % {len(counties)} {whens} END"
    added = multiply(
        town,
        count,
        name="'第' || n || '专业镇'",
        category="(ARRAY['manufacturing','agriculture','light_craft'])[1 + n % 3]",
        county_id=case.format(*(county.pk for county in counties)),
        scope_code=case.format(*(f"'{county.code}'" for county in counties)),
    )
    place = f"{added.start - 1} + n"
    scope = f"(SELECT scope_code FROM {Town._meta.db_table} WHERE id = {place})"
    for figure in TownFigure.objects.filter(town=town).select_related("indicator"):
        spread = f"(n * 7919::bigint * 1000 % {LARGEST})"
        value = spread if figure.indicator.key == "output_value" else "t.value"
        multiply(figure, count, town_id=place, value=value)
    for number, member in enumerate(Membership.objects.filter(town=town).order_by("pk")):
        enterprise = "t.enterprise_id"
        if number < OWN:
            code = f"'9{number}' || lpad(n::text, 16, '0')"
            own = multiply(member.enterprise, count, uscc=code)
            enterprise = f"{own.start - 1} + n"
        multiply(member, count, town_id=place, scope_code=scope, enterprise_id=enterprise)
        if not number:
            honour = Honour.objects.create(
                enterprise=member.enterprise, kind="specialised", level="province"
            )
            multiply(honour, count, enterprise_id=enterprise)
    brand = Honour.objects.create(town=town, kind="brand_region", level="province", title="品牌")
    multiply(brand, count, town_id=place)
    for function in TownFunction.objects.filter(town=town):
        multiply(function, count, town_id=place)


def stricter_draft(world: World) -> CriteriaSet:
    """The province's next version, with a quarter more of everything that is counted."""
    draft = copy_criteria_set(
        actor=world.actor("sx.clerk"), key="province-2022", title="省级专业镇认定标准（修订）"
    )
    for row in Condition.objects.filter(criterion__criteria_set=draft):
        row.threshold *= Decimal("1.25")
        row.save(update_fields=["threshold"])
    return draft


def run(names: frozenset[str]) -> list[Result]:
    """Once, with a warm set in force: the job as a worker runs it."""
    world = make_world()
    add_towns(world, TOWNS - Town.objects.count())
    draft = stricter_draft(world)
    analyse()
    simulation = start_simulation(
        actor=world.actor("sx.clerk"), criteria_set=draft, year=clock.today().year - 1
    )
    begun = time.perf_counter()
    with CaptureQueriesContext(connection) as captured:
        state = jobs.run(simulation.job_id or 0)
    taken = time.perf_counter() - begun
    assert state == JobState.DONE, Job.objects.latest("pk").reason
    simulation = Simulation.objects.get(pk=simulation.pk)
    town = simulation.counts["town"]
    assert town["total"] == simulation.rows.count() == TOWNS
    assert town["changes"]["loses"] > 0, "the stricter draft stops nobody"
    queries = len(captured)
    assessor = assessor_of(draft)
    categories = dict(Town.objects.values_list("pk", "category"))
    wanted, year = assessor.spec.figures, simulation.year
    begun = time.perf_counter()
    with CaptureQueriesContext(connection) as reading:
        values = values_of_many(categories, year, only=wanted)
    for pk, category in categories.items():
        assessor.assess(category, values[pk])
    valued = time.perf_counter() - begun
    read = len(reading)
    return [
        Result("values_50k", valued, "s", "simulate_50k", valued / taken),
        Result("values_50k_queries", read, "queries", "towns / 1000", read / TOWNS * 1000),
        Result("simulate_50k", taken, "s", "30 s", taken / 30),
        Result("simulate_50k_queries", queries, "queries", "towns / 1000", queries / TOWNS * 1000),
    ]
