"""Comparing two sets: how criteria are paired, what is stricter, and what always holds."""

from __future__ import annotations

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from criteria.assessment import assess
from criteria.comparing import (
    OPPOSITE,
    Comparison,
    ConditionRow,
    Direction,
    Run,
    Side,
    compare,
    likeness,
    runs,
    weigh,
)
from criteria.constants import STATUSES, Status
from criteria.specs import (
    ConditionSpec,
    CriterionSpec,
    GroundSpec,
    GroupSpec,
    RelaxationSpec,
    ScoringSpec,
    SetSpec,
)
from tests.criteria.test_assessment import JINCHENG, PROVINCE, PUXIAN, SETS

YI = 100_000_000


def compared(left: SetSpec, right: SetSpec) -> Comparison:
    return compare(Side(left), Side(right))


def row_of(found: Comparison, indicator: str, category: str) -> ConditionRow:
    return next(
        row for row in found.rows if row.spec.indicator == indicator and category in row.categories
    )


def condition(**given: Any) -> ConditionSpec:
    """A condition on output of at least ten, as changed."""
    plain: dict[str, Any] = {
        "key": "output",
        "indicator": "output_value",
        "indicator_name": "主导产业年产值",
        "unit": "万元",
        "type": "money",
        "operator": "ge",
        "threshold": Decimal(10),
        "firmness": "firm",
        "categories": (),
        "quote": "",
    }
    return ConditionSpec(**plain | given)


def relaxed(floor: int | None = None, grounds: tuple[GroundSpec, ...] = ()) -> RelaxationSpec:
    return RelaxationSpec(None if floor is None else Decimal(floor), "可放宽", grounds)


# --- the documents ------------------------------------------------------------------------------


def test_where_puxian_is_stricter_than_the_province() -> None:
    found = compared(PUXIAN, PROVINCE)
    stricter = {row.spec.indicator for row in found.rows if row.direction == Direction.STRICTER}
    assert stricter == {"market_share_national", "market_share_province", "employment"}
    output = row_of(found, "output_value", "manufacturing")
    assert output.direction == Direction.LOOSER
    assert output.reasons[0] == "门槛 10亿元，对方 20亿元"
    firms = row_of(found, "supporting_enterprises", "agriculture")
    assert (firms.direction, firms.reasons) == (
        Direction.LOOSER,
        ("用语为“左右”，对方为“刚性”",),
    )


def test_a_category_of_one_side_only_cannot_be_ranked() -> None:
    found = compared(PUXIAN, PROVINCE)
    assert row_of(found, "output_value", "culture_tourism").direction == Direction.INCOMPARABLE
    assert row_of(found, "output_value", "light_craft").left is None
    # The province has no 文化旅游: its conditions for every category do not reach it.
    assert not any(
        row.right is not None and row.left is None and "culture_tourism" in row.categories
        for row in found.rows
    )


def test_criteria_of_other_titles_are_paired() -> None:
    found = compared(PUXIAN, PROVINCE)
    titles = {pair.left.title: pair.right for pair in found.pairs if pair.left}
    paired = titles["产业相对集中"]
    assert paired is not None and paired.title == "龙头企业带动效应强"
    assert all(pair.left and pair.right for pair in found.pairs)


def test_a_set_without_criteria_in_common_is_listed_whole() -> None:
    found = compared(PUXIAN, JINCHENG)
    assert [pair.state for pair in found.pairs].count("removed") == 8
    assert [pair.state for pair in found.pairs].count("added") == 1


# --- one condition ------------------------------------------------------------------------------

STRICTER = [
    ({"threshold": Decimal(11)}, {}),
    ({"operator": "gt"}, {}),
    ({}, {"firmness": "in_principle"}),
    ({}, {"relaxation": relaxed()}),
    ({}, {"relaxation": relaxed(1)}),
    ({"relaxation": relaxed(2)}, {"relaxation": relaxed(1)}),
    ({"relaxation": relaxed(1)}, {"relaxation": relaxed()}),
    # A floor is a wall that 原则上 alone does not have.
    (
        {"firmness": "in_principle", "relaxation": relaxed(1)},
        {"firmness": "in_principle"},
    ),
    (
        {"relaxation": relaxed(1, (GroundSpec("tax", "ge", Decimal(1)),))},
        {"relaxation": relaxed(1)},
    ),
    ({"operator": "le", "threshold": Decimal(9)}, {"operator": "le"}),
    ({"operator": "lt"}, {"operator": "le"}),
]


