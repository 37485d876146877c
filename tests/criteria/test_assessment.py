"""Assessment over the real criteria sets: boundaries, wordings, silence, and what always holds."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest

from criteria.assessment import CriterionVerdict, Finding, assess, counts, rank
from criteria.constants import Status
from criteria.meaning import meaning_of
from criteria.specs import ConditionSpec, CriterionSpec, GroundSpec, RelaxationSpec, SetSpec
from criteria.stored import from_json, to_json
from tests.services import ROOT

YI = 100_000_000
INDICATORS: dict[str, dict[str, Any]] = {
    row["key"]: row for row in json.loads((ROOT / "fixtures" / "indicators.json").read_text())
}


def spec_from(key: str) -> SetSpec:
    """A criteria set as the fixtures write it."""
    data = json.loads((ROOT / "fixtures" / "criteria" / f"{key}.json").read_text())
    return SetSpec(
        pk=1,
        title=data["title"],
        document_number=data["document_number"],
        categories=tuple((item["key"], item["name"]) for item in data["categories"]),
        criteria=tuple(_criterion(place, row) for place, row in enumerate(data["criteria"], 1)),
    )


def _criterion(place: int, row: dict[str, Any]) -> CriterionSpec:
    return CriterionSpec(
        key=row["key"],
        ordinal=place,
        clause=row["clause"],
        title=row["title"],
        text=row["text"],
        nature=row["nature"],
        ask=row["ask"],
        conditions=tuple(_condition(item) for item in row["conditions"]),
        priorities=tuple(
            GroundSpec(i["indicator"], i["operator"], Decimal(i["threshold"]), i["quote"])
            for i in row["priorities"]
        ),
    )


def _condition(item: dict[str, Any]) -> ConditionSpec:
    relaxation = item.get("relaxation") or {}
    indicator = INDICATORS[item["indicator"]]
    return ConditionSpec(
        key=item["key"],
        indicator=item["indicator"],
        indicator_name=indicator["name"],
        unit=indicator["unit"],
        type=indicator["type"],
        operator=item["operator"],
        threshold=Decimal(item["threshold"]),
        firmness=item["firmness"],
        categories=tuple(item["categories"]),
        quote=item["quote"],
        relaxation=RelaxationSpec(Decimal(relaxation["floor"]), relaxation["quote"])
        if relaxation
        else None,
    )


PROVINCE = spec_from("province-2022")
PUXIAN = spec_from("puxian-2023")
JINCHENG = spec_from("jincheng-2023")
SETS = (PROVINCE, PUXIAN, JINCHENG)


def finding(
    spec: SetSpec, category: str, indicator: str, value: Any, relaxed: Iterable[str] = ()
) -> Finding:
    """What the one condition on an indicator says about a value."""
    values = {indicator: None if value is None else Decimal(str(value))}
    found = [
        item
        for verdict in assess(spec, category, values, relaxed=relaxed)
        for item in verdict.findings
        if item.indicator == indicator
    ]
    assert len(found) == 1
    return found[0]


def verdict_of(
    spec: SetSpec, key: str, category: str, values: dict[str, int], answered: Iterable[str] = ()
) -> CriterionVerdict:
    """The verdict of one criterion."""
    decimals: dict[str, Decimal | None] = {name: Decimal(v) for name, v in values.items()}
    return next(v for v in assess(spec, category, decimals, answered=answered) if v.key == key)


# --- boundaries ---------------------------------------------------------------------------------

BOUNDARIES = [
    # set, category, indicator, value, status, may a decision override it
    (PROVINCE, "manufacturing", "output_value", 20 * YI, Status.MET, True),
    (PROVINCE, "manufacturing", "output_value", 20 * YI - 1, Status.MAY_RELAX, True),
    (PROVINCE, "manufacturing", "output_value", 20 * YI + 1, Status.MET, True),
    (PROVINCE, "manufacturing", "output_value", 1 * YI, Status.MAY_RELAX, True),
    (PROVINCE, "manufacturing", "output_value", 1 * YI - 1, Status.NOT_MET, False),
    (PROVINCE, "manufacturing", "output_value", 0, Status.NOT_MET, False),
    (PROVINCE, "manufacturing", "output_value", None, Status.MISSING, True),
    (PROVINCE, "agriculture", "output_value", 10 * YI, Status.MET, True),
    (PROVINCE, "agriculture", "output_value", 10 * YI - 1, Status.MAY_RELAX, True),
    (PROVINCE, "light_craft", "output_value", 10 * YI, Status.MET, True),
    (PROVINCE, "light_craft", "output_value", YI - 1, Status.NOT_MET, False),
    (PROVINCE, "manufacturing", "leading_enterprises", 1, Status.MET, False),
    (PROVINCE, "manufacturing", "leading_enterprises", 0, Status.NOT_MET, False),
    (PROVINCE, "manufacturing", "supporting_enterprises", 10, Status.MET, False),
    (PROVINCE, "manufacturing", "supporting_enterprises", 9, Status.NOT_MET, False),
    (PUXIAN, "manufacturing", "output_value", 10 * YI, Status.MET, True),
    # 原则上 without a floor: a warning that a decision may override, never a request to relax.
    (PUXIAN, "manufacturing", "output_value", 10 * YI - 1, Status.NOT_MET, True),
    (PUXIAN, "agriculture", "output_value", 2 * YI, Status.MET, True),
    (PUXIAN, "agriculture", "output_value", 2 * YI - 1, Status.NOT_MET, True),
    (PUXIAN, "culture_tourism", "output_value", 2 * YI, Status.MET, True),
    # 10家左右: nine are a matter of judgement, not a wall.
    (PUXIAN, "agriculture", "supporting_enterprises", 10, Status.MET, True),
    (PUXIAN, "agriculture", "supporting_enterprises", 9, Status.NOT_MET, True),
    (PUXIAN, "agriculture", "leading_enterprises", 0, Status.NOT_MET, False),
    (PUXIAN, "agriculture", "market_share_national", 30, Status.MET, False),
    (PUXIAN, "agriculture", "market_share_national", "29.99", Status.NOT_MET, False),
    (PUXIAN, "agriculture", "market_share_province", 50, Status.MET, False),
    (PUXIAN, "agriculture", "market_share_province", "49.9", Status.NOT_MET, False),
    (PUXIAN, "agriculture", "employment", 2000, Status.MET, False),
    (PUXIAN, "agriculture", "employment", 1999, Status.NOT_MET, False),
]


@pytest.mark.parametrize(
    ("spec", "category", "indicator", "value", "status", "overridable"), BOUNDARIES
)
def test_boundary(
    spec: SetSpec,
    category: str,
    indicator: str,
    value: Any,
    status: Status,
    overridable: bool,
) -> None:
    found = finding(spec, category, indicator, value)
    assert (found.status, found.overridable) == (status, overridable)
    assert bool(meaning_of(found)) is (status != Status.MET)


def test_reasons_use_the_words_of_the_document() -> None:
    assert "左右" in meaning_of(finding(PUXIAN, "agriculture", "supporting_enterprises", 9))
    assert "原则上" in meaning_of(finding(PUXIAN, "agriculture", "output_value", YI))
    assert "放宽" in meaning_of(finding(PROVINCE, "manufacturing", "output_value", 5 * YI))
    assert "刚性" in meaning_of(finding(PROVINCE, "manufacturing", "leading_enterprises", 0))


# --- relaxation ---------------------------------------------------------------------------------


def test_relaxation_is_only_applied_when_a_decision_granted_it() -> None:
    key = "output_manufacturing"
    before = finding(PROVINCE, "manufacturing", "output_value", 5 * YI)
    after = finding(PROVINCE, "manufacturing", "output_value", 5 * YI, [key])
    assert (before.status, after.status) == (Status.MAY_RELAX, Status.RELAXED)
    met = finding(PROVINCE, "manufacturing", "output_value", 20 * YI, [key])
    assert met.status == Status.MET


def test_missing_data_is_missing_whatever_was_relaxed() -> None:
    found = finding(PROVINCE, "manufacturing", "output_value", None, ["output_manufacturing"])
    assert found.status == Status.MISSING
    assert found.value is None


# --- criteria -----------------------------------------------------------------------------------


def test_both_market_shares_must_hold() -> None:
    keys = [
        row.key
        for row in PUXIAN.criteria
        if {"market_share_national", "market_share_province"}
        <= {item.indicator for item in row.conditions}
    ]
    assert len(keys) == 1
    both = {"market_share_national": 30, "market_share_province": 50}
    one = {"market_share_national": 60, "market_share_province": 49}
    good = verdict_of(PUXIAN, keys[0], "agriculture", both, keys)
    bad = verdict_of(PUXIAN, keys[0], "agriculture", one, keys)
    assert good.status in (Status.MET, Status.NEEDS_JUDGEMENT)
    assert bad.status == Status.NOT_MET
    assert not bad.overridable


def test_unmet_criterion_is_overridable_only_when_every_unmet_condition_is() -> None:
    key = next(
        row.key
        for row in PUXIAN.criteria
        if any(item.indicator == "supporting_enterprises" for item in row.conditions)
    )
    few = {"leading_enterprises": 1, "supporting_enterprises": 9}
    none = {"leading_enterprises": 0, "supporting_enterprises": 9}
    assert verdict_of(PUXIAN, key, "agriculture", few, [key]).overridable
    assert not verdict_of(PUXIAN, key, "agriculture", none, [key]).overridable


def test_judgement_waits_for_a_statement_and_then_for_people() -> None:
    assert verdict_of(PROVINCE, "heritage", "manufacturing", {}).status == Status.MISSING
    answered = verdict_of(PROVINCE, "heritage", "manufacturing", {}, ["heritage"])
    assert answered.status == Status.NEEDS_JUDGEMENT


def test_category_without_a_threshold_is_judged() -> None:
    """The province names no output for 文化旅游: no number may be made up for it."""
    verdict = verdict_of(PROVINCE, "scale", "culture_tourism", {"output_value": 1}, ["scale"])
    assert verdict.findings == ()
    assert verdict.status == Status.NEEDS_JUDGEMENT


def test_priority_is_a_flag_and_changes_no_status() -> None:
    values = {"leading_enterprises": 1, "supporting_enterprises": 10}
    plain = verdict_of(PROVINCE, "leading", "manufacturing", values, ["leading"])
    prior = verdict_of(
        PROVINCE, "leading", "manufacturing", values | {"priority_honours": 1}, ["leading"]
    )
    assert (plain.priority, prior.priority) == (False, True)
    assert plain.status == prior.status


def test_silent_set_of_jincheng_has_no_number_and_is_judged() -> None:
    assert all(not row.conditions for row in JINCHENG.criteria)
    empty = assess(JINCHENG, "manufacturing", {})
    written = assess(JINCHENG, "manufacturing", {}, answered=[row.key for row in JINCHENG.criteria])
    assert {verdict.status for verdict in empty} == {Status.MISSING}
    assert {verdict.status for verdict in written} == {Status.NEEDS_JUDGEMENT}


# --- what always holds --------------------------------------------------------------------------


def towns() -> list[tuple[SetSpec, str, dict[str, Decimal | None], list[str]]]:
    """Two hundred towns with figures around the thresholds, some missing; always the same."""
    chance = random.Random(20220926)
    made = []
    for spec, _ in itertools.product(SETS, range(70)):
        values: dict[str, Decimal | None] = {}
        for row in spec.criteria:
            for item in row.conditions:
                near = item.threshold * Decimal(chance.choice(["0", "0.01", "0.5", "1", "1.2"]))
                values[item.indicator] = chance.choice([near, item.threshold, None])
        answered = [row.key for row in spec.criteria if chance.random() < 0.7]
        category = chance.choice(["manufacturing", "agriculture", "light_craft", "culture_tourism"])
        made.append((spec, category, values, answered))
    return made


def test_every_criterion_has_exactly_one_verdict_in_the_documents_order() -> None:
    for spec, category, values, answered in towns():
        verdicts = assess(spec, category, values, answered=answered)
        assert [v.key for v in verdicts] == [row.key for row in spec.criteria]
        assert [v.text for v in verdicts] == [row.text for row in spec.criteria]
        assert sum(counts(verdicts).values()) == len(spec.criteria)


def test_a_higher_figure_never_makes_a_finding_worse() -> None:
    for spec, category, values, answered in towns():
        better = {key: None if v is None else v * 2 + 1 for key, v in values.items()}
        before = assess(spec, category, values, answered=answered)
        after = assess(spec, category, better, answered=answered)
        for old, new in zip(before, after, strict=True):
            assert rank(new) <= rank(old)


def test_a_criterion_is_as_bad_as_its_worst_finding() -> None:
    for spec, category, values, answered in towns():
        for verdict in assess(spec, category, values, answered=answered):
            worst = max(map(rank, verdict.findings), default=0)
            assert rank(verdict) >= worst


def test_nothing_is_relaxed_without_a_decision() -> None:
    for spec, category, values, answered in towns():
        for verdict in assess(spec, category, values, answered=answered):
            assert verdict.status != Status.RELAXED


def test_stored_verdicts_come_back_the_same() -> None:
    for spec, category, values, answered in towns():
        verdicts = assess(spec, category, values, answered=answered)
        assert from_json(spec, json.loads(json.dumps(to_json(verdicts)))) == verdicts
