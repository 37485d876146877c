"""What a condition is held against: clause, range, categories, other conditions. No database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from criteria.assessment import assess
from criteria.condition_checks import Measure, Setting, collide
from criteria.condition_facts import ConditionFacts, RulesFacts
from criteria.constants import FIRMNESS_CHOICES, OPERATORS, Status
from criteria.sentences import IndicatorLine
from criteria.specs import CriterionSpec, GroundSpec, GroupSpec, SetSpec

TEXT = (
    "产业规模较大。制造业类专业镇年产值原则上达到20亿元以上，特优农业类达到10亿元以上；"
    "具有地理标志等传统特色的，可适当放宽，但年产值不少于1亿元。"
    "能耗低于50万元，建有检验检测平台。拥有国家级荣誉的优先评定。"
)
YI = Decimal(100_000_000)
OUTPUT = ConditionFacts(
    indicator="output_value",
    operator="ge",
    threshold=20 * YI,
    firmness="in_principle",
    categories=("manufacturing",),
    quote="制造业类专业镇年产值原则上达到20亿元以上",
)
SETTING = Setting(
    text=TEXT,
    names={"manufacturing": "制造业", "agriculture": "特优农业"},
    measures={
        "output_value": Measure(IndicatorLine("主导产业年产值", "元", "money")),
        "tax": Measure(IndicatorLine("税收", "元", "money")),
        "employment": Measure(IndicatorLine("就业人数", "人", "count")),
        "market_share_national": Measure(
            IndicatorLine("全国市场占有率", "%", "percent"), Decimal(0), Decimal(100)
        ),
        "lab": Measure(IndicatorLine("是否建有检验检测平台", "", "yes_no")),
        "park": Measure(IndicatorLine("园区级别", "", "choice", (("1", "省级"), ("2", "国家级")))),
        "enterprises": Measure(IndicatorLine("企业数", "家", "count"), source="computed"),
        "land": Measure(IndicatorLine("用地", "亩", "count"), year_rule="stated"),
        "opinion": Measure(IndicatorLine("说明", "", "text")),
    },
)


def errors_of(
    facts: ConditionFacts | RulesFacts, setting: Setting = SETTING
) -> dict[str, list[str]]:
    """What the check complains of, by field."""
    with pytest.raises(ValidationError) as caught:
        facts.checked(setting)
    return caught.value.message_dict


@pytest.mark.parametrize("operator", [key for key in OPERATORS if key != "eq"])
@pytest.mark.parametrize("firmness", [key for key, _ in FIRMNESS_CHOICES])
def test_every_comparison_and_wording_is_kept_and_assessed_at_its_boundary(
    operator: str, firmness: str
) -> None:
    facts = replace(OUTPUT, operator=operator, firmness=firmness, categories=())
    assert facts.checked(SETTING) == facts
    spec = facts.spec("n1", SETTING)
    assert ConditionFacts.of(spec) == facts
    criterion = CriterionSpec("scale", 1, "", "", "", "figures", "", (spec,), ())
    whole = SetSpec(1, "", "", (), (criterion,))
    least = Decimal("0.0001")
    inclusive, upward = operator in ("ge", "le"), operator in ("ge", "gt")
    for value, met in (
        (20 * YI, inclusive),
        (20 * YI + least, upward),
        (20 * YI - least, not upward),
    ):
        verdict = assess(whole, "agriculture", {"output_value": value})[0]
        assert (verdict.status == Status.MET) is met
        assert verdict.overridable is (not met and firmness != "firm")


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "an indicator that is none": ({"indicator": "nothing"}, "indicator", "请从列出的指标中选择"),
    "an indicator of words": ({"indicator": "opinion"}, "indicator", "请从列出的指标中选择"),
    "a comparison that is none": ({"operator": "about"}, "operator", "请选择怎样比较"),
    "为 with a number": ({"operator": "eq"}, "operator", "数值请选择不低于"),
    "不低于 with 是/否": (
        {"indicator": "lab", "threshold": Decimal(1)}, "operator", "是/否和选项请选择“为”"),
    "neither 是 nor 否": (
        {"indicator": "lab", "operator": "eq", "threshold": Decimal(2)}, "threshold", "是或否"),
    "an option that is none": (
        {"indicator": "park", "operator": "eq", "threshold": Decimal(3)}, "threshold", "选项"),
    "左右 with 是/否": (
        {"indicator": "lab", "operator": "eq", "threshold": Decimal(1), "firmness": "approximate"},
        "firmness", "没有“左右”"),
    "above the range": (
        {"indicator": "market_share_national", "threshold": Decimal(101)},
        "threshold", "不大于 100%"),
    "below the range": (
        {"indicator": "market_share_national", "threshold": Decimal(-1)}, "threshold", "不小于 0%"),
    "less than none": (
        {"indicator": "employment", "threshold": Decimal(-1)}, "threshold", "不小于 0人"),
    "too large": ({"threshold": Decimal(10) ** 16}, "threshold", "数值过大"),
    "too fine": ({"threshold": Decimal("0.00001")}, "threshold", "4 位小数"),
    "no quote": ({"quote": "  "}, "quote", "从左侧的条款原文中复制"),
    "a quote of one's own": ({"quote": "年产值不得低于20亿元"}, "quote", "本条原文中没有这段话"),
    "a year before all": ({"year": 1912}, "year", "年度应在 2000 和 2100 之间"),
    "a year of what is counted now": (
        {"indicator": "enterprises", "threshold": Decimal(5), "year": 2022}, "year",
        "没有以前年度的数"),
    "a ground without its year": (
        {"relaxation_quote": "可适当放宽", "grounds": (GroundSpec("land", "ge", Decimal(1)),)},
        "ground_0_indicator", "按注明的年度取数"),
    "a category that is gone": ({"categories": ("tourism",)}, "categories", "重新勾选"),
    "a wording that is none": ({"firmness": "maybe"}, "firmness", "请选择原文的用语"),
    "a floor without a quote": (
        {"floor": YI}, "relaxation_quote", "请从左侧的条款原文中复制允许放宽的话"),
    "a floor that is no easier": (
        {"floor": 20 * YI, "relaxation_quote": "可适当放宽"}, "floor", "应小于本条要求的 20亿元"),
    "a floor above, of an upper limit": (
        {"operator": "le", "floor": YI, "relaxation_quote": "可适当放宽"}, "floor", "应大于"),
    "preconditions of one's own": (
        {"relaxation_quote": "可适当放宽", "preconditions": "很有特色"},
        "preconditions", "没有这段话"),
    "a relaxation in one's own words": (
        {"relaxation_quote": "可以放宽"}, "relaxation_quote", "没有这段话"),
    "a decision that is none": (
        {"relaxation_quote": "可适当放宽", "decision": "mayor"}, "decision", "决定方式"),
    "a ground that is none": (
        {"relaxation_quote": "可适当放宽", "grounds": (GroundSpec("x", "ge", Decimal(1)),)},
        "ground_0_indicator", "请从列出的指标中选择"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_is_wrong_is_said_beside_its_field(case: str) -> None:
    changes, field, words = REFUSALS[case]
    assert words in "".join(errors_of(replace(OUTPUT, **changes))[field])


@pytest.mark.parametrize(
    "quote",
    [
        "制造业类专业镇年产值原则上达到２０亿元以上",
        " 制造业类专业镇 年产值原则上\n达到20亿元以上,特优农业类",
        "能耗低于50万元，建有检验检测平台.",
    ],
)
def test_width_spaces_and_marks_of_a_quote_do_not_matter(quote: str) -> None:
    assert replace(OUTPUT, quote=quote).checked(SETTING).quote == quote.strip()


def test_all_categories_chosen_is_none_chosen() -> None:
    facts = replace(OUTPUT, categories=("agriculture", "manufacturing"))
    assert facts.checked(SETTING).categories == ()


def test_categories_stand_in_the_order_of_the_set() -> None:
    names = {"a": "甲", "b": "乙", "c": "丙"}
    facts = replace(OUTPUT, categories=("c", "a"))
    assert facts.checked(SETTING._replace(names=names)).categories == ("a", "c")


def test_an_indicator_whose_year_the_clause_must_name() -> None:
    measures = {key: row._replace(year_rule="stated") for key, row in SETTING.measures.items()}
    setting = SETTING._replace(measures=measures)
    assert "须写明年度" in errors_of(OUTPUT, setting)["year"][0]
    assert replace(OUTPUT, year=2022).checked(setting).year == 2022


SAME = replace(OUTPUT, threshold=5 * YI)
PAIRS: tuple[tuple[ConditionFacts, str, str, str, tuple[GroupSpec, ...], bool], ...] = (
    # other condition, its group, own group, joining, groups, whether they collide
    (SAME, "", "", "all", (), True),
    (replace(SAME, categories=()), "", "", "all", (), True),
    (replace(SAME, operator="gt"), "", "", "all", (), True),
    (replace(SAME, categories=("agriculture",)), "", "", "all", (), False),
    (replace(SAME, operator="le"), "", "", "all", (), False),
    (replace(SAME, year=2022), "", "", "all", (), False),
    (replace(SAME, indicator="tax"), "", "", "all", (), False),
    (SAME, "", "", "any", (), False),
    (SAME, "g", "", "all", (GroupSpec("g", "any"),), False),
    (SAME, "g", "", "all", (GroupSpec("g", "all"),), True),
    (SAME, "g", "g", "any", (GroupSpec("g", "any"),), True),
    (SAME, "g", "h", "any", (GroupSpec("g", "all"), GroupSpec("h", "all")), False),
    # A group that is gone joins nothing.
    (SAME, "gone", "gone", "all", (), True),
)


@pytest.mark.parametrize("place", range(len(PAIRS)))
def test_the_same_asked_twice(place: int) -> None:
    other, its_group, own_group, joining, groups, expected = PAIRS[place]
    setting = SETTING._replace(joining=joining, groups=groups, group=own_group)
    there = other.spec("n1", setting)._replace(group=its_group)
    assert collide(OUTPUT.spec("n2", setting), there, joining, groups) is expected
    setting = setting._replace(others=(there,))
    if expected:
        assert "主导产业年产值" in errors_of(OUTPUT, setting)["indicator"][0]
    else:
        assert OUTPUT.checked(setting) == OUTPUT


def test_options_of_a_choice_may_stand_in_one_any_of_group() -> None:
    park = ConditionFacts("park", "eq", Decimal(1), "firm", quote="国家级")
    one = park.spec("n1", SETTING)._replace(group="g")
    other = one._replace(key="n2", threshold=Decimal(2))
    assert not collide(one, other, "all", (GroupSpec("g", "any"),))
    assert collide(one, other, "all", (GroupSpec("g", "all"),))
    assert collide(one, one, "all", (GroupSpec("g", "any"),))


@pytest.mark.parametrize(
    ("priority", "field"),
    [
        (GroundSpec("x", "ge", Decimal(1), "拥有国家级荣誉的优先评定"), "priority_0_indicator"),
        (GroundSpec("tax", "eq", Decimal(1), "拥有国家级荣誉的优先评定"), "priority_0_operator"),
        (GroundSpec("tax", "ge", Decimal(10) ** 16, "优先评定"), "priority_0_threshold"),
        (GroundSpec("tax", "ge", Decimal(1), ""), "priority_0_quote"),
        (GroundSpec("tax", "ge", Decimal(1), "优先考虑"), "priority_0_quote"),
    ],
)
def test_a_priority_is_checked_like_a_condition(priority: GroundSpec, field: str) -> None:
    assert list(errors_of(RulesFacts("all", priorities=(priority,)))) == [field]


def test_rules_are_checked() -> None:
    long = RulesFacts("all", (GroupSpec("g1", "all", "长" * 61),))
    assert list(errors_of(long)) == ["group_g1_label"]
    assert list(errors_of(RulesFacts("all", (GroupSpec("g1", "most"),)))) == ["group_g1_joining"]
    assert list(errors_of(RulesFacts("some"))) == ["joining"]


def test_a_group_that_is_left_out_lets_its_conditions_go() -> None:
    one = OUTPUT.spec("n1", SETTING)._replace(group="g1")
    setting = SETTING._replace(others=(one,))
    rules = RulesFacts("all", members=(("n1", "g1"), ("gone", "")))
    assert rules.checked(setting).members == (("n1", ""),)
    assert [row.group for row in rules.placed(setting.others)] == [""]


def test_facts_survive_being_plain() -> None:
    facts = replace(OUTPUT, floor=YI, grounds=(GroundSpec("tax", "ge", Decimal("1.5")),), year=2022)
    assert ConditionFacts.of_plain(facts.plain()) == facts
    rules = RulesFacts(
        "any", (GroupSpec("g1", "all", "甲"),), (("n1", "g1"),), (GroundSpec("tax", "le", YI),)
    )
    assert RulesFacts.of_plain(rules.plain()) == rules
