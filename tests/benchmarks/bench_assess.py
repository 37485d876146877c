"""The pure assessment, beside a loop written by hand for one criteria set.

The loop knows eight criteria of one set as flat tuples and gives the same verdict, distance and
clause for each criterion; it has no groups, grounds, priorities, bands, origins or findings.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from criteria.assessment import Assessor, CriterionVerdict
from criteria.constants import OPERATORS, Firmness, Status
from criteria.specs import SetSpec
from tests.benchmarks.measuring import Result, in_turns
from tests.criteria.test_assessment import spec_from

NAMES = ("assess_pure",)
SET = "puxian-2023"
TOWNS = 2_000
AGAINST = "a loop by hand over tuples"

Values = Mapping[str, Decimal]
# indicator, sign, inclusive, threshold, soft, may be relaxed, floor
FlatCondition = tuple[str, int, bool, Decimal, bool, bool, Decimal | None]
# key, clause, judged, conditions
FlatCriterion = tuple[str, str, bool, tuple[FlatCondition, ...]]
# key, clause, status, whether a decision may override it, distances
Answer = tuple[str, str, Status, bool, list[Decimal | None]]


class Filed(NamedTuple):
    """What one town has: values, statements, relaxations."""

    category: str
    values: Values
    answered: frozenset[str]
    relaxed: frozenset[str]


def flat(spec: SetSpec, category: str) -> tuple[FlatCriterion, ...]:
    """The set as the loop reads it, for one category."""
    return tuple(
        (
            criterion.key,
            criterion.clause,
            criterion.nature != "figures",
            tuple(
                (
                    row.indicator,
                    OPERATORS[row.operator].sign,
                    row.operator in ("ge", "le", "eq"),
                    row.threshold,
                    row.firmness != Firmness.FIRM,
                    row.relaxation is not None,
                    row.relaxation.floor if row.relaxation else None,
                )
                for row in criterion.conditions
                if not row.categories or category in row.categories
            ),
        )
        for criterion in spec.criteria
    )


MET, JUDGE, RELAX, NOT, MISSING, HARD = range(1, 7)
STATUS = {
    MET: Status.MET,
    JUDGE: Status.NEEDS_JUDGEMENT,
    RELAX: Status.MAY_RELAX,
    NOT: Status.NOT_MET,
    MISSING: Status.MISSING,
    HARD: Status.NOT_MET,
}


def by_hand(
    rules: Sequence[FlatCriterion], values: Values, answered: Collection[str]
) -> list[Answer]:
    """The loop."""
    found: list[Answer] = []
    for key, clause, judged, conditions in rules:
        worst = 0
        distances: list[Decimal | None] = []
        for indicator, sign, inclusive, threshold, soft, relaxable, floor in conditions:
            value = values.get(indicator)
            if value is None:
                distances.append(None)
                given = MISSING
            else:
                away = value - threshold if sign > 0 else threshold - value
                distances.append(away if sign else None)
                if (away >= 0 if inclusive else away > 0) if sign else not away:
                    given = MET
                elif relaxable:
                    given = RELAX if floor is None or value >= floor else HARD
                else:
                    given = NOT if soft else HARD
            if given > worst:
                worst = given
        if judged:
            worst = max(worst, JUDGE if key in answered else MISSING)
        elif not worst:
            worst = JUDGE
        found.append((key, clause, STATUS[worst], worst == NOT, distances))
    return found


def towns(spec: SetSpec, count: int) -> list[Filed]:
    """Towns around the thresholds, some without a figure; always the same."""
    chance = random.Random(20220926)
    conditions = [row for criterion in spec.criteria for row in criterion.conditions]
    made = []
    for _ in range(count):
        values = {}
        for row in conditions:
            if chance.random() < 0.95:
                part = chance.choice((50, 80, 99, 100, 101, 150))
                values[row.indicator] = row.threshold * part / 100
        made.append(
            Filed(
                chance.choice([key for key, _ in spec.categories]),
                values,
                frozenset(row.key for row in spec.criteria if chance.random() < 0.9),
                frozenset(),
            )
        )
    return made


def same(ours: Sequence[CriterionVerdict], theirs: Sequence[Answer]) -> bool:
    """Whether both say the same of every criterion."""
    return [
        (row.key, row.clause, row.status, row.overridable, [item.distance for item in row.findings])
        for row in ours
    ] == list(theirs)


def run(names: frozenset[str]) -> list[Result]:
    """Both over the same towns, in turns; what they say is compared first."""
    spec = spec_from(SET)
    assert len(spec.criteria) == 8
    assessor = Assessor(spec)
    filed = towns(spec, TOWNS)
    rules = {category: flat(spec, category) for category, _ in spec.categories}
    seen: set[tuple[Status, bool]] = set()
    for row in filed:
        ours = assessor.assess(row.category, row.values, answered=row.answered)
        if not same(ours, by_hand(rules[row.category], row.values, row.answered)):
            raise AssertionError(f"they differ: {row}")
        seen.update((verdict.status, verdict.overridable) for verdict in ours)
    if len(seen) < 5:
        raise AssertionError(f"the towns are too much alike: {seen}")

    def assess_all() -> None:
        for row in filed:
            assessor.assess(row.category, row.values, answered=row.answered)

    def loop_all() -> None:
        for row in filed:
            by_hand(rules[row.category], row.values, row.answered)

    times = in_turns({"ours": assess_all, "by hand": loop_all}, rounds=30)
    each = times["ours"] / TOWNS * 1_000_000
    return [Result("assess_pure", each, "µs", AGAINST, times["ours"] / times["by hand"])]
