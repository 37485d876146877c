"""Points of a set: maxima, bands, means, rounding, and the pass rule; nothing made up."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from criteria.assessment import CriterionVerdict, assess
from criteria.constants import PASS_RULE_CHOICES
from criteria.scoring import Score, by_experts, needs_top, score, states_scoring, top_of
from criteria.specs import (
    BandSpec,
    ConditionSpec,
    CriterionSpec,
    PassRule,
    ScoringSpec,
    SetSpec,
)

BANDS = ScoringSpec(
    Decimal(40),
    "bands",
    (BandSpec("output_value", (), ((Decimal(10), Decimal(20)), (Decimal(20), Decimal(40)))),),
)
EXPERT = ScoringSpec(Decimal(60), "expert")


def criterion(key: str, scoring: ScoringSpec, *conditions: ConditionSpec) -> CriterionSpec:
    """A criterion; one without conditions is judged."""
    nature = "figures" if conditions else "judgement"
    return CriterionSpec(key, 1, "二", key, "", nature, "", conditions, (), scoring=scoring)


OUTPUT = ConditionSpec(
    "output", "output_value", "产值", "元", "money", "ge", Decimal(10), "firm", (), ""
)


def contest(**more: Any) -> SetSpec:
    """A set of two criteria: one by bands, one by experts."""
    criteria = (criterion("规模", BANDS, OUTPUT), criterion("特色", EXPERT))
    return SetSpec(1, "竞赛", "", (), criteria, **more)


def verdicts(spec: SetSpec, output: int | None = 15) -> tuple[CriterionVerdict, ...]:
    """The assessment of a town with an output."""
    values = {"output_value": None if output is None else Decimal(output)}
    return assess(spec, "manufacturing", values, answered=["特色"])


def scored(rule: PassRule, output: int | None = 15, mean: str | None = "50") -> Score:
    """The points under a pass rule."""
    spec = contest(pass_rule=rule)
    means = {} if mean is None else {"特色": Decimal(mean)}
    return score(spec, verdicts(spec, output), means)


def test_points_come_from_bands_and_from_experts() -> None:
    found = scored(PassRule())
    assert [(row.points, row.maximum, row.automatic) for row in found.rows] == [
        (Decimal(20), Decimal(40), True),
        (Decimal(50), Decimal(60), False),
    ]
    assert (found.total, found.maximum, found.waiting) == (Decimal(70), Decimal(100), ())


def test_missing_points_are_missing_and_not_nought() -> None:
    found = scored(PassRule(), output=None, mean=None)
    assert found.total is None
    assert [row.title for row in found.waiting] == ["规模", "特色"]


def test_rounding_is_half_up_and_the_total_is_the_sum_of_what_is_shown() -> None:
    spec = contest(digits=1)
    found = score(spec, verdicts(spec), {"特色": Decimal("49.25")})
    assert [row.points for row in found.rows] == [Decimal("20.0"), Decimal("49.3")]
    assert found.total == Decimal("69.3")
    assert found.shown(found.total) == "69.3"
    assert found.rounding == "每条得分四舍五入，保留 1 位小数。"


def test_unstated_digits_are_shown_with_two_and_said_so() -> None:
    spec = contest()
    found = score(spec, verdicts(spec), {"特色": Decimal(100) / 3})
    assert found.shown(found.rows[1].points) == "33.33"
    assert "未载明" in found.rounding
    assert found.total == Decimal(20) + Decimal(100) / 3


@pytest.mark.parametrize(
    ("rule", "output", "mean", "word"),
    [
        (PassRule(), 15, "50", "未载明"),
        (PassRule("points", Decimal(70)), 15, "50", "合格"),
        (PassRule("points", Decimal(70)), 15, "49.9", "不合格"),
        (PassRule("points", Decimal(70)), 15, None, "未定"),
        (PassRule("points", Decimal(70)), None, "50", "未定"),
        (PassRule("points", Decimal(50)), None, "50", "合格"),
        (PassRule("points"), 15, "50", "未载明"),
        # 特色 is always for people to judge.
        (PassRule("all_met"), 15, "50", "未定"),
        (PassRule("all_met"), 5, "50", "不合格"),
        (PassRule("all_met"), None, "50", "未定"),
        (PassRule("both", Decimal(70)), 15, "50", "未定"),
        (PassRule("both", Decimal(70)), 15, "49", "不合格"),
        (PassRule("both", Decimal(10)), 5, "50", "不合格"),
    ],
)
def test_pass_rule(rule: PassRule, output: int | None, mean: str | None, word: str) -> None:
    assert scored(rule, output, mean).passing.word == word


def test_all_met_alone_passes_and_every_rule_is_known() -> None:
    spec = SetSpec(
        1, "标准", "", (), (criterion("规模", BANDS, OUTPUT),), pass_rule=PassRule("all_met")
    )
    passing = score(spec, verdicts(spec)).passing
    assert passing.word == "合格"
    assert passing.sentence.endswith("仅供审定参考。")
    assert score(spec, ()).passing.word == "未定"
    for kind, _ in PASS_RULE_CHOICES:
        assert scored(PassRule(kind, Decimal(1))).passing.word in ("合格", "未定", "未载明")


def test_the_rounds_maximum_serves_only_where_the_set_is_silent() -> None:
    silent = criterion("服务", ScoringSpec(None, "expert"))
    assert top_of(silent, 10) == Decimal(10)
    assert top_of(silent, None) is None
    assert top_of(criterion("特色", EXPERT), 10) == Decimal(60)
    assert needs_top([silent])
    assert not needs_top(contest().criteria)


def test_experts_are_not_asked_for_what_bands_give() -> None:
    assert [row.key for row in by_experts(contest().criteria)] == ["特色"]
    assert states_scoring(contest())
    bare = SetSpec(1, "标准", "", (), (criterion("服务", ScoringSpec()),))
    assert not states_scoring(bare)
