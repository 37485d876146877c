"""Assessments in sentences: every status, operator and type; what is close; points and rules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from criteria.assessment import CriterionVerdict, Origin, assess
from criteria.constants import STATUSES, Status
from criteria.explaining import Explanation, Line, explain, explain_criterion, threshold_text
from criteria.specs import (
    BandSpec,
    ConditionSpec,
    CriterionSpec,
    GroundSpec,
    GroupSpec,
    RelaxationSpec,
    RubricSpec,
    ScoringSpec,
    SetSpec,
)
from criteria.wording import IndicatorName

YI = 100_000_000
RELAXATION = RelaxationSpec(Decimal(YI), "年产值不少于1亿元", (), "产业特色鲜明", "meeting")


def condition(operator: str = "ge", threshold: Any = 20 * YI, **more: Any) -> ConditionSpec:
    """A condition on the output unless told otherwise."""
    fields: dict[str, Any] = {
        "key": "output",
        "indicator": "output_value",
        "indicator_name": "主导产业年产值",
        "unit": "元",
        "type": "money",
        "operator": operator,
        "threshold": Decimal(str(threshold)),
        "firmness": "firm",
        "categories": (),
        "quote": "年产值20亿元以上",
        **more,
    }
    return ConditionSpec(**fields)


def counted(key: str, indicator: str, name: str, threshold: int, **more: Any) -> ConditionSpec:
    """A condition on a count of enterprises."""
    return condition(
        threshold=threshold,
        key=key,
        indicator=indicator,
        indicator_name=name,
        unit="家",
        type="count",
        quote="",
        **more,
    )


def criterion(*conditions: ConditionSpec, **more: Any) -> CriterionSpec:
    """A criterion of figures unless told otherwise."""
    fields: dict[str, Any] = {
        "key": "scale",
        "ordinal": 1,
        "clause": "二(四)",
        "title": "产业规模较大",
        "text": "原文",
        "nature": "figures",
        "ask": "",
        "conditions": conditions,
        "priorities": (),
        **more,
    }
    return CriterionSpec(**fields)


def verdict(spec: CriterionSpec, values: dict[str, Any], **more: Any) -> CriterionVerdict:
    """The one verdict of a set of one criterion."""
    decimals = {key: None if v is None else Decimal(str(v)) for key, v in values.items()}
    return assess(SetSpec(1, "标准", "", (), (spec,)), "manufacturing", decimals, **more)[0]


def line(spec: ConditionSpec, value: Any, **more: Any) -> Line:
    """The explanation of one condition."""
    return explain_criterion(verdict(criterion(spec), {spec.indicator: value}, **more)).lines[0]


# --- one condition ------------------------------------------------------------------------------

DISTANCES = [
    # operator, threshold, value, threshold in words, distance, change, near
    ("ge", 20 * YI, "1850000000", "不低于 20亿元", "还差 1.5亿元", "再增加 1.5亿元即达到", False),
    ("ge", 20 * YI, 20 * YI, "不低于 20亿元", "正好等于标准", "", True),
    ("ge", 20 * YI, 20 * YI + 1, "不低于 20亿元", "超出 1元", "", True),
    ("ge", 20 * YI, 20 * YI - 1, "不低于 20亿元", "还差 1元", "再增加 1元即达到", True),
    ("ge", 20 * YI, 19 * YI, "不低于 20亿元", "还差 1亿元", "再增加 1亿元即达到", True),
    ("ge", 20 * YI, 19 * YI - 1, "不低于 20亿元", "还差 1.01亿元", "再增加 1.01亿元", False),
    ("gt", 20 * YI, 20 * YI, "高于 20亿元", "正好等于标准", "须高于 20亿元", True),
    ("gt", 20 * YI, 10 * YI, "高于 20亿元", "还差 10亿元", "再增加 10亿元以上即达到", False),
    ("le", 20 * YI, 25 * YI, "不高于 20亿元", "高出标准 5亿元", "再减少 5亿元即达到", False),
    ("le", 20 * YI, 12 * YI, "不高于 20亿元", "低于标准 8亿元", "", False),
    ("lt", 20 * YI, 20 * YI, "低于 20亿元", "正好等于标准", "须低于 20亿元", True),
    ("ge", 20 * YI, 0, "不低于 20亿元", "还差 20亿元", "再增加 20亿元即达到", False),
]


@pytest.mark.parametrize(
    ("operator", "threshold", "value", "words", "away", "change", "near"), DISTANCES
)
def test_distance_and_change(
    operator: str, threshold: int, value: Any, words: str, away: str, change: str, near: bool
) -> None:
    told = line(condition(operator, threshold), value)
    assert (told.threshold, told.distance, told.near) == (words, away, near)
    assert change in told.change
    assert bool(told.change) is bool(change)


def test_value_says_year_and_source() -> None:
    told = line(condition(), 25 * YI, origins={"output_value": Origin(2024, "confirmed")})
    assert told.source == "2024年，年度数据，已确认"
    assert told.sentence == (
        "主导产业年产值 25亿元（2024年，年度数据，已确认），标准为不低于 20亿元，超出 5亿元。"
    )


def test_year_that_the_clause_names_is_said_and_asked_for() -> None:
    spec = condition(year=2021)
    told = explain_criterion(verdict(criterion(spec), {"output_value@2021": 25 * YI})).lines[0]
    assert told.source == "2021年"
    missing = line(spec, None)
    assert missing.change == "在专业镇“年度数据”中填报 2021 年主导产业年产值。"


def test_a_value_is_never_rounded_onto_the_threshold() -> None:
    assert line(condition(), 20 * YI - 1).value == "1,999,999,999元"
    share = condition(threshold=30, unit="%", type="percent")
    told = line(share, "29.999")
    assert (told.value, told.distance) == ("29.999%", "还差 0.001%")
    assert line(share, "29.9999").distance == "还差 0.0001%"


@pytest.mark.parametrize(
    ("firmness", "words"),
    [
        ("firm", "不低于 10家"),
        ("in_principle", "原则上不低于 10家"),
        ("approximate", "不低于 10家左右"),
    ],
)
def test_wording_of_the_document_stays(firmness: str, words: str) -> None:
    spec = counted("few", "supporting", "骨干企业", 10, firmness=firmness)
    assert threshold_text(spec) == words
    meaning = line(spec, 9).meaning
    if firmness == "firm":
        assert meaning == "文件规定的刚性条件。"
    else:
        word = "原则上" if firmness == "in_principle" else "左右"
        assert meaning == f"文件用语为“{word}”，由审定环节决定是否认可。"


def test_yes_no_and_choice() -> None:
    park = condition(
        "eq", 1, key="park", indicator="park", indicator_name="是否有园区", unit="", type="yes_no"
    )
    told = line(park, 0)
    assert (told.value, told.threshold, told.distance, told.near) == ("否", "为“是”", "", False)
    assert told.change == "是否有园区须为“是”。"
    assert line(park, 1).value == "是"
    kind = condition(
        "eq",
        2,
        indicator_name="品牌级别",
        unit="",
        type="choice",
        choices=(("1", "省级"), ("2", "国家级")),
    )
    told = line(kind, 1)
    assert (told.value, told.threshold) == ("省级", "为“国家级”")
    assert told.change == "品牌级别须为“国家级”。"


def test_may_be_relaxed_says_floor_preconditions_and_who_decides() -> None:
    told = line(condition(relaxation=RELAXATION, firmness="in_principle"), 5 * YI)
    assert told.finding.status == Status.MAY_RELAX
    for part in ("申请放宽", "放宽下限：1亿元", "“产业特色鲜明”", "会议审定", "不会自动适用"):
        assert part in told.meaning
    silent = line(condition(relaxation=RelaxationSpec(None, "可适当放宽")), 5 * YI)
    assert "放宽下限：未载明" in silent.meaning
    assert "由谁决定：未载明" in silent.meaning


def test_not_relaxable_says_why() -> None:
    below = line(condition(relaxation=RELAXATION), YI - 1)
    assert below.meaning == "低于放宽条件的下限 1亿元，不能申请放宽。"
    ground = GroundSpec("brands", "ge", Decimal(1), "有国家级品牌的")
    relaxable = criterion(condition(relaxation=RelaxationSpec(None, "可放宽", (ground,))))
    (other,) = explain_criterion(verdict(relaxable, {"output_value": 5 * YI, "brands": 0})).lines
    assert other.meaning == "不具备放宽所需的条件“有国家级品牌的”，不能申请放宽。"


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("reported", "在专业镇“年度数据”中填报国家级品牌。"),
        ("computed", "台账中登记后，由平台计算国家级品牌。"),
    ],
)
def test_a_ground_without_a_figure_is_named_and_where_to_fill_it(source: str, where: str) -> None:
    ground = GroundSpec("brands", "ge", Decimal(1), "有国家级品牌的")
    spec = criterion(condition(relaxation=RelaxationSpec(Decimal(YI), "可放宽", (ground,))))
    found = verdict(spec, {"output_value": 5 * YI})
    names = {"brands": IndicatorName("国家级品牌", "个", source)}
    told = explain([found], catalogue=names)
    (row,) = told.criteria
    (only,) = row.lines
    assert (only.word, only.value, only.distance) == ("缺数据", "5亿元", "还差 15亿元")
    assert only.meaning == (
        "未达到标准，能否申请放宽要看放宽的条件“有国家级品牌的”，国家级品牌没有数据；"
        "缺数据不视为具备放宽条件。"
    )
    assert only.change.startswith("主导产业年产值再增加 15亿元即达到；")
    assert only.change.endswith(where)
    assert row.short == "主导产业年产值还差 15亿元，放宽所需数据没有填报。"
    assert told.outcome.label == "数据不全"
    # Without names it is still said, in the document's words.
    (bare,) = explain_criterion(found).lines
    assert "“有国家级品牌的”，所需数据没有填报" in bare.meaning


EXACTLY = [
    # threshold, value, threshold in words, value in words, distance
    ("123450000", "120000000", "1.2345亿元", "1.2亿元", "还差 345万元"),
    ("123450000", "0", "1.2345亿元", "0元", "还差 1.2345亿元"),
    ("123450000", "1000", "1.2345亿元", "1,000元", "还差 1.2345亿元"),
    ("123450000", "123440000", "1.2345亿元", "1.23亿元", "还差 1万元"),
    ("123450000", "123460000", "1.2345亿元", "123,460,000元", "超出 1万元"),
    ("123450000", "123450000", "1.2345亿元", "1.2345亿元", "正好等于标准"),
    ("123456789.12", "0", "1.2345678912亿元", "0元", "还差 1.2345678912亿元"),
    ("10", "9.9999", "10元", "9.9999元", "还差 0.0001元"),
    ("10", "10.0001", "10元", "10.0001元", "超出 0.0001元"),
]


@pytest.mark.parametrize(("threshold", "value", "words", "shown", "away"), EXACTLY)
def test_thresholds_are_written_exactly_and_nothing_contradicts_them(
    threshold: str, value: str, words: str, shown: str, away: str
) -> None:
    told = line(condition(threshold=threshold), value)
    assert (told.threshold, told.value, told.distance) == (f"不低于 {words}", shown, away)
    equal = line(condition("gt", threshold), threshold)
    assert equal.change == f"主导产业年产值须高于 {words}。"


def test_floors_grounds_and_bands_are_written_exactly() -> None:
    relaxation = RelaxationSpec(Decimal(123450000), "可放宽")
    may = line(condition(relaxation=relaxation), 5 * YI)
    assert "放宽下限：1.2345亿元；" in may.meaning
    below = line(condition(relaxation=relaxation), YI)
    assert below.meaning == "低于放宽条件的下限 1.2345亿元，不能申请放宽。"
    ground = GroundSpec("sales", "ge", Decimal(123450000), "销售较多的")
    values = {"sales": Decimal(123460000), "output_value": Decimal(30 * YI)}
    found = verdict(criterion(condition(), priorities=(ground,)), values)
    names = {"sales": IndicatorName("销售额", "元")}
    told = explain([found], values=values, catalogue=names).criteria[0].priority
    assert "（销售额 123,460,000元，要求不低于 1.2345亿元）" in told
    band = BandSpec("output_value", (), ((Decimal(123450000), Decimal(4)),))
    spec = criterion(condition(), scoring=ScoringSpec(Decimal(10), "bands", (band,)))
    points = explain_criterion(verdict(spec, {"output_value": 123460000})).points
    assert "123,460,000元，达到“1.2345亿元及以上”一档" in points
    under = explain_criterion(verdict(spec, {"output_value": 123449999})).points
    assert "主导产业年产值 1.23亿元，未达到最低一档" in under


def test_relaxed_and_missing() -> None:
    relaxed = line(condition(relaxation=RELAXATION), 5 * YI, relaxed=["output"])
    assert relaxed.meaning == "未达到标准，经研究同意放宽（原文：“年产值不少于1亿元”）。"
    assert relaxed.change == ""
    missing = line(condition(), None)
    assert (missing.value, missing.distance, missing.near) == ("没有数据", "", False)
    assert "缺数据不视为达到" in missing.meaning
    assert missing.change == "在专业镇“年度数据”中填报主导产业年产值。"


def test_missing_computed_figure_is_asked_for_in_the_registers() -> None:
    found = verdict(criterion(counted("c", "supporting", "骨干企业", 10)), {})
    told = explain([found], catalogue={"supporting": IndicatorName("骨干企业", "家", "computed")})
    assert "台账" in told.criteria[0].changes[0]


# --- one criterion ------------------------------------------------------------------------------

FEW = counted("few", "leading", "龙头企业", 10, group="either")
MANY = counted("many", "supporting", "骨干企业", 100, group="either")
EITHER = (GroupSpec("either", "any", ""),)


def test_of_several_ways_the_nearest_is_named() -> None:
    spec = criterion(FEW, MANY, groups=EITHER)
    told = explain_criterion(verdict(spec, {"leading": 5, "supporting": 90}))
    assert told.changes == ("满足其一即可，最接近的是：骨干企业再增加 10家即达到。",)
    one = explain_criterion(verdict(spec, {"leading": 5, "supporting": None}))
    assert one.changes == ("满足其一即可，最接近的是：龙头企业再增加 5家即达到。",)


def test_of_several_ways_one_is_enough() -> None:
    told = explain_criterion(
        verdict(criterion(FEW, MANY, groups=EITHER), {"leading": 10, "supporting": None})
    )
    assert (told.word, told.changes) == ("达到", ())
    assert "满足其一即可" in told.meaning[-1]


def test_groups_joined_by_either_name_the_nearest_group() -> None:
    spec = criterion(
        condition(group="a"),
        counted("a2", "leading", "龙头企业", 10, group="a"),
        counted("b1", "supporting", "骨干企业", 100),
        groups=(GroupSpec("a", "all"),),
        joining="any",
    )
    values = {"output_value": 19 * YI, "leading": 9, "supporting": 20}
    told = explain_criterion(verdict(spec, values))
    assert told.changes == (
        "满足其一即可，最接近的是：主导产业年产值再增加 1亿元即达到。",
        "龙头企业再增加 1家即达到。",
    )


def test_all_that_is_short_is_listed() -> None:
    spec = criterion(condition(), counted("c", "leading", "龙头企业", 10))
    told = explain_criterion(verdict(spec, {"output_value": 19 * YI, "leading": None}))
    assert len(told.changes) == 2
    assert told.short == "主导产业年产值还差 1亿元；龙头企业没有数据。"


def test_statement_missing_and_waiting_for_judgement() -> None:
    spec = criterion(nature="judgement", title="历史传承厚重", key="heritage")
    missing = explain_criterion(verdict(spec, {}))
    assert missing.short == "没有填写情况说明。"
    assert missing.changes == ("在申报的“历史传承厚重”中填写情况说明。",)
    waiting = explain_criterion(verdict(spec, {}, answered=["heritage"]))
    assert "评议" in waiting.short
    assert waiting.changes == ()


@pytest.mark.parametrize("firmness", ["firm", "in_principle"])
def test_an_unmet_figure_and_a_missing_statement_are_both_said(firmness: str) -> None:
    spec = criterion(condition(firmness=firmness), nature="mixed")
    told = explain_criterion(verdict(spec, {"output_value": 19 * YI}))
    assert told.word == ("未达到" if firmness == "firm" else "缺数据")
    assert told.short == "主导产业年产值还差 1亿元；没有填写情况说明。"
    assert "没有填写情况说明，该条须有情况说明才能评议。" in told.meaning
    assert told.changes == (
        "主导产业年产值再增加 1亿元即达到。",
        "在申报的“产业规模较大”中填写情况说明。",
    )
    met = explain_criterion(verdict(spec, {"output_value": 21 * YI}))
    assert met.short == "没有填写情况说明。"
    written = explain_criterion(verdict(spec, {"output_value": 19 * YI}, answered=["scale"]))
    assert written.short == "主导产业年产值还差 1亿元。"
    assert not any("情况说明" in text for text in (*written.meaning, *written.changes))


def test_a_missing_figure_is_not_taken_for_a_missing_statement() -> None:
    told = explain_criterion(
        verdict(criterion(condition(), nature="mixed"), {}, answered=["scale"])
    )
    assert told.changes == ("在专业镇“年度数据”中填报主导产业年产值。",)


def test_category_without_a_threshold_is_judged() -> None:
    spec = criterion(condition(categories=("agriculture",)))
    assert "没有对该类别规定数值" in explain_criterion(verdict(spec, {})).short


def test_priority_names_the_ground_that_holds() -> None:
    grounds = (
        GroundSpec("honours", "ge", Decimal(1), "有省级以上荣誉的"),
        GroundSpec("brands", "ge", Decimal(3), "有三个以上品牌的"),
    )
    values = {"honours": Decimal(2), "brands": Decimal(0), "output_value": Decimal(30 * YI)}
    found = verdict(criterion(condition(), priorities=grounds), values)
    names = {"honours": IndicatorName("荣誉", "项")}
    told = explain([found], values=values, catalogue=names).criteria[0].priority
    assert "“有省级以上荣誉的”（荣誉 2项，要求不低于 1项）" in told
    assert "三个以上品牌" not in told
    assert "不加分" in told


# --- the whole set ------------------------------------------------------------------------------


def whole() -> Explanation:
    """Three criteria: one close, one far, one to judge."""
    spec = SetSpec(
        1,
        "标准",
        "",
        (),
        (
            criterion(condition()),
            criterion(
                counted("c", "leading", "龙头企业", 10), key="lead", clause="二(五)", title="龙头"
            ),
            criterion(nature="judgement", key="heritage", clause="二(一)", title="历史传承厚重"),
        ),
    )
    values: dict[str, Decimal | None] = {
        "output_value": Decimal(1950000000),
        "leading": Decimal(12),
    }
    return explain(assess(spec, "manufacturing", values, answered=["heritage"]))


def test_the_set_has_a_headline_what_is_close_and_what_is_to_do() -> None:
    told = whole()
    assert told.headline == "共 3 条：达到 1 条，未达到 1 条，需评议 1 条。总体：未达到。"
    assert told.near == ("二(四) 产业规模较大：主导产业年产值 19.5亿元，还差 5,000万元。",)
    assert told.to_do == ("二(四) 产业规模较大：主导产业年产值再增加 5,000万元即达到。",)
    assert [row.name for row in told.criteria] == [
        "二(四) 产业规模较大",
        "二(五) 龙头",
        "二(一) 历史传承厚重",
    ]


def test_a_category_that_the_set_does_not_cover_is_concluded_nothing_of() -> None:
    found = verdict(criterion(nature="judgement"), {}, answered=["scale"])
    told = explain([found], "other", covered=False)
    assert told.outcome.label == "类别不适用"
    assert told.headline == "标准没有列出该专业镇的类别，不作总体评定。总体：类别不适用。"
    assert (told.near, told.to_do, len(told.criteria)) == ((), (), 1)


def test_every_status_has_a_short_line() -> None:
    made = {
        Status.MET: verdict(criterion(condition()), {"output_value": 30 * YI}),
        Status.NOT_MET: verdict(criterion(condition()), {"output_value": 3 * YI}),
        Status.MISSING: verdict(criterion(condition()), {}),
        Status.MAY_RELAX: verdict(
            criterion(condition(relaxation=RELAXATION)), {"output_value": 3 * YI}
        ),
        Status.RELAXED: verdict(
            criterion(condition(relaxation=RELAXATION)),
            {"output_value": 3 * YI},
            relaxed=["output"],
        ),
        Status.NEEDS_JUDGEMENT: verdict(criterion(nature="judgement"), {}, answered=["scale"]),
    }
    assert set(made) == set(Status)
    for status, found in made.items():
        told = explain_criterion(found)
        assert found.status == status
        assert told.word == STATUSES[status].label
        assert told.short.endswith("。")


# --- points -------------------------------------------------------------------------------------

BAND = BandSpec(
    "output_value",
    (),
    ((Decimal(5 * YI), Decimal(4)), (Decimal(10 * YI), Decimal(6)), (Decimal(20 * YI), Decimal(8))),
)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (12 * YI, "主导产业年产值 12亿元，达到“10亿元及以上”一档，计 6 分（满分 10 分）。"),
        (10 * YI, "主导产业年产值 10亿元，达到“10亿元及以上”一档，计 6 分（满分 10 分）。"),
        (YI, "主导产业年产值 1亿元，未达到最低一档，计 0 分（满分 10 分）。"),
        (None, "主导产业年产值没有数据，不计分，满分 10 分。"),
    ],
)
def test_points_say_their_band(value: Any, words: str) -> None:
    spec = criterion(condition(), scoring=ScoringSpec(Decimal(10), "bands", (BAND,)))
    assert explain_criterion(verdict(spec, {"output_value": value})).points == words


def test_points_by_experts_and_silence() -> None:
    rubric = (RubricSpec(Decimal(0), Decimal(5), "一般"),)
    expert = criterion(nature="judgement", scoring=ScoringSpec(None, "expert", (), rubric))
    assert explain_criterion(verdict(expert, {})).points == "由专家评分，满分未载明。"
    unstated = criterion(scoring=ScoringSpec(Decimal(15)))
    assert explain_criterion(verdict(unstated, {})).points == "计分方式未载明，满分 15 分。"
    assert explain_criterion(verdict(criterion(), {})).points == ""
