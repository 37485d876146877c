"""Checking a draft for gaps: what blocks, what is a reminder, what the document leaves open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from criteria.checking import (
    Checked,
    CheckFinding,
    IndicatorState,
    Severity,
    blocking,
    check,
    check_set,
    counted,
    counts_said,
)
from criteria.condition_checks import Measure
from criteria.exchange import content_of, write_content
from criteria.models import CriteriaSet, Indicator
from criteria.sentences import IndicatorLine
from criteria.specs import (
    BandSpec,
    CriterionSpec,
    GroundSpec,
    GroupSpec,
    PassRule,
    RelaxationSpec,
    RubricSpec,
    ScoringSpec,
    SetSpec,
)
from criteria.suppliers import is_supplied
from portal.core import clock
from tests.criteria.test_comparing import condition
from tests.factories import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """The province, its sets and people."""
    return make_world()


QUOTE = "年产值不低于10万元"
STATE = IndicatorState("主导产业年产值", "money", "town", "reported")
CATEGORIES = (("manufacturing", "制造业"), ("agriculture", "特优农业"))


def criterion(*conditions: Any, **given: Any) -> CriterionSpec:
    plain: dict[str, Any] = {
        "key": "scale",
        "ordinal": 1,
        "clause": "二(四)",
        "title": "规模",
        "text": f"（四）规模。{QUOTE}，可适当放宽。",
        "nature": "figures",
        "ask": "",
        "conditions": conditions,
        "priorities": (),
    }
    return CriterionSpec(**plain | given)


def draft(*criteria: CriterionSpec, states: Any = None, **given: Any) -> Checked:
    spec = SetSpec(1, "标准", "文号", CATEGORIES, criteria)
    rule = given.pop("rule", PassRule("all_met"))
    return Checked(
        spec._replace(pass_rule=rule, digits=given.pop("digits", 2)),
        {"output_value": STATE} if states is None else states,
        **{"effective_from": date(2027, 1, 1), "effective_to": date(2029, 1, 1)} | given,
    )


def good(**given: Any) -> Any:
    return condition(**{"quote": QUOTE} | given)


def codes(found: list[CheckFinding], severity: Severity) -> list[str]:
    return [row.code for row in found if row.severity == severity]


def test_a_whole_draft_shows_nothing() -> None:
    found = check(draft(criterion(good())))
    assert found == []
    assert counts_said(found) == "没有发现问题"


@dataclass(frozen=True)
class Case:
    """A draft with one gap."""

    code: str
    severity: Severity
    draft: Checked


RELAXED = RelaxationSpec(Decimal(5), "可适当放宽", decision="meeting")
POINTS = ScoringSpec(Decimal(20), "expert")


def step(points: int, start: int = 0) -> tuple[Decimal, Decimal]:
    return Decimal(start), Decimal(points)


def banded(
    *steps: tuple[Decimal, Decimal], categories: tuple[str, ...] = (), indicator: str = ""
) -> ScoringSpec:
    band = BandSpec(indicator or "output_value", categories, steps)
    return POINTS._replace(mode="bands", bands=(band,))


def with_tax(*, relaxation: Any = None, scoring: Any = None, **given: Any) -> Checked:
    """A draft that looks at a second indicator besides its condition's."""
    rules = {"priorities": given.pop("priorities", ())}
    if scoring is not None:
        band = scoring.bands[0]._replace(indicator="tax")
        rules["scoring"] = scoring._replace(bands=(band,))
    row = criterion(good(relaxation=relaxation), **rules)
    return draft(row, states={"output_value": STATE, "tax": STATE._replace(**given)})


