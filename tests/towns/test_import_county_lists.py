"""The lists that offices of a county keep in Excel, imported as they are."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from portal.core.models import ImportRun
from portal.core.web import office_url
from portal.core.workbooks.headers import find_header
from tests.factories import World, client_of, grant_town, make_town, make_world, uscc
from tests.importing import checked, committed, rehearsed, upload, words, xlsx
from towns.actions import start_application
from towns.imports.enterprise_columns import FIELDS
from towns.models import Enterprise, Honour, Membership

pytestmark = pytest.mark.django_db

FIRMS: list[list[Any]] = [
    ["蒲县肉牛专业镇企业花名册（工信局 2026年3月填）"],
    [
        *("序号", "企业名称", "统一社会信用代码", "企业类型", "主要产品"),
        *("2025年营业收入（万元）", "从业人数（人）", "备注"),
    ],
    [1, "蒲县鑫源农牧有限公司", uscc(900_000_101), "龙头", "饲料", 8534.96, 106, None],
    [2, "蒲县永丰农牧有限公司", uscc(900_000_102), "骨干", "肉牛", 726.13, 142, None],
    [3, "蒲县惠民农牧家庭农场", uscc(900_000_103), "配套", "有机肥", 1995.11, 27, None],
]
HONOURS: list[list[Any]] = [
    [
        *("序号", "单位名称", "荣誉（品牌、标准）名称", "种类", "级别", "证书编号"),
        *("颁发单位", "获得时间", "有效期至"),
    ],
    [
        *(1, "蒲县鑫源农牧有限公司", "农业产业化重点龙头企业", "龙头企业", "省级"),
        *("晋农龙〔2023〕15号", "山西省农业农村厅", "2023-11-08", "2026-12-31"),
    ],
    [
        *(2, "蒲县永丰农牧有限公司", "专精特新中小企业", "专精特新", "省级", "SX2024-0331"),
        *("山西省小企业发展促进局", "2024.6.30", "2027.6.29"),
    ],
    [
        *(3, "专业镇", "“蒲县肉牛”区域公用品牌", "区域品牌", "省级", None),
        *("山西省农业农村厅", "2024年5月10日", None),
    ],
    [
        *(5, "蒲县永丰农牧有限公司", "山西精品", "山西精品", None, "SXJP-2025-018"),
        *("山西省市场监督管理局", "2025-03-15", "2028-03-14"),
    ],
]


@pytest.fixture
def world() -> World:
    return make_world()


def test_lists_of_two_offices_are_entered_as_they_are(world: World) -> None:
    filer = world.actor("puxian.filer")
    run, lines = rehearsed(filer, "enterprises", FIRMS)
    assert [words(line) for line in lines] == [""] * 3
    committed(filer, run)
    found = Membership.objects.filter(enterprise__name__in=[row[1] for row in FIRMS[2:]])
    assert sorted(found.values_list("role", flat=True)) == ["backbone", "leading", "supporting"]
    assert Enterprise.objects.get(uscc=uscc(900_000_103)).entity == "farm"

    run, lines = rehearsed(filer, "honours", HONOURS)
    assert [words(line) for line in lines] == [""] * 4
    committed(filer, run)
    brand = Honour.objects.get(kind="brand_region", town=world.towns["puxian"])
    assert brand.title == "“蒲县肉牛”区域公用品牌"
    award = Honour.objects.get(kind="leading_enterprise", enterprise__uscc=uscc(900_000_101))
    assert (award.title, award.level) == ("农业产业化重点龙头企业", "province")


@pytest.mark.parametrize(
    ("label", "values", "key"),
    [
        ("企业类型", ["龙头", "骨干企业", "配套"], "role"),
        ("类型", ["龙头", "骨干", "配套"], "role"),
        ("企业类别", ["骨干", "龙头", "配套"], "role"),
        ("企业类型", ["有限公司", "家庭农场", "合作社"], "entity"),
        ("企业类别", ["企业", "农场", "合作社"], "entity"),
    ],
)
def test_a_label_of_two_columns_is_settled_by_its_values(
    label: str, values: list[str], key: str
) -> None:
    rows: list[list[Any]] = [["企业名称", "信用代码", label]]
    rows += [[f"企业{at}", uscc(at), value] for at, value in enumerate(values)]
    header = find_header(rows, FIELDS)
    assert header is not None
    assert header.columns == {"name": 0, "uscc": 1, key: 2}


def test_what_has_a_column_of_its_own_leaves_the_label_to_the_other() -> None:
    rows: list[list[Any]] = [
        ["企业名称", "信用代码", "企业类型", "企业角色"],
        ["甲", uscc(1), "有限公司", "龙头"],
    ]
    header = find_header(rows, FIELDS)
    assert header is not None
    assert header.columns == {"name": 0, "uscc": 1, "entity": 2, "role": 3}
    rows[0][2:] = ["主体类型", "企业类型"]
    header = find_header(rows, FIELDS)
    assert header is not None
    assert header.columns["role"] == 3


def test_the_town_is_chosen_where_the_list_says_none(world: World) -> None:
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    grant_town(filer, make_town(town.county, "蒲县核桃专业镇", "核桃"))
    _, lines = rehearsed(filer, "enterprises", FIRMS)
    assert all("上传时选择专业镇" in words(line) for line in lines)
    client, here = client_of(filer), office_url(filer, "import-new", "enterprises")
    text = client.get(f"{here}&town={town.pk}").content.decode()
    assert f'<option value="{town.pk}" selected>' in text
    for kind, rows in (("enterprises", FIRMS), ("honours", HONOURS)):
        sent = {"upload": upload(xlsx(rows)), "place": str(town.pk)}
        answer = client.post(office_url(filer, "import-new", kind), sent)
        assert answer.status_code == 302
        run, lines = checked(ImportRun.objects.latest("pk"))
        assert [words(line) for line in lines] == [""] * len(lines)
        committed(filer, run)
    assert Membership.objects.filter(town=town, enterprise__uscc=uscc(900_000_101)).exists()
    assert Honour.objects.filter(kind="brand_region", town=town).exists()
    sent = {"upload": upload(xlsx(FIRMS)), "place": str(world.towns["xixian"].pk)}
    assert client.post(here, sent).status_code == 422


def test_an_import_leads_back_to_the_section_it_was_begun_from(world: World) -> None:
    filer = world.actor("puxian.filer")
    application = start_application(
        actor=filer, town=world.towns["puxian"], call=world.rounds["province"]
    )
    client = client_of(filer)
    section = office_url(filer, "application-section", application.pk, "honours")
    text = unescape(client.get(section).content.decode())
    begun = re.search(r'href="([^"]*/imports/new/honours/[^"]*)"', text)
    assert begun is not None
    text = unescape(client.get(begun[1]).content.decode())
    assert "返回申报：" in text and section in text
    sent = re.search(r'action="([^"]*/imports/new/honours/[^"]*)"', text)
    assert sent is not None
    answer = client.post(sent[1], {"upload": upload(xlsx([HONOURS[0], HONOURS[3]]))})
    assert answer.status_code == 302
    run, _ = checked(ImportRun.objects.latest("pk"))
    for _ in range(2):  # checked, and entered
        text = unescape(client.get(answer["Location"]).content.decode())
        assert f'href="{section}"' in text and "返回申报：" in text
        if run.state != "committed":
            committed(filer, run)
    assert text.count(section) == 2, "above and beside what to do next"
    assert f'href="{office_url(filer, "town", application.town_id)}"' in text, "its only town"
    other = world.actor("xixian.filer")
    theirs = client_of(other).get(
        office_url(other, "import-new", "honours") + f"&application={application.pk}&part=honours"
    )
    assert "返回申报" not in theirs.content.decode()
