"""Drafting a set: what the actions keep, refuse and enter in the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from criteria.actions.drafting import (
    add_criterion,
    amend_criteria_set,
    amend_criterion,
    create_criteria_set,
    move_criterion,
    remove_criterion,
)
from criteria.drafts import CriterionFacts, SetFacts
from criteria.exchange import content_of, validate
from criteria.models import Condition, CriteriaSet, Criterion, Indicator
from criteria.queries import spec_of
from criteria.specs import BandSpec, RubricSpec
from portal.core.errors import Refused, Stale
from portal.core.ledger import chain_of, first_broken_link
from portal.core.merging import Overtaken
from portal.core.models import LedgerEntry
from tests.factories import World, make_draft, make_indicator, make_world

pytestmark = pytest.mark.django_db
YI = Decimal(100_000_000)
FACTS = CriterionFacts(
    "十（一）",
    "规模效益",
    "主导产业规模效益突出。",
    "mixed",
    score_max=Decimal(20),
    score_mode="bands",
    rubric=(RubricSpec(Decimal(15), Decimal(20), "效益突出"),),
    bands=(BandSpec("output_value", (), ((YI, Decimal(5)), (10 * YI, Decimal(20)))),),
)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def draft(world: World) -> CriteriaSet:
    return make_draft(world.offices["puxian"])


def errors_of(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, str]:
    return {name: words[0] for name, words in error.value.message_dict.items()}


def add(world: World, draft: CriteriaSet, **changes: Any) -> Criterion:
    facts = replace(FACTS, **changes)
    return add_criterion(actor=world.actor("puxian.clerk"), key=draft.key, facts=facts)


def test_a_set_begins_as_a_draft_of_the_offices_own_level(world: World) -> None:
    facts = SetFacts("专业镇竞赛评选标准", categories=("manufacturing", "culture_tourism"))
    made = create_criteria_set(actor=world.actor("linfen.clerk"), kind="contest", facts=facts)
    assert (made.level, made.region.name, made.version, made.state) == (
        "city", "临汾市", 0, "draft",
    )  # fmt: skip
    assert [item["name"] for item in made.categories] == ["制造业", "文化旅游"]
    assert (made.effective_from, made.pass_rule, made.digits) == (None, "", None)
    assert LedgerEntry.objects.get(verb="create_criteria_set").subject == made.title
    with pytest.raises(ValidationError) as again:
        create_criteria_set(actor=world.actor("linfen.clerk"), kind="contest", facts=facts)
    assert "已有同名的草稿" in errors_of(again)["title"]
    for who in ("linfen.checker", "linfen.leader", "puxian.filer", "sx.expert"):
        with pytest.raises(Refused, match="编制标准由"):
            create_criteria_set(actor=world.actor(who), kind="contest", facts=facts)


def test_facts_that_do_not_hold_are_said_beside_their_fields() -> None:
    day = date(2026, 5, 1)
    wrong = SetFacts(
        " ",
        issued_on=day,
        effective_from=date(2026, 4, 1),
        effective_to=date(2026, 3, 1),
        notes=("字" * 401,),
        pass_points=Decimal(60),
        digits=3,
    )
    with pytest.raises(ValidationError) as found:
        wrong.checked()
    assert set(errors_of(found)) == {
        "title", "effective_from", "effective_to", "notes", "pass_points", "digits",
    }  # fmt: skip
    kept = SetFacts("标准", pass_rule="points", pass_points=Decimal("60.50"), digits=1)
    assert SetFacts.of_plain(kept.checked().plain()) == kept


def test_scoring_that_does_not_hold_is_said_by_row() -> None:
    wrong = replace(
        FACTS,
        rubric=(
            RubricSpec(Decimal(10), Decimal(5), "甲"),
            RubricSpec(Decimal(0), Decimal(21), ""),
        ),
        bands=(
            BandSpec("output_value", ("manufacturing",), ((YI, Decimal(5)), (YI, Decimal(21)))),
            BandSpec("nothing", ("manufacturing", "elsewhere"), ()),
        ),
    )
    with pytest.raises(ValidationError) as found:
        wrong.checked(["manufacturing"], ["output_value"])
    assert set(errors_of(found)) == {
        "rubric_0_high", "rubric_1_high", "rubric_1_words", "band_0_from_1", "band_0_points_1",
        "band_1_indicator", "band_1_categories", "band_1_from_0",
    }  # fmt: skip
    with pytest.raises(ValidationError) as found:
        replace(FACTS, score_max=None).checked([], ["output_value"])
    assert errors_of(found) == {"score_max": "填写了评分参考或分档，请先填写满分。"}
    twice = replace(FACTS, bands=(FACTS.bands[0], replace_categories(("manufacturing",))))
    with pytest.raises(ValidationError) as found:
        twice.checked(["manufacturing"], ["output_value"])
    assert "同一类别只能有一组分档" in errors_of(found)["band_1_categories"]


def replace_categories(keys: tuple[str, ...]) -> BandSpec:
    return FACTS.bands[0]._replace(categories=keys)


def test_a_criterion_is_kept_as_it_is_assessed(world: World, draft: CriteriaSet) -> None:
    row = add(world, draft)
    assert (row.ordinal, row.key, row.changed_name) == (2, "c1", world.actor("puxian.clerk").name)
    spec = next(item for item in spec_of(draft).criteria if item.key == row.key)
    assert spec.scoring.bands == FACTS.bands
    assert spec.scoring.rubric == FACTS.rubric
    assert CriterionFacts.of(Criterion.objects.get(pk=row.pk)) == FACTS
    with pytest.raises(ValidationError) as again:
        add(world, draft)
    assert "已经添加" in errors_of(again)["title"]


def test_bands_are_made_of_what_the_region_can_supply(world: World, draft: CriteriaSet) -> None:
    def said(office: str, **meaning: Any) -> str:
        row = make_indicator(world.offices[office])
        Indicator.objects.filter(pk=row.pk).update(**meaning)
        band = BandSpec(row.key, (), ((Decimal(1), Decimal(20)),))
        with pytest.raises(ValidationError) as found:
            add(world, draft, bands=(band,))
        return errors_of(found)["band_0_indicator"]

    assert "本机构可用" in said("xixian", type="count")
    assert "数值指标" in said("puxian", type="yes_no", minimum=None)
    assert "最近年度" in said("puxian", type="count", year_rule="stated")
    Indicator.objects.filter(key__startswith="i1410").update(year_rule="latest")
    band = BandSpec(make_indicator(world.offices["puxian"]).key, (), ((Decimal(1), Decimal(20)),))
    assert add(world, draft, bands=(band,)).bands[0]["indicator"] == band.indicator


def test_what_the_editor_takes_a_file_takes_too(world: World, draft: CriteriaSet) -> None:
    add(
        world, draft, notes="注" * 2000, text="文" * 10_000, score_max=Decimal("99999.99"),
        rubric=(RubricSpec(Decimal(0), Decimal("99999.99"), "字" * 2000),),
    )  # fmt: skip
    facts = replace(SetFacts.of(draft), notes=("字" * 400,), silent=("字" * 400,), digits=2)
    amend_criteria_set(
        actor=world.actor("puxian.clerk"), key=draft.key, facts=facts,
        opened=SetFacts.of(draft).plain(),
    )  # fmt: skip
    assert validate(content_of(CriteriaSet.objects.get(pk=draft.pk))) == []
    with pytest.raises(ValidationError) as found:
        add(world, draft, title="别的", notes="注" * 2001, text="文" * 10_001)
    assert set(errors_of(found)) == {"notes", "text"}


def test_a_change_is_entered_with_what_was_before(world: World, draft: CriteriaSet) -> None:
    clerk, row = world.actor("puxian.clerk"), add(world, draft)
    amend_criterion(
        actor=clerk, key=draft.key, criterion=row.key,
        facts=replace(FACTS, title="规模"), opened=FACTS.plain(),
    )  # fmt: skip
    entry = LedgerEntry.objects.get(verb="amend_criterion")
    assert '"title":"规模效益"' in entry.before and '"title":"规模"' in entry.after
    assert "text" not in entry.after, "what stayed is not repeated"
    with pytest.raises(Stale, match="没有改动"):
        amend_criterion(
            actor=clerk, key=draft.key, criterion=row.key,
            facts=replace(FACTS, title="规模"), opened=replace(FACTS, title="规模").plain(),
        )  # fmt: skip
    assert first_broken_link(chain_of(draft)) is None


def test_who_comes_second_overwrites_nothing(world: World, draft: CriteriaSet) -> None:
    row, director = add(world, draft), world.actor("puxian.office_director")
    amend_criterion(
        actor=director, key=draft.key, criterion=row.key,
        facts=replace(FACTS, ask="请说明规模。"), opened=FACTS.plain(),
    )  # fmt: skip
    with pytest.raises(Overtaken, match=director.name) as late:
        amend_criterion(
            actor=world.actor("puxian.clerk"), key=draft.key, criterion=row.key,
            facts=replace(FACTS, title="规模"), opened=FACTS.plain(),
        )  # fmt: skip
    assert late.value.theirs["ask"] == "请说明规模。"
    row.refresh_from_db()
    assert (row.title, row.ask, row.revision) == ("规模效益", "请说明规模。", late.value.revision)


def test_conditions_changed_meanwhile_disturb_no_text(world: World, draft: CriteriaSet) -> None:
    """Another part of the same criterion: its revision has grown, its text is as it was."""
    row = add(world, draft)
    Criterion.objects.filter(pk=row.pk).update(revision=row.revision + 3)
    amended = amend_criterion(
        actor=world.actor("puxian.clerk"), key=draft.key, criterion=row.key,
        facts=replace(FACTS, title="规模"), opened=FACTS.plain(),
    )  # fmt: skip
    assert (amended.title, amended.revision) == ("规模", row.revision + 4)


def test_facts_of_the_set_change_apart_from_its_criteria(world: World, draft: CriteriaSet) -> None:
    clerk, facts = world.actor("puxian.clerk"), SetFacts.of(draft)
    add(world, draft)
    mine = replace(facts, pass_rule="points", pass_points=Decimal(60), digits=1)
    row = amend_criteria_set(actor=clerk, key=draft.key, facts=mine, opened=facts.plain())
    assert (row.pass_points, row.digits, row.revision) == (Decimal(60), 1, 2)
    with pytest.raises(Overtaken):
        amend_criteria_set(
            actor=clerk, key=draft.key, facts=replace(facts, title="别的"), opened=facts.plain()
        )
    assert CriteriaSet.objects.get(pk=draft.pk).title == draft.title


def test_a_category_in_use_is_not_dropped(world: World, draft: CriteriaSet) -> None:
    Condition.objects.filter(criterion__criteria_set=draft).update(categories=["agriculture"])
    clerk, facts = world.actor("puxian.clerk"), SetFacts.of(draft)
    with pytest.raises(ValidationError) as found:
        amend_criteria_set(
            actor=clerk, key=draft.key, opened=facts.plain(),
            facts=replace(facts, categories=("manufacturing",)),
        )  # fmt: skip
    assert "“规模”的条件或分档还用到类别“特优农业”" in errors_of(found)["categories"]
    row = amend_criteria_set(
        actor=clerk, key=draft.key, opened=facts.plain(),
        facts=replace(facts, categories=("agriculture",)),
    )  # fmt: skip
    assert row.categories == [{"key": "agriculture", "name": "特优农业"}]


def titles(draft: CriteriaSet) -> list[str]:
    rows = draft.criteria.order_by("ordinal")
    assert [row.ordinal for row in rows] == list(range(1, len(rows) + 1))
    return [row.title for row in rows]


def test_order(world: World, draft: CriteriaSet) -> None:
    clerk = world.actor("puxian.clerk")
    for name in ("特色", "创新能力"):
        add(world, draft, title=name)
    last = draft.criteria.get(title="创新能力")
    move: dict[str, Any] = {"actor": clerk, "key": draft.key, "criterion": last.key}
    assert move_criterion(**move, up=True, seen=3).ordinal == 2
    assert titles(draft) == ["规模", "创新能力", "特色"]
    with pytest.raises(Stale, match="位置已被"):
        move_criterion(**move, up=True, seen=3)
    move_criterion(**move, up=True, seen=2)
    with pytest.raises(Stale, match="已经是第一条"):
        move_criterion(**move, up=True, seen=1)
    assert titles(draft) == ["创新能力", "规模", "特色"]
    assert LedgerEntry.objects.filter(verb="move_criterion").count() == 2


def test_removing_takes_the_conditions_along(world: World, draft: CriteriaSet) -> None:
    clerk, scale = world.actor("puxian.clerk"), draft.criteria.get(key="scale")
    add(world, draft)
    with pytest.raises(Overtaken):
        remove_criterion(actor=clerk, key=draft.key, criterion="scale", revision=9)
    remove_criterion(actor=clerk, key=draft.key, criterion="scale", revision=scale.revision)
    assert titles(draft) == ["规模效益"]
    assert not Condition.objects.filter(criterion__criteria_set=draft).exists()
    assert "主导产业产值10亿元以上" in LedgerEntry.objects.get(verb="remove_criterion").before
    with pytest.raises(Stale, match="已被移除"):
        remove_criterion(actor=clerk, key=draft.key, criterion="scale", revision=scale.revision)
    with pytest.raises(Criterion.DoesNotExist):
        amend_criterion(
            actor=clerk, key=draft.key, criterion="scale", facts=FACTS, opened=FACTS.plain()
        )


def test_a_proposal_is_not_changed(world: World, draft: CriteriaSet) -> None:
    CriteriaSet.objects.filter(pk=draft.pk).update(state="proposed")
    with pytest.raises(Refused, match="已提请确认发布"):
        add(world, draft)
    with pytest.raises(CriteriaSet.DoesNotExist):
        add_criterion(actor=world.actor("xixian.clerk"), key=draft.key, facts=FACTS)
