"""The conditions of two sets compared by category and figure. No ORM, no I/O."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from criteria.comparing.strictness import NO_WAYS, Direction, Ways, weigh
from criteria.constants import OPERATORS
from criteria.specs import ConditionSpec, CriterionSpec, SetSpec

ONLY_HERE = "对方未载明此项数值条件"
ONLY_THERE = "对方载明此项数值条件，本标准未载明"
NO_CATEGORY_THERE = "对方没有这一类别"
NO_CATEGORY_HERE = "本标准没有这一类别"
OTHER_WAYS = "对方以另一项指标代替"


class ConditionRow(NamedTuple):
    """Two conditions on one figure, or one that stands on one side only.

    ``categories``: keys of those for which it is so; empty when neither set has categories.
    """

    left: ConditionSpec | None
    right: ConditionSpec | None
    left_criterion: str
    right_criterion: str
    categories: tuple[str, ...]
    direction: Direction
    reasons: tuple[str, ...]

    @property
    def spec(self) -> ConditionSpec:
        """One of the two, for what both have: the indicator."""
        found = self.left or self.right
        assert found is not None
        return found

    @property
    def changed(self) -> bool:
        """Whether there is anything to tell."""
        return self.direction != Direction.SAME or bool(self.reasons)


class _Placed(NamedTuple):
    """A condition with its criterion and the other figures that would do instead of it."""

    criterion: str
    spec: ConditionSpec
    ways: Ways


def compare_conditions(
    left: SetSpec, right: SetSpec, paired: Mapping[str, str]
) -> tuple[ConditionRow, ...]:
    """Every condition of either set; ``paired``: criterion of the left set -> of the right one."""
    found: dict[tuple[object, ...], tuple[ConditionRow, list[str]]] = {}
    for category in _categories(left, right):
        for row in _of_category(left, right, category, paired):
            key = (
                row.left_criterion,
                row.left and row.left.key,
                row.right_criterion,
                row.right and row.right.key,
                row.direction,
                row.reasons,
            )
            found.setdefault(key, (row, []))[1].append(category)
    return tuple(
        row._replace(categories=tuple(filter(None, categories)))
        for row, categories in found.values()
    )


def _categories(left: SetSpec, right: SetSpec) -> list[str]:
    keys = [key for spec in (left, right) for key, _ in spec.categories]
    return list(dict.fromkeys(keys)) or [""]


def _of_category(
    left: SetSpec, right: SetSpec, category: str, paired: Mapping[str, str]
) -> Iterable[ConditionRow]:
    here, there = left.covers(category), right.covers(category)
    mine = _placed(left, category) if here else []
    theirs = _placed(right, category) if there else []
    if not here or not there:
        for item in mine:
            yield _alone_left(item, category, Direction.INCOMPARABLE, NO_CATEGORY_THERE)
        for item in theirs:
            yield _alone_right(item, category, Direction.INCOMPARABLE, NO_CATEGORY_HERE)
        return
    my_figures = {item.spec.figure for item in mine}
    their_figures = {item.spec.figure for item in theirs}
    for one, other in _joined(mine, theirs, paired):
        if one is not None and other is not None:
            said = weigh(one.spec, other.spec, one.ways, other.ways)
            yield ConditionRow(
                one.spec,
                other.spec,
                one.criterion,
                other.criterion,
                (category,),
                said.direction,
                said.reasons,
            )
        elif one is not None:
            instead = bool(one.ways & their_figures)
            yield _alone_left(
                one,
                category,
                Direction.INCOMPARABLE if instead else Direction.STRICTER,
                OTHER_WAYS if instead else ONLY_HERE,
            )
        elif other is not None:
            instead = bool(other.ways & my_figures)
            yield _alone_right(
                other,
                category,
                Direction.INCOMPARABLE if instead else Direction.LOOSER,
                OTHER_WAYS if instead else ONLY_THERE,
            )


def _alone_left(item: _Placed, category: str, direction: Direction, reason: str) -> ConditionRow:
    return ConditionRow(item.spec, None, item.criterion, "", (category,), direction, (reason,))


def _alone_right(item: _Placed, category: str, direction: Direction, reason: str) -> ConditionRow:
    return ConditionRow(None, item.spec, "", item.criterion, (category,), direction, (reason,))


def _placed(spec: SetSpec, category: str) -> list[_Placed]:
    return [item for criterion in spec.criteria for item in _of_criterion(criterion, category)]


def _of_criterion(criterion: CriterionSpec, category: str) -> list[_Placed]:
    rows = [
        row
        for row in criterion.conditions
        if not category or not row.categories or category in row.categories
    ]
    joinings = {group.key: group.joining for group in criterion.groups}
    slots: dict[str, set[str]] = defaultdict(set)
    for place, row in enumerate(rows):
        slots[_slot(row, joinings, place)].add(row.figure)
    found = []
    for place, row in enumerate(rows):
        slot = _slot(row, joinings, place)
        ways: set[str] = set()
        if joinings.get(slot) == "any":
            ways |= slots[slot]
        if criterion.joining == "any":
            for other, figures in slots.items():
                if other != slot:
                    ways |= figures
        instead = frozenset(ways - {row.figure}) if ways else NO_WAYS
        found.append(_Placed(criterion.key, row, instead))
    return found


def _slot(row: ConditionSpec, joinings: Mapping[str, str], place: int) -> str:
    """A condition without a group that exists stands alone, as in the assessment."""
    return row.group if row.group in joinings else f"\n{place}"


def _joined(
    mine: Sequence[_Placed], theirs: Sequence[_Placed], paired: Mapping[str, str]
) -> list[tuple[_Placed | None, _Placed | None]]:
    """Conditions on the same figure, side by side: first those of criteria that are paired."""
    free = list(range(len(theirs)))
    partner: dict[int, int] = {}

    def take(same: bool, way: bool) -> None:
        for place, item in enumerate(mine):
            if place in partner:
                continue
            for spot in free:
                other = theirs[spot]
                fits = other.spec.figure == item.spec.figure
                fits = fits and (not same or paired.get(item.criterion) == other.criterion)
                if fits and (not way or _way(item.spec) == _way(other.spec)):
                    partner[place] = spot
                    free.remove(spot)
                    break

    for same, way in ((True, True), (False, True), (True, False), (False, False)):
        take(same, way)
    joined: list[tuple[_Placed | None, _Placed | None]] = [
        (item, theirs[partner[place]] if place in partner else None)
        for place, item in enumerate(mine)
    ]
    return joined + [(None, theirs[spot]) for spot in free]


def _way(spec: ConditionSpec) -> int:
    return OPERATORS[spec.operator].sign
