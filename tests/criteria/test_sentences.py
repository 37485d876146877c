"""Conditions, groups, relaxations, priorities and scoring read as the documents would say them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from criteria.constants import DECISION_CHOICES, FIRMNESS_CHOICES, OPERATORS
from criteria.sentences import (
    AND_JUDGEMENT,
    BY_JUDGEMENT,
    BY_OFFICE,
    IndicatorLine,
    condition_sentence,
    criterion_sentences,
    group_sentence,
    priority_sentence,
    relaxation_sentence,
    requirement,
    scoring_sentence,
)
from criteria.specs import (
    BandSpec,
    ConditionSpec,
    CriterionSpec,
    GroundSpec,
    GroupSpec,
    RelaxationSpec,
    RubricSpec,
    ScoringSpec,
)

NAMES = {"manufacturing": "制造业", "agriculture": "特优农业"}
LINES = {
    "honours": IndicatorLine("优先评定荣誉数", "项"),
    "output": IndicatorLine("主导产业年产值", "元", "money"),
}


def condition(**changes: Any) -> ConditionSpec:
    """A condition of 20亿元, changed as asked."""
    plain = ConditionSpec(
        key="output",
        indicator="output",
        indicator_name="主导产业年产值",
        unit="元",
        type="money",
        operator="ge",
        threshold=Decimal(2_000_000_000),
        firmness="firm",
        categories=(),
        quote="产值应达到20亿元以上",
    )
    return plain._replace(**changes)


def criterion(*conditions: ConditionSpec, **changes: Any) -> CriterionSpec:
    """A criterion of figures, changed as asked."""
    plain = CriterionSpec(
        key="scale",
        ordinal=1,
        clause="二(四)",
        title="规模",
        text="",
        nature="figures",
        ask="",
        conditions=conditions,
        priorities=(),
    )
    return plain._replace(**changes)


def test_a_condition_that_may_be_relaxed() -> None:
    spec = condition(
        firmness="in_principle",
        categories=("manufacturing",),
        relaxation=RelaxationSpec(Decimal(100_000_000), "可适当放宽", decision="meeting"),
    )
    assert condition_sentence(spec, NAMES) == (
        "制造业：主导产业年产值原则上不低于 20亿元；"
        "未达到时提示，可申请放宽（不少于 1亿元，由会议审定）"
    )


WORDS = {
    ("ge", "firm"): "不低于 20亿元",
    ("gt", "firm"): "高于 20亿元（不含本数）",
    ("le", "firm"): "不高于 20亿元",
    ("lt", "firm"): "低于 20亿元（不含本数）",
    ("eq", "firm"): "为 20亿元",
    ("ge", "in_principle"): "原则上不低于 20亿元",
    ("gt", "in_principle"): "原则上高于 20亿元（不含本数）",
    ("le", "in_principle"): "原则上不高于 20亿元",
    ("lt", "in_principle"): "原则上低于 20亿元（不含本数）",
    ("eq", "in_principle"): "原则上为 20亿元",
    ("ge", "approximate"): "不低于 20亿元左右",
    ("gt", "approximate"): "高于 20亿元左右（不含本数）",
    ("le", "approximate"): "不高于 20亿元左右",
    ("lt", "approximate"): "低于 20亿元左右（不含本数）",
    ("eq", "approximate"): "为 20亿元左右",
}


def test_every_comparison_and_wording_has_words_of_its_own() -> None:
    assert set(WORDS) == {(key, row[0]) for key in OPERATORS for row in FIRMNESS_CHOICES}
    assert len(set(WORDS.values())) == len(WORDS)


@pytest.mark.parametrize(("operator", "firmness"), WORDS)
def test_comparisons_and_wordings(operator: str, firmness: str) -> None:
    spec = condition(operator=operator, firmness=firmness)
    assert requirement(spec) == WORDS[operator, firmness]
    tail = (
        "刚性条件，未达到即不符合" if firmness == "firm" else "未达到时提示，由审定环节决定是否认可"
    )
    assert condition_sentence(spec, NAMES) == f"主导产业年产值{requirement(spec)}；{tail}"


@pytest.mark.parametrize(
    ("threshold", "unit", "words"),
    [
        ("123456789", "元", "不低于 1.23456789亿元"),
        ("99999999.9999", "元", "不低于 9,999.99999999万元"),
        ("30", "%", "不低于 30%"),
        ("33.3333", "%", "不低于 33.3333%"),
        ("2000", "人", "不低于 2,000人"),
        ("0", "户", "不低于 0户"),
    ],
)
def test_thresholds_are_written_exactly(threshold: str, unit: str, words: str) -> None:
    assert requirement(condition(threshold=Decimal(threshold), unit=unit)) == words


@pytest.mark.parametrize(
    ("operator", "threshold", "words"),
    [
        ("eq", 1, "具备“建有检验检测平台”"),
        ("ge", 1, "具备“建有检验检测平台”"),
        ("eq", 0, "不具备“建有检验检测平台”"),
        ("lt", 1, "不具备“建有检验检测平台”"),
    ],
)
def test_yes_or_no(operator: str, threshold: int, words: str) -> None:
    spec = condition(
        operator=operator,
        threshold=Decimal(threshold),
        type="yes_no",
        unit="",
        indicator_name="是否建有检验检测平台",
    )
    assert condition_sentence(spec, NAMES).startswith(f"{words}；")


def test_a_choice_is_said_by_its_name_and_a_year_is_named() -> None:
    spec = condition(
        operator="eq",
        threshold=Decimal(2),
        type="choice",
        unit="",
        indicator_name="园区级别",
        choices=(("1", "省级"), ("2", "国家级")),
        year=2022,
        firmness="in_principle",
        categories=("manufacturing", "agriculture"),
    )
    assert condition_sentence(spec, NAMES) == (
        "制造业、特优农业：2022年园区级别原则上为“国家级”；未达到时提示，由审定环节决定是否认可"
    )


@pytest.mark.parametrize(("decision", "label"), DECISION_CHOICES)
def test_who_decides_is_said_or_left_open(decision: str, label: str) -> None:
    spec = condition(relaxation=RelaxationSpec(None, "可放宽", decision=decision))
    who = f"由{label}" if decision else "由谁决定未载明"
    assert condition_sentence(spec, NAMES).endswith(f"；未达到的，可申请放宽（下限未载明，{who}）")


def test_a_relaxation_with_grounds_and_preconditions_upwards_and_downwards() -> None:
    relaxation = RelaxationSpec(
        Decimal(100_000_000),
        "可适当放宽认定条件",
        grounds=(GroundSpec("honours", "gt", Decimal(1)),),
        preconditions="具有地理标志等传统特色",
        decision="group",
    )
    spec = condition(relaxation=relaxation)
    assert condition_sentence(spec, NAMES, LINES).endswith(
        "可申请放宽（须具备文件所列前提，不少于 1亿元，"
        "且优先评定荣誉数高于 1项（不含本数），由领导小组决定）"
    )
    assert relaxation_sentence(relaxation, spec, LINES) == (
        "未达到的，可申请放宽：不少于 1亿元，且优先评定荣誉数高于 1项（不含本数），由领导小组决定。"
        "前提：“具有地理标志等传统特色”。原文：“可适当放宽认定条件”。放宽须经决定，不自动适用。"
    )
    down = condition(operator="le", relaxation=relaxation._replace(grounds=()))
    assert "不多于 1亿元" in condition_sentence(down, NAMES)
    open_ended = condition(operator="le", relaxation=RelaxationSpec(None, "可放宽"))
    assert "上限未载明" in condition_sentence(open_ended, NAMES)


def test_groups_are_numbered_and_say_how_they_are_joined() -> None:
    first = condition(categories=("manufacturing",))
    second = condition(firmness="in_principle")
    assert group_sentence(GroupSpec("g", "any", "规模"), [first, second], NAMES) == (
        "规模：以下满足其一：（1）制造业：主导产业年产值不低于 20亿元；"
        "（2）主导产业年产值原则上不低于 20亿元，未达到时提示，由审定环节决定是否认可"
    )
    assert group_sentence(GroupSpec("g", "all"), [first], NAMES) == (
        "以下同时满足：（1）制造业：主导产业年产值不低于 20亿元，刚性条件，未达到即不符合"
    )
    # One alone is a wall, whatever the group is called.
    assert group_sentence(GroupSpec("g", "any"), [first], NAMES).endswith("未达到即不符合")
    assert group_sentence(GroupSpec("g", "all"), [], NAMES) == "以下同时满足：（尚无条件）"


def test_a_criterion_joined_by_any_says_so_first() -> None:
    one, two = condition(group="g"), condition(key="two", group="g", threshold=Decimal(5))
    alone = condition(key="alone", indicator_name="就业人数", unit="人", threshold=Decimal(9))
    spec = criterion(one, alone, two, groups=(GroupSpec("g", "all", "规模"),), joining="any")
    said = criterion_sentences(spec, NAMES)
    assert said[0] == "以下 2 项满足其一："
    assert said[1] == (
        "（1）规模：以下同时满足：（1）主导产业年产值不低于 20亿元；（2）主导产业年产值不低于 5元"
    )
    assert said[2] == "（2）就业人数不低于 9人"
    # One part leaves nothing to choose from.
    assert criterion_sentences(criterion(one, joining="any"), NAMES) == [
        condition_sentence(one, NAMES)
    ]


def test_a_condition_whose_group_is_gone_stands_alone() -> None:
    spec = criterion(condition(group="gone"))
    assert criterion_sentences(spec, NAMES) == [condition_sentence(condition(), NAMES)]


def test_judgement_and_priorities_are_said() -> None:
    assert criterion_sentences(criterion(nature="judgement"), NAMES) == [BY_JUDGEMENT]
    assert criterion_sentences(criterion(), NAMES) == [BY_OFFICE]
    priority = GroundSpec("honours", "ge", Decimal(1), "优先评定")
    said = criterion_sentences(
        criterion(condition(), nature="mixed", priorities=(priority,)), NAMES, LINES
    )
    assert said[1:] == [
        AND_JUDGEMENT,
        "优先评定：优先评定荣誉数不低于 1项（只作提示和排序，不加分）",
    ]
    assert said[2] == priority_sentence(priority, LINES)


@pytest.mark.parametrize(
    ("scoring", "words"),
    [
        (ScoringSpec(), "满分和计分方式未载明。"),
        (ScoringSpec(Decimal(20)), "满分 20 分，计分方式未载明。"),
        (ScoringSpec(None, "expert"), "满分未载明，由专家评分。"),
        (
            ScoringSpec(
                Decimal("12.5"), "expert", rubric=(RubricSpec(Decimal(8), Decimal(10), "好"),)
            ),
            "满分 12.5 分，由专家参照评分：8—10 分，好。",
        ),
        (ScoringSpec(Decimal(20), "bands"), "满分 20 分，按数据分档计分，分档未载明。"),
        (
            ScoringSpec(
                Decimal(20),
                "bands",
                (
                    BandSpec(
                        "output",
                        ("manufacturing",),
                        (
                            (Decimal(1_000_000_000), Decimal(10)),
                            (Decimal(2_000_000_000), Decimal(20)),
                        ),
                    ),
                ),
            ),
            "满分 20 分，按数据分档计分：主导产业年产值（制造业） 10亿元起 10 分，20亿元起 20 分。",
        ),
    ],
)
def test_scoring(scoring: ScoringSpec, words: str) -> None:
    assert scoring_sentence(scoring, NAMES, LINES) == words
