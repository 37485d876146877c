"""Files taken in and given out: judged by content, named by digest, never served inline."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.core.actor import SYSTEM
from portal.core.files import check_upload, send, store_bytes, store_upload

PDF = b"%PDF-1.4\n%test\n"


def office_file(main: str, *, version: int = 20) -> bytes:
    """An archive with the parts of an office document."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name in ("[Content_Types].xml", main):
            entry = zipfile.ZipInfo(name)
            entry.extract_version = version
            archive.writestr(entry, "<x/>")
    content = bytearray(buffer.getvalue())
    # zipfile writes its own version: the central directory is changed behind its back
    place = content.find(b"PK\x01\x02")
    content[place + 6] = version
    return bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.exe", PDF, "不是可上传的格式"),
        ("a", PDF, "不是可上传的格式"),
        ("a.pdf.html", PDF, "不是可上传的格式"),
        ("a.pdf", b"", "空文件"),
        ("a.pdf", b"<html>", "内容不是 PDF 文件"),
        ("a.png", PDF, "内容不是 PNG 文件"),
        ("a.docx", b"PK\x03\x04nothing", "不是有效的 DOCX 文件"),
        ("a.docx", office_file("xl/workbook.xml"), "不是有效的 DOCX 文件"),
        ("a.xlsx", office_file("word/document.xml"), "不是有效的 XLSX 文件"),
        ("a.docx", office_file("word/document.xml", version=99), "不是有效的 DOCX 文件"),
    ],
)
def test_what_a_file_is_not_is_said(name: str, content: bytes, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        check_upload(SimpleUploadedFile(name, content))


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PORTAL_UPLOAD_MAX_BYTES", 1024 * 1024)
    with pytest.raises(ValidationError, match="超过 1 MB"):
        check_upload(SimpleUploadedFile("a.pdf", PDF + b"x" * 1024 * 1024))


@pytest.mark.parametrize(
    ("name", "main"), [("a.docx", "word/document.xml"), ("A.XLSX", "xl/workbook.xml")]
)
def test_office_files_are_known_by_their_parts(name: str, main: str) -> None:
    assert check_upload(SimpleUploadedFile(name, office_file(main))).extension in name.lower()


@pytest.mark.django_db
def test_nothing_typed_reaches_the_file_system() -> None:
    upload = SimpleUploadedFile("../../etc/..\\x.pdf", PDF, content_type="text/html")
    stored = store_upload(upload, SYSTEM)
    where = str(stored.file.name)
    assert Path(where).name.startswith(stored.sha256)
    assert ".." not in where
    assert "/" not in stored.name
    assert stored.content_type == "application/pdf"


@pytest.mark.django_db
def test_a_download_is_an_attachment_whatever_its_name() -> None:
    stored = store_bytes(PDF, '证"明\r\nX-Evil: 1.pdf', "application/pdf", SYSTEM)
    response = send(stored, actor=SYSTEM, path="/file/")
    header = response["Content-Disposition"]
    assert header.startswith("attachment; filename*=utf-8''")
    assert "\r" not in header and "\n" not in header and '"' not in header
    assert "X-Evil" not in response
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert b"".join(response) == PDF
    response.close()


@pytest.mark.django_db
def test_a_long_name_keeps_its_extension() -> None:
    stored = store_bytes(PDF, f"样稿-{'长' * 200}.pdf", "application/pdf", SYSTEM)
    assert len(stored.name) == 200
    assert stored.name.endswith("长.pdf")
