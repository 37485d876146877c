"""Stored files as page images: what can be shown, what cannot and why, and who gets to see them."""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image, ImageDraw
from pypdf import PdfWriter

from portal.core import jobs
from portal.core.actor import SYSTEM, acting_seat
from portal.core.constants import JobState, Preview, Scan
from portal.core.files import store_bytes
from portal.core.models import AccessEntry, FilePage, Job, StoredFile
from portal.core.previews import kinds, workshop
from portal.core.previews.making import request_preview
from tests.factories import World, client_of, make_world
from tests.scenario import drive, file, fresh
from towns.models import Honour, TownPaper

if TYPE_CHECKING:
    from pytest_django import Settings

pytestmark = pytest.mark.django_db

PAGE_BUDGET = 12
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def pdf(pages: int = 3) -> bytes:
    """A PDF with so many A4 pages, each with its number on it."""
    sheets = []
    for number in range(1, pages + 1):
        sheet = Image.new("L", (595, 842), "white")
        ImageDraw.Draw(sheet).text((100, 100), f"page {number} of {pages}", fill="black")
        sheets.append(sheet)
    target = io.BytesIO()
    sheets[0].save(target, "PDF", save_all=True, append_images=sheets[1:])
    return target.getvalue()


def encrypted(password: str) -> bytes:
    """A PDF that asks for a password."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt(password)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def blank(width: float, height: float) -> bytes:
    """A PDF with one empty page of a size."""
    writer = PdfWriter()
    writer.add_blank_page(width, height)
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def picture(kind: str, size: tuple[int, int], **options: Any) -> bytes:
    """A picture, blue on its left half and white on its right."""
    image = Image.new(options.pop("mode", "RGB"), size, options.pop("colour", "white"))
    if image.mode == "RGB":
        ImageDraw.Draw(image).rectangle((0, 0, size[0] // 2, size[1]), fill=(0, 0, 255))
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def keep(content: bytes, name: str, content_type: str = "application/pdf") -> StoredFile:
    return store_bytes(content, name, content_type, SYSTEM)


def make(stored: StoredFile) -> tuple[StoredFile, Job]:
    """Ask for the preview and run its job."""
    job = request_preview(stored)
    assert job is not None
    stored.refresh_from_db()
    assert stored.preview == Preview.MAKING
    jobs.run(job.pk)
    job.refresh_from_db()
    stored.refresh_from_db()
    return stored, job


def image_of(page: FilePage) -> Image.Image:
    with page.image.open("rb") as content:
        return Image.open(io.BytesIO(content.read())).convert("RGB")


def darkest(image: Image.Image) -> int:
    """The darkest grey of an image: 255 when nothing is drawn on it."""
    return min(image.convert("L").tobytes())


def is_near(pixel: Any, colour: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(pixel, colour, strict=True))


# --- what can be shown ----------------------------------------------------------------------------


def test_every_page_of_a_pdf_becomes_an_image() -> None:
    stored, job = make(keep(pdf(3), "证明.pdf"))
    assert (stored.preview, stored.preview_note, stored.pages) == (Preview.READY, "", 3)
    assert (job.state, job.result, job.progress_done) == (JobState.DONE, {"pages": 3}, 3)
    assert (job.post, job.created_by) == (None, None)
    pages = list(stored.page_images.all())
    assert [page.number for page in pages] == [1, 2, 3]
    for page in pages:
        image = image_of(page)
        assert image.size == (page.width, page.height)
        assert 1390 <= page.width <= 1400
        assert page.height / page.width == pytest.approx(297 / 210, abs=0.01)
        assert darkest(image) < 100, "nothing is drawn on the page"
    assert request_preview(stored) is None
    assert Job.objects.count() == 1


def test_only_so_many_pages_are_made_and_the_reader_is_told(settings: Settings) -> None:
    settings.PORTAL_PREVIEW_PAGES = 2
    stored, _ = make(keep(pdf(5), "长.pdf"))
    assert stored.preview == Preview.READY
    assert stored.pages == 5
    assert stored.page_images.count() == 2
    assert stored.preview_note == "共 5 页，只预览前 2 页，其余请下载查看。"


@pytest.mark.parametrize(("width", "height"), [(14400, 14400), (20, 14400), (14400, 3), (1, 1)])
def test_pages_of_any_size_fit(width: float, height: float) -> None:
    stored, _ = make(keep(blank(width, height), "怪.pdf"))
    page = stored.page_images.get()
    assert stored.preview == Preview.READY
    assert page.width <= 1400 and page.height <= 7000


def test_a_photograph_is_shown_as_the_camera_was_held() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    content = picture("JPEG", (3000, 2000), exif=exif)
    stored, _ = make(keep(content, "现场.jpg", "image/jpeg"))
    page = stored.page_images.get()
    assert (page.width, page.height) == (1400, 2100)
    image = image_of(page)
    assert is_near(image.getpixel((700, 100)), (0, 0, 255)), "the left half has come to the top"
    assert is_near(image.getpixel((700, 2000)), (255, 255, 255))
    assert not image.getexif()


def test_a_transparent_picture_lies_on_white_and_a_small_one_stays_small() -> None:
    content = picture("PNG", (300, 200), mode="RGBA", colour=(0, 0, 0, 0))
    stored, _ = make(keep(content, "章.png", "image/png"))
    page = stored.page_images.get()
    assert (page.width, page.height) == (300, 200)
    assert is_near(image_of(page).getpixel((150, 100)), (255, 255, 255))


def test_every_sheet_of_a_scanned_tiff_is_shown() -> None:
    sheets = [Image.new("1", (800, 1000), number % 2) for number in range(3)]
    target = io.BytesIO()
    sheets[0].save(target, "TIFF", save_all=True, append_images=sheets[1:])
    stored, _ = make(keep(target.getvalue(), "扫描.tif", "image/tiff"))
    assert (stored.pages, stored.page_images.count()) == (3, 3)


# --- what cannot ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "content_type", "reason"),
    [
        (encrypted("密"), "加密.pdf", "application/pdf", "encrypted"),
        (b"%PDF-1.7 nothing of the kind", "坏.pdf", "application/pdf", "damaged"),
        (pdf(1)[:400], "断.pdf", "application/pdf", "damaged"),
        (b"\x89PNG\r\n\x1a\n0000", "坏.png", "image/png", "damaged"),
        (picture("JPEG", (900, 900))[:300], "断.jpg", "image/jpeg", "damaged"),
        (picture("PNG", (12000, 12000), mode="1"), "巨.png", "image/png", "too_large"),
    ],
)
def test_what_cannot_be_shown_says_why(
    content: bytes, name: str, content_type: str, reason: str
) -> None:
    stored, job = make(keep(content, name, content_type))
    assert stored.preview == Preview.FAILED
    assert stored.preview_note == workshop.REASONS[reason]
    assert (job.state, job.reason) == (JobState.FAILED, stored.preview_note)
    assert not stored.page_images.exists()
    assert request_preview(stored) is None, "a damaged file is not tried for ever"
    assert request_preview(stored, again=True) is not None


def test_other_kinds_of_file_are_said_to_have_none() -> None:
    stored = keep(b"PK", "包.zip", "application/zip")
    assert request_preview(stored) is None
    stored.refresh_from_db()
    assert (stored.preview, stored.preview_note) == (Preview.UNSUPPORTED, kinds.OTHER_KIND)
    assert not Job.objects.exists()


def test_an_infected_file_is_not_looked_into() -> None:
    stored = keep(pdf(1), "毒.pdf")
    job = request_preview(stored)
    assert job is not None
    StoredFile.objects.update(scan=Scan.INFECTED)
    jobs.run(job.pk)
    stored.refresh_from_db()
    assert (stored.preview, stored.preview_note) == (Preview.UNSUPPORTED, kinds.INFECTED)
    assert request_preview(stored, again=True) is None


def program(folder: Path, body: str) -> str:
    """A program that is called as LibreOffice would be."""
    path = folder / "soffice"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def docx() -> bytes:
    """A document of two paragraphs, as small as they come."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        'content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-'
        'package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="'
        f'{DOCX}.main+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
        "</Relationships>",
        "word/document.xml": '<w:document xmlns:w="http://schemas.openxmlformats.org/'
        'wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>First</w:t></w:r></w:p><w:p><w:r>'
        "<w:t>Second</w:t></w:r></w:p></w:body></w:document>",
    }
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return target.getvalue()


