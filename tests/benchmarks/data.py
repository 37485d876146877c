"""Data for the benchmarks: two databases alike but for the number of cases, and bare tables.

Cases are copied inside PostgreSQL from one that was filed with the real actions, with a town, an
application, an assessment and a step of its own each.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from reviews.models import Case
from tests.factories import World, make_world, multiply
from tests.scenario import drive, file

SMALL = 1_000
LARGE = 100_000
# The cases lie in these counties; the fourth county has none and its workspace stays empty.
COUNTIES = ("puxian", "zezhou", "gaoping")
EMPTY_COUNTY = "xixian"
# Every tenth case waits for the province; the others are closed.
WAITING = "n % 10 = 0"


@dataclass
class Sizes:
    """The world of both databases, and a connection to each."""

    world: World
    case: Case
    small: BaseDatabaseWrapper
    large: BaseDatabaseWrapper


def make_sizes() -> Sizes:
    """A world with 1,000 cases and a copy of it with 100,000."""
    world = make_world()
    case = drive(world, file(world, "province"), "province_accept")
    large = copy_of(connection)
    small = connections["default"]
    sizes = Sizes(world, case, small, large)
    for wrapper, count in ((small, SMALL), (large, LARGE)):
        with using(wrapper):
            add_cases(world, case, count - 1)
            analyse()
    return sizes


def copy_of(wrapper: BaseDatabaseWrapper) -> BaseDatabaseWrapper:
    """A connection to a copy of a database; the copy is made anew each time."""
    name = str(wrapper.settings_dict["NAME"])
    wrapper.close()
    with _maintenance() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}_large"')
        cursor.execute(f'CREATE DATABASE "{name}_large" TEMPLATE "{name}"')
    return _connect(f"{name}_large")


@contextmanager
def using(wrapper: BaseDatabaseWrapper) -> Iterator[None]:
    """Make a connection the default one of this thread for a while."""
    before = connections["default"]
    connections["default"] = wrapper
    try:
        yield
    finally:
        connections["default"] = before


def add_cases(world: World, case: Case, count: int) -> None:
    """Copies of a case with a town, an application, an assessment and an open step each."""
    application = case.application
    towns = multiply(
        application.town,
        count,
        name="'专业镇' || n",
        county_id=_by_county(world, "id"),
        scope_code=_by_county(world, "code"),
    )
    applications = multiply(
        application,
        count,
        town_id=f"{towns.start - 1} + n",
        scope_code=_by_county(world, "code"),
        number="'BENCH-A-' || n",
    )
    assessment = application.assessments.get()
    multiply(assessment, count, application_id=f"{applications.start - 1} + n")
    cases = multiply(
        case,
        count,
        application_id=f"{applications.start - 1} + n",
        number="'BENCH-' || n",
        scope_code=_by_county(world, "code"),
        town_name="'专业镇' || n",
        county_name=_by_county(world, "name"),
        state=f"CASE WHEN {WAITING} THEN 'open' ELSE 'closed' END",
        outcome=f"CASE WHEN {WAITING} THEN '' ELSE 'certified' END",
        due_on=f"CASE WHEN {WAITING} THEN t.due_on END",
    )
    run = case.runs.get(finished_at__isnull=True)
    multiply(run, count, case_id=f"{cases.start - 1} + n")


def analyse() -> None:
    """Let the planner know what there is."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _by_county(world: World, attribute: str) -> str:
    regions = [world.offices[slug].region for slug in COUNTIES]
    values = [getattr(region, attribute) for region in regions]
    quoted = [f"'{value}'" if isinstance(value, str) else str(value) for value in values]
    whens = " ".join(f"WHEN {number} THEN {value}" for number, value in enumerate(quoted))
    return f"CASE n % {len(values)} {whens} END"


@contextmanager
def _maintenance() -> Iterator[Any]:
    """A cursor on the server's own database, from which another may be copied."""
    wrapper = _connect("postgres")
    try:
        with wrapper.cursor() as cursor:
            yield cursor
    finally:
        wrapper.close()


def _connect(name: str) -> BaseDatabaseWrapper:
    connections.databases[name] = {**connections.databases["default"], "NAME": name}
    wrapper: BaseDatabaseWrapper = connections.create_connection(name)
    return wrapper
