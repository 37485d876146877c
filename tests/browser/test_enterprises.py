"""Lists and the register of enterprises in a real browser: axe on every page, the keyboard alone.

A picture of every page is kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from portal.core.models import SavedView
from portal.core.web import office_url
from tests.conftest import NewPage
from tests.factories import PASSWORD, World, make_world
from towns.models import Membership

LONG = "晋城市陵川县太行山区连翘等中药材种植加工销售与文化旅游融合发展农民专业合作社联合社"


@pytest.fixture
def world(transactional_db: None) -> World:
    made = make_world()
    seat = Membership.objects.filter(town=made.towns["puxian"]).earliest("pk")
    seat.enterprise.name = LONG
    seat.enterprise.save()
    return made


def look(page: Page, name: str, words: str) -> None:
    """The page says so, passes axe, is not wider than the window, and is pictured."""
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(words)
    found = Axe().run(page)
    assert not found.violations_count, f"{page.url}\n{found.generate_report()}"
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert beyond <= 0, f"{page.url} is {beyond} px too wide"
    folder = os.environ.get("WALK_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"enterprise-{name}.png", full_page=True)


def sign_in(page: Page, site: str, username: str) -> None:
    """Fill the sign-in page."""
    page.goto(f"{site}/login/")
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_text("工作台").first.wait_for()


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
        look(page, name, words)
    page.get_by_role("button", name="移出企业").click()
    look(page, "end-empty", "请填写退出事由")
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
    look(page, "columns", "显示所选列")
    page.get_by_role("button", name="显示所选列").focus()
    page.keyboard.press("Enter")
    expect(page.locator("thead")).to_contain_text("主体类型")
    page.get_by_role("link", name="企业名称").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("企业名称")
    page.get_by_role("link", name="保存视图").focus()
    page.keyboard.press("Enter")
    look(page, "view-save", "按企业名称从小到大")
    page.get_by_label("视图名称").focus()
    page.keyboard.type("主体类型一览")
    page.keyboard.press("Enter")
    look(page, "view-saved", "视图“主体类型一览”已保存")
    assert SavedView.objects.get().query.endswith("order=name")
    page.get_by_role("link", name="删除视图：主体类型一览").focus()
    page.keyboard.press("Enter")
    look(page, "view-delete", "删除这个视图？")
    page.get_by_role("button", name="删除视图").focus()
    page.keyboard.press("Enter")
    look(page, "view-deleted", "已删除")
    assert not SavedView.objects.exists()
