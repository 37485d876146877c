"""A wording is changed in the browser with its pages beside it, put in use, and drafted from.

Every page on the way passes axe; a picture of it is kept in the folder named by ``WALK_PICTURES``.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from portal.core.documents.stored import attachments_of
from portal.core.models import DocumentTemplate, Job, Office, OfficialDocument
from portal.core.sample_tasks import KIND
from tests.browser.looking import look, sign_in
from tests.conftest import NewPage, Worker
from tests.factories import World, make_world

CELLS = "序号\t任务\t责任单位\n1\t完善专业镇台账\t县工信局\n2\t报送年度数据\t县统计局"


@pytest.fixture
def world(transactional_db: None) -> World:
    made = make_world()
    Office.objects.filter(slug="puxian").update(document_word="蒲专镇办发")
    return made


def press(page: Page, name: str) -> None:
    """A button, by its words."""
    page.get_by_role("button", name=name, exact=True).first.click()


def pages_of(page: Page) -> str:
    """Wait for the image of the first page; its address."""
    image = page.get_by_role("img", name="样稿第 1 页").first
    expect(image).to_be_visible(timeout=60_000)
    # Asked from outside: what polls within the page needs eval, which the policy forbids.
    for _ in range(600):
        if image.evaluate("image => image.naturalWidth") > 900:
            break
        page.wait_for_timeout(100)
    assert image.evaluate("image => image.naturalWidth") > 900
    return image.get_attribute("src") or ""


def test_wording_is_changed_and_drafted_from_with_its_pages_beside(
    world: World, live_url: str, new_page: NewPage, celery_worker_process: Worker
) -> None:
    page = new_page()
    sign_in(page, live_url, "puxian.clerk")
    page.get_by_role("link", name="公文模板").first.click()
    look(page, "templates-1", "平台提供")
    page.get_by_role("link", name="函", exact=True).first.click()
    press(page, "起草新版本")
    first = pages_of(page)
    look(page, "templates-2", "样稿共")
    page.get_by_label("正文").fill("现就有关事项函告如下：\n一、")
    page.get_by_label("正文").press("ControlOrMeta+End")
    page.locator("[data-insert='【事由】']").click()
    expect(page.get_by_label("正文")).to_have_value("现就有关事项函告如下：\n一、【事由】")
    page.get_by_label("修改说明").fill("统一写法")
    expect(page.get_by_role("img", name="样稿第 1 页").first).not_to_have_attribute(
        "src", first, timeout=60_000
    )
    page.get_by_label("附注").fill("【没有】")
    expect(page.locator("#sample")).to_contain_text("没有“【没有】”这一项", timeout=60_000)
    press(page, "保存草稿")
    look(page, "templates-3", "启用前须改正以下问题")
    page.get_by_label("附注").fill("")
    press(page, "保存草稿")
    look(page, "templates-4", "启用后，今后拟写函用这一版的文字")
    press(page, "启用这一版")
    look(page, "templates-5", "比较两个版本")
    assert DocumentTemplate.objects.get().state == "current"

    page.get_by_role("link", name="发文登记簿").first.click()
    page.get_by_role("link", name="拟写公文").first.click()
    look(page, "templates-6", "商洽工作")
    page.locator("main").get_by_role("link", name="函", exact=True).click()
    pages_of(page)
    look(page, "templates-7", "还有 2 处要填写")
    page.locator("[data-find='【事由】']").first.click()
    page.keyboard.type("报送专业镇数据")
    expect(page.get_by_label("标题")).to_have_value(
        f"{world.offices['puxian'].name}关于报送专业镇数据的函"
    )
    press(page, "添加附件")
    page.locator("[name=table_0_title]").fill("任务分工")
    page.locator("[name=table_0_text]").fill(CELLS)
    expect(page.locator("#sample")).to_contain_text("样稿共 2 页", timeout=60_000)
    look(page, "templates-8", "正文：“【事由】”还没有填写")
    press(page, "保存拟稿")
    look(page, "templates-9", "报送专业镇数据")
    document = OfficialDocument.objects.get()
    assert [len(row.rows) for row in attachments_of(document)] == [2]
    assert document.template == DocumentTemplate.objects.get()
    assert Job.objects.filter(kind=KIND, state="failed").count() == 0