CASES = [
    Case("no_criteria", Severity.BLOCKING, draft()),
    Case("no_text", Severity.BLOCKING, draft(criterion(text="", nature="judgement", ask="问"))),
    Case("no_clause", Severity.BLOCKING, draft(criterion(good(), clause=" "))),
    Case("no_condition", Severity.BLOCKING, draft(criterion())),
    Case("no_condition", Severity.ADVICE, draft(criterion(nature="mixed", ask="问"))),
    Case("ask", Severity.ADVICE, draft(criterion(good(), nature="mixed"))),
    Case("no_quote", Severity.BLOCKING, draft(criterion(good()._replace(quote="")))),
    Case("quote", Severity.BLOCKING, draft(criterion(good()._replace(quote="年产值不低于9万元")))),
    Case("left_out", Severity.ADVICE, draft(criterion(good(categories=("manufacturing",))))),
    Case("category", Severity.BLOCKING,
         draft(criterion(good(categories=("manufacturing", "agriculture", "x"))))),
    Case("overlap", Severity.BLOCKING,
         draft(criterion(good(), good(key="b", threshold=Decimal(9))))),
    Case("contradiction", Severity.BLOCKING,
         draft(criterion(good(), good(key="b", operator="lt")))),
    Case("group", Severity.ADVICE,
         draft(criterion(good(), groups=(GroupSpec("g", "all", "空组"),)))),
    Case("floor", Severity.BLOCKING,
         draft(criterion(good(relaxation=RELAXED._replace(floor=Decimal(10)))))),
    Case("floor", Severity.UNSTATED,
         draft(criterion(good(relaxation=RELAXED._replace(floor=None))))),
    Case("decision", Severity.UNSTATED,
         draft(criterion(good(relaxation=RELAXED._replace(decision=""))))),
    Case("quote", Severity.BLOCKING,
         draft(criterion(good(relaxation=RELAXED._replace(quote="可以放宽"))))),
    Case("indicator", Severity.BLOCKING, draft(criterion(good()), states={})),
    Case("retired", Severity.BLOCKING,
         draft(criterion(good()), states={"output_value": STATE._replace(retired=True)})),
    Case("subject", Severity.BLOCKING,
         draft(criterion(good()), states={"output_value": STATE._replace(subject="enterprise")})),
    Case("text", Severity.BLOCKING,
         draft(criterion(good()), states={"output_value": STATE._replace(type="text")})),
    Case("supply", Severity.BLOCKING,
         draft(criterion(good()), states={"output_value": STATE._replace(supplied=False)})),
    Case("days", Severity.BLOCKING,
         draft(criterion(good()), effective_to=date(2026, 12, 31))),
    Case("days", Severity.UNSTATED, draft(criterion(good()), effective_to=None)),
    Case("silent", Severity.UNSTATED, draft(criterion(good()), silent=("分值",))),
    Case("pass_rule", Severity.UNSTATED, draft(criterion(good()), rule=PassRule())),
    Case("pass_points", Severity.BLOCKING,
         draft(criterion(good(), scoring=POINTS), rule=PassRule("points"))),
    Case("maxima", Severity.BLOCKING,
         draft(criterion(good()), rule=PassRule("points", Decimal(60)))),
    Case("sum", Severity.BLOCKING,
         draft(criterion(good(), scoring=POINTS), rule=PassRule("points", Decimal(60)))),
    Case("maxima", Severity.ADVICE,
         draft(criterion(good(), scoring=POINTS), criterion(good(key="other"), key="b"))),
    Case("digits", Severity.UNSTATED, draft(criterion(good(), scoring=POINTS), digits=None)),
    Case("mode", Severity.UNSTATED, draft(criterion(good(), scoring=POINTS._replace(mode="")))),
    Case("no_bands", Severity.BLOCKING,
         draft(criterion(good(), scoring=POINTS._replace(mode="bands")))),
    Case("bands", Severity.BLOCKING,
         draft(criterion(good(), scoring=POINTS._replace(mode="bands", bands=(
             BandSpec("output_value", (), ((Decimal(0), Decimal(21)),)),))))),
    Case("bands", Severity.ADVICE, draft(criterion(good(), scoring=banded(step(19))))),
    Case("band_left_out", Severity.BLOCKING,
         draft(criterion(good(), scoring=banded(step(20), categories=("agriculture",))))),
    Case("band_twice", Severity.BLOCKING,
         draft(criterion(good(), scoring=POINTS._replace(mode="bands", bands=(
             BandSpec("output_value", (), (step(20),)),
             BandSpec("output_value", ("agriculture",), (step(20),))))))),
    Case("category", Severity.BLOCKING,
         draft(criterion(good(), scoring=banded(
             step(20), categories=("manufacturing", "agriculture", "x"))))),
    Case("steps", Severity.BLOCKING,
         draft(criterion(good(), scoring=banded(step(20, 5), step(1, 5))))),
    Case("steps", Severity.BLOCKING, draft(criterion(good(), scoring=banded()))),
    Case("steps", Severity.BLOCKING,
         draft(criterion(good(), scoring=banded(step(-1), step(20, 5))))),
    Case("band_type", Severity.BLOCKING, with_tax(type="yes_no", scoring=banded(step(20)))),
    Case("year", Severity.BLOCKING, with_tax(year_rule="stated", scoring=banded(step(20)))),
    Case("region", Severity.BLOCKING, with_tax(usable=False, scoring=banded(step(20)))),
    Case("year", Severity.BLOCKING, draft(criterion(good(year=1999)))),
    Case("year", Severity.BLOCKING,
         draft(criterion(good(year=2020)),
               states={"output_value": STATE._replace(source="computed")})),
    Case("year", Severity.BLOCKING,
         draft(criterion(good()), states={"output_value": STATE._replace(year_rule="stated")})),
    Case("year", Severity.BLOCKING,
         with_tax(year_rule="stated", priorities=(GroundSpec("tax", "ge", Decimal(1)),))),
    Case("year", Severity.BLOCKING,
         with_tax(year_rule="stated", relaxation=RELAXED._replace(
             grounds=(GroundSpec("tax", "ge", Decimal(1)),)))),
    Case("region", Severity.BLOCKING,
         with_tax(usable=False, priorities=(GroundSpec("tax", "ge", Decimal(1)),))),
    Case("operator", Severity.BLOCKING, draft(criterion(good(operator="eq")))),
    Case("operator", Severity.BLOCKING,
         with_tax(type="choice", priorities=(GroundSpec("tax", "ge", Decimal(1)),))),
    Case("number", Severity.BLOCKING,
         draft(criterion(good()), states={"output_value": STATE._replace(
             measure=Measure(IndicatorLine("主导产业年产值", "元", "money"), Decimal(11)))})),
    Case("firmness", Severity.BLOCKING,
         draft(criterion(good(operator="eq", threshold=Decimal(1), firmness="approximate")),
               states={"output_value": STATE._replace(type="yes_no")})),
    Case("key_twice", Severity.BLOCKING, draft(criterion(good()), criterion(good(), key="b"))),
    Case("rubric", Severity.BLOCKING,
         draft(criterion(good(), scoring=POINTS._replace(
             rubric=(RubricSpec(Decimal(0), Decimal(30), "好"),))))),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.severity}")
