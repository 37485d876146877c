"""A file's pages in a real browser: they appear by themselves, pass axe, obey the keyboard."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from portal.core import jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.files import store_bytes
from portal.core.models import Job, StoredFile
from portal.core.web import office_url
from reviews.models import Case
from tests.core.test_previews import pdf
from tests.factories import World, client_of, make_world
from tests.scenario import drive, file, fresh
from towns.models import Evidence

pytestmark = pytest.mark.browser


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def case(world: World) -> Case:
    """A submitted application with a file of three pages."""
    case = fresh(drive(world, file(world, "county"), "county_accept"))
    stored = store_bytes(pdf(3), "产值证明.pdf", "application/pdf", SYSTEM)
    Evidence.objects.filter(application=case.application).update(file=stored)
    return case


def sign_in(page: Page, live_url: str, actor: Actor) -> None:
    """The person's session, without the sign-in page."""
    name = settings.SESSION_COOKIE_NAME
    value = client_of(actor).cookies[name].value
    page.context.add_cookies([{"name": name, "value": value, "url": live_url}])


def check(page: Page, heading: str) -> None:
    """The page says so and passes axe."""
    page.get_by_role("heading", level=1, name=heading).wait_for()
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    folder = os.environ.get("WALK_PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"file-{heading}-{time.time():.0f}.png", full_page=True)


def test_pages_of_a_file_appear_by_themselves(
    page: Page, live_url: str, world: World, case: Case
) -> None:
    clerk = world.actor("puxian.clerk")
    sign_in(page, live_url, clerk)
    page.goto(live_url + office_url(clerk, "case", case.pk))
    title = case.application.evidence.get().title
    # On the case page a file opens in its place, where the decision stays in sight.
    page.get_by_role("link", name=f"预览 {title}").click()
    page.get_by_text("正在生成预览，请稍候…").wait_for()
    page.get_by_role("link", name="单独打开").click()
    check(page, "产值证明.pdf")
    page.get_by_text("正在生成预览").wait_for()
    jobs.run(Job.objects.get(kind="core.preview_file").pk)
    page.get_by_role("img", name="第 1 页，共 3 页").wait_for()
    check(page, "产值证明.pdf")
    # Jumping by keyboard: the page number is a link, its page comes into view and is loaded.
    page.get_by_text("共 3 页，跳到").focus()
    page.keyboard.press("Enter")
    page.get_by_role("link", name="第 3 页", exact=True).focus()
    page.keyboard.press("Enter")
    last = page.get_by_role("img", name="第 3 页，共 3 页")
    expect(last).to_be_in_viewport(timeout=60_000)
    # Asked from outside: what polls within the page needs eval, which the policy forbids.
    for _ in range(600):
        if last.evaluate("image => image.naturalWidth") >= 1390:
            break
        page.wait_for_timeout(100)
    assert last.evaluate("image => image.naturalWidth") >= 1390
    with page.expect_download() as download:
        page.get_by_role("link", name="下载文件").click()
    assert download.value.suggested_filename == "产值证明.pdf"
    page.get_by_role("link", name="返回", exact=True).click()
    page.get_by_role("heading", level=1, name=case.town_name).wait_for()


def test_it_works_without_javascript(
    browser: Browser, live_url: str, world: World, case: Case
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    context.set_default_timeout(60_000)
    page = context.new_page()
    filer = world.actor("puxian.filer")
    sign_in(page, live_url, filer)
    stored = case.application.evidence.get().file
    page.goto(live_url + office_url(filer, "file-preview", stored.pk))
    page.get_by_text("正在生成预览").wait_for()
    jobs.run(Job.objects.get(kind="core.preview_file").pk)
    page.get_by_role("link", name="刷新进度").click()
    page.get_by_role("img", name="第 1 页，共 3 页").wait_for()
    assert page.locator("main img").count() == 3
    context.close()


def test_a_file_that_cannot_be_shown_says_what_to_do(
    page: Page, live_url: str, world: World, case: Case
) -> None:
    broken = store_bytes(b"%PDF-1.4 broken", "坏.pdf", "application/pdf", SYSTEM)
    Evidence.objects.update(file=broken)
    clerk = world.actor("puxian.clerk")
    sign_in(page, live_url, clerk)
    page.goto(live_url + office_url(clerk, "file-preview", broken.pk))
    jobs.run(Job.objects.get(kind="core.preview_file").pk)
    page.get_by_text("文件已损坏或者内容不完整").wait_for()
    check(page, "坏.pdf")
    page.get_by_role("button", name="重新生成预览").click()
    page.get_by_text("正在生成预览").wait_for()
    assert StoredFile.objects.get(pk=broken.pk).preview == "making"