@pytest.mark.parametrize(("left", "right"), STRICTER)
def test_stricter(left: dict[str, Any], right: dict[str, Any]) -> None:
    one, other = condition(**left), condition(**right)
    said = weigh(one, other)
    assert said.direction == Direction.STRICTER
    assert said.reasons
    assert weigh(other, one).direction == Direction.LOOSER


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ({"operator": "le"}, {}),
        # Higher, but relaxable below what the other one takes.
        ({"threshold": Decimal(20), "relaxation": relaxed(5)}, {}),
        (
            {"relaxation": relaxed(1, (GroundSpec("tax", "ge", Decimal(1)),))},
            {"relaxation": relaxed(1, (GroundSpec("tax", "ge", Decimal(2)),))},
        ),
        (
            {"type": "yes_no", "operator": "eq", "threshold": Decimal(1)},
            {"type": "yes_no", "operator": "eq", "threshold": Decimal(0)},
        ),
    ],
)
def test_not_to_be_ranked(left: dict[str, Any], right: dict[str, Any]) -> None:
    said = weigh(condition(**left), condition(**right))
    assert said.direction == Direction.INCOMPARABLE
    assert said.reasons


def test_other_words_of_the_same_weight_are_told() -> None:
    said = weigh(condition(firmness="in_principle"), condition(firmness="approximate"))
    assert said.direction == Direction.SAME
    assert said.reasons == ("用语为“原则上”，对方为“左右”",)


def test_one_of_several_ways_is_looser_than_a_must() -> None:
    tax = condition(key="tax", indicator="tax", indicator_name="税收")

    def made(joining: str) -> SetSpec:
        rows = tuple(row._replace(group="g") for row in (condition(), tax))
        criterion = PROVINCE.criteria[0]._replace(
            conditions=rows, groups=(GroupSpec("g", joining),), nature="figures"
        )
        return PROVINCE._replace(criteria=(criterion,))

    found = compared(made("all"), made("any"))
    assert {row.direction for row in found.rows} == {Direction.STRICTER}
    assert all("另有 1 项指标可以替代" in row.reasons[0] for row in found.rows)


def test_ranks_agree_with_the_assessment() -> None:
    """Whatever is called stricter never treats a value more kindly, whatever the value."""
    chance = random.Random(7)
    kindness = {Status.MET: 0, Status.MAY_RELAX: 1, Status.NOT_MET: 2}
    ranked = 0
    for _ in range(400):
        one, other = _random_condition(chance), _random_condition(chance)
        direction = weigh(one, other).direction
        seen = set()
        for value in range(9):
            ranks = []
            for spec in (one, other):
                row = CriterionSpec("c", 1, "", "", "", "figures", "", (spec,), ())
                whole = SetSpec(1, "", "", (), (row,))
                [verdict] = assess(whole, "", {"output_value": Decimal(value)})
                finding = verdict.findings[0]
                rank = kindness[finding.status]
                ranks.append(
                    1 if finding.status == Status.NOT_MET and finding.overridable else rank
                )
            seen.add((ranks[0] > ranks[1]) - (ranks[0] < ranks[1]))
        if direction == Direction.STRICTER:
            assert seen <= {0, 1}
        elif direction == Direction.LOOSER:
            assert seen <= {0, -1}
        elif direction == Direction.SAME:
            assert seen == {0}
        ranked += direction in (Direction.STRICTER, Direction.LOOSER)
    assert ranked > 100
    assert set(kindness) < set(STATUSES)


# --- what always holds --------------------------------------------------------------------------


def _random_condition(chance: random.Random, key: str = "c") -> ConditionSpec:
    floor = chance.choice([None, 1, 2, 3])
    return condition(
        key=key,
        operator=chance.choice(["ge", "gt"]),
        threshold=Decimal(chance.choice([3, 5, 7])),
        firmness=chance.choice(["firm", "in_principle", "approximate"]),
        relaxation=chance.choice([None, relaxed(floor)]),
    )


