"""The queue of an office at 1,000 cases and at 100,000: time, queries, and plans without scans.

A tenth of the cases waits for the office; their terms lie before and after today, some have none,
and a third of them is in somebody's hands.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from portal.core.actor import acting_seat
from reviews.models import Case
from reviews.queries import QUEUE_ORDER
from tests.benchmarks.bench_lists import Reader
from tests.benchmarks.data import Sizes, analyse, make_sizes, using
from tests.benchmarks.measuring import Result, in_turns

NAMES = (
    "queue_1k",
    "queue_100k",
    "queue_queries",
    "queue_filtered_100k",
    "queue_middle_page_100k",
    "queue_last_page_100k",
)
PAGES = {
    "queue": "",
    "filtered": "&holding=free&region=141000&term=overdue",
    "mine": "&holding=mine",
    "last page": "&at=last",
}
MOST_QUERIES = 12
# Tables that grow with the cases: no page of the queue may read one of them from end to end.
GROWING = {"reviews_case", "reviews_steprun", "towns_application", "towns_town"}
SCAN = re.compile(r'\bFROM "(\w+)"')


def run(names: frozenset[str]) -> list[Result]:
    """Measure the queue; a session in one database is not one in the other."""
    sizes = make_sizes()
    readers: dict[str, tuple[BaseDatabaseWrapper, Reader]] = {}
    queries = 0
    for size, wrapper in (("1k", sizes.small), ("100k", sizes.large)):
        with using(wrapper):
            work_through(sizes)
            for page, query in {**PAGES, "middle": f"&after={middle()}"}.items():
                reader = Reader(sizes.world.actor("sx.clerk"), "cases", more=query)
                queries = max(queries, reader.queries())
                if wrapper is sizes.large:
                    refuse_scans(reader, page)
                readers[f"{page} {size}"] = (wrapper, reader)
    if queries > MOST_QUERIES:
        raise RuntimeError(f"The queue takes {queries} queries, not {MOST_QUERIES} at most.")

    def reading(wrapper: BaseDatabaseWrapper, reader: Reader) -> Callable[[], object]:
        def read() -> object:
            with using(wrapper):
                return reader.read()

        return read

    medians = in_turns({name: reading(*pair) for name, pair in readers.items()})
    ms = {name: value * 1000 for name, value in medians.items()}

    def against(name: str, page: str) -> Result:
        many, few = ms[f"{page} 100k"], ms[f"{page} 1k"]
        return Result(name, many, "ms", f"the same at 1,000 ({few:.1f} ms)", many / few, 1.3)

    whole = ms["queue 100k"]
    return [
        Result("queue_1k", ms["queue 1k"], "ms"),
        Result("queue_100k", whole, "ms", "queue_1k", whole / ms["queue 1k"], 1.3),
        Result("queue_queries", queries, "queries"),
        against("queue_filtered_100k", "filtered"),
        against("queue_middle_page_100k", "middle"),
        against("queue_last_page_100k", "last page"),
    ]


def work_through(sizes: Sizes) -> None:
    """Terms before and after today, and holders, as an office has them."""
    clerk, checker = (acting_seat(sizes.world.actor(f"sx.{k}")).pk for k in ("clerk", "checker"))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE reviews_case SET"
            " due_on = CASE WHEN id %% 7 = 0 THEN NULL"
            " ELSE CURRENT_DATE + (id %% 41)::int - 10 END,"
            " holder_id = CASE id %% 6 WHEN 0 THEN %s WHEN 1 THEN %s END,"
            " held_name = CASE WHEN id %% 6 < 2 THEN '承办人' ELSE '' END"
            " WHERE state = 'open'",
            [clerk, checker],
        )
    analyse()


def middle() -> int:
    """The case in the middle of the queue."""
    waiting = Case.objects.filter(state="open").order_by(*QUEUE_ORDER.terms())
    return waiting.values_list("pk", flat=True)[waiting.count() // 2]


def refuse_scans(reader: Reader, what: str) -> None:
    """End the benchmark where a query of the page reads a growing table from end to end."""
    with CaptureQueriesContext(connection) as captured:
        reader.read()
    for query in captured.captured_queries:
        sql = query["sql"]
        if not sql.startswith("SELECT") or not GROWING & set(SCAN.findall(sql)):
            continue
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
            row = cursor.fetchone()
        plan: Any = row[0] if row else []
        plan = json.loads(plan) if isinstance(plan, str) else plan
        scanned = [node["Relation Name"] for node in nodes(plan[0]["Plan"]) if is_scan(node)]
        if scanned:
            raise RuntimeError(f"{what}: {', '.join(scanned)} is scanned by {sql}")


def is_scan(node: dict[str, Any]) -> bool:
    """Whether a step of a plan reads a growing table from end to end."""
    return node["Node Type"].endswith("Seq Scan") and node.get("Relation Name") in GROWING


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every step of a plan."""
    yield plan
    for below in plan.get("Plans", []):
        yield from nodes(below)
