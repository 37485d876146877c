"""Which criterion of one set answers to which of another. No ORM, no I/O.

In this order, each criterion once: the same key, where title, clause or text confirm it; the same
title; texts alike (the likest first); the same figures asked for.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import NamedTuple

from criteria.comparing.runs import likeness
from criteria.quotes import normalise
from criteria.specs import CriterionSpec

# A key alone proves little (editors number keys): the texts must have this much in common.
KEY_LIKENESS = 0.2
# Criteria of other titles answer to one another from here on.
TEXT_LIKENESS = 0.4
# Or when they ask for the same figures: those in common by those of either.
FIGURES_LIKENESS = 0.5


class Match(NamedTuple):
    """Places of two criteria that answer to one another, and what showed it."""

    left: int
    right: int
    by: str


def matches(left: Sequence[CriterionSpec], right: Sequence[CriterionSpec]) -> list[Match]:
    """The pairs, in the order of the left side."""
    free_left, free_right = set(range(len(left))), set(range(len(right)))
    found: list[Match] = []
    rules: tuple[tuple[str, Callable[[CriterionSpec, CriterionSpec], float]], ...] = (
        ("key", _same_key),
        ("title", _same_title),
        ("text", _like_text),
        ("figures", _like_figures),
    )
    for by, score in rules:
        scored = [
            (-value, abs(a - b), min(a, b), a, b)
            for a in free_left
            for b in free_right
            if (value := score(left[a], right[b])) > 0
        ]
        for _, _, _, a, b in sorted(scored):
            if a in free_left and b in free_right:
                free_left.remove(a)
                free_right.remove(b)
                found.append(Match(a, b, by))
    return sorted(found)


def moved(found: Sequence[Match]) -> frozenset[int]:
    """Left places of those that stand in another order than the rest of the pairs."""
    tails: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for place, match in enumerate(found):
        spot = bisect_left(tails, match.right)
        tails[spot : spot + 1] = [match.right]
        at[spot : spot + 1] = [place]
        before.append(at[spot - 1] if spot else -1)
    kept: set[int] = set()
    place = at[-1] if at else -1
    while place >= 0:
        kept.add(place)
        place = before[place]
    return frozenset(match.left for place, match in enumerate(found) if place not in kept)


def _same_key(one: CriterionSpec, other: CriterionSpec) -> float:
    if one.key != other.key:
        return 0
    if normalise(one.title) == normalise(other.title):
        return 2
    if normalise(one.clause) == normalise(other.clause):
        return 1
    return 1 if likeness(one.text, other.text) >= KEY_LIKENESS else 0


def _same_title(one: CriterionSpec, other: CriterionSpec) -> float:
    title = normalise(one.title)
    return 1 if title and title == normalise(other.title) else 0


def _like_text(one: CriterionSpec, other: CriterionSpec) -> float:
    found = likeness(one.text, other.text)
    return found if found >= TEXT_LIKENESS else 0


def _like_figures(one: CriterionSpec, other: CriterionSpec) -> float:
    mine = {row.figure for row in one.conditions}
    theirs = {row.figure for row in other.conditions}
    if not mine or not theirs:
        return 0
    found = len(mine & theirs) / len(mine | theirs)
    return found if found >= FIGURES_LIKENESS else 0
