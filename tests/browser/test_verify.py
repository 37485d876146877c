"""Verification in a real browser, on a phone and on a desk; the QR code leads to it."""

from __future__ import annotations

from typing import Any

import pypdfium2
import pytest
import qrcode  # type: ignore[import-untyped]
from django.urls import reverse
from PIL import Image

from portal.core.actions.documents import store_rendition
from portal.core.documents.codes import grouped, verify_url
from tests.browser.looking import look
from tests.conftest import NewPage
from tests.core.documents_process.papers import appended, issued
from tests.factories import World, make_world

DPI = 300
# Pixels: a finder of a QR code is wider than any stroke of a character there.
LEAST = 30


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def printed_modules(pdf: bytes, modules: int) -> list[list[bool]]:
    """The QR code on the last page as a camera sees it: which modules are dark."""
    with pypdfium2.PdfDocument(pdf) as document:
        page = document[len(document) - 1]
        image = page.render(scale=DPI / 72).to_pil().convert("L")
    width, height = image.size
    # It stands below the type area.
    foot = image.crop((0, int(height * 0.85), width, height))
    left, top, side = square(foot, modules)
    step = side / modules
    middles = [int((place + 0.5) * step) for place in range(modules)]
    return [[dark(foot, left + x, top + y) for x in middles] for y in middles]


def dark(image: Image.Image, x: int, y: int) -> bool:
    """Whether there is ink."""
    value = image.getpixel((x, y))
    assert isinstance(value, int)
    return value < 128


def square(image: Image.Image, modules: int) -> tuple[int, int, int]:
    """Left, top and side of the QR code: its first corner is seven modules wide and high."""
    width, height = image.size
    for top in range(height):
        run = 0
        for x in range(width):
            if dark(image, x, top):
                run += 1
                continue
            left = x - run
            if run > LEAST and all(dark(image, left + 1, top + y) for y in range(run - 2)):
                about = run * modules / 7
                ends = [
                    end
                    for end in range(int(left + about * 0.9), int(left + about * 1.1))
                    if dark(image, end, top + 1)
                ]
                return left, top, max(ends) - left + 1
            run = 0
    raise AssertionError("no QR code on the last page")


def test_the_page_on_a_phone_and_a_desk(
    world: World, live_url: str, new_page: NewPage, settings: Any
) -> None:
    settings.PORTAL_SITE_URL = live_url
    document = issued(world)
    assert document.code is not None
    with store_rendition(document.pk).file.file.open("rb") as file:
        ours = file.read()

    # What is printed is the address of the page, module for module.
    address = verify_url(document.code)
    code = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_M, border=0)
    code.add_data(address)
    code.make(fit=True)
    due = [[bool(module) for module in row] for row in code.get_matrix()]
    assert printed_modules(ours, len(due)) == due

    page = new_page()
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(address)
    look(page, "verify-phone", document.title)
    look(page, "verify-phone", "有效")
    page.goto(live_url + reverse("verify"))
    look(page, "verify-empty-phone", "核对手里的电子文件")
    page.get_by_label("核验码或者发文字号").fill(grouped(document.code).lower())
    page.keyboard.press("Enter")
    look(page, "verify-code-phone", document.number)
    page.get_by_label("要核对的文件").set_input_files(
        {"name": "签章.pdf", "mimeType": "application/pdf", "buffer": appended(ours)}
    )
    page.get_by_role("button", name="核对文件").click()
    look(page, "verify-appended-phone", "原文部分一致")

    page.set_viewport_size({"width": 1366, "height": 768})
    look(page, "verify-appended", "原文部分一致")
    page.goto(live_url + reverse("verify") + "?q=7K3M-9Q2T-X4DB")
    look(page, "verify-unknown", "没有查到这个核验码")
    page.get_by_role("link", name="公文核验").first.click()
    page.get_by_role("button", name="核验公文").click()
    look(page, "verify-nothing", "请输入核验码或者发文字号")
