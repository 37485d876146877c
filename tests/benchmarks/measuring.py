"""How things are measured: alternating runs, medians, and one result row per name.

A module of ``tests.benchmarks.run.MODULES`` has ``NAMES`` (what it can measure) and
``run(names) -> list[Result]``. Whatever is compared runs in turns, so that a busy machine slows
both sides alike.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """One row of bench.json. ``ratio`` is the value divided by that of ``against``.

    ``against`` is the name of another row, or says in words what was measured beside it.
    ``target`` is what the ratio may be at most, or at least when ``at_least``.
    """

    name: str
    value: float
    unit: str
    against: str | None = None
    ratio: float | None = None
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None when there is none."""
        if self.target is None or self.ratio is None:
            return None
        return self.ratio >= self.target if self.at_least else self.ratio <= self.target

    def as_dict(self) -> dict[str, object]:
        """As written to bench.json."""
        row: dict[str, object] = {
            "name": self.name,
            "value": round(self.value, 4),
            "unit": self.unit,
            "against": self.against,
            "ratio": None if self.ratio is None else round(self.ratio, 3),
        }
        if self.target is not None:
            row["target"] = f"{'>=' if self.at_least else '<='} {self.target:.4g}"
            row["met"] = self.met
        return row


def seconds(function: Callable[[], object]) -> float:
    """How long one call takes."""
    begun = time.perf_counter()
    function()
    return time.perf_counter() - begun


def in_turns(
    functions: dict[str, Callable[[], object]], *, rounds: int = 30, warm_up: int = 3
) -> dict[str, float]:
    """Median seconds of each function, called in turns; garbage is collected between rounds."""
    for _ in range(warm_up):
        for function in functions.values():
            function()
    times: dict[str, list[float]] = {name: [] for name in functions}
    for number in range(rounds):
        gc.collect()
        order = list(functions) if number % 2 else list(reversed(functions))
        for name in order:
            times[name].append(seconds(functions[name]))
    return {name: statistics.median(values) for name, values in times.items()}
