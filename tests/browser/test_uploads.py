"""Files sent in pieces by a real browser: many at once, dropped, over a bad line, after a reload.

Pictures are kept in the folder named by ``WALK_PICTURES`` when that is set.
"""

from __future__ import annotations

import base64
import hashlib
import os
import random
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request, Route, expect

from portal.core.actor import acting_office, acting_seat
from tests.factories import PASSWORD, World, make_world
from tests.papers import PDF, pdf, picture
from towns.actions import start_application
from towns.models import Application, Evidence

pytestmark = pytest.mark.browser
NOISE = random.Random(11).randbytes(1_200_000)
LONG = pdf(objects=[b"<< /Length %d >>\nstream\n" % len(NOISE) + NOISE + b"\nendstream"])


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


@pytest.fixture
def application(world: World) -> Application:
    return start_application(
        actor=world.actor("puxian.filer"),
        town=world.towns["puxian"],
        call=world.rounds["province"],
    )


@pytest.fixture
def form(page: Page, live_url: str, world: World, application: Application) -> Page:
    """The page of a criterion, open and signed in."""
    actor = world.actor("puxian.filer")
    assert actor.user is not None
    page.goto(f"{live_url}/login/")
    page.get_by_label("登录名").fill(actor.user.get_username())
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/o/**")
    path = f"/o/{acting_office(actor).slug}/applications/{application.pk}/criteria/market/"
    page.goto(f"{live_url}{path}?post={acting_seat(actor).pk}")
    return page


def file(name: str, content: bytes, kind: str = "application/pdf") -> dict[str, object]:
    return {"name": name, "mimeType": kind, "buffer": content}


def choose(page: Page, *files: dict[str, object]) -> None:
    page.locator("[name=file]").set_input_files(list(files))  # type: ignore[arg-type]


def look(page: Page, name: str) -> None:
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
    folder = os.environ.get("WALK_PICTURES")
    if folder:
        page.locator("#evidence").scroll_into_view_if_needed()
        page.screenshot(path=Path(folder) / f"uploads-{name}.png")


def attached(application: Application) -> dict[str, str]:
    rows = Evidence.objects.filter(application=application, removed_at__isnull=True)
    return dict(rows.order_by("pk").values_list("title", "file__sha256"))


def test_many_files_each_with_its_own_result(form: Page, application: Application) -> None:
    form.locator("[name=text]").fill("写了很久的说明")
    choose(
        form,
        file("证明.pdf", PDF),
        file("照片.jpg", picture("JPEG"), "image/jpeg"),
        file("假.pdf", b"MZ this is no paper"),
        file("程序.exe", b"MZ"),
    )
    expect(form.locator(".upload-done")).to_have_count(2)
    expect(form.locator(".upload-failed")).to_have_count(2)
    expect(form.get_by_text("“假.pdf”的内容不是 PDF 文件")).to_be_visible()
    expect(form.get_by_text("“程序.exe”不是可上传的格式")).to_be_visible()
    expect(form.locator("[data-upload-said]")).to_have_text(
        "已传完 2 份，保存后加入；2 份没有上传，原因见上。"
    )
    look(form, "results")
    form.get_by_role("button", name="上传材料").click()
    expect(form.get_by_text("“证明.pdf”").or_(form.get_by_text("已保存。")).first).to_be_visible()
    assert list(attached(application)) == ["证明.pdf", "照片.jpg"]
    assert form.locator("[name=text]").input_value() == "写了很久的说明"
    look(form, "saved")


def test_a_broken_line_is_gone_on_with(form: Page, application: Application) -> None:
    broken: list[str] = []

    def break_some(route: Route) -> None:
        if len(broken) < 3 and "offset=0" not in route.request.url:
            broken.append(route.request.url)
            route.abort("connectionreset")
        else:
            route.continue_()

    form.route("**/append/**", break_some)
    choose(form, file("长文件.pdf", LONG))
    form.get_by_role("button", name="上传材料").click()  # waits for the file, then goes
    expect(form.get_by_text("传完后自动提交")).to_be_visible()
    expect(form.get_by_text("秒后自动继续")).to_be_visible()
    look(form, "broken")
    form.locator(".file-list").wait_for()
    assert len(broken) == 3
    assert attached(application) == {"长文件.pdf": hashlib.sha256(LONG).hexdigest()}


def test_after_a_reload_the_same_file_goes_on_where_it_was(
    form: Page, application: Application, tmp_path: Path
) -> None:
    path = tmp_path / "长文件.pdf"
    path.write_bytes(LONG)
    form.route(
        "**/append/**",
        lambda route: route.abort() if _offset(route.request) else route.continue_(),
    )
    form.locator("[name=file]").set_input_files(path)
    expect(form.get_by_text("秒后自动继续")).to_be_visible()
    form.unroute("**/append/**")
    form.on("dialog", lambda dialog: dialog.accept())
    form.reload()
    offsets: list[int] = []
    form.on("request", lambda request: _note(request, offsets))
    form.locator("[name=file]").set_input_files(path)
    expect(form.locator(".upload-done")).to_have_count(1)
    assert offsets and min(offsets) >= 256 * 1024
    form.get_by_role("button", name="上传材料").click()
    form.locator(".file-list").wait_for()
    assert attached(application) == {"长文件.pdf": hashlib.sha256(LONG).hexdigest()}


def _offset(request: Request) -> int:
    return int(parse_qs(urlsplit(request.url).query)["offset"][0])


def _note(request: Request, offsets: list[int]) -> None:
    if "/append/" in request.url:
        offsets.append(_offset(request))


def test_files_are_dropped_and_taken_away_by_keyboard(form: Page, application: Application) -> None:
    dropped = form.evaluate_handle(
        """(content) => {
            const data = new DataTransfer();
            const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
            for (const name of ["甲.pdf", "乙.pdf"]) data.items.add(new File([bytes], name));
            return data;
        }""",
        base64.b64encode(PDF).decode(),
    )
    form.locator(".upload-zone").dispatch_event("drop", {"dataTransfer": dropped})
    expect(form.locator(".upload-done")).to_have_count(2)
    button = form.get_by_role("button", name="移除上传 甲.pdf")
    button.focus()
    form.keyboard.press("Enter")
    expect(form.locator(".upload-item")).to_have_count(1)
    expect(form.get_by_role("button", name="移除上传 乙.pdf")).to_be_focused()
    form.get_by_role("button", name="上传材料").click()
    form.locator(".file-list").wait_for()
    assert list(attached(application)) == ["乙.pdf"]
