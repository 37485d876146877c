"""A cold notice and the roster, each against the bare library with the same input."""

from __future__ import annotations

from collections.abc import Callable

from tests.benchmarks.bench_notice import notice_cold
from tests.benchmarks.bench_roster import roster_100k
from tests.benchmarks.measuring import Result

ENGINES: dict[str, tuple[Callable[[], tuple[float, float]], str]] = {
    "notice_cold": (notice_cold, "bare WeasyPrint, same HTML and fonts"),
    "roster_100k": (roster_100k, "bare openpyxl write-only loop, same values"),
}
NAMES = tuple(ENGINES)


def run(names: frozenset[str]) -> list[Result]:
    """Seconds of each engine asked for, against those of the bare library."""
    found = []
    for name in NAMES:
        if name in names:
            measure, against = ENGINES[name]
            engine, bare = measure()
            found.append(Result(name, engine, "s", against, engine / bare))
    return found
