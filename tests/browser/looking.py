"""What every walk in a browser does at each page: sign in, look, keep a picture.

A picture of every page is kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.factories import PASSWORD


def sign_in(page: Page, site: str, username: str) -> None:
    """Fill the sign-in page."""
    page.goto(f"{site}/login/")
    page.get_by_label("登录名").fill(username)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.get_by_text("工作台").first.wait_for()


def look(page: Page, picture: str, words: str) -> None:
    """The page says so, passes axe, is not wider than the window, and is pictured."""
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text(words, timeout=30_000)
    found = Axe().run(page)
    assert not found.violations_count, f"{page.url}\n{found.generate_report()}"
    beyond = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert beyond <= 0, f"{page.url} is {beyond} px too wide"
    folder = os.environ.get("WALK_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{picture}.png", full_page=True)