def test_office_files_are_shown_where_libreoffice_is_installed() -> None:
    """With LibreOffice on this machine their pages, without it the sentence that says so."""
    stored, job = make(keep(docx(), "说明.docx", DOCX))
    if workshop.converter():
        assert (stored.preview, stored.pages, job.state) == (Preview.READY, 1, JobState.DONE)
        assert darkest(image_of(stored.page_images.get())) < 100
    else:
        assert stored.preview == Preview.UNSUPPORTED
        assert stored.preview_note == "未安装转换程序，不能在线预览，请下载查看。"
        assert (job.state, job.reason) == (JobState.FAILED, stored.preview_note)


def test_a_converter_is_called_without_macros_network_or_a_profile_of_somebody(
    settings: Settings, tmp_path: Path
) -> None:
    """A program in LibreOffice's place: what it is given, and that its PDF becomes the pages."""
    (tmp_path / "made.pdf").write_bytes(pdf(2))
    settings.PORTAL_SOFFICE = program(
        tmp_path,
        f'env > {tmp_path}/env; echo "$@" > {tmp_path}/arguments\n'
        f"cp user/registrymodifications.xcu {tmp_path}/ 2>/dev/null\n"
        f"cp profile/user/registrymodifications.xcu {tmp_path}/\n"
        f"cp {tmp_path}/made.pdf source.pdf",
    )
    stored, job = make(keep(docx(), "说明.docx", DOCX))
    assert (stored.preview, stored.pages, job.result) == (Preview.READY, 2, {"pages": 2})
    arguments = (tmp_path / "arguments").read_text()
    assert "--headless" in arguments and "--convert-to pdf" in arguments
    assert "-env:UserInstallation=file:///" in arguments
    given = (tmp_path / "env").read_text()
    assert "PORTAL_" not in given, "no secret of the portal reaches the program"
    profile = (tmp_path / "registrymodifications.xcu").read_text()
    assert 'oor:name="DisableMacrosExecution" oor:op="fuse"><value>true<' in profile
    left = Path(settings.PORTAL_DATA_DIR) / "previews"
    assert not list(left.glob(f"{stored.pk}-*")), "its folder is gone afterwards"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("sleep 60", workshop.TOO_SLOW),
        ("exit 3", workshop.NOT_CONVERTED),
        (": > source.pdf", workshop.NOT_CONVERTED),
        ("kill -SEGV $$", workshop.NOT_CONVERTED),
        ("echo broken > source.pdf", workshop.REASONS["damaged"]),
    ],
)
def test_a_converter_that_fails_or_hangs_is_said_so(
    settings: Settings, tmp_path: Path, body: str, reason: str
) -> None:
    settings.PORTAL_CONVERSION_SECONDS = 2
    settings.PORTAL_SOFFICE = program(tmp_path, body)
    stored, job = make(keep(docx(), "说明.docx", DOCX))
    assert (stored.preview, stored.preview_note) == (Preview.FAILED, reason)
    assert job.reason == reason


