"""Uploads in pieces: nothing confirmed is lost, nothing half is left, nobody else's is touched."""

from __future__ import annotations

import os
import time
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client

from portal.core import clock
from portal.core.actions.uploads import (
    append_chunk,
    begin_upload,
    drop_upload,
    finish_upload,
    take_uploads,
)
from portal.core.actor import PUBLIC, Actor, acting_office, acting_seat
from portal.core.errors import Refused
from portal.core.models import StoredFile, Upload
from portal.core.tasks import clear_expired_uploads
from portal.core.uploads.clearing import clear_uploads
from portal.core.uploads.parts import part_of, safe_size, write_at
from portal.core.uploads.storing import store_upload
from tests.factories import World, client_of, make_world
from tests.papers import PDF, pdf

pytestmark = pytest.mark.django_db
LONG = pdf("resumed", pages=40)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def filer(world: World) -> Actor:
    return world.actor("puxian.filer")


class Browser:
    """What the script of the page does, by hand."""

    def __init__(self, actor: Actor, *, strict: bool = False) -> None:
        self.client = client_of(actor) if not strict else Client(enforce_csrf_checks=True)
        if strict:
            self.client.force_login(actor.user)  # type: ignore[arg-type]
        self.query = f"?post={acting_seat(actor).pk}"
        self.root = f"/o/{acting_office(actor).slug}/uploads/"

    def begin(self, name: str, size: int, fingerprint: str = "") -> Any:
        data = {"name": name, "size": size, "fingerprint": fingerprint}
        return self.client.post(self.root + self.query, data)

    def append(self, found: dict[str, Any], offset: int, content: bytes) -> Any:
        return self.client.post(
            f"{found['append']}&offset={offset}", content, content_type="application/octet-stream"
        )

    def whole(self, name: str, content: bytes, step: int = 1_000) -> Any:
        found = self.begin(name, len(content)).json()
        for place in range(0, len(content), step):
            assert self.append(found, place, content[place : place + step]).status_code == 200
        return self.client.post(found["finish"])


# --- the way of a file ----------------------------------------------------------------------------


def test_a_file_in_pieces_becomes_the_same_file(filer: Actor) -> None:
    answer = Browser(filer).whole("C:\\材料\\证明.pdf", LONG)
    assert answer.status_code == 200
    found = answer.json()
    assert (found["name"], found["done"], found["pages"], found["scan"]) == (
        "证明.pdf", True, 40, "未查病毒",
    )  # fmt: skip
    (stored,) = take_uploads([found["id"]], filer)
    with stored.file.open("rb") as there:
        assert there.read() == LONG
    assert (stored.name, stored.created_by) == ("证明.pdf", filer.user)
    assert take_uploads([found["id"], found["id"]], filer) == [stored]


def test_a_wrong_place_is_answered_with_the_right_one(filer: Actor) -> None:
    browser = Browser(filer)
    found = browser.begin("a.pdf", len(LONG)).json()
    assert browser.append(found, 0, LONG[:700]).json()["received"] == 700
    for offset in (0, 699, 701, 10**12):
        wrong = browser.append(found, offset, b"x")
        assert (wrong.status_code, wrong.json()["received"]) == (409, 700)
    wrong = browser.client.post(found["append"] + "&offset=x", b"x", content_type="text/plain")
    assert wrong.status_code == 409
    assert safe_size(uuid.UUID(found["id"])) == 700
    early = browser.client.post(found["finish"])
    assert (early.status_code, early.json()["received"]) == (409, 700)
    status = browser.client.get(found["status"])
    assert (status.json()["received"], status["Upload-Offset"]) == (700, "700")
    assert browser.client.head(found["status"])["Upload-Offset"] == "700"


def test_never_more_than_was_announced(filer: Actor) -> None:
    browser = Browser(filer)
    found = browser.begin("a.pdf", 100).json()
    answer = browser.append(found, 0, b"x" * 101)
    assert answer.status_code == 422
    assert "超过了文件大小" in answer.json()["problem"]
    large = browser.append(found, 0, b"x" * (4 * 1024 * 1024 + 1))
    assert large.status_code == 413
    assert safe_size(uuid.UUID(found["id"])) == 0


