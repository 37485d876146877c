"""Pages of indicators and categories: list, add, change, retire; what was typed is kept."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from criteria.models import Category, Indicator
from portal.core.web import office_url
from tests.factories import World, client_of, make_draft, make_indicator, make_world

pytestmark = pytest.mark.django_db
FORM: dict[str, Any] = {
    "name": "标准化基地面积",
    "type": "count",
    "unit": "亩",
    "decimals": "1",
    "year_rule": "latest",
    "minimum": "0",
}


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def clerk(world: World) -> Client:
    return client_of(world.actor("puxian.clerk"))


def at(world: World, name: str, *args: object, who: str = "puxian.clerk") -> str:
    return office_url(world.actor(who), name, *args)


def post(client: Client, url: str, data: dict[str, Any], world: World) -> Any:
    seat = world.actor("puxian.clerk").post
    assert seat is not None
    return client.post(url, {**data, "acting_post": seat.pk})


def test_the_list_says_what_each_indicator_is(world: World, clerk: Client) -> None:
    make_indicator(world.offices["puxian"])
    make_indicator(world.offices["xixian"])
    text = clerk.get(at(world, "indicators")).content.decode()
    assert "主导产业年产值" in text
    assert "0% 至 100%" in text
    assert "蒲县示范户数" in text
    assert "隰县示范户数" not in text
    assert "特优农业" in text
    own = clerk.get(at(world, "indicators") + "&origin=own").content.decode()
    assert "主导产业年产值" not in own
    assert at(world, "indicator-edit", "i141033-1").replace("&", "&amp;") in own
    none = clerk.get(at(world, "indicators") + "&type=text").content.decode()
    assert "没有符合条件的指标" in none
    reader = client_of(world.actor("puxian.leader"))
    page = reader.get(at(world, "indicators", who="puxian.leader")).content.decode()
    assert "添加指标" not in page


def test_an_indicator_is_added_and_errors_stand_beside_their_fields(
    world: World, clerk: Client
) -> None:
    url = at(world, "indicator-new")
    assert clerk.get(url).status_code == 200
    wrong = post(clerk, url, FORM | {"unit": "", "maximum": "-1"}, world)
    assert wrong.status_code == 422
    text = wrong.content.decode()
    assert "请填写单位" in text
    assert "最大值应大于最小值" in text
    assert "标准化基地面积" in text
    assert post(clerk, url, FORM, world).status_code == 302
    row = Indicator.objects.get(name="标准化基地面积")
    assert (row.unit, row.decimals, row.region) == ("亩", 1, world.offices["puxian"].region)
    money = {"name": "研发投入", "type": "money", "maximum": "5", "range_unit": "亿元"}
    assert post(clerk, url, FORM | money, world).status_code == 302
    assert Indicator.objects.get(name="研发投入").maximum == 500_000_000


def test_an_own_indicator_is_changed(world: World, clerk: Client) -> None:
    row = make_indicator(world.offices["puxian"])
    url = at(world, "indicator-edit", row.key)
    text = clerk.get(url).content.decode()
    found = re.search(r'name="seen" value="(\w+)"', text)
    assert found is not None
    seen = found[1]
    changed = FORM | {"name": "示范户总数", "unit": "户", "decimals": "0", "seen": seen}
    assert post(clerk, url, changed, world).status_code == 302
    row.refresh_from_db()
    assert row.name == "示范户总数"
    late = post(clerk, url, changed | {"name": "另一个名称"}, world)
    assert late.status_code == 409
    text = late.content.decode()
    assert "由他人修改" in text
    assert "另一个名称" in text
    again = re.search(r'name="seen" value="(\w+)"', text)
    assert again is not None
    resolved = changed | {"name": "另一个名称", "seen": again[1]}
    assert post(clerk, url, resolved, world).status_code == 302
    row.refresh_from_db()
    assert row.name == "另一个名称"


def test_what_rests_on_figures_is_shown_but_not_open(world: World, clerk: Client) -> None:
    row = make_indicator(world.offices["puxian"])
    world.towns["puxian"].figures.create(indicator=row, year=2025, value=3)
    url = at(world, "indicator-edit", row.key)
    page = clerk.get(url).content.decode()
    assert "只能修改名称和口径说明" in page
    assert "disabled" in page
    post(clerk, url, FORM | {"name": "示范户", "type": "money"}, world)
    row.refresh_from_db()
    assert (row.name, row.type, row.unit) == ("示范户", "count", "户")


def test_an_indicator_is_retired_on_a_page_that_says_what_follows(
    world: World, clerk: Client
) -> None:
    row = make_indicator(world.offices["puxian"])
    url = at(world, "indicator-retire", row.key)
    assert "停用后" in clerk.get(url).content.decode()
    assert post(clerk, url, {}, world).status_code == 302
    row.refresh_from_db()
    assert row.retired_at is not None
    listed = clerk.get(at(world, "indicators")).content.decode()
    assert row.name not in listed.split("</table>")[0].split("<table")[1]


def test_a_category_is_added_for_the_draft_that_asked(world: World, clerk: Client) -> None:
    draft = make_draft(world.offices["puxian"])
    url = at(world, "category-new") + f"&set={draft.key}"
    assert "制造业、特优农业" in clerk.get(url).content.decode()
    assert "请填写" in post(clerk, url, {"name": ""}, world).content.decode()
    done = post(clerk, url, {"name": "现代物流"}, world)
    assert done.headers["Location"] == at(world, "criteria-facts", draft.key)
    assert Category.objects.get().name == "现代物流"
    assert "现代物流" in clerk.get(at(world, "criteria-facts", draft.key)).content.decode()