def test_after_a_converter_was_installed_the_reader_tries_again(
    settings: Settings, tmp_path: Path
) -> None:
    settings.PORTAL_SOFFICE = "no-such-program"
    stored, _ = make(keep(docx(), "说明.docx", DOCX))
    assert stored.preview == Preview.UNSUPPORTED
    assert request_preview(stored) is None
    (tmp_path / "made.pdf").write_bytes(pdf(1))
    settings.PORTAL_SOFFICE = program(tmp_path, f"cp {tmp_path}/made.pdf source.pdf")
    job = request_preview(stored, again=True)
    assert job is not None
    jobs.run(job.pk)
    stored.refresh_from_db()
    assert (stored.preview, stored.page_images.count()) == (Preview.READY, 1)


# --- programs that misbehave ----------------------------------------------------------------------


def test_a_page_that_takes_too_long_is_given_up(settings: Settings) -> None:
    settings.PORTAL_PREVIEW_SECONDS = 0
    stored, _ = make(keep(pdf(1), "慢.pdf"))
    assert (stored.preview, stored.preview_note) == (Preview.FAILED, workshop.TOO_SLOW)


def test_a_file_that_needs_too_much_memory_ends_its_own_program_only(settings: Settings) -> None:
    settings.PORTAL_PREVIEW_MEMORY = 40
    stored, _ = make(keep(pdf(1), "大.pdf"))
    assert stored.preview == Preview.FAILED
    assert stored.preview_note in (workshop.CRASHED, workshop.REASONS["too_large"])


