"""The server answers without JavaScript, and a keyboard is enough."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.conf import settings
from playwright.sync_api import Browser
from pytest_django import Settings

from portal.core import clock
from portal.workspace.demonstration.player import Player
from portal.workspace.demonstration.seeding import Seeder
from portal.workspace.loading import load_reference
from reviews.models import Case

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
    context = browser.new_context(java_script_enabled=script, locale="zh-CN")
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
    # The wrong way first: a return without its reason is refused beside the field, nothing is lost.
    page.get_by_role("radio", name="退回补正").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="提交办理结果").focus()
    page.keyboard.press("Enter")
    page.get_by_text("请填写意见或理由").first.wait_for()
    assert page.get_by_role("radio", name="退回补正").is_checked()
    page.get_by_role("radio", name="予以受理").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="提交办理结果").focus()
    page.keyboard.press("Enter")
    page.get_by_text("县级推荐").first.wait_for()
    context.close()
    case.refresh_from_db()
    assert case.step == "county_recommend"
