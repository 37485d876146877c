"""Yearly figures in a real browser: every page passes axe; keyboard alone, and no script."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from portal.core import clock
from portal.core.web import office_url
from tests.conftest import NewPage
from tests.factories import PASSWORD, World, make_world, report_year
from towns.models import TownFigure, TownYear

YEAR = clock.today().year - 1


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    report_year(world, "puxian", YEAR - 1, state="confirmed")
    return world


def look(page: Page, words: str) -> None:
    """The page says so, passes axe and is not wider than the window."""
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(words)
    found = Axe().run(page)
    assert not found.violations_count, f"{page.url}\n{found.generate_report()}"
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert beyond <= 0, f"{page.url} is {beyond} px too wide"


def sign_in(page: Page, site: str, username: str) -> None:
    """Fill the sign-in page."""
    page.goto(f"{site}/login/")
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_text("工作台").first.wait_for()


def test_a_year_is_reported_with_a_tick_and_confirmed_by_keyboard(
    world: World, live_url: str, new_page: NewPage
) -> None:
    town, filer, city = world.towns["puxian"], world.actor("puxian.filer"), "linfen.clerk"
    page = new_page()
    sign_in(page, live_url, "puxian.filer")
    page.goto(live_url + office_url(filer, "town-data", town.pk))
    look(page, "平台计算的指标")
    page.get_by_role("link", name="填报年度数据").focus()
    page.keyboard.press("Enter")
    look(page, "保存后由临汾市领导小组办公室核对确认")
    page.get_by_label("主导产业年产值", exact=True).fill("2600")
    page.keyboard.press("Enter")
    expect(page.locator(".error-summary")).to_be_focused()
    look(page, "是上年（26亿元）的 100 倍")
    page.get_by_label("是上年（26亿元）的 100 倍，确认无误").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("待确认")
    assert (
        TownFigure.objects.get(town=town, year=YEAR, indicator__key="output_value").value
        == 260_000_000_000
    )

    other = new_page()
    sign_in(other, live_url, city)
    other.goto(live_url + office_url(world.actor(city), "figures"))
    look(other, "待本办公室确认")
    other.get_by_role("link", name=f"核对：{town.name}").focus()
    other.keyboard.press("Enter")
    look(other, "请核对")
    other.get_by_label("确认，数据属实").focus()
    other.keyboard.press("Space")
    other.keyboard.press("Enter")
    expect(other.locator("main")).to_contain_text("已确认")
    assert TownYear.objects.get(town=town, year=YEAR).state == "confirmed"


def test_the_other_pages_pass_and_a_correction_needs_no_script(
    world: World, live_url: str, new_page: NewPage, browser: Browser
) -> None:
    town, filer = world.towns["puxian"], world.actor("puxian.filer")
    page = new_page()
    sign_in(page, live_url, "puxian.filer")
    member = town.memberships.earliest("pk")
    for name, args, words in (
        ("town-counted", (town.pk, "supporting_enterprises"), "计入的明细"),
        ("town-counted", (town.pk, "standards_written"), "没有可以计入的"),
        ("enterprise-figures", (member.enterprise_id, YEAR), "企业营业收入"),
        ("town-figures", (town.pk, YEAR - 1), "只能更正"),
        ("figures", (), "未填报"),
    ):
        page.goto(live_url + office_url(filer, name, *args))
        look(page, words)
    plain = browser.new_context(java_script_enabled=False, locale="zh-CN").new_page()
    sign_in(plain, live_url, "puxian.filer")
    plain.goto(live_url + office_url(filer, "town-figures", town.pk, YEAR - 1))
    plain.get_by_label("主导产业税收", exact=True).fill("8000")
    plain.get_by_role("button", name="更正年度数据").click()
    expect(plain.locator("main")).to_contain_text("请写明更正原因。")
    expect(plain.get_by_label("主导产业税收", exact=True)).to_have_value("8000")
    plain.get_by_label("更正原因").fill("税务部门核定")
    plain.get_by_role("button", name="更正年度数据").click()
    expect(plain.locator("main")).to_contain_text("更正待确认")
    expect(plain.locator("main")).to_contain_text("税务部门核定")
