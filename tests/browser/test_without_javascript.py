"""The server answers without JavaScript, and a keyboard is enough."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from portal.core import clock
from portal.workspace.demonstration.player import Player
from portal.workspace.demonstration.seeding import Seeder
from portal.workspace.loading import load_reference
from reviews.models import Case
from tests.browser.looking import look

PASSWORD = "Walk-password-2026"


@pytest.fixture(autouse=True)
def demonstration(settings: Settings) -> None:
    """The people of the demonstration sign in where it runs only."""
    settings.PORTAL_DEMO = True


@pytest.fixture
def case(reference: None) -> Case:
    """A submitted application that waits for the county."""
    seeder = Seeder(settings.PORTAL_FIXTURES_DIR, PASSWORD, lambda _: None)
    day = clock.today() - timedelta(days=1)
    player, application = seeder.draft(
        "fenjiu", seeder.towns["fenjiu"], seeder.rounds["province-2026"], day, None
    )
    player.hand_over(application)
    return Player(day).submit(application)


@pytest.fixture
def reference(transactional_db: None) -> None:
    """Regions, offices and criteria come first."""
    load_reference(settings.PORTAL_FIXTURES_DIR)


@pytest.mark.parametrize("script", [False, True], ids=["no script", "keyboard"])
def test_a_step_is_decided(browser: Browser, live_url: str, case: Case, script: bool) -> None:
    context = browser.new_context(
        java_script_enabled=script, locale="zh-CN", viewport={"width": 1366, "height": 768}
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto(f"{live_url}/login/")
    page.get_by_label("登录名").focus()
    page.keyboard.type("fenyang-clerk")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/o/fenyang/**")
    page.get_by_role("link", name=case.town_name).first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/**")
    # The wrong way first: a refusal without its reason comes back beside the field.
    decide_for(page, "不予通过")
    page.get_by_text("请填写意见或理由").first.wait_for()
    assert page.get_by_role("radio", name="不予通过").is_checked()
    decide_for(page, "退回补正")
    page.get_by_role("heading", name="需要补正的内容").wait_for()
    name_fields(page, script=script)
    if script:
        page.get_by_role("link", name="返回办件，不退回").focus()
        page.on("dialog", lambda dialog: dialog.accept())
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="办件概要").wait_for()
        decide_for(page, "予以受理")
        page.get_by_text("县级推荐").first.wait_for()
    else:
        page.get_by_role("button", name="退回补正").focus()
        page.keyboard.press("Enter")
        page.get_by_text("要求补正 3 项").first.wait_for()
    context.close()
    case.refresh_from_db()
    assert (case.state, case.step) == (
        ("open", "county_recommend") if script else ("returned", "county_accept")
    )
    if not script:
        items = case.application.corrections.get().items.all()
        assert [item.reason for item in items] == ["写明出处"] * 3


def decide_for(page: Page, outcome: str) -> None:
    """Choose an outcome and send it, with keys alone."""
    page.get_by_role("radio", name=outcome).focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="提交办理结果").focus()
    page.keyboard.press("Enter")


def name_fields(page: Page, *, script: bool) -> None:
    """Find a section, tick it as a whole, forget the opinion, and find everything still there."""
    if script:
        look(page, "return", "需要补正的内容")
    page.get_by_label("查找内容").focus()
    page.keyboard.type("联系电话")
    if not script:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.get_by_text("包含“联系电话”的内容").wait_for()
    page.get_by_role("checkbox", name="联系电话").wait_for()
    assert not page.get_by_role("checkbox", name="主导产品出口额").first.is_visible()
    page.get_by_role("checkbox", name="全选：基本情况").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("写明出处")
    if script:
        assert page.get_by_role("checkbox", name="联系电话").is_checked()
        page.get_by_text("已选 3 项").first.wait_for()
    page.get_by_role("button", name="退回补正").focus()
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("请填写总的补正意见").wait_for()
    assert page.get_by_role("checkbox", name="联系电话").is_checked()
    if script:
        look(page, "return-error", "请填写总的补正意见")
    page.get_by_label("总的补正意见").focus()
    page.keyboard.type("请核对联系方式。")
    page.get_by_label("补正时限").select_option("5")
