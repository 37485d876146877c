"""Towns named before the portal: registered or found, certified with their documents."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.errors import Refused
from tests.factories import World, make_world
from tests.importing import committed, rehearsed, words
from towns.models import Certification, StageMove, Town, TownCategory, TownChange

pytestmark = pytest.mark.django_db

HEAD: list[Any] = ["县（市、区）", "专业镇名称", "主导产业", "主导产品", "类别", "级别", "认定年度",
        "认定文件", "文号", "发文日期", "有效期至"]  # fmt: skip
TITLE = "关于公布专业镇名单的通知"


@pytest.fixture
def world() -> World:
    return make_world()


def row(county: str, name: str, level: str, **values: object) -> list[Any]:
    facts = {
        "industry": "核桃",
        "products": "核桃、核桃油",
        "category": "特优农业",
        "year": 2021,
        "title": TITLE,
        "number": "临专镇办发〔2021〕3号",
        "on": "2021年12月1日",
        "to": None,
    } | values
    industry, products, category, *rest = facts.values()
    return [county, name, industry, products, category, level, *rest]


def test_new_towns_are_registered_and_known_ones_found(world: World) -> None:
    actor, known = world.actor("linfen.clerk"), world.towns["puxian"]
    rows: list[list[Any]] = [
        ["临汾市已认定专业镇名单"],
        HEAD,
        row("蒲县", "蒲县核桃专业镇", "县级", on=date(2020, 5, 6), year=2020),
        row("临汾市蒲县", "蒲县核桃专业镇", "市级", to="2026-12-31"),
        row("蒲县", known.name, "市级", category="制造业", industry="肉牛"),
    ]
    run, lines = rehearsed(actor, "certified_towns", rows)
    assert [words(line) for line in lines] == [""] * 3
    assert "将新登记" in lines[0].notes[0]
    assert "登记的类别是特优农业" in lines[2].notes[0]
    committed(actor, run)
    town = Town.objects.get(name="蒲县核桃专业镇")
    assert (town.scope_code, town.stage, town.category) == ("141033", "city", "agriculture")
    made = Certification.objects.filter(town=town).order_by("level")
    assert [(c.level, c.source_on, c.document_id) for c in made] == [
        ("city", date(2021, 12, 1), None),
        ("county", date(2020, 5, 6), None),
    ]
    assert made[0].document_number == "临专镇办发〔2021〕3号"
    assert [(m.stage, m.on) for m in StageMove.objects.filter(town=town)] == [
        ("city", date(2021, 12, 1)),
        ("county", date(2020, 5, 6)),
    ]
    assert TownChange.objects.get(town=town).kind == "register"
    known.refresh_from_db()
    assert (known.stage, known.industry) == ("city", "肉牛")
    assert TownCategory.objects.get(town=known).category == "manufacturing"
    assert not TownChange.objects.filter(town=known).exists()


def test_the_same_again_and_a_correction(world: World) -> None:
    actor = world.actor("puxian.clerk")
    rows: list[list[Any]] = [
        HEAD,
        row("蒲县", "蒲县核桃专业镇", "县级", number="蒲专镇办发〔2021〕1号"),
    ]
    run, _ = rehearsed(actor, "certified_towns", rows)
    committed(actor, run)
    _, lines = rehearsed(actor, "certified_towns", rows)
    assert [line.outcome for line in lines] == ["same"]
    rows[1] = row("蒲县", "蒲县核桃专业镇", "县级", number="蒲专镇办发〔2021〕2号")
    again, lines = rehearsed(actor, "certified_towns", rows)
    assert [tuple(change) for change in lines[0].changes] == [
        ("认定文号", "蒲专镇办发〔2021〕1号", "蒲专镇办发〔2021〕2号")
    ]
    committed(actor, again)
    assert Certification.objects.get().source_number == "蒲专镇办发〔2021〕2号"


def test_what_is_wrong_is_said_where_it_is(world: World) -> None:
    rows: list[list[Any]] = [
        HEAD,
        row("蒲县", "甲专业镇", "省级"),
        row("泽州县", "乙专业镇", "市级"),
        row("蒲县", "丙专业镇", "市级", title=None, number=None),
        row("蒲县", "丁专业镇", "市级", on="2099-01-01"),
        row("蒲县", "戊专业镇", "市级", to="2020-01-01"),
        row("蒲县", "己专业镇", "市级"),
        row("蒲县", "己 专业镇", "市级"),
        row("蒲县", "庚专业镇", "市级", category="其他类"),
    ]
    run, lines = rehearsed(world.actor("linfen.clerk"), "certified_towns", rows)
    said = [words(line) for line in lines]
    assert said[0].startswith("F2 您只能补录县级、市级认定")
    assert said[1].startswith("A3 “泽州县”不在您的辖区内")
    assert "H4 请填写认定文件的标题或文号" in said[2]
    assert "J5 成文日期不能晚于今天" in said[3]
    assert "K6 有效期不能早于认定日期" in said[4]
    assert said[5] == ""
    assert "与第 7 行是同一专业镇的同一层级" in said[6]
    assert said[7].startswith("E9")
    assert run.counts["refuse"] == 7
    assert not Certification.objects.exists()


def test_filers_do_not_certify(world: World) -> None:
    with pytest.raises(Refused, match="由领导小组办公室"):
        rehearsed(world.actor("puxian.filer"), "certified_towns", [HEAD, row("蒲县", "甲", "县级")])
