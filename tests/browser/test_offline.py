"""A clerk takes the workbook of an application home and brings it back: in a browser, with axe."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from portal.core import jobs
from portal.core.models import ImportRun, Job
from portal.core.web import office_url
from tests.browser.looking import look, sign_in
from tests.factories import make_world
from tests.towns.test_offline import edited, fill
from towns.actions import save_overview, start_application
from towns.models import Application


def test_the_workbook_out_and_back(
    transactional_db: None, page: Page, live_url: str, tmp_path: Path
) -> None:
    world = make_world()
    filer = world.actor("puxian.filer")
    application = start_application(
        actor=filer, town=world.towns["puxian"], call=world.rounds["county"]
    )
    sign_in(page, live_url, "puxian.filer")
    page.goto(live_url + office_url(filer, "application-offline", application.pk))
    look(page, "offline-1", "下载申报表格")
    with page.expect_download() as started:
        page.get_by_role("link", name="下载申报表格").click()
    content = Path(started.value.path()).read_bytes()
    target = tmp_path / "填好.xlsx"
    target.write_bytes(edited(content, fill))
    save_overview(actor=filer, application=application, contact="王五", contact_phone="",
                  summary="")  # fmt: skip
    page.locator("input[type=file]").set_input_files(target)
    page.get_by_role("button", name="上传文件").click()
    page.locator("#progress").wait_for()
    for job in Job.objects.filter(kind="towns.rehearse_offline"):
        jobs.run(job.pk)
    page.reload()
    look(page, "offline-2", "下载之后平台上也改过")
    page.get_by_role("button", name="确认写入").click()
    look(page, "offline-3", "请选择保留哪一个")
    page.get_by_label("表格中的").check()
    page.get_by_role("button", name="确认写入").click()
    page.locator("#progress").wait_for()
    for job in Job.objects.filter(kind="towns.enter_offline"):
        jobs.run(job.pk)
    page.reload()
    look(page, "offline-4", "已写入本件申报")
    assert ImportRun.objects.get().state == "committed"
    assert Application.objects.get(pk=application.pk).contact == "李四"
