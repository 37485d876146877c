"""Two criteria sets clause by clause: wording, conditions, scoring, facts. No ORM, no I/O.

``compare`` says how the left set stands to the right one; swapping them swaps stricter and looser,
and a set compared with itself shows nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from criteria.comparing.conditions import ConditionRow, compare_conditions
from criteria.comparing.pairing import Match, matches, moved
from criteria.comparing.runs import Run, likeness, runs
from criteria.comparing.strictness import DIRECTION_LABELS, OPPOSITE, Direction, weigh
from criteria.constants import JOINING_CHOICES, NATURE_CHOICES
from criteria.quotes import normalise
from criteria.sentences import NO_LINES, IndicatorLine, priority_sentence, scoring_sentence
from criteria.specs import CriterionSpec, GroupSpec, SetSpec

__all__ = [
    "DIRECTION_LABELS",
    "OPPOSITE",
    "Comparison",
    "ConditionRow",
    "Difference",
    "Direction",
    "Pair",
    "Run",
    "Side",
    "compare",
    "likeness",
    "runs",
    "weigh",
]

NONE = "无"


class Side(NamedTuple):
    """A set to compare: how it is assessed, and what else it says.

    ``facts``: label and words of what concerns the whole set. ``notes``: by key of the criterion.
    """

    spec: SetSpec
    facts: tuple[tuple[str, str], ...] = ()
    notes: Mapping[str, str] = {}


class Difference(NamedTuple):
    """Something that reads otherwise on the two sides."""

    label: str
    left: str
    right: str


class Pair(NamedTuple):
    """Two criteria that answer to one another, or one that stands on one side only."""

    left: CriterionSpec | None
    right: CriterionSpec | None
    by: str
    moved: bool
    left_runs: tuple[Run, ...]
    right_runs: tuple[Run, ...]
    differences: tuple[Difference, ...]
    conditions: tuple[ConditionRow, ...]

    @property
    def state(self) -> str:
        """added, removed, changed or same; added is what only the right side has."""
        if self.left is None:
            return "added"
        if self.right is None:
            return "removed"
        return "changed" if self.changed else "same"

    @property
    def reworded(self) -> bool:
        """Whether the text of the clause differs."""
        return any(run.kind != "same" for run in (*self.left_runs, *self.right_runs))

    @property
    def changed(self) -> bool:
        """Whether there is anything to tell."""
        return (
            self.left is None
            or self.right is None
            or self.moved
            or self.reworded
            or bool(self.differences)
            or any(row.changed for row in self.conditions)
        )


class Comparison(NamedTuple):
    """Everything in which two sets differ, and what they have in common."""

    left: SetSpec
    right: SetSpec
    facts: tuple[Difference, ...]
    pairs: tuple[Pair, ...]

    @property
    def empty(self) -> bool:
        """Whether the two are the same."""
        return not self.facts and not any(pair.changed for pair in self.pairs)

    @property
    def rows(self) -> tuple[ConditionRow, ...]:
        """Every compared condition."""
        return tuple(row for pair in self.pairs for row in pair.conditions)

    def count(self, direction: Direction) -> int:
        """In how many places the left side is so."""
        return Counter(row.direction for row in self.rows)[direction]


def compare(left: Side, right: Side, lines: Mapping[str, IndicatorLine] = NO_LINES) -> Comparison:
    """How the left set stands to the right one."""
    found = matches(left.spec.criteria, right.spec.criteria)
    paired = {
        left.spec.criteria[item.left].key: right.spec.criteria[item.right].key for item in found
    }
    conditions = compare_conditions(left.spec, right.spec, paired)
    out_of_order = moved(found)
    names = dict(right.spec.categories) | dict(left.spec.categories)
    pairs = []
    for one, other, match in _in_order(left.spec, right.spec, found):
        pairs.append(
            Pair(
                left=one,
                right=other,
                by=match.by if match else "",
                moved=match is not None and match.left in out_of_order,
                **_texts(one, other),
                differences=tuple(_differences(one, other, left, right, names, lines)),
                conditions=tuple(row for row in conditions if _belongs(row, one, other)),
            )
        )
    return Comparison(left.spec, right.spec, tuple(_facts(left, right)), tuple(pairs))


def _in_order(
    left: SetSpec, right: SetSpec, found: Iterable[Match]
) -> list[tuple[CriterionSpec | None, CriterionSpec | None, Match | None]]:
    """The order of the left set; what only the right one has stands after what it follows there."""
    by_left = {item.left: item for item in found}
    taken = {item.right for item in by_left.values()}
    rows: list[tuple[CriterionSpec | None, CriterionSpec | None, Match | None]] = []

    def follow(place: int) -> None:
        while place < len(right.criteria) and place not in taken:
            rows.append((None, right.criteria[place], None))
            place += 1

    follow(0)
    for place, criterion in enumerate(left.criteria):
        match = by_left.get(place)
        if match is None:
            rows.append((criterion, None, None))
        else:
            rows.append((criterion, right.criteria[match.right], match))
            follow(match.right + 1)
    return rows


def _belongs(row: ConditionRow, one: CriterionSpec | None, other: CriterionSpec | None) -> bool:
    """A row stands at the criterion of its left condition; without one, at that of its right."""
    if row.left_criterion:
        return one is not None and row.left_criterion == one.key
    return other is not None and row.right_criterion == other.key


def _texts(one: CriterionSpec | None, other: CriterionSpec | None) -> dict[str, tuple[Run, ...]]:
    mine: tuple[Run, ...]
    theirs: tuple[Run, ...]
    if one is None or other is None:
        mine = (Run("same", one.text),) if one else ()
        theirs = (Run("same", other.text),) if other else ()
    elif normalise(one.text) == normalise(other.text):
        mine, theirs = (Run("same", one.text),), (Run("same", other.text),)
    else:
        mine, theirs = runs(one.text, other.text)
    return {"left_runs": mine, "right_runs": theirs}


def _differences(
    one: CriterionSpec | None,
    other: CriterionSpec | None,
    left: Side,
    right: Side,
    names: Mapping[str, str],
    lines: Mapping[str, IndicatorLine],
) -> Iterable[Difference]:
    if one is None or other is None:
        return
    mine = _said(one, left.notes, names, lines)
    theirs = _said(other, right.notes, names, lines)
    for label, words in mine.items():
        if normalise(words) != normalise(theirs[label]):
            yield Difference(label, words or NONE, theirs[label] or NONE)


def _said(
    row: CriterionSpec,
    notes: Mapping[str, str],
    names: Mapping[str, str],
    lines: Mapping[str, IndicatorLine],
) -> dict[str, str]:
    """What a criterion says besides its text and its conditions."""
    joinings = dict(JOINING_CHOICES)
    conditions = [row.group for row in row.conditions]
    rubric = "；".join(
        f"{item.low:f}～{item.high:f} 分：{item.words}" for item in row.scoring.rubric
    )
    return {
        "条款号": row.clause,
        "条目": row.title,
        "性质": dict(NATURE_CHOICES)[row.nature],
        "填报提示": row.ask,
        "条件的关系": joinings[row.joining] if len(set(conditions)) > 1 else "",
        "条件组": "；".join(_group(group, row, joinings) for group in row.groups),
        "优先评定": "；".join(priority_sentence(item, lines) for item in row.priorities),
        "计分": scoring_sentence(row.scoring, names, lines),
        "评分参考": rubric,
        "说明": notes.get(row.key, ""),
    }


def _group(group: GroupSpec, row: CriterionSpec, joinings: Mapping[str, str]) -> str:
    count = sum(1 for item in row.conditions if item.group == group.key)
    return f"{group.label or group.key}（{count} 个条件，{joinings[group.joining]}）"


def _facts(left: Side, right: Side) -> Iterable[Difference]:
    theirs = dict(right.facts)
    for label, words in left.facts:
        if normalise(words) != normalise(theirs.get(label, "")):
            yield Difference(label, words or NONE, theirs.get(label) or NONE)
