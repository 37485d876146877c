"""Conditions of a draft by their actions: what is refused, what is kept, what it then assesses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from criteria.actions import (
    add_condition,
    amend_condition,
    move_condition,
    remove_condition,
    set_criterion_rules,
)
from criteria.actions.conditions import rules_of
from criteria.assessment import CriterionVerdict, assess
from criteria.condition_facts import ConditionFacts, RulesFacts
from criteria.condition_queries import spec_of_criterion
from criteria.constants import Status
from criteria.models import CriteriaSet, Criterion, Indicator
from criteria.queries import spec_of
from criteria.specs import ConditionSpec, GroundSpec, GroupSpec
from portal.core.errors import Refused, Stale
from portal.core.merging import Overtaken
from portal.core.models import LedgerEntry
from tests.factories import World, make_draft, make_world

pytestmark = pytest.mark.django_db

TEXT = (
    "产业规模较大。制造业类专业镇年产值原则上达到20亿元以上，特优农业类达到10亿元以上；"
    "具有地理标志等传统特色的，可适当放宽，但年产值不少于1亿元。"
    "就业人数超过2000人，关联企业在10家左右，能耗低于50万元，建有检验检测平台。"
    "拥有国家级荣誉的优先评定。"
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


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def draft(world: World) -> CriteriaSet:
    """A draft whose one criterion has a long text and no conditions yet."""
    made = make_draft(world.offices["puxian"])
    criterion = made.criteria.get()
    criterion.conditions.all().delete()
    criterion.text = TEXT
    criterion.save()
    Indicator.objects.create(
        key="lab", name="是否建有检验检测平台", type="yes_no", subject="town", source="reported"
    )
    Indicator.objects.create(
        key="park", name="园区级别", type="choice", subject="town", source="answer",
        choices=[{"key": 1, "name": "省级"}, {"key": 2, "name": "国家级"}],
    )  # fmt: skip
    Indicator.objects.filter(key="market_share_national").update(minimum=0, maximum=100)
    return made


def names(draft: CriteriaSet) -> dict[str, Any]:
    """What every action is given."""
    return {"key": draft.key, "criterion": "scale"}


def criterion_of(draft: CriteriaSet) -> Criterion:
    return draft.criteria.get()


def conditions_of(draft: CriteriaSet) -> tuple[ConditionSpec, ...]:
    return spec_of_criterion(criterion_of(draft)).conditions


def refused(world: World, draft: CriteriaSet, facts: ConditionFacts) -> dict[str, list[str]]:
    """What adding a condition complains of, by field."""
    with pytest.raises(ValidationError) as caught:
        add_condition(actor=world.actor("puxian.clerk"), **names(draft), facts=facts)
    assert not conditions_of(draft) or len(conditions_of(draft)) == 1
    return caught.value.message_dict


def verdict_of(
    draft: CriteriaSet, category: str, *, relaxed: tuple[str, ...] = (), **values: Any
) -> CriterionVerdict:
    """The verdict of the one criterion."""
    figures = {key: Decimal(str(value)) for key, value in values.items()}
    spec = spec_of(CriteriaSet.objects.get(pk=draft.pk))
    return assess(spec, category, figures, relaxed=relaxed)[0]


# --- adding -------------------------------------------------------------------------------------


def test_a_condition_is_added_in_the_end_and_entered(world: World, draft: CriteriaSet) -> None:
    actor = world.actor("puxian.clerk")
    before = draft.revision, criterion_of(draft).revision
    add_condition(actor=actor, **names(draft), facts=OUTPUT)
    second = replace(OUTPUT, categories=("agriculture",), threshold=10 * YI)
    add_condition(actor=actor, **names(draft), facts=second)
    assert [row.key for row in conditions_of(draft)] == ["n1", "n2"]
    assert [ConditionFacts.of(row) for row in conditions_of(draft)] == [OUTPUT, second]
    draft.refresh_from_db()
    assert (draft.revision, criterion_of(draft).revision) == (before[0] + 2, before[1] + 2)
    entry = LedgerEntry.objects.filter(verb="add_condition").latest("pk")
    assert "特优农业：主导产业年产值原则上不低于 10亿元" in entry.summary
    assert entry.actor_name == actor.name


def test_yes_or_no_and_choices_are_assessed(world: World, draft: CriteriaSet) -> None:
    actor = world.actor("puxian.clerk")
    lab = ConditionFacts("lab", "eq", Decimal(1), "firm", quote="建有检验检测平台")
    park = ConditionFacts("park", "eq", Decimal(2), "firm", quote="国家级")
    for facts in (lab, park):
        add_condition(actor=actor, **names(draft), facts=facts)
    assert verdict_of(draft, "agriculture", lab=1, park=2).status == Status.MET
    assert verdict_of(draft, "agriculture", lab=1, park=1).status == Status.NOT_MET
    assert verdict_of(draft, "agriculture", lab=0, park=2).status == Status.NOT_MET
    assert verdict_of(draft, "agriculture", park=2).status == Status.MISSING


def test_a_retired_indicator_stays_where_it_is_and_is_not_chosen_anew(
    world: World, draft: CriteriaSet
) -> None:
    actor = world.actor("puxian.clerk")
    add_condition(actor=actor, **names(draft), facts=OUTPUT)
    Indicator.objects.filter(key__in=["output_value", "revenue"]).update(
        retired_at="2026-01-01T00:00Z"
    )
    changed = replace(OUTPUT, threshold=15 * YI)
    amend_condition(
        actor=actor, **names(draft), condition="n1", facts=changed, opened=OUTPUT.plain()
    )
    assert conditions_of(draft)[0].threshold == 15 * YI
    assert "indicator" in refused(world, draft, replace(OUTPUT, indicator="revenue"))


def test_the_same_asked_twice_is_refused_with_the_other_sentence(
    world: World, draft: CriteriaSet
) -> None:
    actor = world.actor("puxian.clerk")
    add_condition(actor=actor, **names(draft), facts=OUTPUT)
    for changes in ({"threshold": 5 * YI}, {"categories": ()}, {"operator": "gt"}):
        words = refused(world, draft, replace(OUTPUT, **changes))["indicator"][0]
        assert "制造业：主导产业年产值原则上不低于 20亿元" in words
    for fine in (
        replace(OUTPUT, categories=("agriculture",)),
        replace(OUTPUT, operator="le", threshold=90 * YI),
        replace(OUTPUT, year=2022),
    ):
        add_condition(actor=actor, **names(draft), facts=fine)
    assert len(conditions_of(draft)) == 4


def test_a_set_in_which_two_ways_lead_may_ask_the_same_indicator_twice(
    world: World, draft: CriteriaSet
) -> None:
    actor = world.actor("puxian.clerk")
    add_condition(actor=actor, **names(draft), facts=OUTPUT)
    rules = rules_of(spec_of_criterion(criterion_of(draft)))
    set_criterion_rules(
        actor=actor, **names(draft), facts=replace(rules, joining="any"), opened=rules.plain()
    )
    add_condition(actor=actor, **names(draft), facts=replace(OUTPUT, threshold=5 * YI))
    rules = rules_of(spec_of_criterion(criterion_of(draft)))
    with pytest.raises(ValidationError) as caught:
        set_criterion_rules(
            actor=actor, **names(draft), facts=replace(rules, joining="all"), opened=rules.plain()
        )
    assert "不低于 20亿元" in caught.value.message_dict["in_n2"][0]


# --- changing, removing, moving -----------------------------------------------------------------


def test_a_change_says_what_was_and_is(world: World, draft: CriteriaSet) -> None:
    actor = world.actor("puxian.clerk")
    add_condition(actor=actor, **names(draft), facts=OUTPUT)
    changed = replace(OUTPUT, threshold=15 * YI, firmness="firm")
    given = {**names(draft), "condition": "n1", "facts": changed, "opened": OUTPUT.plain()}
    amend_condition(actor=actor, **given)
    entry = LedgerEntry.objects.get(verb="amend_condition")
    assert "主导产业年产值不低于 15亿元" in entry.summary
    assert '"threshold":"2000000000"' in entry.before.replace(" ", "")
    # Handed in twice it is the same, and no second entry is made.
    with pytest.raises(Stale):
        amend_condition(actor=actor, **given)
    assert LedgerEntry.objects.filter(verb="amend_condition").count() == 1


def test_two_people_on_one_condition(world: World, draft: CriteriaSet) -> None:
    clerk, director = world.actor("puxian.clerk"), world.actor("puxian.office_director")
    add_condition(actor=clerk, **names(draft), facts=OUTPUT)
    add_condition(actor=clerk, **names(draft), facts=replace(OUTPUT, categories=("agriculture",)))
    opened = OUTPUT.plain()
    given = {**names(draft), "condition": "n1", "opened": opened}
    theirs = replace(OUTPUT, threshold=15 * YI)
    amend_condition(actor=director, **given, facts=theirs)
    with pytest.raises(Overtaken) as caught:
        amend_condition(actor=clerk, **given, facts=replace(OUTPUT, threshold=18 * YI))
    assert caught.value.theirs == theirs.plain()
    assert caught.value.who == director.name
    with pytest.raises(Overtaken):
        remove_condition(actor=clerk, **given)
    # The other condition of the criterion is another matter.
    other = replace(OUTPUT, categories=("agriculture",))
    amend_condition(
        actor=clerk, **names(draft), condition="n2", opened=other.plain(),
        facts=replace(other, threshold=10 * YI),
    )  # fmt: skip
    assert [row.threshold for row in conditions_of(draft)] == [15 * YI, 10 * YI]


def test_removing_keeps_what_it_said_in_the_ledger(world: World, draft: CriteriaSet) -> None:
    actor = world.actor("puxian.clerk")
    add_condition(actor=actor, **names(draft), facts=OUTPUT)
    given = {**names(draft), "condition": "n1", "opened": OUTPUT.plain()}
    remove_condition(actor=actor, **given)
    assert conditions_of(draft) == ()
    assert OUTPUT.quote in LedgerEntry.objects.get(verb="remove_condition").before
    with pytest.raises(Stale):
        remove_condition(actor=actor, **given)


def test_moving_one_place_and_what_cannot_be_moved(world: World, draft: CriteriaSet) -> None:
    actor = world.actor("puxian.clerk")
    for indicator in ("output_value", "revenue", "tax"):
        add_condition(actor=actor, **names(draft), facts=replace(OUTPUT, indicator=indicator))
    move_condition(actor=actor, **names(draft), condition="n3", up=True, seen=3)
    assert [row.key for row in conditions_of(draft)] == ["n1", "n3", "n2"]
    for condition, up, seen in (
        ("n3", True, 3),
        ("n1", True, 1),
        ("n2", False, 3),
        ("gone", True, 1),
    ):
        with pytest.raises(Stale):
            move_condition(actor=actor, **names(draft), condition=condition, up=up, seen=seen)
    assert [row.key for row in conditions_of(draft)] == ["n1", "n3", "n2"]


@pytest.mark.parametrize("name", ["xixian.clerk", "linfen.clerk", "puxian.filer"])
def test_others_do_not_reach_a_draft(world: World, draft: CriteriaSet, name: str) -> None:
    with pytest.raises((Refused, CriteriaSet.DoesNotExist)):
        add_condition(actor=world.actor(name), **names(draft), facts=OUTPUT)
    assert conditions_of(draft) == ()


def test_a_proposal_is_not_changed(world: World, draft: CriteriaSet) -> None:
    CriteriaSet.objects.filter(pk=draft.pk).update(state="proposed")
    with pytest.raises(Refused, match="先取回"):
        add_condition(actor=world.actor("puxian.clerk"), **names(draft), facts=OUTPUT)


# --- groups, priorities, and what they assess ---------------------------------------------------


def built(world: World, draft: CriteriaSet) -> None:
    """(产值 or 就业) and 能耗; the output may be relaxed with a ground; one priority."""
    actor = world.actor("puxian.clerk")
    output = replace(
        OUTPUT,
        categories=(),
        relaxation_quote="可适当放宽，但年产值不少于1亿元",
        floor=YI,
        grounds=(GroundSpec("brands_provincial", "ge", Decimal(1)),),
        preconditions="具有地理标志等传统特色的",
        decision="meeting",
    )
    jobs = ConditionFacts("employment", "gt", Decimal(2000), "firm", quote="就业人数超过2000人")
    energy = ConditionFacts("tax", "lt", Decimal(500_000), "firm", quote="能耗低于50万元")
    for facts in (output, jobs, energy):
        add_condition(actor=actor, **names(draft), facts=facts)
    now = rules_of(spec_of_criterion(criterion_of(draft)))
    rules = RulesFacts(
        joining="all",
        groups=(GroupSpec("g1", "any", "规模或就业"),),
        members=(("n1", "g1"), ("n2", "g1"), ("n3", "")),
        priorities=(GroundSpec("priority_honours", "ge", Decimal(1), "拥有国家级荣誉的优先评定"),),
    )
    set_criterion_rules(actor=actor, **names(draft), facts=rules, opened=now.plain())


def test_a_set_built_by_these_actions_assesses_as_it_reads(
    world: World, draft: CriteriaSet
) -> None:
    built(world, draft)
    fine: dict[str, Any] = {"tax": 1, "employment": 0, "brands_provincial": 0}
    assert verdict_of(draft, "agriculture", **fine, output_value=20 * YI).status == Status.MET
    # One of the group is enough.
    jobs = {**fine, "employment": 2001}
    assert verdict_of(draft, "agriculture", **jobs, output_value=0).status == Status.MET
    # Exclusive as written.
    boundary = {**fine, "employment": 2000}
    assert verdict_of(draft, "agriculture", **boundary, output_value=0).status == Status.NOT_MET
    # Relaxation: the floor and the ground both hold, and it is asked for, never given.
    ground = {**fine, "brands_provincial": 1}
    assert verdict_of(draft, "agriculture", **ground, output_value=YI).status == Status.MAY_RELAX
    assert verdict_of(draft, "agriculture", **fine, output_value=YI).status == Status.NOT_MET
    under = verdict_of(draft, "agriculture", **ground, output_value=YI - 1)
    assert under.status == Status.NOT_MET
    granted = verdict_of(draft, "agriculture", relaxed=("n1",), **ground, output_value=YI)
    assert granted.status == Status.RELAXED
    # What stands alone must hold as well.
    costly = {**fine, "tax": 500_000}
    assert verdict_of(draft, "agriculture", **costly, output_value=20 * YI).status == Status.NOT_MET
    assert not verdict_of(draft, "agriculture", **fine, priority_honours=0).priority
    assert verdict_of(draft, "agriculture", **fine, priority_honours=1).priority


def test_removing_a_group_keeps_its_conditions(world: World, draft: CriteriaSet) -> None:
    built(world, draft)
    now = rules_of(spec_of_criterion(criterion_of(draft)))
    set_criterion_rules(
        actor=world.actor("puxian.clerk"),
        **names(draft),
        facts=replace(now, groups=()),
        opened=now.plain(),
    )
    assert [row.group for row in conditions_of(draft)] == ["", "", ""]
    assert criterion_of(draft).groups == []
    entry = LedgerEntry.objects.filter(verb="set_criterion_rules").latest("pk")
    assert "刚性条件" in entry.summary


def test_a_condition_added_meanwhile_stands_alone(world: World, draft: CriteriaSet) -> None:
    built(world, draft)
    actor = world.actor("puxian.clerk")
    now = rules_of(spec_of_criterion(criterion_of(draft)))
    add_condition(
        actor=world.actor("puxian.office_director"),
        **names(draft),
        facts=ConditionFacts("lab", "eq", Decimal(1), "firm", quote="建有检验检测平台"),
    )
    changed = replace(now, joining="any")
    set_criterion_rules(actor=actor, **names(draft), facts=changed, opened=now.plain())
    found = spec_of_criterion(criterion_of(draft))
    assert found.joining == "any"
    assert [row.group for row in found.conditions] == ["g1", "g1", "", ""]


def test_two_people_on_the_rules(world: World, draft: CriteriaSet) -> None:
    built(world, draft)
    now = rules_of(spec_of_criterion(criterion_of(draft)))
    theirs = replace(now, groups=(GroupSpec("g1", "all", "规模和就业"),))
    set_criterion_rules(
        actor=world.actor("puxian.office_director"),
        **names(draft),
        facts=theirs,
        opened=now.plain(),
    )
    mine = replace(now, groups=(GroupSpec("g1", "any", "规模、就业"),))
    with pytest.raises(Overtaken):
        set_criterion_rules(
            actor=world.actor("puxian.clerk"), **names(draft), facts=mine, opened=now.plain()
        )
    assert criterion_of(draft).groups[0]["label"] == "规模和就业"
