"""Lists and the register of enterprises in a real browser: axe on every page, the keyboard alone.

A picture of every page is kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from portal.core.models import SavedView
from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, make_world
from towns.models import Membership

LONG = "晋城市陵川县太行山区连翘等中药材种植加工销售与文化旅游融合发展农民专业合作社联合社"


@pytest.fixture
def world(transactional_db: None) -> World:
    made = make_world()
    seat = Membership.objects.filter(town=made.towns["puxian"]).earliest("pk")
    seat.enterprise.name = LONG
    seat.enterprise.save()
    return made


def test_every_page_of_enterprises(world: World, live_url: str, new_page: NewPage) -> None:
    page, filer = new_page(), world.actor("puxian.filer")
    sign_in(page, live_url, "puxian.filer")
    town = world.towns["puxian"]
    seat = Membership.objects.filter(town=town).earliest("pk")
    for name, parameters, words in (
        ("enterprises", (), LONG),
        ("enterprise", (seat.enterprise_id,), "变更记录"),
        ("enterprise-rename", (seat.enterprise_id,), "原名称列为曾用名"),
        ("town-enterprises", (town.pk,), "变更角色"),
        ("member-add", (town.pk,), "统一社会信用代码"),
        ("member-role", (town.pk, seat.pk), "变更日期"),
        ("member-amend", (town.pk, seat.pk), "主要产品"),
        ("member-end", (town.pk, seat.pk), "退出事由"),
    ):
        page.goto(live_url + office_url(filer, name, *parameters))
        look(page, f"enterprise-{name}", words)
    page.get_by_role("button", name="移出企业").click()
    look(page, "enterprise-end-empty", "请填写退出事由")
    expect(page.locator(".error-summary")).to_be_focused()


def test_columns_order_and_views_by_keyboard_alone(
    world: World, live_url: str, new_page: NewPage
) -> None:
    page, clerk = new_page(), world.actor("puxian.clerk")
    sign_in(page, live_url, "puxian.clerk")
    page.goto(live_url + office_url(clerk, "enterprises"))
    page.locator("summary", has_text="选择列").focus()
    page.keyboard.press("Enter")
    box = page.get_by_label("主体类型", exact=True).locator("visible=true").last
    box.focus()
    page.keyboard.press("Space")
    look(page, "enterprise-columns", "显示所选列")
    page.get_by_role("button", name="显示所选列").focus()
    page.keyboard.press("Enter")
    expect(page.locator("thead")).to_contain_text("主体类型")
    page.get_by_role("link", name="企业名称").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("企业名称")
    page.get_by_role("link", name="保存视图").focus()
    page.keyboard.press("Enter")
    look(page, "enterprise-view-save", "按企业名称从小到大")
    page.get_by_label("视图名称").focus()
    page.keyboard.type("主体类型一览")
    page.keyboard.press("Enter")
    look(page, "enterprise-view-saved", "视图“主体类型一览”已保存")
    assert SavedView.objects.get().query.endswith("order=name")
    page.get_by_role("link", name="删除视图：主体类型一览").focus()
    page.keyboard.press("Enter")
    look(page, "enterprise-view-delete", "删除这个视图？")
    page.get_by_role("button", name="删除视图").focus()
    page.keyboard.press("Enter")
    look(page, "enterprise-view-deleted", "已删除")
    assert not SavedView.objects.exists()
