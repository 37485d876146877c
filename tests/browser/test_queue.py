"""The queue of an office in a real browser: rows and cases by keyboard; a batch without scripts.

A picture of every page is kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from portal.core.web import office_url
from reviews.models import Case
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, make_town, make_world
from tests.scenario import file
from towns.models import Town

LONG = "临汾市蒲县及周边若干乡镇连翘茶中药材种植加工与健康养生文化旅游融合发展特色专业镇"


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    home = world.towns["puxian"]
    for number in range(4):
        if number:
            town = make_town(home.county, f"蒲县{number}号专业镇", "梨果", "agriculture")
            for grant in home.grants.all():
                grant.pk, grant.content_object = None, town
                grant.save()
            world.towns["puxian"] = town
        file(world, "province", evidence=False)
    Town.objects.filter(pk=home.pk).update(name=LONG)
    Case.objects.filter(application__town=home).update(town_name=LONG)
    return world


def test_the_queue_by_keyboard_and_without_scripts(
    world: World, live_url: str, new_page: NewPage, browser: Browser
) -> None:
    clerk, page = world.actor("puxian.clerk"), new_page()
    sign_in(page, live_url, "puxian.clerk")
    page.goto(live_url + office_url(clerk, "cases"))
    look(page, "queue", LONG)
    for key in ("n", "x", "n", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-batch-count]")).to_have_text("已选 2 项")
    page.get_by_role("button", name="批量受理").click()
    look(page, "queue-batch", "可办理 2 件")
    page.get_by_label("意见").fill("材料齐全。")
    page.get_by_role("button", name="批量受理 2 件").click()
    look(page, "queue-batch-done", "已办理 2 件")
    page.keyboard.press("u")

    # One of the two that are left: opened, claimed, decided, on to the other.
    page.wait_for_url("**/cases/?**")
    page.keyboard.press("n")
    page.keyboard.press("?")
    expect(page.locator("#shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    page.wait_for_url("**/cases/*/?**queue=**")
    # A box or a button in focus takes no key away: to the next case, back, and claimed.
    here = page.url
    for key in ("j", "k"):
        before = page.url
        page.keyboard.press("e")
        expect(page.locator("#decide input[type=radio]").first).to_be_focused()
        page.keyboard.press(key)
        expect(page).not_to_have_url(before)
        page.wait_for_load_state()
    assert page.url == here
    page.keyboard.press("e")
    page.keyboard.press("c")
    expect(page.locator("#holding")).to_contain_text("本岗位")
    look(page, "queue-claimed", "由您承办")
    first = page.url
    page.keyboard.press("e")
    page.keyboard.press("Space")
    page.get_by_role("button", name="提交办理结果").click()
    page.wait_for_url(lambda url: url != first and "queue=" in url)
    expect(page.locator("main")).to_contain_text("已受理")
    assert Case.objects.filter(step="county_recommend").count() == 3
    page.keyboard.press("e")
    page.keyboard.press("u")
    page.wait_for_url("**/cases/?**")
    page.keyboard.press("n")
    page.keyboard.press("/")
    assert page.evaluate("Boolean(document.activeElement.closest('[data-filter]'))")

    # The last one is handed to the checker on pages that know no scripts.
    plain = browser.new_context(java_script_enabled=False, viewport={"width": 1366, "height": 768})
    page = plain.new_page()
    sign_in(page, live_url, "puxian.clerk")
    page.goto(live_url + office_url(clerk, "cases"))
    page.locator("tbody").get_by_role("checkbox").check()
    page.get_by_role("button", name="指派承办人").click()
    page.get_by_role("button", name="指派承办人 1 件").click()
    expect(page.locator("main")).to_contain_text("请选择承办人")
    page.get_by_label("承办人").select_option(label="蒲县审核（审核）")
    page.get_by_role("button", name="指派承办人 1 件").click()
    expect(page.locator("main")).to_contain_text("由蒲县审核承办")
    plain.close()
