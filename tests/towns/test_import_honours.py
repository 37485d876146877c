"""Honours from a workbook: names as people write them, by code or name, each entered once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal.core.errors import Refused
from portal.core.models import LedgerEntry
from portal.core.workbooks.spec import Outcome
from tests.factories import World, grant_town, make_town, make_world
from tests.importing import committed, rehearsed, words
from towns.models import Enterprise, EnterpriseName, Honour

pytestmark = pytest.mark.django_db

HEAD: list[Any] = [
    "企业名称",
    "统一社会信用代码",
    "荣誉名称",
    "级别",
    "作用",
    "名称",
    "编号",
    "认定时间",
    "有效期至",
]


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def members(world: World) -> list[Enterprise]:
    """The enterprises of the county's town."""
    rows = Enterprise.objects.filter(memberships__town=world.towns["puxian"])
    return list(rows.order_by("pk"))


def row(holder: str, kind: str, **values: object) -> list[Any]:
    keys = ("uscc", "level", "part", "title", "number", "on", "to")
    code, *rest = (values.get(key) for key in keys)
    return [holder, code, kind, *rest]


def test_names_on_paper_become_kinds_and_levels(world: World, members: list[Enterprise]) -> None:
    town = world.towns["puxian"]
    rows: list[list[Any]] = [
        ["蒲县肉牛专业镇荣誉汇总表"],
        HEAD,
        row(members[0].name, "省级“专精特新”企业", on="2023年5月20日", to=date(2026, 5, 19)),
        row(members[1].name, "三晋老字号", on=20220108),
        row("", "小巨人", uscc=members[2].uscc, level="国家", on="2024/7/1"),
        row(town.name, "区域公用品牌", level="省级", title="蒲县牛肉"),
        row("专业镇", "地标", level="市级", part="参与", title="肉牛养殖规范", number="DB1410/T 1"),
    ]
    rows[4][0] = members[2].name
    run, lines = rehearsed(world.actor("puxian.filer"), "honours", rows)
    assert [words(line) for line in lines] == [""] * 5
    committed(world.actor("puxian.filer"), run)
    found = {
        (honour.holder.name, honour.kind, honour.level): honour
        for honour in Honour.objects.select_related("enterprise", "town")
    }
    assert set(found) == {
        (members[0].name, "specialised", "province"),
        (members[1].name, "old_brand_shanxi", "province"),
        (members[2].name, "little_giant", "national"),
        (town.name, "brand_region", "province"),
        (town.name, "standard_local", "city"),
    }
    first = found[members[0].name, "specialised", "province"]
    assert (first.awarded_on, first.valid_to) == (date(2023, 5, 20), date(2026, 5, 19))
    assert found[town.name, "standard_local", "city"].part == "participate"
    entry = LedgerEntry.objects.get(verb="import_honours")
    assert run.book.sha256 in entry.payload


def test_the_same_honours_are_not_entered_twice(world: World, members: list[Enterprise]) -> None:
    actor = world.actor("puxian.filer")
    rows: list[list[Any]] = [
        HEAD,
        row(members[0].name, "高新技术企业", level="国家级", number="GR2023", on="2023-11-01"),
        row(members[1].name, "高新技术企业", level="国家级", number="GR2024", on="2023-11-01"),
    ]
    run, _ = rehearsed(actor, "honours", rows)
    committed(actor, run)
    rows[2] = row(
        members[1].name, "高新技术企业", level="国家级", number="GR2024", on="2023-11-01",
        to="2026-10-31",
    )  # fmt: skip
    rows.append(
        row(members[0].name, "高新技术企业", level="国家级", number="GR2026", on="2026-10-01")
    )
    again, lines = rehearsed(actor, "honours", rows)
    assert [line.outcome for line in lines] == ["same", "change", "add"]
    assert [tuple(change) for change in lines[1].changes] == [("有效期至", "", "2026-10-31")]
    assert "复评" in lines[2].notes[0]
    committed(actor, again)
    assert Honour.objects.count() == 3
    assert Honour.objects.get(number="GR2024").valid_to == date(2026, 10, 31)


def test_what_is_wrong_is_said_where_it_is(world: World, members: list[Enterprise]) -> None:
    other = Enterprise.objects.filter(memberships__town=world.towns["xixian"])[0]
    EnterpriseName.objects.create(
        enterprise=members[3], name="蒲县旧名厂", valid_to=date(2022, 1, 1)
    )
    rows: list[list[Any]] = [
        HEAD,
        row("没有这家企业", "高新技术企业", level="国家级"),
        row(other.name, "高新技术企业", level="国家级", uscc=other.uscc),
        row(members[0].name, "全球领先奖", level="国家级"),
        row(members[0].name, "山西老字号", level="国家级"),
        row(members[0].name, "国家标准", title="牛肉"),
        row(members[0].name, "企业技术中心", level="县级"),
        row(members[1].name, "高新技术企业", level="国家级"),
        row(members[1].name, "国家级高新技术企业"),
        row("蒲县 旧名厂", "高新技术企业", level="国家级", uscc=members[3].uscc),
        row(members[4].name, "高新技术企业", level="国家级", uscc=members[3].uscc),
    ]
    run, lines = rehearsed(world.actor("puxian.filer"), "honours", rows)
    said = [words(line) for line in lines]
    assert said[0].startswith("A2 “没有这家企业”不在您填报的专业镇企业名单中")
    assert said[1].startswith("B3 该代码的企业不在您填报的专业镇名单中")
    assert said[2].startswith("C4 不认识“全球领先奖”")
    assert said[3].startswith("D5 “山西老字号”是省级，与本列不一致")
    assert "G6 请填写标准编号" in said[4]
    assert said[5].startswith("D7 请选择“企业技术中心”的级别")
    assert said[6] == ""
    assert "与第 8 行是同一项荣誉" in said[7]
    assert said[8] == ""
    assert said[9].startswith(f"A11 该代码登记的企业是“{members[3].name}”")
    assert run.counts["refuse"] == 8
    assert Honour.objects.count() == 0


