"""Which stages certifications from before the portal add to a town's history; no database."""

from __future__ import annotations

from bisect import insort_right
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from portal.core.constants import LEVELS

# The lowest first; the stages of the pool are below them.
RANKS = {key: rank for rank, key in enumerate(LEVELS)}


class Step(NamedTuple):
    """A stage or level from a day on."""

    on: date
    stage: str

    @property
    def rank(self) -> int:
        """The rank of a level, -1 of a stage of the pool."""
        return RANKS.get(self.stage, -1)


class Rise(NamedTuple):
    """What is added: the levels that rose on their own days, and the one that stands at the end.

    ``last`` is there where moves entered since would hide the highest level; ``highest`` is the
    town's stage then, or empty when it stands higher than any certification.
    """

    steps: list[Step]
    last: Step | None
    highest: str


def rise_of(stage: str, moves: Sequence[Step], valid: Sequence[Step], made: Sequence[Step]) -> Rise:
    """What certifications ``made`` add for a town.

    ``moves`` is its history, the oldest first; ``valid`` what it was certified as before. A level
    never follows a higher one: neither the stage of its day nor a certification that came first.
    """
    history = list(moves)
    steps: list[Step] = []
    certified = [*valid, *made]
    for step in sorted(made, key=_order):
        before = [row.rank for row in certified if _order(row) < _order(step)]
        before += [row.rank for row in history if row.on <= step.on][-1:]
        higher_by_hand = not moves and RANKS.get(stage, -1) > step.rank
        if higher_by_hand or any(rank >= step.rank for rank in before):
            continue
        insort_right(history, step, key=lambda row: row.on)
        steps.append(step)
    highest = max(certified, key=lambda row: row.rank)
    if RANKS.get(stage, -1) > highest.rank:
        return Rise(steps, None, "")
    if history and history[-1].stage == highest.stage:
        return Rise(steps, None, highest.stage)
    day = max([highest.on, *(row.on for row in history[-1:])])
    return Rise(steps, Step(day, highest.stage), highest.stage)


def _order(row: Step) -> tuple[date, int]:
    return row.on, row.rank
