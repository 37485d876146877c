"""The register of towns: entering, amending, renaming, stages; who may, and the history of it."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.errors import Refused, Stale
from portal.core.ledger import chain_of, first_broken_link
from portal.core.models import LedgerEntry
from tests.factories import World
from tests.scenario import drive, file
from towns.actions import amend_town, move_stage, register_town, rename_town
from towns.actions.register import facts_of, fingerprint, next_stages
from towns.models import Certification, StageMove, Town, TownCategory, TownChange
from towns.register_queries import name_on, stage_on, stood_on

pytestmark = pytest.mark.django_db
SOURCE = "蒲政发〔2026〕3号"
FACTS: dict[str, Any] = {
    "industry": "核桃种植加工",
    "products": "核桃仁、核桃油",
    "category": "agriculture",
    "lead_bureau": "蒲县农业农村局",
    "source": SOURCE,
}


def back(days: int) -> date:
    """A day so many days ago."""
    return clock.today() - timedelta(days=days)


def enter(world: World, who: str = "puxian.clerk", **changes: Any) -> Town:
    """A town entered a year ago."""
    given: dict[str, Any] = {
        "county": world.regions["141033"],
        "name": "蒲县核桃专业镇",
        "on": back(400),
        **FACTS,
        **changes,
    }
    return register_town(actor=world.actor(who), **given)


def entries(town: Town) -> list[LedgerEntry]:
    return list(LedgerEntry.objects.filter(chain=chain_of(town)).order_by("seq"))


# --- entering -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["puxian.clerk", "linfen.office_director", "sx.clerk"])
def test_a_town_is_entered_by_the_offices_above_it(world: World, who: str) -> None:
    town = enter(world, who)
    assert (town.stage, town.scope_code) == ("pooled", "141033")
    move = StageMove.objects.get(town=town)
    assert (move.stage, move.on, move.source) == ("pooled", back(400), SOURCE)
    change = TownChange.objects.get(town=town)
    assert (change.kind, change.made_name) == ("register", world.actor(who).name)
    (entry,) = entries(town)
    assert (entry.verb, entry.audience) == ("register_town", "filer")
    assert json.loads(entry.after)["industry"] == "核桃种植加工"
    assert first_broken_link(chain_of(town)) is None


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("xixian.clerk", "不在您的辖区内"),
        ("jincheng.clerk", "不在您的辖区内"),
        ("puxian.filer", "由领导小组办公室"),
        ("puxian.leader", "由领导小组办公室"),
        ("puxian.checker", "由领导小组办公室"),
    ],
)
def test_others_are_refused_with_the_rule(world: World, who: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        enter(world, who)
    assert not Town.objects.filter(name="蒲县核桃专业镇").exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", "蒲县肉牛专业镇", "已有名为"),
        ("name", "  ", "请填写专业镇名称"),
        ("name", "长" * 121, "不能超过 120 个字"),
        ("industry", "", "请填写主导产业"),
        ("category", "x", "请选择类别"),
        ("source", " ", "请填写依据文件"),
        ("on", clock.today() + timedelta(days=1), "不能晚于今天"),
    ],
)
def test_bad_facts_are_told_by_field(world: World, field: str, value: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        enter(world, **{field: value})
    assert words in caught.value.message_dict[field][0]
    assert Town.objects.filter(county__code="141033").count() == 1


def test_a_further_county_is_another_one(world: World) -> None:
    with pytest.raises(ValidationError, match="不用重复选择"):
        enter(world, further_counties=[world.regions["141033"]])
    town = enter(world, further_counties=[world.regions["141031"]])
    assert [row.name for row in town.further_counties.all()] == ["隰县"]


# --- amending -------------------------------------------------------------------------------------


def test_amending_keeps_before_and_after(world: World) -> None:
    town = enter(world)
    amend_town(
        actor=world.actor("puxian.clerk"),
        town=town,
        **{**FACTS, "industry": "核桃", "category": "manufacturing"},
        categories={"province": "agriculture", "county": ""},
        reason="产业调整",
    )
    town.refresh_from_db()
    assert (town.industry, town.category) == ("核桃", "manufacturing")
    assert TownCategory.objects.get(town=town).level == "province"
    entry = entries(town)[-1]
    assert json.loads(entry.before)["industry"] == "核桃种植加工"
    assert json.loads(entry.after)["industry"] == "核桃"
    assert "products" not in json.loads(entry.after)
    change = TownChange.objects.filter(town=town, kind="amend").get()
    assert "主导产业由“核桃种植加工”改为“核桃”" in change.detail
    assert "制造业" in change.detail


def test_a_category_must_be_in_the_levels_own_list(world: World) -> None:
    town = enter(world)
    with pytest.raises(ValidationError) as caught:
        amend_town(
            actor=world.actor("puxian.clerk"),
            town=town,
            **FACTS,
            categories={"county": "light_craft"},
        )
    assert "文化旅游" in caught.value.message_dict["category_county"][0]


def test_amending_nothing_or_after_somebody_else_is_stale(world: World) -> None:
    town, clerk = enter(world), world.actor("puxian.clerk")
    seen = fingerprint(facts_of(town))
    with pytest.raises(Stale, match="没有变化"):
        amend_town(actor=clerk, town=town, **FACTS, seen=seen)
    amend_town(actor=clerk, town=town, **{**FACTS, "industry": "核桃"}, seen=seen)
    with pytest.raises(Stale, match="由他人修改"):
        amend_town(actor=clerk, town=town, **{**FACTS, "industry": "红枣"}, seen=seen)
    town.refresh_from_db()
    assert town.industry == "核桃"


# --- names ----------------------------------------------------------------------------------------


def test_names_are_known_for_any_day(world: World) -> None:
    town, clerk = enter(world), world.actor("puxian.clerk")
    rename_town(actor=clerk, town=town, name="蒲县核桃油专业镇", on=back(200), source=SOURCE)
    rename_town(actor=clerk, town=town, name="蒲县干果专业镇", on=back(10), source=SOURCE)
    town = Town.objects.get(pk=town.pk)
    assert town.name == "蒲县干果专业镇"
    assert [row.name for row in town.names.all()] == ["蒲县核桃油专业镇", "蒲县核桃专业镇"]
    expected = {
        400: "蒲县核桃专业镇",
        201: "蒲县核桃专业镇",
        200: "蒲县核桃油专业镇",
        11: "蒲县核桃油专业镇",
        10: "蒲县干果专业镇",
        0: "蒲县干果专业镇",
    }
    assert {days: name_on(town, back(days)) for days in expected} == expected
    assert entries(town)[-1].before == '{"name":"蒲县核桃油专业镇"}'


def test_two_people_renaming_at_once_do_not_overwrite_each_other(world: World) -> None:
    town, was = enter(world), "蒲县核桃专业镇"
    rename_town(
        actor=world.actor("puxian.clerk"),
        town=town,
        name="蒲县干果专业镇",
        on=back(1),
        source=SOURCE,
        was=was,
    )
    with pytest.raises(Stale, match="更名为“蒲县干果专业镇”"):
        rename_town(
            actor=world.actor("puxian.office_director"),
            town=town,
            name="蒲县坚果专业镇",
            on=back(0),
            source=SOURCE,
            was=was,
        )
    with pytest.raises(Stale, match="已是"):
        rename_town(
            actor=world.actor("puxian.clerk"),
            town=town,
            name="蒲县干果专业镇",
            on=back(1),
            source=SOURCE,
        )
    town.refresh_from_db()
    assert (town.name, town.names.count()) == ("蒲县干果专业镇", 1)


def test_a_name_is_not_taken_twice_nor_before_the_last(world: World) -> None:
    town, clerk = enter(world), world.actor("puxian.clerk")
    with pytest.raises(ValidationError, match="已有名为"):
        rename_town(actor=clerk, town=town, name="蒲县肉牛专业镇", on=back(1), source=SOURCE)
    with pytest.raises(ValidationError, match="不能早于"):
        rename_town(actor=clerk, town=town, name="蒲县干果专业镇", on=back(500), source=SOURCE)
    rename_town(actor=clerk, town=town, name="蒲县干果专业镇", on=back(5), source=SOURCE)
    with pytest.raises(ValidationError, match="应在其后"):
        rename_town(actor=clerk, town=town, name="蒲县坚果专业镇", on=back(5), source=SOURCE)


def test_what_was_filed_and_certified_keeps_the_old_name(world: World) -> None:
    town = world.towns["puxian"]
    case = file(world, "county", "puxian")
    rename_town(
        actor=world.actor("puxian.clerk"),
        town=town,
        name="蒲县西门塔尔牛专业镇",
        on=clock.today(),
        source=SOURCE,
    )
    drive(world, case)
    certification = Certification.objects.get(town=town)
    assert certification.town_name == "蒲县肉牛专业镇"
    assert certification.document is not None
    assert "蒲县肉牛专业镇" in json.dumps(certification.document.content, ensure_ascii=False)


# --- stages ---------------------------------------------------------------------------------------


def test_stages_move_within_the_pool_and_are_known_for_any_day(world: World) -> None:
    town, clerk = enter(world), world.actor("puxian.clerk")
    for stage, days in (("cultivating", 300), ("applying", 100)):
        move_stage(actor=clerk, town=town, stage=stage, on=back(days), reason="列入计划")
    town = Town.objects.get(pk=town.pk)
    assert town.stage == "applying"
    found = {days: stage_on(town, back(days)) for days in (401, 400, 299, 100)}
    assert {d: m.stage if m else "" for d, m in found.items()} == {
        401: "",
        400: "pooled",
        299: "cultivating",
        100: "applying",
    }
    assert not stood_on(town, back(401))
    assert stood_on(town)


@pytest.mark.parametrize("stage", ["county", "city", "province", "nonsense"])
def test_levels_are_not_set_by_hand(world: World, stage: str) -> None:
    with pytest.raises(ValidationError, match="由认定产生"):
        move_stage(
            actor=world.actor("sx.clerk"),
            town=world.towns["puxian"],
            stage=stage,
            on=clock.today(),
            reason="试",
        )


def test_only_sensible_moves(world: World) -> None:
    town, clerk = enter(world), world.actor("puxian.clerk")
    move_stage(actor=clerk, town=town, stage="applying", on=back(50), reason="申报")
    with pytest.raises(ValidationError, match="不能由“申报”直接转为“入库”"):
        move_stage(actor=clerk, town=town, stage="pooled", on=back(1), reason="退回")
    with pytest.raises(ValidationError, match="日期不能早于"):
        move_stage(actor=clerk, town=town, stage="cultivating", on=back(60), reason="退回")
    with pytest.raises(Stale, match="已是“申报”"):
        move_stage(actor=clerk, town=town, stage="applying", on=back(1), reason="申报")
    with pytest.raises(Stale, match="刚刚转为“申报”"):
        move_stage(
            actor=clerk, town=town, stage="cultivating", on=back(1), reason="退", was="pooled"
        )
    with pytest.raises(ValidationError, match="请填写事由"):
        move_stage(actor=clerk, town=town, stage="cultivating", on=back(1), reason=" ")


def test_certification_moves_the_stage_to_the_highest_valid_level(world: World) -> None:
    town = world.towns["puxian"]
    drive(world, file(world, "county", "puxian"))
    town.refresh_from_db()
    assert town.stage == "county"
    move = StageMove.objects.filter(town=town).latest("pk")
    assert (move.stage, move.reason) == ("county", "认定为县级专业镇")
    assert move.source.endswith("号）")
    assert next_stages(town) == ()
    with pytest.raises(ValidationError, match="有有效的县级认定"):
        move_stage(
            actor=world.actor("puxian.clerk"),
            town=town,
            stage="cultivating",
            on=clock.today(),
            reason="退",
        )


def test_a_lower_certification_does_not_lower_the_stage(world: World) -> None:
    town = world.towns["puxian"]
    Certification.objects.create(
        town=town,
        level="province",
        scope_code=town.scope_code,
        town_name=town.name,
        category=town.category,
        industry=town.industry,
        year=2022,
        valid_from=date(2022, 12, 1),
        source_title="关于公布名单的通知",
        source_on=date(2022, 12, 1),
    )
    Town.objects.filter(pk=town.pk).update(stage="province")
    drive(world, file(world, "county", "puxian"))
    town.refresh_from_db()
    assert town.stage == "province"
    assert not StageMove.objects.filter(town=town, stage="county").exists()
