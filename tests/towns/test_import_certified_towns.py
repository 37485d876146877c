"""Towns named before the portal: registered or found, certified with their documents."""

from __future__ import annotations

import itertools
import random
from datetime import date, timedelta
from typing import Any

import pytest

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused
from portal.core.workbooks.engine import judge, read_book
from portal.core.workbooks.registry import importer_of
from tests.core.sheets import sheet_of
from tests.factories import World, make_world
from tests.importing import committed, rehearsed, words
from towns.models import Certification, StageMove, Town, TownCategory, TownChange, TownName
from towns.register_queries import stage_on

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
        row("临汾市蒲县", "蒲县核桃专业镇", "市级", to=f"{clock.today().year + 1}-12-31"),
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


# --- validity ---------------------------------------------------------------------------------


def test_what_has_run_out_is_not_entered(world: World) -> None:
    today = clock.today()
    rows: list[list[Any]] = [
        HEAD,
        row("蒲县", "甲专业镇", "市级", to=today - timedelta(days=1)),
        row("蒲县", "乙专业镇", "市级", to=today),
    ]
    _, lines = rehearsed(world.actor("linfen.clerk"), "certified_towns", rows)
    said = "K2 有效期已过的认定暂不登记，请只导入有效的认定，并删去这一行。"
    assert [words(line) for line in lines] == [said, ""]


def test_a_town_under_two_of_its_names_is_one_town(world: World) -> None:
    town = world.towns["puxian"]
    TownName.objects.create(town=town, name="蒲县牛专业镇", valid_to=clock.today())
    rows = [HEAD, row("蒲县", town.name, "市级"), row("蒲县", "蒲县牛专业镇", "市级")]
    _, lines = rehearsed(world.actor("linfen.clerk"), "certified_towns", rows)
    assert [words(line) for line in lines] == [
        "",
        " 与第 2 行是同一专业镇的同一层级，请删去其中一行。",
    ]


# --- stages -----------------------------------------------------------------------------------

RANKS = {"县级": 0, "市级": 1, "省级": 2}
LEVELS = {"county": 0, "city": 1, "province": 2}


def enter(actor: Actor, *rows: list[Any]) -> None:
    """Rows entered; nothing of them may be refused."""
    importer = importer_of("certified_towns")
    read = read_book(sheet_of(HEAD, *rows), importer.fields)
    session = importer.begin(actor, read.rows)
    assert [line.problems for line in judge(session, importer, read).lines if line.problems] == []
    session.write()


def certified(name: str, level: str, on: date) -> list[Any]:
    return row("蒲县", name, level, on=on, year=on.year)


def history(town: Town) -> list[tuple[str, date]]:
    """The stages of a town, the first one first."""
    moves = StageMove.objects.filter(town=town).order_by("on", "pk")
    return [(move.stage, move.on) for move in moves]


def test_a_later_move_by_hand_is_followed_by_the_level(world: World) -> None:
    town, by_hand = world.towns["puxian"], date(2023, 5, 6)
    StageMove.objects.create(town=town, stage="pooled", on=by_hand, created_at=clock.now())
    enter(world.actor("sx.clerk"), certified(town.name, "县级", date(2021, 12, 1)))
    town.refresh_from_db()
    move = stage_on(town)
    assert move is not None
    assert (town.stage, move.stage, move.on) == ("county", "county", by_hand)
    assert "临专镇办发〔2021〕3号" in move.reason and "2021-12-01" in move.reason
    assert history(town) == [
        ("county", date(2021, 12, 1)),
        ("pooled", by_hand),
        ("county", by_hand),
    ]


def test_a_lower_level_named_later_takes_nothing_back(world: World) -> None:
    province, county = date(2021, 1, 2), date(2022, 3, 4)
    enter(
        world.actor("sx.clerk"),
        certified("蒲县核桃专业镇", "省级", province),
        certified("蒲县核桃专业镇", "县级", county),
    )
    town = Town.objects.get(name="蒲县核桃专业镇")
    assert (town.stage, history(town)) == ("province", [("province", province)])


def test_levels_of_one_day_rise(world: World) -> None:
    day = date(2021, 1, 2)
    enter(
        world.actor("sx.clerk"),
        certified("蒲县核桃专业镇", "省级", day),
        certified("蒲县核桃专业镇", "县级", day),
    )
    town = Town.objects.get(name="蒲县核桃专业镇")
    assert (town.stage, history(town)) == ("province", [("county", day), ("province", day)])


@pytest.mark.parametrize("seed", range(6))
def test_the_stage_and_its_history_agree_in_any_order(world: World, seed: int) -> None:
    """Sheets of all orders, in one or two imports, over moves by hand before, between, after."""
    dice = random.Random(seed)
    actor = world.actor("sx.clerk")
    days = [date(2020 + number, 6, 1) for number in range(4)]
    for number, levels in enumerate(itertools.permutations(RANKS)):
        town = Town.objects.create(
            name=f"蒲县第{number}专业镇",
            county=world.towns["puxian"].county,
            industry="核桃",
            category="agriculture",
        )
        for stage in ("pooled", "cultivating", "applying")[: dice.randrange(4)]:
            StageMove.objects.create(
                town=town, stage=stage, on=dice.choice(days), created_at=clock.now()
            )
        last = StageMove.objects.filter(town=town).order_by("-on", "-pk").first()
        if last is not None:
            Town.objects.filter(pk=town.pk).update(stage=last.stage)
        by_hand = set(StageMove.objects.filter(town=town).values_list("pk", flat=True))
        count = dice.randrange(1, 4)
        rows = [certified(town.name, level, dice.choice(days)) for level in levels[:count]]
        cut = dice.randrange(count + 1)
        for some in (rows[:cut], rows[cut:]):
            if some:
                enter(actor, *some)
        town.refresh_from_db()
        move = stage_on(town)
        assert move is not None
        highest = max(RANKS[level] for level in levels[:count])
        assert (LEVELS[town.stage], LEVELS[move.stage]) == (highest, highest)
        if cut in (0, count):
            moves = StageMove.objects.filter(town=town).exclude(pk__in=by_hand)
            ranks = [LEVELS[row.stage] for row in moves.order_by("on", "pk")]
            assert ranks == sorted(ranks)