def test_one_gap_is_found_alone(case: Case) -> None:
    found = check(case.draft)
    assert codes(found, case.severity) == [case.code]
    assert not blocking(found) or case.severity == Severity.BLOCKING
    assert all(row.message.endswith("。") and row.place for row in found)


def test_one_of_several_ways_is_no_overlap() -> None:
    pair = (good(group="g"), good(key="b", threshold=Decimal(9), group="g"))
    found = check(draft(criterion(*pair, groups=(GroupSpec("g", "any", "规模"),))))
    assert found == []


def test_findings_name_the_place() -> None:
    first = criterion(good(), key="a", clause="二(一)")
    second = criterion(good(key="c"), good(key="b", indicator="tax", quote="无"))
    found = check(draft(first, second, states={"output_value": STATE, "tax": STATE}))
    assert [(row.place, row.criterion, row.condition) for row in found] == [
        ("第 2 条 二(四) 第 2 个条件", "scale", "b")
    ]


def test_counts_name_each_severity() -> None:
    found = check(draft(criterion(good(categories=("manufacturing",))), effective_to=None))
    assert counted(found) == {"blocking": 0, "advice": 1, "unstated": 1}
    assert counts_said(found) == "提醒 1 处，未载明 1 处"


def test_towns_supply_what_is_reported_and_what_they_count() -> None:
    assert is_supplied("reported", "output_value")
    assert is_supplied("computed", "service_functions")
    assert not is_supplied("computed", "counted_by_nobody")


def test_the_published_sets_have_nothing_to_mend(world: World) -> None:
    found = {
        row.key: check_set(row) for row in CriteriaSet.objects.visible_to(world.actor("sx.clerk"))
    }
    assert {key: blocking(rows) for key, rows in found.items()} == {key: [] for key in found}
    assert {"decision", "pass_rule"} <= set(codes(found["province-2022"], Severity.UNSTATED))


def test_a_stored_draft_is_checked_with_its_indicators(world: World) -> None:
    source = CriteriaSet.objects.visible_to(world.actor("sx.clerk")).get(key="puxian-2023")
    region = source.region
    copy = CriteriaSet(key="copy", level="county", region=region, created_at=clock.now())
    write_content(copy, content_of(source))
    Indicator.objects.filter(key="employment").update(retired_at=clock.now())
    found = blocking(check_set(copy))
    assert [(row.code, row.place) for row in found] == [("retired", "第 6 条 三(六) 第 1 个条件")]
