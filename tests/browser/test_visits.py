"""A visit recorded on a telephone: planned at the desk, a photograph, findings, done."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from criteria.queries import spec_of
from portal.core import clock
from portal.core.web import office_url
from reviews.actions import plan_visit
from reviews.actions.visits import Terms
from tests.browser.looking import look
from tests.browser.test_previews import sign_in
from tests.factories import make_world
from tests.papers import picture
from tests.scenario import drive, file

pytestmark = pytest.mark.browser


def test_a_visit_is_recorded_on_a_telephone(
    page: Page, live_url: str, transactional_db: None
) -> None:
    world = make_world()
    case = drive(world, file(world, "province"), "city_review")
    clerk = world.actor("linfen.clerk")
    terms = Terms(clock.today(), "肉牛交易市场", "王核查 县工信局\n李核查", "赵经理")
    visit = plan_visit(actor=clerk, case_id=case.pk, terms=terms)
    page.set_viewport_size({"width": 390, "height": 844})
    sign_in(page, live_url, clerk)
    page.goto(live_url + office_url(clerk, "visit", visit.pk))
    look(page, "visit-phone", "核查记录")
    # What is typed stays while a photograph is sent.
    page.locator("textarea[name=summary]").fill("总体属实。")
    photo = {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": picture("JPEG", shade=90)}
    page.locator("input[type=file]").set_input_files(photo)  # type: ignore[arg-type]
    page.get_by_role("button", name="上传照片").click()
    look(page, "visit-phone-photo", "已加入 1 张照片")
    assert page.locator("textarea[name=summary]").input_value() == "总体属实。"
    key = spec_of(case.application.criteria_set).criteria[0].key
    page.locator(f"select[name=finding_{key}]").select_option("differs")
    page.locator(f"textarea[name=text_{key}]").fill("现场屠宰线两条，申报三条。")
    page.get_by_role("button", name="登记完成").click()
    look(page, "visit-phone-done", "现场核查已登记")
    visit.refresh_from_db()
    assert (visit.state, visit.summary, visit.photos.count()) == ("done", "总体属实。", 1)