@pytest.mark.parametrize(
    "deed",
    [
        "bytearray(900 * 1024 * 1024)",
        "[0 for _ in iter(int, 1)]",
        "open('big', 'wb').write(bytes(9 * 1024 * 1024))",
        "__import__('socket').create_connection(('127.0.0.1', int(sys.argv[1])), 2)",
    ],
    ids=["memory", "time", "file", "network"],
)
def test_a_confined_program_can_do_no_harm(deed: str, tmp_path: Path) -> None:
    """Each deed is done without limits and is not with them (the network where the system can)."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        deeds = [sys.executable, "-c", f"import sys; {deed}; print('done')", port]
        limits = [str(number) for number in (os.getpid(), 1, 500, 5)]
        confined = [sys.executable, "-I", str(workshop.HERE / "confined.py"), *limits, *deeds]
        ended = subprocess.run(confined, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    if "socket" in deed and not namespaces():
        assert ended.stdout == b"done\n"
    else:
        assert ended.returncode != 0
        assert ended.stdout == b""


def namespaces() -> bool:
    """Whether this machine lets a process have a network of its own."""
    tried = "import ctypes, sys; c = ctypes.CDLL(None); sys.exit(c.unshare(0x40000000) != 0 and "
    return not subprocess.run(
        [sys.executable, "-c", f"{tried}c.unshare(0x50000000) != 0)"], check=False
    ).returncode


def test_a_confined_program_ends_with_whoever_started_it(tmp_path: Path) -> None:
    """The starter is killed with -9; the program does not go on alone."""
    starter = (
        "import os, subprocess, sys, time\n"
        "limits = [str(os.getpid()), '60', '500', '5']\n"
        "child = subprocess.Popen([sys.executable, '-I', sys.argv[1], *limits, 'sleep', '60'])\n"
        "print(child.pid, flush=True); time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", starter, str(workshop.HERE / "confined.py")],
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        child = int(process.stdout.readline())
        command = Path(f"/proc/{child}/cmdline")
        deadline = time.monotonic() + 20
        while b"sleep\x0060" not in command.read_bytes():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.kill()
    while command.exists() and command.read_bytes():
        assert time.monotonic() < deadline, "the program goes on although nobody waits for it"
        time.sleep(0.02)


# --- taken up again -------------------------------------------------------------------------------


def test_a_repeated_run_goes_on_where_the_last_one_stopped() -> None:
    """Pages that are there stay as they are; a half image without its row is written over."""
    stored = keep(pdf(4), "续.pdf")
    stored, _ = make(stored)
    first = stored.page_images.get(number=1)
    names = [str(page.image) for page in stored.page_images.all()]
    stored.page_images.filter(number__gt=2).delete()
    storage = stored.file.storage
    with storage.open(names[2], "wb") as half:
        half.write(b"RIFF half")
    StoredFile.objects.update(preview=Preview.MAKING)
    Job.objects.update(state=JobState.QUEUED, attempts=1)
    jobs.run(Job.objects.get().pk)
    stored.refresh_from_db()
    assert stored.preview == Preview.READY
    assert [page.number for page in stored.page_images.all()] == [1, 2, 3, 4]
    assert [str(page.image) for page in stored.page_images.all()] == names
    assert stored.page_images.get(number=1).pk == first.pk
    assert image_of(stored.page_images.get(number=3)).size == (first.width, first.height)
    assert len(storage.listdir(str(Path(names[0]).parent))[1]) == 4, "nothing is left lying about"


def test_a_file_that_breaks_off_in_the_middle_shows_what_there_is(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages before stay to be read, and the page says from where on it has none."""
    stored, _ = make(keep(pdf(2), "半.pdf"))
    StoredFile.objects.update(preview=Preview.MAKING)
    stored.page_images.get(number=2).delete()
    settings.PORTAL_PREVIEW_SECONDS = 0
    Job.objects.update(state=JobState.QUEUED, attempts=1)
    jobs.run(Job.objects.get().pk)
    stored.refresh_from_db()
    assert stored.preview == Preview.READY
    assert stored.preview_note == f"第 2 页起不能预览：{workshop.TOO_SLOW}"
    assert stored.page_images.count() == 1


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture
def world() -> World:
    return make_world()


