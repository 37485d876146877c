"""The check page in a browser: axe, width, order of the keyboard, submitting without scripts."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Browser, expect

from portal.core.web import office_url
from reviews.models import Case
from tests import scenario
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage
from tests.factories import World, make_world
from tests.papers import PDF
from towns.actions import attach_request, hand_over
from towns.models import Application


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def test_checked_by_keyboard_and_submitted_without_scripts(
    world: World, live_url: str, new_page: NewPage, browser: Browser
) -> None:
    filer, submitter = world.actor("puxian.filer"), world.actor("puxian.submitter")
    application = scenario.draft(world, "county")
    Application.objects.filter(pk=application.pk).update(
        commitments=[], request_file=None, request_number=""
    )
    page = new_page()
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, live_url, "puxian.filer")
    page.goto(live_url + office_url(filer, "application-check", application.pk))
    look(page, "check-missing", "还缺以下内容")
    # The error summary takes the focus; its first link leads to the first box that is not ticked.
    page.get_by_label("内容如有不实").check()
    page.get_by_role("button", name="作出承诺").click()
    look(page, "check-commitments", "还有 2 条承诺没有勾选")
    expect(page.locator(".error-summary")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#id_commitment_0")).to_be_focused()
    for place in (0, 1):
        page.locator(f"#id_commitment_{place}").focus()
        page.keyboard.press("Space")
    page.get_by_role("button", name="作出承诺").click()
    expect(page.locator("#commitments")).to_contain_text(filer.name)
    page.get_by_label("请示文号").fill("蒲政请〔2026〕3号")
    page.get_by_role("button", name="上传请示").click()
    look(page, "check-request", "请选择加盖公章的请示扫描件")
    expect(page.get_by_label("请示文号")).to_have_value("蒲政请〔2026〕3号")

    application.refresh_from_db()
    scan = SimpleUploadedFile("请示.pdf", PDF, "application/pdf")
    attach_request(actor=filer, application=application, number="蒲政请〔2026〕3号", upload=scan)
    application.refresh_from_db()
    hand_over(actor=filer, application=application)
    plain = browser.new_context(java_script_enabled=False, locale="zh-CN").new_page()
    plain.set_viewport_size({"width": 1366, "height": 768})
    sign_in(plain, live_url, "puxian.submitter")
    plain.goto(live_url + office_url(submitter, "application-check", application.pk))
    plain.get_by_role("link", name="提交申报").first.click()
    for box in plain.get_by_role("checkbox").all():
        box.check()
    plain.get_by_role("button", name="提交申报").click()
    expect(plain.locator("main")).to_contain_text("申报已提交")
    case = Case.objects.get()
    expect(plain.locator("main")).to_contain_text(case.number)
    sign_in(page := new_page(), live_url, "puxian.submitter")
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(live_url + office_url(submitter, "application-receipt", application.pk))
    look(page, "receipt", "办理环节和时限")
