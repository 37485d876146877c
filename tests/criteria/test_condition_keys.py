"""Keys of conditions are unique in a set: relaxations are asked for and granted by them."""

from __future__ import annotations

import copy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from criteria.actions import add_condition, move_condition
from criteria.actions.drafting import add_criterion, move_criterion
from criteria.checking import blocking, check_set
from criteria.condition_facts import ConditionFacts
from criteria.constants import Status
from criteria.drafts import CriterionFacts
from criteria.exchange import content_of, validate, write_content
from criteria.models import Condition, CriteriaSet
from portal.core import clock
from tests import scenario
from tests.factories import World, make_draft, make_world
from towns.actions import save_section
from towns.models import Application
from towns.queries import assess_town

pytestmark = pytest.mark.django_db
YI = Decimal(100_000_000)
OUTPUT = ConditionFacts(
    indicator="output_value",
    operator="ge",
    threshold=20 * YI,
    firmness="firm",
    quote="主导产业产值20亿元以上",
    relaxation_quote="可适当放宽",
)
JOBS = replace(OUTPUT, indicator="employment", threshold=Decimal(2000), quote="就业2000人以上")
FIRST = CriterionFacts("二(二)", "规模", "主导产业产值20亿元以上，可适当放宽。", "figures")
SECOND = CriterionFacts("二(三)", "就业", "就业2000人以上，可适当放宽。", "figures")


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def draft(world: World) -> CriteriaSet:
    """A draft with two criteria made in the editor, each with one condition."""
    made, clerk = make_draft(world.offices["puxian"]), world.actor("puxian.clerk")
    for facts, condition in ((FIRST, OUTPUT), (SECOND, JOBS)):
        row = add_criterion(actor=clerk, key=made.key, facts=facts)
        add_condition(actor=clerk, key=made.key, criterion=row.key, facts=condition)
    return made


def keys_of(made: CriteriaSet) -> list[str]:
    rows = Condition.objects.filter(criterion__criteria_set=made)
    return list(rows.order_by("criterion__ordinal", "ordinal").values_list("key", flat=True))


def test_a_key_is_free_in_the_whole_set_and_stays_when_rows_move(
    world: World, draft: CriteriaSet
) -> None:
    clerk = world.actor("puxian.clerk")
    assert keys_of(draft) == ["scale-output", "n1", "n2"]
    more = replace(JOBS, indicator="tax", threshold=YI)
    add_condition(actor=clerk, key=draft.key, criterion="c2", facts=more)
    move_condition(actor=clerk, key=draft.key, criterion="c2", condition="n3", up=True, seen=2)
    move_criterion(actor=clerk, key=draft.key, criterion="c2", up=True, seen=3)
    assert keys_of(draft) == ["scale-output", "n3", "n2", "n1"]
    again = CriteriaSet(key="again", level="county", region=draft.region, created_at=clock.now())
    write_content(again, content_of(draft))
    assert keys_of(again) == keys_of(draft)


def test_only_the_condition_that_was_granted_is_relaxed(world: World, draft: CriteriaSet) -> None:
    filer = world.actor(f"{world.county_of('province')}.filer")
    application = scenario.draft(world, "province")
    application.criteria_set = draft
    application.save(update_fields=["criteria_set"])

    def save(criterion: str, reasons: dict[str, str]) -> dict[str, str]:
        typed = {f"relax_{key}": reason for key, reason in reasons.items()}
        save_section(
            actor=filer, application=application, key=f"criterion.{criterion}", opened=None,
            typed={"text": "说明", **typed},
        )  # fmt: skip
        return dict(application.relaxations.values_list("condition", "reason"))

    first, second = keys_of(draft)[1:]
    assert save("c1", {first: "传统特色"}) == {first: "传统特色"}
    assert save("c2", {second: ""}) == {first: "传统特色"}
    application.relaxations.update(granted=True)
    application = Application.objects.get(pk=application.pk)
    figures = {"output_value": 19 * YI, "employment": Decimal(1900)}
    found = {row.key: row.status for row in assess_town(application, figures, ())}
    assert (found["c1"], found["c2"]) == (Status.RELAXED, Status.MAY_RELAX)


def test_a_key_that_two_clauses_use_is_refused(world: World, draft: CriteriaSet) -> None:
    content: dict[str, Any] = copy.deepcopy(content_of(draft))
    assert [str(row) for row in validate(content)] == []
    content["criteria"][2]["conditions"][0]["key"] = "n1"
    assert [str(row) for row in validate(content)] == [
        "第 3 条 二(三)：条件的标识“n1”重复，第 2 条 二(二) 第 1 个条件已用"
    ]


def test_a_draft_that_has_a_key_twice_is_held_up(world: World, draft: CriteriaSet) -> None:
    assert blocking(check_set(draft)) == []
    Condition.objects.filter(criterion__criteria_set=draft, key="n2").update(key="n1")
    [found] = blocking(check_set(draft))
    assert (found.code, found.place, found.criterion) == (
        "key_twice", "第 3 条 二(三) 第 1 个条件", "c2",
    )  # fmt: skip
    assert "第 2 条 二(二) 第 1 个条件" in found.message and "重新添加" in found.message