def paper(world: World, content: bytes, name: str = "一镇一策.pdf", **fields: Any) -> StoredFile:
    """A file kept with the town of Pu county."""
    stored = keep(content, name, **fields)
    TownPaper.objects.create(
        town=world.towns["puxian"],
        kind="plan",
        title="一镇一策",
        file=stored,
        created_at=stored.created_at,
    )
    return stored


def ask(
    world: World, who: str, name: str, *args: object, htmx: bool = False, back: str = ""
) -> Any:
    """Ask for an address of a file; ``back`` is the page from which it was opened."""
    actor = world.actor(who)
    assert actor.office is not None
    address = reverse(name, args=[actor.office.slug, *args])
    query = {"post": str(acting_seat(actor).pk)} | ({"from": back} if back else {})
    headers = {"HX-Request": "true"} if htmx else {}
    return client_of(actor).get(address, query, headers=headers)


def text_of(answer: Any) -> str:
    return answer.content.decode()


def test_whoever_opens_a_file_first_has_its_pages_made(world: World) -> None:
    stored = paper(world, pdf(2))
    waiting = text_of(ask(world, "puxian.clerk", "file-preview", stored.pk))
    assert "正在生成预览" in waiting and "刷新进度" in waiting
    job = Job.objects.get()
    jobs.run(job.pk)
    shown = text_of(ask(world, "puxian.clerk", "file-preview", stored.pk))
    assert 'alt="第 2 页，共 2 页"' in shown and 'loading="lazy"' in shown
    assert reverse("file-page", args=["puxian", stored.pk, 2]) in shown
    assert reverse("file-download", args=["puxian", stored.pk]) in shown
    assert stored.sha256 in shown and stored.get_scan_display() in shown
    assert "正在生成预览" not in shown


def test_the_progress_alone_is_given_to_htmx_until_the_pages_are_there(world: World) -> None:
    stored = paper(world, pdf(1))
    part = ask(world, "puxian.clerk", "file-preview", stored.pk, htmx=True)
    assert part.status_code == 200
    assert "<html" not in text_of(part) and "job-queued" in text_of(part)
    jobs.run(Job.objects.get().pk)
    done = ask(world, "puxian.clerk", "file-preview", stored.pk, htmx=True)
    assert done.headers["HX-Refresh"] == "true"


def test_a_page_image_is_nothing_but_an_image(world: World) -> None:
    stored, _ = make(paper(world, pdf(1)))
    answer = ask(world, "puxian.clerk", "file-page", stored.pk, 1)
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["Content-Disposition"] == "inline"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(answer)[:4] == b"RIFF"
    assert ask(world, "puxian.clerk", "file-page", stored.pk, 2).status_code == 404


def test_a_download_goes_out_as_every_file_does(world: World) -> None:
    stored = paper(world, pdf(1))
    answer = ask(world, "puxian.filer", "file-download", stored.pk)
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(answer)[:5] == b"%PDF-"
    entry = AccessEntry.objects.get(kind="download")
    assert entry.subject == "专业镇文件 一镇一策 一镇一策.pdf"


def test_reading_is_noted_once_however_many_pages_it_has(world: World) -> None:
    stored, _ = make(paper(world, pdf(3)))
    actor = world.actor("puxian.clerk")
    client = client_of(actor)
    for name, args in (
        ("file-page", [1]),
        ("file-page", [2]),
        ("file-page", [3]),
    ):
        answer = client.get(reverse(name, args=["puxian", stored.pk, *args]))
        assert b"".join(answer)
    entry = AccessEntry.objects.get(kind="view")
    assert entry.subject == "文件 一镇一策.pdf（专业镇文件 一镇一策）"
    client.get(reverse("file-preview", args=["puxian", stored.pk]))
    assert AccessEntry.objects.filter(kind="view").count() == 2, "an opened page is noted each time"