def test_offices_do_not_import_honours(world: World) -> None:
    with pytest.raises(Refused, match="由该专业镇的填报人导入"):
        rehearsed(world.actor("puxian.clerk"), "honours", [HEAD, row("甲", "高新技术企业")])


def test_a_standard_is_known_however_its_number_is_typed(
    world: World, members: list[Enterprise]
) -> None:
    Honour.objects.create(
        enterprise=members[0],
        kind="standard_national",
        level="national",
        part="lead",
        title="清香型白酒",
        number="GB/T 10781.2-2022",
    )
    again = row(members[0].name, "国标", part="主导", title="清香型白酒", number="gb/t10781.2—2022")
    run, _ = rehearsed(world.actor("puxian.filer"), "honours", [HEAD, again])
    assert {key: n for key, n in run.counts.items() if n} == {Outcome.SAME: 1}


def test_a_date_may_end_with_the_month_and_says_so(world: World, members: list[Enterprise]) -> None:
    rows: list[list[Any]] = [
        HEAD,
        row(
            members[0].name,
            "高新技术企业",
            level="国家级",
            number="GR1",
            on="2024年5月",
            to="2027-02",
        ),
        row(
            members[1].name,
            "高新技术企业",
            level="国家级",
            number="GR2",
            on="2024.5",
            to="2027.2.3",
        ),
        row(members[2].name, "高新技术企业", level="国家级", number="GR3", on=2024.1),
        row(members[3].name, "高新技术企业", level="国家级", number="GR4", on="2024"),
        row(members[3].name, "高新技术企业", level="国家级", number="GR5", on="2024-13"),
    ]
    run, lines = rehearsed(world.actor("puxian.filer"), "honours", rows)
    assert lines[0].notes == [
        "获得日期“2024年5月”只写到月，按该月1日登记。",
        "有效期至“2027-02”只写到月，按该月最后一日登记。",
    ]
    assert lines[1].notes == ["获得日期“2024.5”只写到月，按该月1日登记。"]
    assert "看不出是 1 月还是 10 月" in words(lines[2])
    assert [len(line.problems) for line in lines] == [0, 0, 1, 1, 1]
    run, _ = rehearsed(world.actor("puxian.filer"), "honours", rows[:3])
    committed(world.actor("puxian.filer"), run)
    first, second = Honour.objects.order_by("number")
    assert (first.awarded_on, first.valid_to) == (date(2024, 5, 1), date(2027, 2, 28))
    assert (second.awarded_on, second.valid_to) == (date(2024, 5, 1), date(2027, 2, 3))


def test_the_county_of_the_town_stands_for_the_town_itself(world: World) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    above = town.county.parent
    assert above is not None
    assert above.parent is not None
    city, province = above.name, above.parent.name
    names = ["蒲县", f"{city}蒲县", f"{province}蒲县", f"{province}{city} 蒲县"]
    rows = [HEAD, *(row(name, "区域品牌", level="省级", title=f"品牌{name}") for name in names)]
    rows.append(row("隰县", "区域品牌", level="省级", title="别县的"))
    _, lines = rehearsed(filer, "honours", rows)
    assert [line.title.split()[0] for line in lines[:-1]] == [town.name] * 4
    assert [bool(line.problems) for line in lines] == [False] * 4 + [True]
    grant_town(filer, make_town(town.county, "蒲县核桃专业镇", "核桃"))
    _, lines = rehearsed(filer, "honours", rows)
    assert "请填写专业镇全称，或上传时选择专业镇" in words(lines[0])


def test_a_standard_may_leave_open_who_leads_it(world: World, members: list[Enterprise]) -> None:
    filer = world.actor("puxian.filer")
    number = "DB14/T 2876-2023"
    rows = [HEAD, row(members[0].name, "地方标准", level="省级", title="规程", number=number)]
    run, lines = rehearsed(filer, "honours", rows)
    assert words(lines[0]) == ""
    assert "“作用”未填，先记为未载明" in lines[0].notes[0]
    assert "在“作用”列写“主导”或“参与”" in lines[0].notes[0]
    committed(filer, run)
    assert Honour.objects.get().part == ""
    rows[1][4] = "参与"
    run, lines = rehearsed(filer, "honours", rows)
    assert [tuple(change) for change in lines[0].changes] == [("作用", "", "参与")]
    rows[1][4] = "旁听"
    assert "请填写：主导、参与" in words(rehearsed(filer, "honours", rows)[1][0])