def test_the_same_file_chosen_again_goes_on_where_it_was(filer: Actor, world: World) -> None:
    browser = Browser(filer)
    first = browser.begin("a.pdf", len(LONG), "print").json()
    browser.append(first, 0, LONG[:500])
    again = browser.begin("a.pdf", len(LONG), "print").json()
    assert (again["id"], again["received"]) == (first["id"], 500)
    assert browser.begin("a.pdf", len(LONG) - 1, "print").json()["id"] != first["id"]
    other = Browser(world.actor("puxian.submitter")).begin("a.pdf", len(LONG), "print").json()
    assert other["id"] != first["id"]


def test_a_refused_file_says_why_and_leaves_no_bytes(
    filer: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    browser = Browser(filer)
    with django_capture_on_commit_callbacks(execute=True):
        answer = browser.whole("证明.pdf", LONG[:2_000])
    assert answer.status_code == 422
    assert "不完整" in answer.json()["problem"]
    assert not part_of(uuid.UUID(answer.json()["id"])).exists()
    assert not StoredFile.objects.filter(name="证明.pdf").exists()
    with pytest.raises(ValidationError, match="不完整"):
        take_uploads([answer.json()["id"]], filer)
    fresh = browser.begin("证明.pdf", 2_000).json()
    assert fresh["id"] != answer.json()["id"]


@pytest.mark.parametrize(
    ("name", "size", "words"),
    [
        ("a.exe", 10, "不是可上传的格式"),
        ("a.pdf", 0, "空文件"),
        ("a.pdf", 10**12, "超过 20 MB"),
        ("a.pdf", "x", "空文件"),
        ("", 5, "不是可上传的格式"),
    ],
)
def test_what_cannot_come_in_is_not_begun(filer: Actor, name: str, size: Any, words: str) -> None:
    answer = Browser(filer).begin(name, size)
    assert answer.status_code == 422
    assert words in answer.json()["problem"]
    assert not Upload.objects.exists()


# --- limits and people ----------------------------------------------------------------------------


def test_so_many_at_once(filer: Actor, settings: Any) -> None:
    settings.PORTAL_UPLOAD_OPEN_FILES = 2
    browser = Browser(filer)
    for number in range(2):
        assert browser.begin(f"{number}.pdf", 10).status_code == 200
    answer = browser.begin("3.pdf", 10)
    assert answer.status_code == 422
    assert "最多 2 份" in answer.json()["problem"]
    settings.PORTAL_UPLOAD_OPEN_FILES = 9
    settings.PORTAL_UPLOAD_OPEN_BYTES = 1024
    assert "合计超过" in browser.begin("4.pdf", 1_005).json()["problem"]
    assert browser.begin("5.pdf", 1_004).status_code == 200


def test_nobody_else_reaches_an_upload(filer: Actor, world: World) -> None:
    found = Browser(filer).begin("a.pdf", len(PDF)).json()
    upload = Upload.objects.get(pk=found["id"])
    for name in ("puxian.submitter", "puxian.clerk", "xixian.filer"):
        other = world.actor(name)
        browser = Browser(other)
        address = browser.root + found["id"] + "/"
        assert browser.client.get(address + browser.query).status_code == 404
        for step in ("append", "finish", "remove"):
            answer = browser.client.post(f"{address}{step}/{browser.query}&offset=0")
            assert answer.status_code == 404, (name, step)
        with pytest.raises(Upload.DoesNotExist):
            append_chunk(actor=other, upload=upload, offset=0, content=b"x")
        with pytest.raises(ValidationError, match="没有加入"):
            take_uploads([upload.pk], other)
    with pytest.raises(Refused, match="现任岗位"):
        begin_upload(actor=PUBLIC, name="a.pdf", size=5)


def test_a_page_of_somebody_elses_cannot_send(filer: Actor) -> None:
    assert Browser(filer, strict=True).begin("a.pdf", 10).status_code == 403
    assert not Upload.objects.exists()


def test_an_unfinished_one_is_not_taken(filer: Actor) -> None:
    upload = begin_upload(actor=filer, name="a.pdf", size=len(PDF))
    with pytest.raises(ValidationError, match="还没有传完"):
        take_uploads([upload.pk], filer)
    for key in ("x", str(uuid.uuid4())):
        with pytest.raises(ValidationError, match="重新选择"):
            take_uploads([key], filer)


# --- what is left after a blow --------------------------------------------------------------------


def test_bytes_written_and_not_confirmed_are_written_again(filer: Actor) -> None:
    """The server was killed between the disk and the row."""
    upload = begin_upload(actor=filer, name="a.pdf", size=len(LONG))
    upload = append_chunk(actor=filer, upload=upload, offset=0, content=LONG[:500])
    write_at(upload.pk, 500, b"half of something")
    upload = append_chunk(actor=filer, upload=upload, offset=500, content=LONG[500:600])
    assert part_of(upload.pk).read_bytes() == LONG[:600]


def test_bytes_lost_from_the_disk_are_asked_for_again(filer: Actor) -> None:
    """Somebody restored the data folder from a copy."""
    browser = Browser(filer)
    found = browser.begin("a.pdf", len(LONG)).json()
    browser.append(found, 0, LONG)
    os.truncate(part_of(uuid.UUID(found["id"])), 300)
    answer = browser.client.post(found["finish"])
    assert (answer.status_code, answer.json()["received"]) == (409, 300)


def test_parts_lie_in_the_data_folder_outside_of_files(filer: Actor) -> None:
    upload = begin_upload(actor=filer, name="../../x.pdf", size=len(PDF))
    append_chunk(actor=filer, upload=upload, offset=0, content=PDF[:5])
    path = part_of(upload.pk).resolve()
    data = Path(settings.PORTAL_DATA_DIR).resolve()
    assert path == data / "uploads" / f"{upload.pk}.part"
    assert path.stat().st_mode & 0o007 == 0


def old(path: str | Path, hours: int = 100) -> None:
    moment = time.time() - hours * 3600
    os.utime(path, (moment, moment))


def test_what_nobody_goes_on_with_is_cleared(
    filer: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    content = pdf("never taken")
    begun = begin_upload(actor=filer, name="a.pdf", size=len(PDF))
    append_chunk(actor=filer, upload=begun, offset=0, content=PDF[:5])
    done = begin_upload(actor=filer, name="b.pdf", size=len(content))
    append_chunk(actor=filer, upload=done, offset=0, content=content)
    done = finish_upload(actor=filer, upload=done)
    assert done.stored is not None
    where = Path(done.stored.file.path)
    fresh = begin_upload(actor=filer, name="c.pdf", size=len(PDF))
    Upload.objects.exclude(pk=fresh.pk).update(expires_at=clock.now() - timedelta(hours=1))
    old(where)
    stray = part_of(uuid.uuid4())
    stray.write_bytes(b"x")
    old(stray)
    with django_capture_on_commit_callbacks(execute=True):
        clear_expired_uploads()
    assert list(Upload.objects.all()) == [fresh]
    assert not part_of(begun.pk).exists() and not part_of(done.pk).exists()
    assert not where.exists() and not stray.exists()
    assert not StoredFile.objects.filter(pk=done.stored.pk).exists()


def test_what_was_taken_or_is_shared_is_never_cleared(
    filer: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    content = pdf("shared")
    upload = begin_upload(actor=filer, name="b.pdf", size=len(content))
    append_chunk(actor=filer, upload=upload, offset=0, content=content)
    stored = finish_upload(actor=filer, upload=upload).stored
    assert stored is not None
    kept = store_upload(ContentFile(content, name="same.pdf"), filer)
    old(stored.file.path)
    Upload.objects.update(expires_at=clock.now() - timedelta(hours=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert clear_uploads() == 1
    assert not StoredFile.objects.filter(pk=stored.pk).exists()
    with kept.file.open("rb") as there:
        assert there.read() == content


def test_giving_up_takes_the_bytes_away(
    filer: Actor, django_capture_on_commit_callbacks: Any
) -> None:
    browser = Browser(filer)
    found = browser.begin("a.pdf", len(LONG), "print").json()
    browser.append(found, 0, LONG[:500])
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.client.post(found["remove"]).json()["removed"] is True
    assert not part_of(uuid.UUID(found["id"])).exists()
    assert browser.client.get(found["status"]).status_code == 404
    assert browser.begin("a.pdf", len(LONG), "print").json()["id"] != found["id"]
    with pytest.raises(Upload.DoesNotExist):
        drop_upload(actor=filer, upload=Upload.objects.get(pk=found["id"]))
