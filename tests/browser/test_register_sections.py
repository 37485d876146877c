"""The sections that show registers in a real browser: axe, width, keyboard, autosave, no script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from portal.core import clock
from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, make_world, report_year
from towns.actions import start_application
from towns.models import DraftField, TownFigure, TownFunction

YEAR = clock.today().year - 1


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    report_year(world, "puxian", YEAR - 1, state="confirmed")
    return world


def test_all_five_sections(
    world: World, live_url: str, new_page: NewPage, browser: Browser
) -> None:
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    application = start_application(actor=filer, town=town, call=world.rounds["province"])
    page = new_page()
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, live_url, "puxian.filer")

    def address(key: str) -> str:
        return live_url + office_url(filer, "application-section", application.pk, key)

    for key, words in (
        ("enterprises", "认定条件怎样计数"),
        ("honours", "还没有登记荣誉和品牌"),
        ("standards", "还没有登记标准"),
        ("functions", "八项功能"),
        ("figures", "金额按万元填写"),
    ):
        page.goto(address(key))
        look(page, f"section-{key}", words)
    # A number that is none is kept while one types, and told beside its field when one saves.
    tax = page.get_by_label(f"{YEAR}年主导产业税收（万元）", exact=True)
    tax.fill("很多")
    tax.press("Tab")
    expect(page.locator("[data-saved]")).to_contain_text("已自动保存")
    assert DraftField.objects.get(application=application).text == "很多"
    page.get_by_role("button", name="保存", exact=True).focus()
    page.keyboard.press("Enter")
    look(page, "section-figures-mistake", "请填写数字")
    expect(tax).to_have_value("很多")
    page.goto(address("figures"))
    look(page, "section-figures-waiting", "有 1 项填写后还没有存入台账")
    expect(tax).to_have_value("很多")
    page.get_by_role("link", name="按台账刷新").click()
    look(page, "section-refresh", "填写后未存入台账的内容")
    page.get_by_label(f"按台账刷新：{YEAR}年主导产业税收（万元）").check()
    page.get_by_role("button", name="按台账刷新").click()
    look(page, "section-figures", "已按台账刷新 1 项")
    assert not DraftField.objects.exists()
    # How it stands against the criteria follows what is typed.
    page.get_by_label(f"{YEAR}年主导产业年产值（万元）", exact=True).fill("5亿元")
    page.keyboard.press("Tab")
    expect(page.locator("#hints")).to_contain_text("主导产业年产值 5亿元")
    expect(page.locator("#hints")).to_contain_text("还差 5亿元")
    page.goto(live_url + office_url(filer, "application-prefill", application.pk))
    look(page, "prefill", "带自专业镇台账")

    plain = browser.new_context(java_script_enabled=False, locale="zh-CN").new_page()
    sign_in(plain, live_url, "puxian.filer")
    plain.goto(address("figures"))
    plain.get_by_label(f"{YEAR}年主导产业税收（万元）", exact=True).fill("8100")
    plain.get_by_role("button", name="保存", exact=True).click()
    expect(plain.locator("main")).to_contain_text("已保存，并存入台账")
    row = TownFigure.objects.get(town=town, year=YEAR, indicator__key="tax")
    assert row.value == 81_000_000
    plain.goto(address("functions"))
    plain.get_by_role("group", name="检验检测").get_by_label("在建").check()
    plain.get_by_role("button", name="保存并继续").click()
    assert TownFunction.objects.on().get(town=town, key="testing").state == "building"
