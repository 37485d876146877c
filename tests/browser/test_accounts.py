"""One's own account in a real browser: every page passes axe, what was typed survives a time-out.

Pictures are kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from axe_playwright_python.sync_playwright import Axe
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from playwright.sync_api import Page

from tests.conftest import NewPage
from tests.core.test_second_factor import code_for
from tests.factories import PASSWORD, World, make_world

AGREE = "Fen-he-1949-shui"


@pytest.fixture
def world(transactional_db: None) -> Iterator[World]:
    cache.clear()
    yield make_world()
    cache.clear()


def look(page: Page, name: str, words: str) -> None:
    """The page says so, passes axe, and is pictured."""
    page.wait_for_load_state()
    text = page.locator("body").inner_text()
    assert words in text, f"{page.url}: no {words} in {text[:600]}"
    found = Axe().run(page)
    assert not found.violations_count, f"{page.url}\n{found.generate_report()}"
    folder = os.environ.get("WALK_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"account-{name}.png", full_page=True)


def sign_in(page: Page, site: str, username: str, password: str = PASSWORD) -> None:
    """Fill the sign-in page."""
    page.goto(f"{site}/login/")
    fill_in(page, username, password)


def fill_in(page: Page, username: str, password: str = PASSWORD) -> None:
    """Fill the sign-in page that is open."""
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()


def age(**seconds: int) -> None:
    """Make the one session older."""
    store = SessionStore(UserSession.objects.get().session_key)
    for name, back in seconds.items():
        store[name] = store[name] - back
    store.save()


def test_every_page_of_an_account(world: World, live_url: str, new_page: NewPage) -> None:
    page = new_page()
    sign_in(page, live_url, "puxian.clerk", "Wrong-password-1")
    look(page, "refused", "登录名或密码不正确")
    fill_in(page, "puxian.clerk")
    page.get_by_text("工作台").first.wait_for()
    page.locator(".account-menu summary").focus()
    page.keyboard.press("Enter")
    look(page, "menu", "我的账号")
    page.get_by_role("link", name="我的账号").click()
    look(page, "home", "现用密码有效期至")
    page.get_by_role("link", name="管理动态口令").click()
    look(page, "factor", "尚未启用")
    page.get_by_role("link", name="启用动态口令").click()
    look(page, "set-up", "扫描下面的二维码")
    picture: Any = page.locator("main img").evaluate("i => i.complete && i.naturalWidth")
    assert picture > 50
    secret = re.search(r"[A-Z2-7]{32}", page.locator("main").inner_text())
    assert secret is not None
    page.get_by_label("验证码").fill(code_for(secret[0]))
    page.get_by_role("button", name="确认启用").click()
    look(page, "codes", "还有 10 个没有用过")
    page.goto(f"{live_url}/account/second-factor/")
    look(page, "factor-on", "已启用")
    page.goto(f"{live_url}/account/second-factor/remove/")
    look(page, "factor-off", "停用后，登录只凭密码")
    page.goto(f"{live_url}/account/recovery-codes/new/")
    look(page, "codes-new", "原有恢复码全部作废")
    page.goto(f"{live_url}/account/sessions/")
    look(page, "sessions", "本次登录")
    page.goto(f"{live_url}/account/confirm/")
    look(page, "confirm", "再次确认身份")
    page.goto(f"{live_url}/account/confirm/code/")
    look(page, "confirm-code", "改用登录密码确认")
    page.goto(f"{live_url}/account/password/")
    page.get_by_label("现用密码").fill(PASSWORD)
    page.get_by_label("新密码", exact=True).fill("short")
    page.get_by_label("再输一遍新密码").fill("short")
    page.get_by_role("button", name="修改密码").click()
    look(page, "password-refused", "至少 10 个字符")
    page.get_by_label("现用密码").fill(PASSWORD)
    page.get_by_label("新密码", exact=True).fill(AGREE)
    page.get_by_label("再输一遍新密码").fill(AGREE)
    page.get_by_role("button", name="修改密码").click()
    look(page, "password-done", "密码已修改")
    page.get_by_role("button", name="退出", exact=True).click()
    fill_in(page, "puxian.clerk", AGREE)
    look(page, "code", "请再输入手机验证器上的验证码")
    page.get_by_label("验证码").fill(code_for(secret[0], 1))
    page.get_by_role("button", name="完成登录").click()
    page.get_by_text("工作台").first.wait_for()


def test_the_page_of_a_lock(world: World, live_url: str, new_page: NewPage) -> None:
    page = new_page()
    for _ in range(5):
        sign_in(page, live_url, "puxian.clerk", "Wrong-password-1")
    look(page, "locked", "自动解除")


def test_the_notice_keeps_the_session(world: World, live_url: str, new_page: NewPage) -> None:
    page = new_page()
    sign_in(page, live_url, "puxian.clerk")
    page.get_by_text("工作台").first.wait_for()
    assert not page.locator(".idle-notice").is_visible()
    age(seen_at=1800 - 100)
    # Without a script the time simply runs out; with one, a page that comes back asks at once.
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    page.locator(".idle-notice").wait_for(state="visible")
    look(page, "idle", "即将自动退出")
    page.get_by_role("button", name="继续使用").click()
    page.locator(".idle-notice").wait_for(state="hidden")
    page.reload()
    page.get_by_text("工作台").first.wait_for()


def test_what_was_typed_survives_the_time_out(
    world: World, live_url: str, new_page: NewPage
) -> None:
    page = new_page()
    sign_in(page, live_url, "puxian.clerk")
    page.get_by_text("工作台").first.wait_for()
    page.goto(f"{live_url}/o/puxian/rounds/new/")
    page.get_by_label("批次名称").fill("2026年度县级专业镇申报")
    age(seen_at=1900)
    page.locator("main form button[type=submit]").first.click()
    look(page, "timed-out", "已暂存")
    fill_in(page, "puxian.clerk")
    look(page, "kept", "2026年度县级专业镇申报")
    page.get_by_role("button", name="继续提交").click()
    page.wait_for_load_state()
    assert page.get_by_label("批次名称").input_value() == "2026年度县级专业镇申报"
