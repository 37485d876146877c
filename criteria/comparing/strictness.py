"""Which of two conditions on the same figure asks for more. No ORM, no I/O.

A condition is taken for what it does to every possible value: met; a decision may still let it
pass (原则上, 左右, 放宽 and what it takes); not met. The left one is stricter when it treats no
value more kindly than the right one and some value less kindly. So 20亿元 原则上 with a floor of
1亿元 is stricter than 10亿元 原则上 without one; when each is kinder somewhere, the two cannot be
ranked. Where a condition is only one of several ways (满足其一), every way more makes it looser.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from criteria.constants import (
    DECISION_CHOICES,
    FIRMNESS_CHOICES,
    OPERATORS,
    Firmness,
)
from criteria.quotes import normalise
from criteria.sentences import amount, ground_words
from criteria.specs import ConditionSpec, RelaxationSpec

_FIRMNESS = dict(FIRMNESS_CHOICES)
_DECISIONS = dict(DECISION_CHOICES)
_INCLUSIVE = {"ge": True, "le": True, "gt": False, "lt": False}
MET, BY_DECISION, NOT_MET = 0, 1, 2


class Direction(StrEnum):
    """How the left side stands to the right one."""

    STRICTER = "stricter"
    LOOSER = "looser"
    SAME = "same"
    INCOMPARABLE = "incomparable"


DIRECTION_LABELS: dict[str, str] = {
    Direction.STRICTER: "更严",
    Direction.LOOSER: "更宽",
    Direction.SAME: "相同",
    Direction.INCOMPARABLE: "不可比",
}
OPPOSITE = {
    Direction.STRICTER: Direction.LOOSER,
    Direction.LOOSER: Direction.STRICTER,
    Direction.SAME: Direction.SAME,
    Direction.INCOMPARABLE: Direction.INCOMPARABLE,
}
Ways = frozenset[str]
NO_WAYS: Ways = frozenset()


class Weighed(NamedTuple):
    """A direction and, from the left side's point of view, why."""

    direction: Direction
    reasons: tuple[str, ...]


class _Treatment(NamedTuple):
    """What becomes of a value; ``demands``: what a decision in its favour takes besides."""

    rank: int
    demands: frozenset[object] = frozenset()


def weigh(
    left: ConditionSpec,
    right: ConditionSpec,
    left_ways: Ways = NO_WAYS,
    right_ways: Ways = NO_WAYS,
) -> Weighed:
    """Compare two conditions on one figure; ``ways``: the other figures that would do instead."""
    reasons = tuple(_reasons(left, right, left_ways, right_ways))
    signs = OPERATORS[left.operator].sign, OPERATORS[right.operator].sign
    if signs[0] != signs[1]:
        return Weighed(Direction.INCOMPARABLE, ("比较方向不同", *reasons))
    if signs[0] == 0 and left.threshold != right.threshold:
        return Weighed(Direction.INCOMPARABLE, ("要求的选项不同", *reasons))
    found = _joined([*_by_value(left, right), _by_ways(left_ways, right_ways)])
    if found is Direction.INCOMPARABLE:
        return Weighed(found, (*reasons, "互有宽严，不能一概而论"))
    return Weighed(found, reasons)


def _joined(parts: Iterable[Direction]) -> Direction:
    """One direction of several: ranked only when none contradicts."""
    found = set(parts) - {Direction.SAME}
    if not found:
        return Direction.SAME
    return found.pop() if len(found) == 1 else Direction.INCOMPARABLE


def _by_ways(left: Ways, right: Ways) -> Direction:
    if left == right:
        return Direction.SAME
    if left < right:
        return Direction.STRICTER
    return Direction.LOOSER if right < left else Direction.INCOMPARABLE


def _by_value(left: ConditionSpec, right: ConditionSpec) -> list[Direction]:
    if OPERATORS[left.operator].sign == 0:
        pairs = [(_unmet(left, None), _unmet(right, None))]
    else:
        marks = {mark for spec in (left, right) for mark in _marks(spec)}
        places = [(mark, side) for mark in marks for side in (-1, 0, 1)]
        pairs = [(_treated(left, place), _treated(right, place)) for place in places]
    return [_kinder(one, other) for one, other in pairs]


def _kinder(one: _Treatment, other: _Treatment) -> Direction:
    if one.rank != other.rank:
        return Direction.STRICTER if one.rank > other.rank else Direction.LOOSER
    if one.demands == other.demands:
        return Direction.SAME
    if one.demands > other.demands:
        return Direction.STRICTER
    return Direction.LOOSER if one.demands < other.demands else Direction.INCOMPARABLE


