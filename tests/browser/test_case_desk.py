"""The case page in a real browser: evidence, phrases and the decision without leaving it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.core import jobs
from portal.core.actor import SYSTEM
from portal.core.files import store_bytes
from portal.core.models import Job
from portal.core.web import office_url
from reviews.actions import add_note, save_phrase
from tests.browser.looking import look
from tests.browser.test_previews import sign_in
from tests.core.test_previews import pdf
from tests.factories import make_world
from tests.scenario import file, fresh
from towns.models import Evidence

pytestmark = pytest.mark.browser


def test_everything_is_decided_on_one_page(
    page: Page, live_url: str, transactional_db: None
) -> None:
    world = make_world()
    case, clerk = fresh(file(world, "county")), world.actor("puxian.clerk")
    stored = store_bytes(pdf(2), "产值证明.pdf", "application/pdf", SYSTEM)
    Evidence.objects.filter(application=case.application).update(file=stored)
    title = case.application.evidence.get().title
    save_phrase(actor=clerk, text="经核对，材料齐全。")
    add_note(actor=clerk, case_id=case.pk, audience="office", text="请核对产值。")
    page.set_viewport_size({"width": 1366, "height": 768})
    sign_in(page, live_url, clerk)
    page.goto(live_url + office_url(clerk, "case", case.pk))
    look(page, "case-desk", "现在办理：县级受理")
    # Evidence opens where it is listed, its pages as soon as they are made; the decision stays.
    preview = page.get_by_role("link", name=f"预览 {title}")
    preview.click()
    page.get_by_text("正在生成预览，请稍候…").wait_for()
    jobs.run(Job.objects.get(kind="core.preview_file").pk)
    shown = page.get_by_role("region", name=f"预览 {title}：页面图片")
    expect(shown.get_by_role("img", name="第 1 页，共 2 页")).to_be_in_viewport(timeout=60_000)
    expect(page.get_by_role("radio", name="予以受理")).to_be_in_viewport()
    look(page, "case-desk-evidence", title)
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)
    expect(preview).to_be_focused()
    # Phrases go behind what was typed; nothing is sent.
    opinion = page.get_by_label("意见或理由")
    opinion.fill("产值已核。")
    page.get_by_role("button", name="经核对，材料齐全。").click()
    expect(opinion).to_have_value("产值已核。\n经核对，材料齐全。")
    page.get_by_role("radio", name="予以受理").check()
    page.get_by_role("button", name="提交办理结果").click()
    page.get_by_text("“县级受理”已受理").wait_for()
    said = case.runs.get(step="county_accept").opinion
    assert said.splitlines() == ["产值已核。", "经核对，材料齐全。"]
