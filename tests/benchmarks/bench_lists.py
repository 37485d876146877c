"""The case list at 1,000 and 100,000 cases, its last page, the empty workspace, the case page."""

from __future__ import annotations

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.core.actor import Actor
from portal.core.web import office_url
from tests.benchmarks.data import EMPTY_COUNTY, make_sizes, using
from tests.benchmarks.measuring import Result, in_turns
from tests.factories import client_of

NAMES = (
    "case_list_queries",
    "case_list_ms_1k",
    "case_list_ms_100k",
    "case_list_last_page",
    "case_list_waiting_ms_1k",
    "case_list_waiting_ms_100k",
    "case_list_page_kb",
    "case_list_over_workspace",
    "workspace_empty_ms",
    "case_page_queries",
)
# The default list holds what waits for the acting post; this one holds everything it sees.
ALL = "&tab=all"


class Reader:
    """A person who reads one page."""

    def __init__(self, actor: Actor, name: str, *arguments: object, more: str = "") -> None:
        self.client: Client = client_of(actor)
        self.address = office_url(actor, name, *arguments) + more

    def read(self) -> bytes:
        """The page; anything but 200 ends the benchmark."""
        answer = self.client.get(self.address)
        if answer.status_code != 200:
            raise RuntimeError(f"{self.address} answered {answer.status_code}")
        return answer.content

    def queries(self) -> int:
        """How many queries the page takes, once caches are warm."""
        self.read()
        with CaptureQueriesContext(connection) as captured:
            self.read()
        return len(captured)


def run(names: frozenset[str]) -> list[Result]:
    """Measure the lists; a session in one database is not one in the other."""
    sizes = make_sizes()
    clerk = sizes.world.actor("sx.clerk")
    empty = sizes.world.actor(f"{EMPTY_COUNTY}.clerk")
    with using(sizes.small):
        few = Reader(clerk, "cases", more=ALL)
        few_waiting = Reader(clerk, "cases")
    with using(sizes.large):
        many = Reader(clerk, "cases", more=ALL)
        many_waiting = Reader(clerk, "cases")
        last = Reader(clerk, "cases", more=f"{ALL}&at=last")
        workspace = Reader(empty, "workspace")
        case_page = Reader(clerk, "case", sizes.case.pk)
        list_queries = max(page.queries() for page in (many, many_waiting, last))
        page_queries = case_page.queries()
        kilobytes = max(len(many.read()), len(last.read())) / 1024

    def on(database: object, reader: Reader) -> Callable[[], object]:
        def read() -> object:
            with using(database):  # type: ignore[arg-type]
                return reader.read()

        return read

    medians = in_turns(
        {
            "few": on(sizes.small, few),
            "many": on(sizes.large, many),
            "last": on(sizes.large, last),
            "few waiting": on(sizes.small, few_waiting),
            "many waiting": on(sizes.large, many_waiting),
            "workspace": on(sizes.large, workspace),
        }
    )
    ms = {name: value * 1000 for name, value in medians.items()}
    return [
        Result("case_list_queries", list_queries, "queries"),
        Result("case_list_ms_1k", ms["few"], "ms"),
        Result("case_list_ms_100k", ms["many"], "ms", "case_list_ms_1k", ms["many"] / ms["few"]),
        Result(
            "case_list_last_page", ms["last"], "ms", "case_list_ms_100k", ms["last"] / ms["many"]
        ),
        Result("case_list_waiting_ms_1k", ms["few waiting"], "ms"),
        Result(
            "case_list_waiting_ms_100k",
            ms["many waiting"],
            "ms",
            "case_list_waiting_ms_1k",
            ms["many waiting"] / ms["few waiting"],
        ),
        Result("case_list_page_kb", kilobytes, "KB"),
        Result(
            "case_list_over_workspace",
            ms["many"],
            "ms",
            "workspace_empty_ms",
            ms["many"] / ms["workspace"],
        ),
        Result("workspace_empty_ms", ms["workspace"], "ms"),
        Result("case_page_queries", page_queries, "queries"),
    ]
