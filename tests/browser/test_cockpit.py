"""The cockpit of a round in a real browser: unfold, follow a number, remind; without scripts, too.

A picture of every page is kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, expect

from portal.core.models import Notification
from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, make_world
from tests.rounds_world import add_application, add_case, add_towns, hold
from towns.actions import remind_towns
from towns.actions.reminding import Reminded
from towns.models import Round, Town

LONG = "临汾市蒲县及周边若干乡镇连翘茶中药材种植加工与健康养生文化旅游融合发展特色专业镇"


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    call = world.rounds["province"]
    towns = add_towns(world, "puxian", 6)
    Town.objects.filter(pk=towns[0].pk).update(name=LONG)
    hold(world, "puxian", *towns)
    add_application(world, towns[0], call)
    add_application(world, towns[1], call, "ready")
    add_case(world, add_application(world, towns[2], call, "submitted"), "meeting")
    add_towns(world, "zezhou", 3)
    return world


def _walk(page: Page, world: World, site: str, call: Round, *, pictures: bool) -> None:
    """Unfold a city, follow its county's number, come back and remind the county."""
    clerk = world.actor("sx.clerk")

    def see(name: str, words: str) -> None:
        if pictures:
            look(page, f"cockpit-{name}", words)
        else:
            expect(page.locator("main")).to_contain_text(words)

    page.goto(site + office_url(clerk, "round-cockpit", call.pk))
    see("folded", "临汾市")
    expect(page.get_by_role("rowheader", name="蒲县")).to_have_count(0)
    fold = page.get_by_role("link", name="临汾市，展开各县")
    fold.focus()
    page.keyboard.press("Enter")
    see("unfolded", "蒲县")
    page.get_by_role("link", name="蒲县，填报中 1 个").click()
    see("list", LONG)
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("link", name="返回批次进度").click()
    page.get_by_role("link", name="临汾市，展开各县").click()
    page.get_by_role("button", name="提醒蒲县尚未提交的 6 个专业镇").click()
    expect(page.get_by_role("rowheader", name="蒲县")).to_be_visible()  # it stays unfolded


def test_the_cockpit(world: World, live_url: str, new_page: NewPage, browser: Browser) -> None:
    page, call = new_page(), world.rounds["province"]
    sign_in(page, live_url, "sx.clerk")
    _walk(page, world, live_url, call, pictures=True)
    look(page, "cockpit-reminded", "已在平台内通知 6 个专业镇的填报单位和 1 个县级领导小组办公室")
    assert Notification.objects.filter(kind="round-reminded").count() == 7
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    context.set_default_timeout(60_000)
    plain = context.new_page()
    sign_in(plain, live_url, "sx.clerk")
    _walk(plain, world, live_url, call, pictures=False)
    expect(plain.locator("main, .messages").first).to_be_visible()
    expect(plain.get_by_text("6 个专业镇今天已经通知过，没有重复通知")).to_be_visible()
    context.close()
    assert Notification.objects.filter(kind="round-reminded").count() == 7
    _both_at_once(world, call)


def _both_at_once(world: World, call: Round) -> None:
    """Two offices press the button in the same moment: each of Jincheng's towns is told once."""
    hold(world, "zezhou", *Town.objects.filter(county__code="140525").exclude(grants__isnull=False))

    def press(who: str) -> Reminded:
        try:
            return remind_towns(actor=world.actor(who), call=call)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(press, ("sx.clerk", "jincheng.clerk")))
    told = Notification.objects.filter(kind="round-reminded", office__slug="zezhou-filing")
    assert told.count() == 4
    assert sum(row.told for row in done) == 4 + 1 + 1  # and Gaoping's, Xi county's
