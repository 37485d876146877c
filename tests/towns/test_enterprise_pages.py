"""Enterprises: the list and its conditions, the page of one, the town's page of them."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.models import Indicator
from portal.core import clock
from portal.core.listing import Listing
from tests.factories import World, grant_town, make_town, multiply, uscc
from towns.lists import ENTERPRISES
from towns.models import (
    Enterprise,
    EnterpriseFigure,
    EnterpriseName,
    Honour,
    Membership,
    Town,
)

pytestmark = pytest.mark.django_db
YEAR = clock.today().year - 1
DAY = date(YEAR, 3, 1)
LIST_BUDGET = 12
PAGE_BUDGET = 20


def join(town: Town, serial: int, name: str, role: str = "backbone", **fields: Any) -> Membership:
    """An enterprise that is part of a town."""
    enterprise, _ = Enterprise.objects.get_or_create(
        uscc=uscc(serial), defaults={"name": name, "entity": "enterprise"}
    )
    return Membership.objects.create(town=town, enterprise=enterprise, role=role, **fields)


def report(seat: Membership, key: str, value: int, year: int = YEAR) -> None:
    """A figure of an enterprise."""
    EnterpriseFigure.objects.create(
        enterprise=seat.enterprise,
        year=year,
        indicator=Indicator.objects.get(key=f"enterprise_{key}"),
        value=Decimal(value),
    )


@pytest.fixture
def firms(world: World) -> dict[str, Membership]:
    """Enterprises of Pu and of its neighbour; one is part of both, one has left."""
    pu, xi = world.towns["puxian"], world.towns["xixian"]
    Membership.objects.all().delete()
    found = {
        "beef": join(pu, 101, "蒲县肉牛有限公司", "leading", since=DAY, main_products="牛肉"),
        "feed": join(pu, 102, "蒲县饲料有限公司"),
        "farm": join(pu, 103, "蒲县家庭农场", "supporting"),
        "left": join(pu, 104, "蒲县旧厂", since=DAY, until=date(YEAR, 9, 1)),
        "pear": join(xi, 105, "隰县梨果有限公司", "leading"),
        "shared": join(pu, 106, "临汾冷链有限公司", "supporting"),
        "there": join(xi, 106, "临汾冷链有限公司", "backbone"),
    }
    Enterprise.objects.filter(uscc=uscc(103)).update(entity="farm")
    for name, revenue in (("beef", 90_000_000), ("feed", 30_000_000), ("shared", 30_000_000)):
        report(found[name], "revenue", revenue)
    report(found["beef"], "revenue", 60_000_000, YEAR - 1)
    report(found["feed"], "revenue", 70_000_000, YEAR - 1)
    report(found["beef"], "employment", 120)
    EnterpriseName.objects.create(
        enterprise=found["feed"].enterprise, name="蒲县草料厂", valid_to=DAY, source="变更通知"
    )
    Honour.objects.create(
        enterprise=found["beef"].enterprise, kind="specialised", level="province", awarded_on=DAY
    )
    Honour.objects.create(enterprise=found["pear"].enterprise, kind="standard_national")
    return found


def names(world: World, who: str, text: str) -> list[str]:
    """The names that the list shows for a query."""
    rows = Listing.of(ENTERPRISES, world.actor(who), text).everything()
    return sorted(row.enterprise.name for row in rows)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("q=肉牛", ["蒲县肉牛有限公司"]),
        ("q=草料", ["蒲县饲料有限公司"]),
        (f"q={uscc(105)[8:]}", ["隰县梨果有限公司"]),
        (f"q={uscc(105)[:10].lower()}", None),
        ("role=leading", ["蒲县肉牛有限公司", "隰县梨果有限公司"]),
        ("entity=farm", ["蒲县家庭农场"]),
        ("region=141031", ["临汾冷链有限公司", "隰县梨果有限公司"]),
        ("honour=specialised", ["蒲县肉牛有限公司"]),
        ("honour=group-standard", ["隰县梨果有限公司"]),
        ("honour=group-brand", []),
        ("least=5000", ["蒲县肉牛有限公司"]),
        ("least=3000&most=8000", ["临汾冷链有限公司", "临汾冷链有限公司", "蒲县饲料有限公司"]),
        (f"least=6500&year={YEAR - 1}", ["蒲县饲料有限公司"]),
        ("state=ended", ["蒲县旧厂"]),
        ("q=蒲县&state=all&role=backbone", ["蒲县旧厂", "蒲县饲料有限公司"]),
    ],
)
def test_conditions_of_the_list(
    world: World, firms: dict[str, Membership], text: str, expected: list[str] | None
) -> None:
    every = sorted(seat.enterprise.name for key, seat in firms.items() if key != "left")
    assert names(world, "linfen.clerk", text) == (every if expected is None else expected)


def test_conditions_name_the_town_and_the_unit(world: World, firms: dict[str, Membership]) -> None:
    town = world.towns["xixian"]
    asked = Listing.of(
        ENTERPRISES, world.actor("linfen.clerk"), f"town={town.pk}&least=5000&role=leading"
    )
    assert asked.filter_words() == (f"专业镇：{town.name}；角色：龙头；营业收入不低于：5000万元")
    foreign = world.towns["zezhou"].pk
    assert list(Listing.of(ENTERPRISES, asked.actor, f"town={foreign}").everything()) == []


def test_everybody_sees_the_enterprises_of_their_towns(
    world: World, firms: dict[str, Membership], browse
) -> None:
    assert "隰县梨果有限公司" not in browse("puxian.clerk").get("enterprises").text
    assert "蒲县肉牛有限公司" in browse("puxian.filer").get("enterprises").text
    assert names(world, "zezhou.clerk", "state=all") == []
    assert names(world, "sx.expert", "state=all") == []


def test_cells_of_figures_ranks_and_honours(world: World, firms: dict[str, Membership]) -> None:
    asked = Listing.of(
        ENTERPRISES,
        world.actor("puxian.filer"),
        "cols=name,revenue,jobs,rank,honours,former,region&order=-revenue",
    )
    rows = list(asked.values(asked.everything()))
    place = "临汾市蒲县"
    assert [row[0] for row in rows[:1]] == ["蒲县肉牛有限公司"]
    table = {row[0]: row[1:] for row in rows}
    assert table["蒲县肉牛有限公司"] == ["", place, Decimal(90_000_000), Decimal(120), 1, 1]
    assert table["蒲县饲料有限公司"] == ["蒲县草料厂", place, Decimal(30_000_000), None, 2, 0]
    assert table["临汾冷链有限公司"] == ["", place, Decimal(30_000_000), None, 2, 0]
    assert table["蒲县家庭农场"] == ["", place, None, None, None, 0]
    assert rows[-1][0] == "蒲县家庭农场"


def test_the_list_keeps_its_budget_whatever_the_rows(
    world: World, firms: dict[str, Membership], browse
) -> None:
    columns = "&cols=" + ",".join(column.key for column in ENTERPRISES.columns)
    reader = browse("linfen.clerk")
    counts = []
    for more in (0, 80):
        if more:
            made = multiply(firms["feed"].enterprise, more, uscc="'9114' || lpad(n::text, 14, '0')")
            multiply(firms["feed"], more, enterprise_id=f"{made.start - 1} + n")
        for query in ("", "&order=-revenue", "&q=蒲县&least=1", "&at=last"):
            with CaptureQueriesContext(connection) as captured:
                answer = reader.get("enterprises", extra=columns + query)
            assert answer.status_code == 200
            counts.append(len(captured))
    assert max(counts) <= LIST_BUDGET
    assert counts[1:4] == counts[5:8]


# --- the page of one ----------------------------------------------------------------------------


def test_page_shows_names_towns_figures_places_and_honours(
    world: World, firms: dict[str, Membership], browse
) -> None:
    text = browse("puxian.clerk").get("enterprise", firms["beef"].enterprise_id).text
    for part in (
        "蒲县肉牛有限公司",
        uscc(101),
        world.towns["puxian"].name,
        "9,000万元",
        "较上年 +50%",
        "第 1 位，共 3 家",
        "第 2 位，共 2 家",
        "专精特新企业",
        f"列入{world.towns['puxian'].name}，角色为龙头",
    ):
        assert part in text, part
    renamed = browse("puxian.clerk").get("enterprise", firms["feed"].enterprise_id).text
    assert f"蒲县草料厂（至 {DAY}）" in renamed
    assert "由“蒲县草料厂”更名" in renamed


def test_page_of_a_shared_enterprise_shows_only_the_readers_towns(
    world: World, firms: dict[str, Membership], browse
) -> None:
    key = firms["shared"].enterprise_id
    text = browse("puxian.clerk").get("enterprise", key).text
    assert world.towns["puxian"].name in text
    assert world.towns["xixian"].name not in text
    both = browse("linfen.clerk").get("enterprise", key).text
    assert world.towns["puxian"].name in both and world.towns["xixian"].name in both


@pytest.mark.parametrize("who", ["zezhou.clerk", "zezhou.filer", "sx.expert", "puxian.auditor"])
def test_out_of_scope_is_not_there(
    world: World, firms: dict[str, Membership], browse, who: str
) -> None:
    assert browse(who).get("enterprise", firms["beef"].enterprise_id).status_code == 404
    assert browse(who).get("enterprise-rename", firms["beef"].enterprise_id).status_code == 404
    assert browse(who).get("town-enterprises", world.towns["puxian"].pk).status_code == 404


def test_page_keeps_its_budget(world: World, firms: dict[str, Membership], browse) -> None:
    reader = browse("linfen.clerk")
    key = firms["shared"].enterprise_id
    reader.get("enterprise", key)
    with CaptureQueriesContext(connection) as captured:
        assert reader.get("enterprise", key).status_code == 200
    assert len(captured) <= PAGE_BUDGET


# --- the town's page ------------------------------------------------------------------------------


def test_towns_page_by_role_with_counts_and_order(
    world: World, firms: dict[str, Membership], browse
) -> None:
    reader, town = browse("puxian.clerk"), world.towns["puxian"]
    text = reader.get("town-enterprises", town.pk).text
    counts = dict(re.findall(r">([^<>]+)<span class=\"count\">(\d+) 家", text))
    assert counts == {"全部": "4", "龙头企业": "1", "骨干企业": "1", "配套企业": "2"}
    shown = re.findall(r'enterprises/\d+/\?post=\d+">([^<]+)</a>', text)
    assert shown[0] == "蒲县肉牛有限公司" and shown[-1] == "蒲县家庭农场" and len(shown) == 4
    assert "移出" not in text
    leading = reader.get("town-enterprises", town.pk, extra="&role=leading").text
    assert "蒲县肉牛有限公司" in leading and "蒲县饲料有限公司" not in leading
    ended = reader.get("town-enterprises", town.pk, extra="&state=ended").text
    assert "蒲县旧厂" in ended and "蒲县饲料有限公司" not in ended


def test_filer_finds_the_changes_beside_each_row(
    world: World, firms: dict[str, Membership], browse
) -> None:
    filer, town = browse("puxian.filer"), world.towns["puxian"]
    text = filer.get("town-enterprises", town.pk).text
    for name in ("变更角色", "修改", "移出"):
        assert f'aria-label="{name} 蒲县饲料有限公司"' in text
    ended = filer.get("town-enterprises", town.pk, extra="&state=ended").text
    link = re.search(r'href="([^"]+)" aria-label="重新列入 蒲县旧厂"', ended)
    assert link is not None
    form = filer.client.get(unescape(link[1])).content.decode()
    assert f'value="{uscc(104)}"' in form and 'value="蒲县旧厂"' in form


def test_hundreds_of_enterprises_are_paged(
    world: World, firms: dict[str, Membership], browse
) -> None:
    made = multiply(firms["feed"].enterprise, 300, uscc="'9114' || lpad(n::text, 14, '0')")
    multiply(firms["feed"], 300, enterprise_id=f"{made.start - 1} + n")
    reader, town = browse("puxian.clerk"), world.towns["puxian"]
    with CaptureQueriesContext(connection) as captured:
        text = reader.get("town-enterprises", town.pk).text
    assert text.count('<td class="seq">') == 50
    assert len(captured) <= PAGE_BUDGET
    following = re.search(r'href="([^"]+)" rel="next"', text)
    assert following is not None
    address = unescape(following[1]).removeprefix("?")
    after = reader.get("town-enterprises", town.pk, extra=f"&{address}").text
    assert after.count('<td class="seq">') == 50


def test_an_empty_town_says_what_to_do(world: World, browse) -> None:
    town = make_town(world.regions["141033"], "蒲县新镇")
    Membership.objects.filter(town=town).delete()
    grant_town(world.actor("puxian.filer"), town)
    text = browse("puxian.filer").get("town-enterprises", town.pk).text
    assert "尚未登记企业" in text and "添加企业" in text
    assert "由本专业镇的填报人维护" in browse("puxian.clerk").get("town-enterprises", town.pk).text