def _marks(spec: ConditionSpec) -> list[Decimal]:
    """Values at which the treatment changes, with more being better."""
    sign = OPERATORS[spec.operator].sign
    found = [sign * spec.threshold]
    if spec.relaxation is not None and spec.relaxation.floor is not None:
        found.append(sign * spec.relaxation.floor)
    return found


def _treated(spec: ConditionSpec, place: tuple[Decimal, int]) -> _Treatment:
    """What becomes of a value, or of one just above (1) or just below it (-1)."""
    mark = (OPERATORS[spec.operator].sign * spec.threshold, 0)
    met = place >= mark if _INCLUSIVE[spec.operator] else place > mark
    return _Treatment(MET) if met else _unmet(spec, place)


def _unmet(spec: ConditionSpec, place: tuple[Decimal, int] | None) -> _Treatment:
    relaxation = spec.relaxation
    if relaxation is None:
        return _Treatment(NOT_MET if spec.firmness == Firmness.FIRM else BY_DECISION)
    if relaxation.floor is not None and place is not None:
        if place < (OPERATORS[spec.operator].sign * relaxation.floor, 0):
            return _Treatment(NOT_MET)
    demands: set[object] = {
        (row.indicator, row.operator, row.threshold) for row in relaxation.grounds
    }
    if relaxation.preconditions:
        demands.add(normalise(relaxation.preconditions))
    return _Treatment(BY_DECISION, frozenset(demands))


# --- in words -----------------------------------------------------------------------------------


def _reasons(
    left: ConditionSpec, right: ConditionSpec, left_ways: Ways, right_ways: Ways
) -> Iterable[str]:
    if left.threshold != right.threshold:
        said = amount(left.threshold, left.unit), amount(right.threshold, right.unit)
        yield f"门槛 {said[0]}，对方 {said[1]}"
    if left.operator != right.operator:
        words = OPERATORS[left.operator].word, OPERATORS[right.operator].word
        yield f"{words[0]}（{_number_said(left)}），对方{words[1]}（{_number_said(right)}）"
    if left.firmness != right.firmness:
        yield f"用语为“{_FIRMNESS[left.firmness]}”，对方为“{_FIRMNESS[right.firmness]}”"
    yield from _relaxation_reasons(left, right)
    if left_ways != right_ways:
        yield f"{_ways_said(left_ways)}，对方{_ways_said(right_ways)}"


def _number_said(spec: ConditionSpec) -> str:
    return "含本数" if _INCLUSIVE.get(spec.operator, True) else "不含本数"


def _ways_said(ways: Ways) -> str:
    return f"另有 {len(ways)} 项指标可以替代" if ways else "必须满足"


def _relaxation_reasons(left: ConditionSpec, right: ConditionSpec) -> Iterable[str]:
    mine, theirs = left.relaxation, right.relaxation
    if mine is None and theirs is None:
        return
    if mine is None or theirs is None:
        yield f"{_relaxation_said(left)}，对方{_relaxation_said(right)}"
        return
    if mine.floor != theirs.floor:
        yield f"放宽下限{_floor_said(left, mine)}，对方{_floor_said(right, theirs)}"
    if _grounds(mine) != _grounds(theirs):
        yield f"放宽的数据条件：{_grounds_said(mine)}；对方：{_grounds_said(theirs)}"
    if normalise(mine.preconditions) != normalise(theirs.preconditions):
        yield "放宽的前提不同"
    if mine.decision != theirs.decision:
        yield f"放宽由谁决定：{_DECISIONS[mine.decision]}；对方：{_DECISIONS[theirs.decision]}"


def _grounds(relaxation: RelaxationSpec) -> frozenset[tuple[str, str, Decimal]]:
    return frozenset((row.indicator, row.operator, row.threshold) for row in relaxation.grounds)


def _grounds_said(relaxation: RelaxationSpec) -> str:
    return "，".join(ground_words(row) for row in relaxation.grounds) or "无"


def _floor_said(spec: ConditionSpec, relaxation: RelaxationSpec) -> str:
    return "未载明" if relaxation.floor is None else f" {amount(relaxation.floor, spec.unit)}"


def _relaxation_said(spec: ConditionSpec) -> str:
    if spec.relaxation is None:
        return "没有放宽条款"
    return f"可申请放宽（下限{_floor_said(spec, spec.relaxation)}）"
