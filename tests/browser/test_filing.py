"""Filling an application in real browsers: two at once, a lost line, keyboard alone, no script."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, grant_town, make_post, make_world
from towns.actions import start_application
from towns.models import Application

FIELDS = {"contact": "联系人", "contact_phone": "联系电话", "summary": "申报概述"}
SAVES = 100


@pytest.fixture
def world(transactional_db: None) -> World:
    world = make_world()
    unit = world.actor("puxian.filer").office
    assert unit is not None
    colleague = make_post(unit, "filer", "puxian.filer2")
    grant_town(colleague, world.towns["puxian"])
    world.actors["puxian.filer2"] = colleague
    return world


@pytest.fixture
def new_page(new_page: NewPage) -> Iterator[NewPage]:
    """Pages that are left before the tables are emptied: a page says so when it is closed."""
    pages: list[Page] = []

    def open_page() -> Page:
        pages.append(new_page())
        return pages[-1]

    yield open_page
    for page in pages:
        page.goto("about:blank")
    if pages:
        pages[0].wait_for_timeout(700)


@pytest.fixture
def application(world: World) -> Application:
    return start_application(
        actor=world.actor("puxian.filer"),
        town=world.towns["puxian"],
        call=world.rounds["province"],
    )


def address(site: str, world: World, who: str, name: str, application: Application) -> str:
    """A page of the application for somebody."""
    return site + office_url(world.actor(who), name, application.pk)


class Typist:
    """Somebody who types into one browser, with a letter of their own."""

    def __init__(self, page: Page, letter: str) -> None:
        self.page, self.letter = page, letter

    def type(self, name: str, text: str) -> dict[str, Any]:
        """Type into a field, leave it, and wait for what the server says."""
        place = self.page.get_by_label(FIELDS[name], exact=True)
        with self.page.expect_response("**/autosave/**") as awaited:
            place.fill(text)
            place.blur()
        answer: dict[str, Any] = awaited.value.json()
        return answer

    def clash(self, name: str) -> bool:
        """Whether the page shows a conflict at the field."""
        return self.page.locator(f'[data-field="{name}"] .field-conflict').count() > 0

    def decide(self, name: str, mine: bool) -> None:
        """Press one of the two buttons, and wait until it is settled."""
        box = self.page.locator(f'[data-field="{name}"] .field-conflict')
        words = "保留我的内容" if mine else "采用对方内容"
        if mine:
            with self.page.expect_response("**/autosave/**"):
                box.get_by_role("button", name=words).click()
        else:
            box.get_by_role("button", name=words).click()


def test_two_browsers_save_a_hundred_times_and_nothing_confirmed_is_lost(
    world: World, application: Application, live_url: str, new_page: NewPage
) -> None:
    rng = random.Random(12)
    typists = []
    for who, letter in (("puxian.filer", "甲"), ("puxian.filer2", "乙")):
        page = new_page()
        sign_in(page, live_url, who)
        page.goto(address(live_url, world, who, "application-overview", application))
        typists.append(Typist(page, letter))
    # What the server last confirmed of each field.
    stands = dict.fromkeys(FIELDS, "")
    conflicts = 0
    for number in range(SAVES):
        typist, name = rng.choice(typists), rng.choice(list(FIELDS))
        if typist.clash(name):
            conflicts += 1
            mine = rng.random() < 0.5
            shown = typist.page.locator(f'[data-field="{name}"] .field-conflict pre').inner_text()
            value = typist.page.get_by_label(FIELDS[name], exact=True).input_value()
            typist.decide(name, mine)
            if mine and shown == (stands[name] or "（空）") and not typist.clash(name):
                stands[name] = value
            continue
        text = f"{typist.letter}{number}"
        answer = typist.type(name, text)
        if name in answer["kept"]:
            stands[name] = text
        else:
            [found] = [row for row in answer["conflicts"] if row["name"] == name]
            assert found["theirs"] == stands[name], (number, name, found)
    application.refresh_from_db()
    assert {name: getattr(application, name) for name in FIELDS} == stands
    assert conflicts > 5
    # What each page holds is what stands, or a conflict is shown at it, or the other changed since.
    for typist in typists:
        for name in FIELDS:
            value = typist.page.get_by_label(FIELDS[name], exact=True).input_value()
            own = value.startswith(typist.letter) and value != stands[name]
            if own and not typist.clash(name):
                other = next(row for row in typists if row is not typist)
                assert stands[name].startswith(other.letter), (typist.letter, name)


def test_a_lost_line_keeps_what_was_typed_and_the_button_waits_for_it(
    world: World, application: Application, live_url: str, new_page: NewPage
) -> None:
    page = new_page()
    sign_in(page, live_url, "puxian.filer")
    page.goto(address(live_url, world, "puxian.filer", "application-overview", application))
    saved = page.locator("[data-saved]")
    place = page.get_by_label("申报概述", exact=True)
    page.route("**/autosave/**", lambda route: route.abort())
    place.fill("断线时写的")
    place.blur()
    expect(saved).to_contain_text("连接中断，已填内容保留在本页")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(saved).to_contain_text("恢复后自动保存，并接着办理“保存”")
    expect(place).to_have_value("断线时写的")
    application.refresh_from_db()
    assert application.summary == ""
    # Typing on takes the press back: what is typed is saved, the page stays.
    place.fill("断线时接着写的")
    page.unroute("**/autosave/**")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(saved).to_contain_text("已自动保存")
    application.refresh_from_db()
    assert application.summary == "断线时接着写的"
    # A press that nothing followed is carried out once the line is back.
    page.route("**/autosave/**", lambda route: route.abort())
    place.fill("断线时写的")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(saved).to_contain_text("并接着办理“保存”")
    page.unroute("**/autosave/**")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_text("“基本情况”已保存。")).to_be_visible()
    application.refresh_from_db()
    assert application.summary == "断线时写的"
    look(page, "section-facts", "5/20000 字")
    # What is saved may be left; what is not is asked about.
    unsaved = page.evaluate(
        "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    )
    assert unsaved is False
    place.fill("还没有保存")
    assert page.evaluate(
        "() => !window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"
    )
    # Signed out in another window, the page says so and goes on after signing in again.
    page.context.clear_cookies()
    place.blur()
    expect(saved).to_contain_text("登录已退出或超时")
    expect(page.get_by_role("link", name="在新窗口登录")).to_be_visible()
    other = page.context.new_page()
    sign_in(other, live_url, "puxian.filer")
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(saved).to_contain_text("已自动保存", timeout=15_000)
    application.refresh_from_db()
    assert application.summary == "还没有保存"


def test_keyboard_alone_and_no_script(
    world: World, application: Application, live_url: str, new_page: NewPage, browser: Browser
) -> None:
    page = new_page()
    sign_in(page, live_url, "puxian.filer")
    page.goto(address(live_url, world, "puxian.filer", "application", application))
    look(page, "task-list", "还有")
    page.get_by_role("link", name="主导产业和主导产品").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/industry/**")
    look(page, "section-industry", "登记的内容")
    page.get_by_label("主导产业和主导产品情况").focus()
    page.keyboard.type("肉牛养殖。")
    page.get_by_role("button", name="保存", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("“主导产业和主导产品”已保存。")
    page.goto(
        live_url
        + office_url(
            world.actor("puxian.filer"), "application-criterion", application.pk, "heritage"
        )
    )
    look(page, "section-criterion", "对照标准")
    page.get_by_label("情况说明").fill("历史悠久。")
    page.get_by_label("情况说明").blur()
    expect(page.locator("#verdict")).to_contain_text("已按最近一次保存的内容重新对照")

    plain: BrowserContext = browser.new_context(java_script_enabled=False, locale="zh-CN")
    quiet = plain.new_page()
    sign_in(quiet, live_url, "puxian.filer2")
    quiet.goto(address(live_url, world, "puxian.filer2", "application-overview", application))
    quiet.get_by_label("联系人", exact=True).fill("张三")
    page.goto(address(live_url, world, "puxian.filer", "application-overview", application))
    page.get_by_label("联系人", exact=True).fill("李四")
    with page.expect_response("**/autosave/**"):
        page.get_by_label("联系人", exact=True).blur()
    quiet.get_by_role("button", name="保存", exact=True).click()
    look_plain = quiet.locator("main")
    expect(look_plain).to_contain_text("没有保存：他人已先修改")
    expect(look_plain).to_contain_text("张三")
    expect(look_plain).to_contain_text("李四")
    quiet.get_by_label("用我的").check()
    quiet.get_by_role("button", name="按选择保存").click()
    expect(quiet.locator("main")).to_contain_text("“基本情况”已保存。")
    application.refresh_from_db()
    assert (application.contact, application.industry_text) == ("张三", "肉牛养殖。")
    plain.close()
