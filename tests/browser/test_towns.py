"""The register of towns in a real browser: every page passes axe; the keyboard is enough.

A picture of every page is kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.files import store_bytes
from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, make_town, make_world
from tests.papers import PDF
from towns.models import Certification, Platform, Town, TownName, TownPaper

LONG = "晋城市陵川县及周边若干乡镇连翘茶中药材种植加工与健康养生文化旅游融合发展特色专业镇"


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    town = world.towns["puxian"]
    Platform.objects.create(town=town, kind="logistics", name="牛肉冷链园", state="present")
    TownPaper.objects.create(
        town=town,
        kind="policy",
        title="蒲县肉牛专业镇“一镇一策”",
        file=store_bytes(PDF, "一镇一策.pdf", "application/pdf", SYSTEM),
        created_at=clock.now(),
    )
    Certification.objects.create(
        town=town,
        level="city",
        scope_code=town.scope_code,
        town_name="蒲县牛业专业镇",
        category=town.category,
        industry=town.industry,
        year=2022,
        valid_from=date(2022, 12, 5),
        source_title="关于公布2022年度市级专业镇名单的通知",
        source_on=date(2022, 12, 1),
        source_file=store_bytes(PDF, "名单.pdf", "application/pdf", SYSTEM),
        state="revoked",
    )
    make_town(world.regions["141033"], LONG)
    return world


def test_every_page_of_the_register(world: World, live_url: str, new_page: NewPage) -> None:
    page, clerk = new_page(), world.actor("puxian.clerk")
    sign_in(page, live_url, "puxian.clerk")
    town, long = world.towns["puxian"], Town.objects.get(name=LONG)
    for name, words in (
        ("town", "各级类别"),
        ("town-filings", "关于公布2022年度市级专业镇名单的通知"),
        ("town-papers", "一镇一策"),
        ("town-history", "某日的情况"),
        ("town-amend", "县级类别"),
        ("town-stage", "现阶段"),
        ("town-rename", "新名称"),
        ("town-merge", LONG),
        ("town-split", "牛肉冷链园"),
        ("town-strike-off", "退出原因"),
        ("paper-add", "印发机关"),
    ):
        page.goto(live_url + office_url(clerk, name, town.pk))
        look(page, f"town-{name}", words)
    page.goto(live_url + office_url(clerk, "town", long.pk))
    look(page, "town-long", LONG)
    page.goto(live_url + office_url(clerk, "town-new"))
    page.get_by_role("button", name="登记专业镇").click()
    look(page, "town-new-empty", "请填写")
    expect(page.locator(".error-summary")).to_be_focused()


def test_a_town_is_entered_and_renamed_by_keyboard_alone(
    world: World, live_url: str, new_page: NewPage
) -> None:
    page, clerk = new_page(), world.actor("puxian.clerk")
    sign_in(page, live_url, "puxian.clerk")
    page.goto(live_url + office_url(clerk, "towns"))
    page.get_by_role("link", name="登记专业镇").focus()
    page.keyboard.press("Enter")
    look(page, "town-new", "列入培育库")
    for label, text in (
        ("专业镇名称", "蒲县连翘专业镇"),
        ("主导产业", "连翘"),
        ("依据文件", "蒲政发〔2026〕3号"),
    ):
        page.get_by_label(label, exact=True).focus()
        page.keyboard.type(text)
    page.get_by_label("类别", exact=True).select_option("agriculture")
    page.get_by_role("button", name="登记专业镇").focus()
    page.keyboard.press("Enter")
    look(page, "town-entered", "已登记“蒲县连翘专业镇”")
    page.get_by_role("link", name="更名").focus()
    page.keyboard.press("Enter")
    page.get_by_label("新名称").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("蒲县连翘茶专业镇")
    page.get_by_label("依据文件").focus()
    page.keyboard.type("蒲政发〔2026〕5号")
    page.keyboard.press("Enter")
    look(page, "town-renamed", "已更名为“蒲县连翘茶专业镇”")
    page.get_by_role("link", name="历史").focus()
    page.keyboard.press("Enter")
    look(page, "town-history", "“蒲县连翘专业镇”更名为“蒲县连翘茶专业镇”")
    assert list(TownName.objects.values_list("name", flat=True)) == ["蒲县连翘专业镇"]
