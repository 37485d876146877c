"""What always holds of an assessment, over sets and figures made at random with fixed seeds."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pytest

from criteria.assessment import (
    Assessor,
    CriterionVerdict,
    Finding,
    Origin,
    assess,
    counts,
    overall,
)
from criteria.constants import OPERATORS, OUTCOMES, Outcome, Status
from criteria.scoring import points_given
from criteria.specs import (
    BandSpec,
    ConditionSpec,
    CriterionSpec,
    GroundSpec,
    GroupSpec,
    RelaxationSpec,
    ScoringSpec,
    SetSpec,
)
from criteria.stored import from_json, to_json

SEEDS = range(60)
CATEGORIES = ("manufacturing", "agriculture", "culture")
INDICATORS = tuple(f"figure_{number}" for number in range(6))
RISING, FALLING, ALL = ("ge", "gt"), ("le", "lt"), tuple(OPERATORS)
# From the best to the worst; a hard refusal (7) is worse than all of them.
RANKS = {
    Status.MET: 1,
    Status.RELAXED: 2,
    Status.NEEDS_JUDGEMENT: 3,
    Status.MAY_RELAX: 4,
    Status.NOT_MET: 5,
    Status.MISSING: 6,
}
HARD = 7

Values = dict[str, Decimal | None]


# --- making them --------------------------------------------------------------------------------


def condition(key: str, indicator: str = "figure_0", **fields: Any) -> ConditionSpec:
    """A firm condition of at least ten, or as told."""
    given: dict[str, Any] = {
        "indicator_name": "指标",
        "unit": "元",
        "type": "money",
        "operator": "ge",
        "threshold": Decimal(10),
        "firmness": "firm",
        "categories": (),
        "quote": "不低于10元",
    }
    return ConditionSpec(key=key, indicator=indicator, **(given | fields))


def criterion(key: str, *conditions: ConditionSpec, **fields: Any) -> CriterionSpec:
    """A criterion of figures, or as told."""
    given: dict[str, Any] = {"nature": "figures", "priorities": ()}
    return CriterionSpec(
        key=key,
        ordinal=1,
        clause=f"二({key})",
        title=key,
        text=f"条款{key}",
        ask="",
        conditions=conditions,
        **(given | fields),
    )


def set_of(*criteria: CriterionSpec, digits: int | None = None) -> SetSpec:
    """A set of these criteria."""
    numbered = tuple(row._replace(ordinal=place) for place, row in enumerate(criteria, 1))
    return SetSpec(1, "标准", "文号", (), numbered, digits=digits)


def ground(chance: random.Random, operators: Sequence[str]) -> GroundSpec:
    return GroundSpec(
        chance.choice(INDICATORS), chance.choice(operators), Decimal(chance.randrange(1, 20))
    )


def random_condition(
    chance: random.Random, key: str, operators: Sequence[str], groups: Sequence[str]
) -> ConditionSpec:
    operator = chance.choice(operators)
    threshold = Decimal(chance.randrange(20, 2000)) / 100
    relaxation = None
    if chance.random() < 0.4:
        away = threshold / 2 if OPERATORS[operator].sign >= 0 else threshold * 2
        relaxation = RelaxationSpec(
            chance.choice([None, away]),
            "可放宽",
            tuple(ground(chance, operators) for _ in range(chance.randrange(3))),
        )
    return condition(
        key,
        chance.choice(INDICATORS),
        operator=operator,
        threshold=threshold,
        firmness=chance.choice(["firm", "in_principle", "approximate"]),
        categories=tuple(sorted(chance.sample(CATEGORIES, chance.choice([0, 0, 1, 2])))),
        relaxation=relaxation,
        group=chance.choice(["", *groups]),
        year=chance.choice([None, None, 2023]),
    )


def random_set(seed: int, operators: Sequence[str] = ALL) -> SetSpec:
    """Eight criteria with groups, relaxations, priorities, bands and years of their own."""
    chance = random.Random(seed)
    criteria = []
    for number in range(8):
        groups = [f"g{place}" for place in range(chance.randrange(3))]
        steps = sorted(chance.sample(range(1, 30), 3))
        bands = BandSpec(
            chance.choice(INDICATORS),
            (),
            tuple((Decimal(step), Decimal(place * 5)) for place, step in enumerate(steps, 1)),
        )
        criteria.append(
            criterion(
                f"c{number}",
                *(
                    random_condition(chance, f"c{number}-{place}", operators, groups)
                    for place in range(chance.randrange(5))
                ),
                nature=chance.choice(["figures", "figures", "mixed", "judgement"]),
                priorities=tuple(ground(chance, operators) for _ in range(chance.randrange(2))),
                groups=tuple(GroupSpec(key, chance.choice(["all", "any"])) for key in groups),
                joining=chance.choice(["all", "any"]),
                scoring=ScoringSpec(Decimal(15), "bands", (bands,))
                if chance.random() < 0.4
                else ScoringSpec(),
            )
        )
    return set_of(*criteria, digits=chance.choice([None, 0, 1]))


def random_values(spec: SetSpec, seed: int) -> tuple[str, Values, frozenset[str], frozenset[str]]:
    """Category, figures at and around thresholds, statements, and relaxations that were decided."""
    chance = random.Random(seed * 31 + 7)
    thresholds = [row.threshold for item in spec.criteria for row in item.conditions]
    values: Values = {}
    for key in sorted(spec.figures):
        near = chance.choice([*thresholds, Decimal(15)])
        near += Decimal(chance.choice(["0", "0", "0.01", "-0.01", "3", "-3", "40"]))
        values[key] = None if chance.random() < 0.2 else max(near, Decimal(0))
    keys = [row.key for item in spec.criteria for row in item.conditions]
    return (
        chance.choice(CATEGORIES),
        {key: value for key, value in values.items() if value is not None or chance.random() < 0.5},
        frozenset(row.key for row in spec.criteria if chance.random() < 0.6),
        frozenset(key for key in keys if chance.random() < 0.3),
    )


def badness(verdict: CriterionVerdict | Finding) -> int:
    """From met (1) to not met without a way out (7)."""
    if verdict.status == Status.NOT_MET and not verdict.overridable:
        return HARD
    return RANKS[verdict.status]


def gist(verdicts: Iterable[CriterionVerdict]) -> dict[str, Any]:
    """What is said of each criterion, whatever the order of criteria and conditions."""
    return {
        row.key: (
            row.status,
            row.overridable,
            row.priority,
            row.points,
            sorted(
                (item.condition, str(item.value), item.status, item.overridable, str(item.distance))
                for item in row.findings
            ),
        )
        for row in verdicts
    }


# --- order --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_criteria_conditions_and_groups_is_irrelevant(seed: int) -> None:
    spec = random_set(seed)
    category, values, answered, relaxed = random_values(spec, seed)
    chance = random.Random(seed)

    def shuffled(rows: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(chance.sample(rows, len(rows)))

    other = spec._replace(
        criteria=shuffled(
            [
                row._replace(
                    conditions=shuffled(row.conditions),
                    groups=shuffled(row.groups),
                    priorities=shuffled(row.priorities),
                )
                for row in spec.criteria
            ]
        )
    )
    turned = dict(reversed(values.items()))
    before = assess(spec, category, values, answered=answered, relaxed=relaxed)
    after = assess(other, category, turned, answered=answered, relaxed=relaxed)
    assert gist(before) == gist(after)
    assert overall(before) == overall(after)
    assert [row.key for row in after] == [row.key for row in other.criteria]
    assert counts(before) == counts(after)


# --- monotone -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("operators", [RISING, FALLING], ids=["ge gt up", "le lt down"])
def test_a_better_figure_never_makes_anything_worse(seed: int, operators: Sequence[str]) -> None:
    spec = random_set(seed, operators)
    category, values, answered, relaxed = random_values(spec, seed)
    chance = random.Random(seed)
    better: Values = {}
    for key, value in values.items():
        step = Decimal(chance.choice(["0", "0.01", "2", "30"]))
        if value is None:
            better[key] = None
        else:
            better[key] = value + step if operators is RISING else max(value - step, Decimal(0))
    before = assess(spec, category, values, answered=answered, relaxed=relaxed)
    after = assess(spec, category, better, answered=answered, relaxed=relaxed)
    for old, new in zip(before, after, strict=True):
        assert badness(new) <= badness(old), (old, new)
        assert new.priority >= old.priority
        for one, two in zip(old.findings, new.findings, strict=True):
            assert badness(two) <= badness(one)
            if one.distance is not None and two.distance is not None:
                assert two.distance >= one.distance
            assert (one.distance is None) is (two.distance is None)
        if old.points is not None and operators is RISING:
            assert new.points is not None and new.points >= old.points
    assert OUTCOMES[overall(after)].place <= OUTCOMES[overall(before)].place


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("operators", [RISING, FALLING], ids=["ge gt up", "le lt down"])
def test_supplying_what_is_met_never_makes_anything_worse(
    seed: int, operators: Sequence[str]
) -> None:
    """Figures one after the other, missing ones among them, become as good as they can be."""
    spec = random_set(seed, operators)
    category, values, answered, relaxed = random_values(spec, seed)
    best = Decimal(10**6) if operators is RISING else Decimal(0)
    before = assess(spec, category, values, answered=answered, relaxed=relaxed)
    chance = random.Random(seed)
    for key in chance.sample(sorted(spec.figures), len(spec.figures)):
        values = values | {key: best}
        after = assess(spec, category, values, answered=answered, relaxed=relaxed)
        for old, new in zip(before, after, strict=True):
            assert badness(new) <= badness(old), (key, old, new)
            for one, two in zip(old.findings, new.findings, strict=True):
                assert badness(two) <= badness(one), (key, one, two)
        assert OUTCOMES[overall(after)].place <= OUTCOMES[overall(before)].place, key
        before = after
    assert not {row.status for row in before} & {Status.NOT_MET, Status.MAY_RELAX}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_statement_or_a_relaxation_more_never_makes_anything_worse(seed: int) -> None:
    spec = random_set(seed)
    category, values, answered, relaxed = random_values(spec, seed)
    before = assess(spec, category, values, answered=answered, relaxed=relaxed)
    every = [row.key for item in spec.criteria for row in item.conditions]
    written = frozenset(row.key for row in spec.criteria)
    for statements, granted in ((written, relaxed), (answered, frozenset(every))):
        after = assess(spec, category, values, answered=statements, relaxed=granted)
        for old, new in zip(before, after, strict=True):
            assert badness(new) <= badness(old), (old, new)
        assert OUTCOMES[overall(after)].place <= OUTCOMES[overall(before)].place


def test_an_unmet_soft_condition_does_not_hide_what_is_missing() -> None:
    spec = set_of(
        criterion("c", condition("soft", firmness="in_principle")),
        criterion("d", condition("k", "figure_1")),
    )
    for value in (9, 10):
        assert overall(assess(spec, "", {"figure_0": Decimal(value)})) == Outcome.MISSING


# --- boundaries ---------------------------------------------------------------------------------

EDGES = [
    # operator, value, holds, what is to spare
    ("ge", "10", True, "0"),
    ("ge", "10.0000", True, "0"),
    ("ge", "9.9999", False, "-0.0001"),
    ("ge", "10.0001", True, "0.0001"),
    ("gt", "10", False, "0"),
    ("gt", "10.0000", False, "0"),
    ("gt", "10.0001", True, "0.0001"),
    ("gt", "9.9999", False, "-0.0001"),
    ("le", "10", True, "0"),
    ("le", "10.0001", False, "-0.0001"),
    ("le", "9.9999", True, "0.0001"),
    ("lt", "10", False, "0"),
    ("lt", "10.00", False, "0"),
    ("lt", "9.9999", True, "0.0001"),
    ("lt", "10.0001", False, "-0.0001"),
    ("eq", "10", True, None),
    ("eq", "10.0000", True, None),
    ("eq", "10.0001", False, None),
    ("eq", "9.9999", False, None),
    ("ge", "0", False, "-10"),
]


@pytest.mark.parametrize(("operator", "value", "holds", "spare"), EDGES)
@pytest.mark.parametrize("threshold", ["10", "10.0000"])
def test_the_number_itself_counts_as_it_is_written(
    operator: str, value: str, holds: bool, spare: str | None, threshold: str
) -> None:
    spec = set_of(criterion("c", condition("k", operator=operator, threshold=Decimal(threshold))))
    (verdict,) = assess(spec, "manufacturing", {"figure_0": Decimal(value)})
    found = verdict.findings[0]
    assert found.status == (Status.MET if holds else Status.NOT_MET)
    assert found.distance == (None if spare is None else Decimal(spare))
    assert (found.value, verdict.clause) == (Decimal(value), "二(c)")


def test_large_amounts_lose_no_digit() -> None:
    spec = set_of(criterion("c", condition("k", threshold=Decimal("2000000000.0001"))))
    (verdict,) = assess(spec, "", {"figure_0": Decimal("2000000000.0000")})
    assert (verdict.status, verdict.findings[0].distance) == (Status.NOT_MET, Decimal("-0.0001"))


# --- missing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_missing_never_counts_as_met(seed: int) -> None:
    spec = random_set(seed)
    category, values, answered, relaxed = random_values(spec, seed)
    verdicts = assess(spec, category, values, answered=answered, relaxed=relaxed)
    for verdict in verdicts:
        for found in verdict.findings:
            missing = values.get(found.spec.figure) is None
            assert (found.status == Status.MISSING) is (missing or bool(found.lacking))
            assert (found.value is None) is missing
            for key in found.lacking:
                assert values.get(key) is None
            assert (found.distance is None) is (missing or found.spec.operator == "eq")
        if verdict.findings and all(row.status == Status.MISSING for row in verdict.findings):
            assert verdict.status == Status.MISSING
    # Whatever is favourable without a figure does not hang on what the figure turns out to be.
    chance = random.Random(seed)
    lacking = [key for key in sorted(spec.figures) if values.get(key) is None]
    for _ in range(4):
        filled = values | {key: Decimal(chance.randrange(40)) for key in lacking}
        later = assess(spec, category, filled, answered=answered, relaxed=relaxed)
        for old, new in zip(verdicts, later, strict=True):
            if old.status in (Status.MET, Status.RELAXED):
                assert badness(new) <= badness(old)


def test_nothing_filed_is_nothing_met() -> None:
    for seed in SEEDS:
        spec = random_set(seed)
        every = [row.key for item in spec.criteria for row in item.conditions]
        for category in CATEGORIES:
            for verdict in assess(spec, category, {}, relaxed=every):
                assert verdict.status in (Status.MISSING, Status.NEEDS_JUDGEMENT)
                assert not verdict.priority
                assert verdict.points is None


@pytest.mark.parametrize("joining", ["all", "any"])
def test_a_missing_figure_in_a_group(joining: str) -> None:
    pair = (condition("a", "figure_0", group="g"), condition("b", "figure_1", group="g"))
    spec = set_of(criterion("c", *pair, groups=(GroupSpec("g", joining),)))
    one: Values = {"figure_0": Decimal(10), "figure_1": None}
    (verdict,) = assess(spec, "", one)
    assert verdict.status == (Status.MET if joining == "any" else Status.MISSING)
    (verdict,) = assess(spec, "", {"figure_1": None})
    assert verdict.status == Status.MISSING


# --- all of, any of -----------------------------------------------------------------------------

# The six things a condition may come to, each with the figure and the fields that bring it about.
LEAVES: dict[str, tuple[str | None, dict[str, Any]]] = {
    "met": ("10", {}),
    "relaxed": ("9", {"relaxation": RelaxationSpec(None, "可放宽")}),
    "may_relax": ("9", {"relaxation": RelaxationSpec(None, "可放宽")}),
    "soft": ("9", {"firmness": "in_principle"}),
    # Worse than what a decision may override: nobody can decide on what is not known.
    "missing": (None, {}),
    "hard": ("9", {}),
}
RANK = list(LEAVES)
SAID = {"soft": (Status.NOT_MET, True), "hard": (Status.NOT_MET, False)}


def joined(names: Sequence[str], **fields: Any) -> CriterionVerdict:
    """A criterion whose conditions come to these things."""
    conditions, values, relaxed = [], dict[str, Decimal | None](), []
    groups = fields.pop("of_group", [""] * len(names))
    for place, (name, group) in enumerate(zip(names, groups, strict=True)):
        value, given = LEAVES[name]
        conditions.append(condition(f"k{place}", f"figure_{place}", group=group, **given))
        values[f"figure_{place}"] = None if value is None else Decimal(value)
        if name == "relaxed":
            relaxed.append(f"k{place}")
    (verdict,) = assess(set_of(criterion("c", *conditions, **fields)), "", values, relaxed=relaxed)
    return verdict


def said(name: str) -> tuple[Status, bool]:
    """Status, and whether a decision may override it, of one of the six things."""
    return SAID[name] if name in SAID else (Status(name), False)


@pytest.mark.parametrize(("one", "two"), list(itertools.product(RANK, repeat=2)))
def test_all_of_takes_the_worst_and_any_of_the_best(one: str, two: str) -> None:
    worst, best = max(one, two, key=RANK.index), min(one, two, key=RANK.index)
    inside = {"of_group": ["g", "g"]}
    for verdict, expected in (
        (joined([one, two]), worst),
        (joined([one, two], joining="any"), best),
        (joined([one, two], groups=(GroupSpec("g", "all"),), **inside), worst),
        (joined([one, two], groups=(GroupSpec("g", "any"),), **inside), best),
        (joined([one, two], groups=(GroupSpec("g", "any"),), joining="any", **inside), best),
        (joined([one, two], groups=(GroupSpec("g", "all"),), joining="any", **inside), worst),
        # A group that the criterion does not have joins nothing.
        (joined([one, two], of_group=["gone", "gone"]), worst),
    ):
        assert (verdict.status, verdict.overridable) == said(expected)


@pytest.mark.parametrize("third", RANK)
@pytest.mark.parametrize(("one", "two"), [("met", "hard"), ("soft", "missing"), ("hard", "hard")])
def test_groups_inside_a_criterion(one: str, two: str, third: str) -> None:
    groups = (GroupSpec("g", "any"), GroupSpec("h", "all"))
    worst, best = max(one, two, key=RANK.index), min(one, two, key=RANK.index)
    either = joined([one, two, third], groups=groups, of_group=["g", "g", ""])
    assert (either.status, either.overridable) == said(max(best, third, key=RANK.index))
    both = joined([one, two, third], groups=groups, of_group=["h", "h", ""], joining="any")
    assert (both.status, both.overridable) == said(min(worst, third, key=RANK.index))


@pytest.mark.parametrize("name", RANK)
def test_a_judgement_is_never_better_than_to_be_judged(name: str) -> None:
    verdict = joined([name], nature="mixed")
    assert verdict.status == (Status.NOT_MET if name == "hard" else Status.MISSING)
    assert verdict.unstated, "that the statement lacks is kept whatever the figures come to"
    conditions, values = LEAVES[name][1], LEAVES[name][0]
    spec = set_of(criterion("c", condition("k", **conditions), nature="mixed"))
    figures = {"figure_0": None if values is None else Decimal(values)}
    relaxed = ["k"] if name == "relaxed" else []
    (verdict,) = assess(spec, "", figures, answered=["c"], relaxed=relaxed)
    expected = said(name)[0]
    if expected in (Status.MET, Status.RELAXED):
        expected = Status.NEEDS_JUDGEMENT
    assert (verdict.status, verdict.unstated) == (expected, False)


# --- categories and years -----------------------------------------------------------------------


def test_each_category_has_its_own_conditions() -> None:
    spec = set_of(
        criterion(
            "c",
            condition("m", threshold=Decimal(20), categories=("manufacturing",)),
            condition("a", threshold=Decimal(2), categories=("agriculture", "culture")),
            condition("every", "figure_1"),
        ),
        criterion("only", condition("x", categories=("manufacturing",))),
    )
    values: Values = {"figure_0": Decimal(5), "figure_1": Decimal(10)}
    assessor = Assessor(spec)
    expected = {
        "manufacturing": (["m", "every"], Status.NOT_MET, Status.NOT_MET),
        "agriculture": (["a", "every"], Status.MET, Status.NEEDS_JUDGEMENT),
        "culture": (["a", "every"], Status.MET, Status.NEEDS_JUDGEMENT),
        "other": (["every"], Status.MET, Status.NEEDS_JUDGEMENT),
    }
    for category, (keys, first, second) in (*expected.items(), *expected.items()):
        verdicts = assessor.assess(category, values)
        assert verdicts == assess(spec, category, values)
        assert [row.condition for row in verdicts[0].findings] == keys
        assert (verdicts[0].status, verdicts[1].status) == (first, second)


def test_a_stated_year_reads_the_figure_of_that_year_only() -> None:
    spec = set_of(criterion("c", condition("dated", year=2023), condition("latest")))
    assert spec.figures == {"figure_0", "figure_0@2023"}
    assert spec.indicators == {"figure_0"}
    origins = {
        "figure_0": Origin(2025, "reported"),
        "figure_0@2023": Origin(2023, "confirmed"),
    }
    (verdict,) = assess(
        spec, "", {"figure_0": Decimal(1), "figure_0@2023": Decimal(10)}, origins=origins
    )
    assert [(row.status, row.origin) for row in verdict.findings] == [
        (Status.MET, Origin(2023, "confirmed")),
        (Status.NOT_MET, Origin(2025, "reported")),
    ]
    (verdict,) = assess(spec, "", {"figure_0": Decimal(10)})
    assert [row.status for row in verdict.findings] == [Status.MISSING, Status.MET]
    assert verdict.status == Status.MISSING


# --- relaxation ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_only_a_decision_relaxes(seed: int) -> None:
    spec = random_set(seed)
    category, values, answered, relaxed = random_values(spec, seed)
    before = assess(spec, category, values, answered=answered)
    after = assess(spec, category, values, answered=answered, relaxed=relaxed)
    for old, new in zip(before, after, strict=True):
        assert old.status != Status.RELAXED
        assert badness(new) <= badness(old)
        for one, two in zip(old.findings, new.findings, strict=True):
            assert one.status != Status.RELAXED
            unmet = one.value is not None and one.status != Status.MET
            assert (two.status == Status.RELAXED) is (unmet and two.condition in relaxed)
            if two.status != Status.RELAXED:
                assert one == two
            if one.status == Status.MAY_RELAX:
                assert one.value is not None and one.spec.relaxation is not None
                for each in one.spec.relaxation.grounds:
                    assert values.get(each.indicator) is not None


@pytest.mark.parametrize(
    ("operator", "value", "floor", "may"),
    [
        ("ge", "5", "5", True),
        ("ge", "4.9999", "5", False),
        ("ge", "5", None, True),
        ("le", "15", "15", True),
        ("le", "15.0001", "15", False),
        ("lt", "10", "15", True),
        ("gt", "10", "5", True),
    ],
)
def test_a_floor_includes_its_number(
    operator: str, value: str, floor: str | None, may: bool
) -> None:
    relaxation = RelaxationSpec(None if floor is None else Decimal(floor), "可放宽")
    spec = set_of(
        criterion("c", condition("k", operator=operator, relaxation=relaxation, firmness="firm"))
    )
    (verdict,) = assess(spec, "", {"figure_0": Decimal(value)})
    assert verdict.status == (Status.MAY_RELAX if may else Status.NOT_MET)
    assert not verdict.overridable, "below the floor no decision helps, however it is worded"


def test_every_ground_of_a_relaxation_has_to_hold_and_one_without_a_figure_is_missing() -> None:
    grounds = (
        GroundSpec("figure_1", "ge", Decimal(1)),
        GroundSpec("figure_2", "lt", Decimal(5)),
    )
    spec = set_of(criterion("c", condition("k", relaxation=RelaxationSpec(None, "放", grounds))))
    for one, two in itertools.product([None, 0, 1], [None, 4, 5]):
        values: Values = {
            "figure_0": Decimal(9),
            "figure_1": None if one is None else Decimal(one),
            "figure_2": None if two is None else Decimal(two),
        }
        (verdict,) = assess(spec, "", values)
        fails = one == 0 or two == 5
        lacks = tuple(key for key, value in values.items() if value is None)
        expected = Status.NOT_MET if fails else Status.MISSING if lacks else Status.MAY_RELAX
        assert verdict.status == expected, (one, two)
        (found,) = verdict.findings
        assert (found.value, found.distance) == (Decimal(9), Decimal(-1))
        assert found.lacking == (() if fails else lacks)
        (granted,) = assess(spec, "", values, relaxed=["k"])
        assert granted.status == Status.RELAXED


def test_below_the_floor_no_ground_is_asked_for() -> None:
    grounds = (GroundSpec("figure_1", "ge", Decimal(1)),)
    relaxation = RelaxationSpec(Decimal(5), "放", grounds)
    spec = set_of(criterion("c", condition("k", relaxation=relaxation)))
    for value, expected in (("4.99", Status.NOT_MET), ("5", Status.MISSING), ("10", Status.MET)):
        verdicts = assess(spec, "", {"figure_0": Decimal(value)})
        assert verdicts[0].status == expected
        assert counts(verdicts)[expected] == 1
    assert overall(assess(spec, "", {"figure_0": Decimal(5)})) == Outcome.MISSING


# --- points -------------------------------------------------------------------------------------


def test_bands_give_the_highest_step_reached_whatever_their_order() -> None:
    steps = [("5", "1"), ("10", "3.5"), ("20", "6")]
    expected = {
        "0": "0", "4.9999": "0", "5": "1", "9.99": "1", "10": "3.5", "10.0000": "3.5",
        "19.9999": "3.5", "20": "6", "1000": "6",
    }  # fmt: skip
    for order in itertools.permutations(steps):
        band = BandSpec("figure_0", (), tuple((Decimal(a), Decimal(b)) for a, b in order))
        spec = set_of(criterion("c", scoring=ScoringSpec(Decimal(10), "bands", (band,))))
        for value, points in expected.items():
            (verdict,) = assess(spec, "", {"figure_0": Decimal(value)})
            assert verdict.points == Decimal(points)
            assert verdict.status == Status.NEEDS_JUDGEMENT, "points are no verdict"
        (verdict,) = assess(spec, "", {})
        assert verdict.points is None


def test_bands_are_chosen_by_category_and_only_where_the_office_scores_by_bands() -> None:
    first = BandSpec("figure_0", ("agriculture",), ((Decimal(1), Decimal(5)),))
    second = BandSpec("figure_0", ("manufacturing",), ((Decimal(1), Decimal(7)),))
    scoring = ScoringSpec(Decimal(10), "bands", (first, second))
    values: Values = {"figure_0": Decimal(1)}
    given = {
        category: assess(set_of(criterion("c", scoring=scoring)), category, values)[0].points
        for category in CATEGORIES
    }
    assert given == {"agriculture": 5, "manufacturing": 7, "culture": None}
    for mode in ("", "expert"):
        spec = set_of(criterion("c", scoring=scoring._replace(mode=mode)))
        assert assess(spec, "agriculture", values)[0].points is None


def test_points_together_are_rounded_each_and_unknown_when_one_is() -> None:
    def band(indicator: str, points: str) -> ScoringSpec:
        steps = ((Decimal(1), Decimal(points)),)
        return ScoringSpec(Decimal(10), "bands", (BandSpec(indicator, ("agriculture",), steps),))

    criteria = (
        criterion("a", scoring=band("figure_0", "2.25")),
        criterion("b", scoring=band("figure_1", "3.25")),
        criterion("c"),
    )
    both: Values = {"figure_0": Decimal(1), "figure_1": Decimal(1)}
    for digits, total in ((None, "5.5"), (1, "5.6"), (0, "5")):
        spec = set_of(*criteria, digits=digits)
        verdicts = assess(spec, "agriculture", both)
        assert points_given(spec, "agriculture", verdicts) == Decimal(total)
        lacking = assess(spec, "agriculture", {"figure_0": Decimal(1)})
        assert points_given(spec, "agriculture", lacking) is None
        others = assess(spec, "culture", both)
        assert points_given(spec, "culture", others) is None, "no bands for the category"


# --- overall ------------------------------------------------------------------------------------

OUTCOME_OF = {
    "met": Outcome.QUALIFIES,
    "relaxed": Outcome.QUALIFIES,
    "judge": Outcome.TO_JUDGE,
    "may_relax": Outcome.CONDITIONAL,
    "soft": Outcome.CONDITIONAL,
    "missing": Outcome.MISSING,
    "hard": Outcome.FAILS,
}
WORSE = list(OUTCOME_OF)


@pytest.mark.parametrize(("one", "two"), list(itertools.product(WORSE, repeat=2)))
def test_the_worst_criterion_decides(one: str, two: str) -> None:
    judged = assess(set_of(criterion("j")), "", {})[0]
    verdicts = [judged if name == "judge" else joined([name]) for name in (one, two)]
    worst = max(one, two, key=WORSE.index)
    assert overall(verdicts) == OUTCOME_OF[worst]
    assert overall(reversed(verdicts)) == overall(verdicts)


def test_a_set_without_criteria_is_for_people_to_judge() -> None:
    assert overall([]) == Outcome.TO_JUDGE


# --- stored -------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_stored_is_read_back(seed: int) -> None:
    spec = random_set(seed)
    category, values, answered, relaxed = random_values(spec, seed)
    chance = random.Random(seed)
    origins = {
        key: Origin(chance.choice([None, 2024]), chance.choice(["reported", "computed"]))
        for key in values
        if chance.random() < 0.8
    }
    verdicts = assess(spec, category, values, answered=answered, relaxed=relaxed, origins=origins)
    text = json.dumps(to_json(verdicts), ensure_ascii=False)
    again = from_json(spec, json.loads(text))
    assert again == verdicts
    assert json.dumps(to_json(again), ensure_ascii=False) == text


def test_a_missing_ground_and_a_missing_statement_are_stored() -> None:
    grounds = (GroundSpec("figure_1", "ge", Decimal(1)),)
    spec = set_of(
        criterion("c", condition("k", relaxation=RelaxationSpec(None, "放", grounds))),
        criterion("d", condition("hard"), nature="mixed"),
    )
    verdicts = assess(spec, "", {"figure_0": Decimal(9)})
    again = from_json(spec, json.loads(json.dumps(to_json(verdicts))))
    assert again == verdicts
    assert again[0].findings[0].lacking == ("figure_1",)
    assert (again[1].status, again[1].unstated) == (Status.NOT_MET, True)
    # Rows that say nothing of either are as they were before.
    rows = to_json(assess(spec, "", {"figure_0": Decimal(10)}, answered=["d"]))["criteria"]
    assert [(len(row), len(row[5][0])) for row in rows] == [(6, 6), (6, 6)]


# A row as the first release wrote it, kept as it was.
FIRST_FORMAT = """[
 {"key": "c", "ordinal": 1, "clause": "二(三)", "title": "规模", "text": "旧文",
  "status": "may_relax", "overridable": false, "priority": true, "findings": [
   {"condition": "k", "indicator": "figure_0", "indicator_name": "旧名", "type": "money",
    "unit": "元", "value": "9.5000", "threshold": "10.0000", "operator": "不低于",
    "firmness": "原则上", "status": "may_relax", "overridable": true,
    "quote": "旧文", "reason": "可放宽"},
   {"condition": "gone", "indicator": "figure_9", "indicator_name": "无", "type": "count",
    "unit": "家", "value": null, "threshold": "1", "operator": "不低于", "firmness": "",
    "status": "missing", "overridable": false, "quote": "", "reason": "没有填报"}]},
 {"key": "d", "ordinal": 2, "clause": "二(四)", "title": "传承", "text": "旧文",
  "status": "needs_judgement", "overridable": false, "priority": false, "findings": []}
]"""


def test_the_first_stored_format_is_still_read() -> None:
    spec = set_of(
        criterion("d", nature="judgement"),
        criterion("c", condition("k", relaxation=RelaxationSpec(None, "可放宽"))),
        criterion("new"),
    )
    heritage, scale = from_json(spec, json.loads(FIRST_FORMAT))
    assert (heritage.key, heritage.status, heritage.findings) == ("d", Status.NEEDS_JUDGEMENT, ())
    assert (scale.key, scale.status) == ("c", Status.MAY_RELAX)
    assert (scale.overridable, scale.priority, scale.points) == (False, True, None)
    (found,) = scale.findings
    assert found == Finding(
        scale.spec.conditions[0], Decimal("9.5"), Status.MAY_RELAX, Decimal("-0.5"), True
    )
    assert from_json(spec, to_json([heritage, scale])) == (heritage, scale)