@pytest.mark.parametrize("name", ["file-preview", "file-download", "file-page"])
def test_strangers_find_nothing(world: World, name: str) -> None:
    stored, _ = make(paper(world, pdf(1)))
    number = [1] if name == "file-page" else []
    for who in ("xixian.clerk", "xixian.filer", "jincheng.clerk", "sx.expert", "sx.member"):
        assert ask(world, who, name, stored.pk, *number).status_code == 404, who
    for who in ("puxian.filer", "linfen.clerk", "sx.clerk"):
        answer = ask(world, who, name, stored.pk, *number)
        assert answer.status_code == 200, who
        assert b"".join(answer)  # read to the end, which closes the file


def test_no_name_of_a_person_stands_on_the_page(world: World) -> None:
    """Who uploaded it is nobody's matter here: experts and units read the same page."""
    case = fresh(drive(world, file(world, "province"), "expert_scoring"))
    stored = case.application.evidence.get().file
    filer = world.actor("puxian.filer")
    assert stored.created_by == filer.user
    for who in ("sx.clerk", "puxian.filer"):
        shown = text_of(ask(world, who, "file-preview", stored.pk))
        content = shown[shown.index("<main") : shown.index("</main>")]
        assert str(filer.user) not in content


def test_what_cannot_be_shown_can_be_downloaded_and_tried_again(world: World) -> None:
    stored, job = make(paper(world, b"%PDF-1.4 broken"))
    actor = world.actor("puxian.clerk")
    shown = text_of(ask(world, "puxian.clerk", "file-preview", stored.pk))
    assert stored.preview_note in shown and "重新生成预览" in shown
    assert reverse("file-download", args=["puxian", stored.pk]) in shown
    address = reverse("file-preview", args=["puxian", stored.pk])
    answer = client_of(actor).post(address, {"acting_post": acting_seat(actor).pk})
    assert answer.status_code == 302
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    StoredFile.objects.update(scan=Scan.INFECTED)
    shown = text_of(ask(world, "puxian.clerk", "file-preview", stored.pk))
    assert kinds.INFECTED in shown and "重新生成预览" not in shown


def test_wherever_a_file_is_listed_it_can_be_previewed_and_downloaded(world: World) -> None:
    case = fresh(drive(world, file(world, "county"), "county_accept"))
    evidence = case.application.evidence.get()
    town = world.towns["puxian"]
    plan = paper(world, pdf(1))
    member = town.memberships.get(role="leading")
    certificate = keep(picture("PNG", (9, 9)), "证书.png", "image/png")
    honour = Honour.objects.create(
        enterprise=member.enterprise, kind="technology_centre", certificate=certificate
    )
    for name, key, stored, own in (
        ("case", case.pk, evidence.file, True),
        ("application-check", case.application_id, evidence.file, True),
        ("town-papers", town.pk, plan, False),
        ("honour", honour.pk, certificate, False),
    ):
        shown = text_of(ask(world, "puxian.clerk", name, key))
        assert reverse("file-preview", args=["puxian", stored.pk]) in shown, name
        assert own or reverse("file-download", args=["puxian", stored.pk]) in shown, name
        assert stored.get_scan_display() in shown, name


def test_the_way_back_leads_to_a_page_of_this_site_only(world: World) -> None:
    stored, _ = make(paper(world, pdf(1)))
    back = "/o/puxian/towns/1/?post=2"
    shown = text_of(ask(world, "puxian.clerk", "file-preview", stored.pk, back=back))
    assert f'href="{back}"' in shown
    for evil in ("//evil.example/", "https://evil.example/", "javascript:alert(1)", "/\\evil"):
        shown = text_of(ask(world, "puxian.clerk", "file-preview", stored.pk, back=evil))
        assert f'href="{evil}"' not in shown
        assert ">返回<" not in shown


def test_a_file_of_many_pages_takes_a_handful_of_queries(world: World, settings: Settings) -> None:
    stored, _ = make(paper(world, pdf(1)))
    page = stored.page_images.get()
    FilePage.objects.bulk_create(
        FilePage(source=stored, number=number, image=page.image.name, width=10, height=10)
        for number in range(2, 200)
    )
    client = client_of(world.actor("puxian.clerk"))
    address = reverse("file-preview", args=["puxian", stored.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(address)
    assert answer.content.count(b"<figure") == 199
    assert len(queries) <= PAGE_BUDGET, [query["sql"] for query in queries]
