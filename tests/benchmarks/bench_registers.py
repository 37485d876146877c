"""The list of enterprises at 1,000 and 20,000 of them, with five figures of three years each."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Model

from criteria.models import Indicator
from portal.core import clock
from tests.benchmarks.bench_lists import Reader
from tests.benchmarks.data import analyse, copy_of, using
from tests.benchmarks.measuring import Result, in_turns
from tests.factories import World, make_world, multiply
from towns.enterprise_queries import FIGURES
from towns.lists import ENTERPRISES
from towns.models import Enterprise, EnterpriseFigure, EnterpriseName, Honour, Membership, Town

SMALL, LARGE = 1_000, 20_000
IN_A_TOWN = 400
YEARS = 3
# Each with what it asks of the list; all of them in both databases.
ASKED = {
    "": "",
    "last": "&at=last",
    "search": "&q=牛羊",
    "code": "&q=92141033",
    "filtered": "&region=141033&role=backbone&entity=enterprise",
    "revenue": "&least=5000&most=9000",
    "honour": "&honour=group-award",
    "by_revenue": "&order=-revenue",
    "by_name": "&order=name",
    "all_columns": "&cols=" + ",".join(column.key for column in ENTERPRISES.columns),
}
NAMES = (
    "enterprise_list_queries",
    *(f"enterprise_list{'_' if name else ''}{name}_ms_1k" for name in ASKED),
    *(f"enterprise_list{'_' if name else ''}{name}_ms_20k" for name in ASKED),
    "enterprise_list_last_page",
)


class Sizes(NamedTuple):
    """The world of both databases, and a connection to each."""

    world: World
    small: BaseDatabaseWrapper
    large: BaseDatabaseWrapper


def make_sizes() -> Sizes:
    """Two databases alike but for the number of enterprises."""
    world = make_world()
    large = copy_of(connection)
    sizes = Sizes(world, connections["default"], large)
    for wrapper, count in ((sizes.small, SMALL), (sizes.large, LARGE)):
        with using(wrapper):
            add_enterprises(world, count)
            analyse()
    return sizes


def add_enterprises(world: World, count: int) -> None:
    """So many enterprises, 400 in a town, with figures, former names and honours."""
    town = world.towns["puxian"]
    counties = [world.regions[code] for code in ("141033", "140525", "140581", "141031")]
    whens = " ".join(f"WHEN {n} THEN {{{n}}}" for n in range(len(counties)))
    case = f"CASE n % {len(counties)} {whens} END"
    towns = multiply(
        town,
        max(count // IN_A_TOWN, 1),
        name="'第' || n || '专业镇'",
        county_id=case.format(*(county.pk for county in counties)),
        scope_code=case.format(*(f"'{county.code}'" for county in counties)),
    )
    firm = Enterprise.objects.create(uscc="92990000000000000X", name="样本", entity="enterprise")
    words = "(ARRAY['肉牛','香梨','铸造','生猪','核桃','陶瓷','药材','牛羊'])[1 + n % 8]"
    firms = multiply(
        firm, count, uscc="'92141033' || lpad(n::text, 10, '0')", name=f"{words} || n || '有限公司'"
    )
    begin = firms.start - 1
    seat = Membership.objects.create(town=town, enterprise=firm, role="supporting")
    place = f"{towns.start} + (n - 1) / {IN_A_TOWN} % {len(towns)}"
    scope = f"(SELECT scope_code FROM {Town._meta.db_table} WHERE id = {place})"
    multiply(
        seat,
        count,
        enterprise_id=f"{begin} + n",
        town_id=place,
        scope_code=scope,
        role="(ARRAY['leading','backbone','supporting','supporting'])[1 + n % 4]",
    )
    for year in range(clock.today().year - YEARS, clock.today().year):
        for number, key in enumerate(FIGURES):
            figure = EnterpriseFigure.objects.create(
                enterprise=firm,
                year=year,
                indicator=Indicator.objects.get(key=key),
                value=Decimal(1),
            )
            multiply(
                figure,
                count,
                enterprise_id=f"{begin} + n",
                value=f"(n * 7919 % 100000) * {1000 if number != 1 else 1}",
            )
    few: tuple[tuple[Model, int], ...] = (
        (
            EnterpriseName.objects.create(
                enterprise=firm, name="旧厂", valid_to=clock.today(), source="通知"
            ),
            20,
        ),
        (Honour.objects.create(enterprise=firm, kind="specialised", level="province"), 10),
    )
    for row, every in few:
        multiply(row, count // every, enterprise_id=f"{begin} + n * {every}")


def run(names: frozenset[str]) -> list[Result]:
    """Measure every question in both databases, in turns."""
    sizes = make_sizes()
    clerk = sizes.world.actor("sx.clerk")
    databases = {"1k": sizes.small, "20k": sizes.large}
    calls: dict[str, Callable[[], object]] = {}
    queries = 0
    for size, database in databases.items():
        with using(database):
            for name, asked in ASKED.items():
                reader = Reader(clerk, "enterprises", more=asked)
                queries = max(queries, reader.queries())
                calls[f"{name} {size}"] = _on(database, reader)
    ms = {name: value * 1000 for name, value in in_turns(calls, rounds=15).items()}
    found = [Result("enterprise_list_queries", queries, "queries")]
    for name in ASKED:
        label = f"enterprise_list{'_' if name else ''}{name}_ms"
        few, many = ms[f"{name} 1k"], ms[f"{name} 20k"]
        found.append(Result(f"{label}_1k", few, "ms"))
        found.append(Result(f"{label}_20k", many, "ms", f"{label}_1k", many / few))
    last, first = ms["last 20k"], ms[" 20k"]
    found.append(
        Result("enterprise_list_last_page", last, "ms", "enterprise_list_ms_20k", last / first)
    )
    return found


def _on(database: BaseDatabaseWrapper, reader: Reader) -> Callable[[], object]:
    def read() -> object:
        with using(database):
            return reader.read()

    return read
