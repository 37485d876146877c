"""Files kept and given out: named by digest, once on disk, never served inline."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core.actor import SYSTEM
from portal.core.constants import Scan
from portal.core.files import ACCEPTED, send, store_bytes, store_upload
from portal.core.models import StoredFile
from portal.core.uploads import find_same, same_as
from tests.factories import make_world
from tests.papers import PDF, good, pdf
from tests.services import ROOT

GOOD = good()


@pytest.mark.django_db
def test_nothing_typed_reaches_the_file_system() -> None:
    upload = SimpleUploadedFile("../../etc/..\\x.pdf", PDF, content_type="text/html")
    stored = store_upload(upload, SYSTEM)
    where = str(stored.file.name)
    assert Path(where).name.startswith(stored.sha256)
    assert ".." not in where
    assert (stored.name, stored.pages, stored.flags) == ("x.pdf", 1, [])
    assert stored.content_type == "application/pdf"


@pytest.mark.django_db
def test_files_lie_outside_of_what_the_site_serves() -> None:
    stored = store_bytes(b"x", "a.bin", "application/octet-stream", SYSTEM)
    where = Path(stored.file.path).resolve()
    assert where.is_relative_to(Path(settings.PORTAL_DATA_DIR).resolve() / "files")
    served = [Path(str(settings.STATIC_ROOT)).resolve(), ROOT / "portal" / "core" / "static"]
    for folder in (*served, Path(settings.PORTAL_UPLOAD_DIR).resolve()):
        assert not where.is_relative_to(folder)
        assert not folder.is_relative_to(Path(settings.PORTAL_DATA_DIR).resolve() / "files")
    assert not settings.MEDIA_URL.strip("/"), "no address serves the folder of files"


@pytest.mark.django_db
def test_the_same_bytes_lie_once_on_disk() -> None:
    content = pdf("lies once")
    first = store_upload(SimpleUploadedFile("a.pdf", content), SYSTEM)
    second = store_upload(SimpleUploadedFile("b.pdf", content), SYSTEM)
    assert first.pk != second.pk
    assert first.file.name == second.file.name
    assert (
        find_same(StoredFile.objects.filter(pk=first.pk), second.sha256, "upload__stored") is None
    )
    assert same_as("b.pdf", "a.pdf") == "“b.pdf”与已上传的“a.pdf”内容相同。"


@pytest.mark.django_db
def test_a_file_half_written_by_a_killed_server_is_not_taken_for_whole() -> None:
    content = pdf("half written")
    first = store_upload(SimpleUploadedFile("a.pdf", content), SYSTEM)
    Path(first.file.path).write_bytes(content[:-5] + b"00000")
    second = store_upload(SimpleUploadedFile("a.pdf", content), SYSTEM)
    assert second.file.name != first.file.name
    with second.file.open("rb") as there:
        assert there.read() == content


@pytest.mark.django_db
def test_a_refused_file_leaves_nothing() -> None:
    before = set(Path(settings.PORTAL_DATA_DIR, "files").rglob("*"))
    with pytest.raises(ValidationError, match="不完整"):
        store_upload(SimpleUploadedFile("a.pdf", PDF[:200]), SYSTEM)
    assert not StoredFile.objects.exists()
    assert set(Path(settings.PORTAL_DATA_DIR, "files").rglob("*")) == before


@pytest.mark.django_db
@pytest.mark.parametrize("extension", sorted(ACCEPTED))
@pytest.mark.parametrize(
    "name", ['证"明\r\nX-Evil: 1', "a;b=c", "长" * 300, "\u202eexe", "100%", "O'Neil, A"]
)
def test_a_download_is_an_attachment_whatever_its_kind_and_name(extension: str, name: str) -> None:
    upload = SimpleUploadedFile("x", GOOD[extension])
    stored = store_upload(upload, SYSTEM, name=f"{name}.{extension}")
    response = send(stored, actor=SYSTEM, path="/file/")
    header = response["Content-Disposition"]
    assert header.startswith("attachment; filename")
    assert "\r" not in header and "\n" not in header and header.count('"') in (0, 2)
    assert header.endswith((quote(stored.name), f'{stored.name}"'))
    assert "X-Evil" not in response
    assert response["Content-Type"] == ACCEPTED[extension].content_type
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(response) == GOOD[extension]
    response.close()


@pytest.mark.django_db
def test_what_the_portal_makes_itself_says_so() -> None:
    stored = store_bytes(PDF, "认定通知〔2026〕1号.pdf", "application/pdf", SYSTEM)
    assert (stored.scan, stored.get_scan_display()) == (Scan.MADE, "系统生成")
    assert stored.name == "认定通知〔2026〕1号.pdf"


@pytest.mark.django_db
def test_a_long_name_keeps_its_extension() -> None:
    stored = store_bytes(PDF, f"样稿-{'长' * 200}.pdf", "application/pdf", SYSTEM)
    assert len(stored.name) == 200
    assert stored.name.endswith("长.pdf")


@pytest.mark.django_db
def test_who_sent_it_is_kept() -> None:
    filer = make_world().actor("puxian.filer")
    stored = store_upload(SimpleUploadedFile("a.pdf", PDF), filer)
    assert stored.created_by == filer.user
    assert default_storage.exists(str(stored.file.name))
