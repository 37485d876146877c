"""The virus scanner: what it says is kept and shown, and nobody waits for one that is not there."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template

from portal.config.env import read
from portal.core.actions.uploads import append_chunk, begin_upload, finish_upload
from portal.core.actor import SYSTEM, Actor
from portal.core.constants import Scan
from portal.core.errors import Refused
from portal.core.files import send, store_bytes, store_upload
from portal.core.models import AccessEntry, StoredFile
from portal.core.tasks import rescan_files
from portal.core.uploads.scanning import rescan
from tests.core.clamd import EICAR, scanner
from tests.factories import World, client_of, make_world
from tests.papers import PDF, pdf
from tests.scenario import draft

pytestmark = pytest.mark.django_db
INFECTED = PDF + b"\n%" + EICAR


def store(content: bytes = PDF, actor: Any = SYSTEM, name: str = "证明.pdf") -> StoredFile:
    return store_upload(SimpleUploadedFile(name, content), actor)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize("kind", ["unix", "tcp"])
def test_a_clean_file_says_so(kind: str, settings: Any) -> None:
    with scanner(kind) as clamd:
        settings.PORTAL_CLAMD_SOCKET = clamd.address
        stored = store()
        assert (stored.scan, stored.get_scan_display()) == (Scan.CLEAN, "未发现病毒")
        assert stored.scanned_at is not None
        assert clamd.seen == [PDF]


def test_large_files_are_sent_in_pieces(settings: Any) -> None:
    content = pdf(pages=3_000)
    assert len(content) > 300_000
    with scanner() as clamd:
        settings.PORTAL_CLAMD_SOCKET = clamd.address
        assert store(content).scan == Scan.CLEAN
        assert clamd.seen == [content]


def test_an_infected_file_is_refused_and_noted(world: World, settings: Any) -> None:
    filer = world.actor("puxian.filer")
    with scanner() as clamd:
        settings.PORTAL_CLAMD_SOCKET = clamd.address
        with pytest.raises(ValidationError, match="查出病毒（Eicar-Signature）"):
            store(INFECTED, filer)
        upload = begin_upload(actor=filer, name="b.pdf", size=len(INFECTED))
        append_chunk(actor=filer, upload=upload, offset=0, content=INFECTED)
        assert "查出病毒" in finish_upload(actor=filer, upload=upload).problem
    assert not StoredFile.objects.exists()
    notes = AccessEntry.objects.filter(kind="refused", actor=filer.user)
    assert [note.subject for note in notes.order_by("pk")] == ["文件 证明.pdf", "文件 b.pdf"]
    assert "Eicar-Signature" in notes[0].summary


def test_without_a_scanner_it_is_said_that_nothing_was_scanned() -> None:
    stored = store(INFECTED)
    assert (stored.scan, stored.scanned_at) == (Scan.UNSCANNED, None)
    stored.flags = ["script"]
    text = Template("{% include 'components/file_state.html' %}").render(
        Context({"stored": stored})
    )
    assert "未查病毒" in text
    assert "含脚本" in text


@pytest.mark.parametrize(
    "answer", [b"INSTREAM size limit exceeded. ERROR", b"", b"stream: lstat() failed. ERROR"]
)
def test_an_answer_that_says_nothing_is_no_all_clear(answer: bytes, settings: Any) -> None:
    with scanner() as clamd:
        settings.PORTAL_CLAMD_SOCKET = clamd.address
        clamd.answer = answer
        stored = store()
    assert (stored.scan, stored.get_scan_display()) == (Scan.FAILED, "扫描未完成")
    assert stored.scan_note


def test_a_scanner_that_is_away_keeps_nobody_from_working_and_is_asked_again(settings: Any) -> None:
    with scanner() as clamd:
        settings.PORTAL_CLAMD_SOCKET = clamd.address
        clamd.stop()
        waiting, sick = store(), store(INFECTED, name="b.pdf")
        assert (waiting.scan, sick.scan) == (Scan.FAILED, Scan.FAILED)
        assert "自动重试" in waiting.scan_note
        assert rescan() == 0
    with scanner() as clamd:
        settings.PORTAL_CLAMD_SOCKET = clamd.address
        rescan_files()
        assert len(clamd.seen) == 2
        assert rescan() == 0
    for stored in (waiting, sick):
        stored.refresh_from_db()
    assert (waiting.scan, waiting.scan_note) == (Scan.CLEAN, "")
    assert (sick.scan, sick.scan_note) == (Scan.INFECTED, "Eicar-Signature")


def test_files_from_before_there_was_a_scanner_are_scanned_and_our_own_are_not(
    settings: Any,
) -> None:
    old, same = store(), store(name="again.pdf")
    made = store_bytes(pdf("ours"), "通知.pdf", "application/pdf", SYSTEM)
    with scanner() as clamd:
        settings.PORTAL_CLAMD_SOCKET = clamd.address
        assert rescan() >= 1
        assert set(clamd.seen) == {PDF}
    for stored in (old, same, made):
        stored.refresh_from_db()
    assert (old.scan, same.scan, made.scan) == (Scan.CLEAN, Scan.CLEAN, Scan.MADE)


def goes_out(stored: StoredFile, reader: Actor) -> bool:
    """Whether the reader gets the bytes."""
    answer = send(stored, actor=reader, path="/x/")
    content = b"".join(answer)
    assert answer.file_to_stream is not None
    answer.file_to_stream.close()  # closing the answer would close the test's database too
    return content == PDF


def test_what_goes_out(world: World, settings: Any) -> None:
    filer, clerk = world.actor("puxian.filer"), world.actor("puxian.clerk")
    stored = store(actor=filer)
    for reader in (filer, clerk):
        assert goes_out(stored, reader)
    settings.PORTAL_UNSCANNED_DOWNLOAD = False
    assert goes_out(stored, filer)
    with pytest.raises(Refused, match="还没有完成病毒扫描"):
        send(stored, actor=clerk, path="/x/")
    assert goes_out(store_bytes(PDF, "通知.pdf", "application/pdf", filer), clerk)
    stored.scan = Scan.CLEAN
    assert goes_out(stored, clerk)
    stored.scan, stored.scan_note = Scan.INFECTED, "Eicar-Signature"
    for reader in (filer, clerk):
        with pytest.raises(Refused, match="被查出病毒（Eicar-Signature），不能下载"):
            send(stored, actor=reader, path="/x/")


def test_a_refused_download_is_a_page_with_the_reason(world: World, settings: Any) -> None:
    application = draft(world, "county", "puxian")
    evidence = application.evidence.get()
    StoredFile.objects.filter(pk=evidence.file_id).update(scan=Scan.INFECTED, scan_note="Eicar")
    filer = world.actor("puxian.filer")
    assert filer.office is not None and filer.post is not None
    address = f"/o/{filer.office.slug}/applications/{application.pk}/evidence/{evidence.pk}/"
    answer = client_of(filer).get(address, {"post": filer.post.pk})
    assert answer.status_code == 403
    assert "被查出病毒" in answer.content.decode()


@pytest.mark.parametrize("value", ["clamd", "localhost:", "x:y"])
def test_a_malformed_address_stops_the_start(value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="PORTAL_CLAMD_SOCKET"):
        read({"PORTAL_CLAMD_SOCKET": value, "PORTAL_SECRET_KEY": "x"})


def test_the_switch_is_one_or_nought() -> None:
    with pytest.raises(ImproperlyConfigured, match="PORTAL_UNSCANNED_DOWNLOAD"):
        read({"PORTAL_UNSCANNED_DOWNLOAD": "no", "PORTAL_SECRET_KEY": "x"})