def _changed(chance: random.Random, spec: SetSpec) -> SetSpec:
    """A version of a set: texts, order, conditions, groups and scoring altered here and there."""
    rows = []
    for row in spec.criteria:
        if chance.random() < 0.1:
            continue
        conditions = tuple(
            item._replace(
                threshold=item.threshold * chance.choice([1, 1, 2]),
                operator=chance.choice([item.operator, "gt"]),
                firmness=chance.choice([item.firmness, "firm", "in_principle"]),
                relaxation=chance.choice([item.relaxation, None, relaxed(YI)]),
                group=chance.choice(["", "g"]),
            )
            for item in row.conditions
            if chance.random() < 0.8
        )
        text = row.text if chance.random() < 0.6 else row.text.replace("专业镇", "特色镇")
        groups = (GroupSpec("g", chance.choice(["all", "any"])),)
        maximum = ScoringSpec(chance.choice([None, Decimal(20)]))
        rows.append(row._replace(conditions=conditions, text=text, groups=groups, scoring=maximum))
    if chance.random() < 0.5:
        chance.shuffle(rows)
    return spec._replace(criteria=tuple(rows))


def versions() -> list[tuple[SetSpec, SetSpec]]:
    """Pairs of sets, some of the same family and some across levels; always the same."""
    chance = random.Random(81)
    return [
        (_changed(chance, chance.choice(SETS)), _changed(chance, chance.choice(SETS)))
        for _ in range(60)
    ]


def test_a_set_compared_with_itself_shows_nothing() -> None:
    for spec in (*SETS, *(pair[0] for pair in versions())):
        found = compared(spec, spec)
        assert found.empty
        assert not any(pair.changed for pair in found.pairs)


def test_swapping_the_sides_swaps_stricter_and_looser() -> None:
    seen: Counter[str] = Counter()
    for left, right in versions():
        there, back = compared(left, right), compared(right, left)
        for direction, opposite in OPPOSITE.items():
            assert there.count(direction) == back.count(opposite)
        seen.update(row.direction for row in there.rows)
    assert min(seen[direction] for direction in Direction) > 10


def test_every_criterion_and_condition_stands_exactly_once_on_its_side() -> None:
    for left, right in versions():
        found = compared(left, right)
        assert [p.left.key for p in found.pairs if p.left] == [row.key for row in left.criteria]
        assert sorted(p.right.key for p in found.pairs if p.right) == sorted(
            row.key for row in right.criteria
        )
        for pair in found.pairs:
            assert "".join(run.text for run in pair.left_runs) == (
                pair.left.text if pair.left else ""
            )
            assert "".join(run.text for run in pair.right_runs) == (
                pair.right.text if pair.right else ""
            )


def test_order_is_told_as_moved_and_nothing_else() -> None:
    turned = PROVINCE._replace(criteria=(*PROVINCE.criteria[1:], PROVINCE.criteria[0]))
    found = compared(PROVINCE, turned)
    assert [pair.left.key for pair in found.pairs if pair.moved and pair.left] == ["heritage"]
    assert not any(pair.differences or pair.reworded for pair in found.pairs)


# --- wording ------------------------------------------------------------------------------------


def test_runs_mark_what_was_taken_out_and_put_in() -> None:
    left, right = runs("具备明显山西标识和良好声誉。", "具备明显的蒲县标识和良好声誉。")
    assert [run.text for run in left if run.kind == "del"] == ["山西"]
    assert [run.text for run in right if run.kind == "ins"] == ["的蒲县"]


def test_width_of_punctuation_is_no_difference() -> None:
    left, right = runs("（一）品牌，声誉。", "(一)品牌,声誉。")
    assert {run.kind for run in (*left, *right)} == {"same"}
    assert likeness("（一）品牌，声誉。", "(一)品牌,声誉。") == 1


def test_very_long_texts_are_compared_by_phrase() -> None:
    text = "".join(f"第{number}项要求应当写明依据和来源，" for number in range(300))
    left, right = runs(text, text.replace("第7项要求", "第7项指标"))
    assert [run.text for run in left if run.kind == "del"] == ["第7项要求应当写明依据和来源，"]
    assert "".join(run.text for run in right).count("第7项指标") == 1


def test_texts_of_thousands_of_phrases_are_shown_whole() -> None:
    left, right = "，" * 5000, "、" * 5000
    assert runs(left, right) == ((Run("del", left),), (Run("ins", right),))
