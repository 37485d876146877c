"""The bound volume of all evidence: order, bookmarks, page numbers, what could not be bound."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from criteria.queries import spec_of
from portal.core import jobs
from portal.core.actor import Actor
from portal.core.files import store_bytes
from portal.core.models import Job, StoredFile
from portal.core.web import office_url
from tests.factories import client_of
from tests.papers import docx, pdf, picture
from towns.actions import attach_request
from towns.evidence_volume import request_volume
from towns.models import Application, Evidence

pytestmark = pytest.mark.django_db
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def locked() -> bytes:
    """A PDF that nobody can open without its password."""
    with pikepdf.open(io.BytesIO(pdf("secret"))) as found:
        kept = io.BytesIO()
        found.save(kept, encryption=pikepdf.Encryption(user="a", owner="b"))
    return kept.getvalue()


def turned() -> bytes:
    """A page that is turned, with a script and a link that a reader must not find again."""
    action = b"<< /S /JavaScript /JS (app.alert(1)) >>"
    link = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A " + action + b" >>"
    return pdf("Turned", page=b"/Rotate 90 /Annots [ " + link + b" ] /AA << /O " + action + b" >>")


def give(actor: Actor, application: Application, place: int, name: str, kind: str, content: bytes,
         **fields: Any) -> Evidence:  # fmt: skip
    """A piece that lies there, whatever is in it: files grow bad after they were taken, too."""
    stored = fields.pop("file", None) or store_bytes(content, name, kind, actor)
    criteria = spec_of(application.criteria_set).criteria
    return Evidence.objects.create(
        application=application,
        criterion=criteria[place].key,
        title=fields.pop("title", name.partition(".")[0]),
        file=stored,
        **fields,
    )


def bound(actor: Actor, application: Application) -> Job:
    """The volume, made by the job."""
    job = request_volume(actor, application)
    jobs.run(job.pk)
    job.refresh_from_db()
    assert job.state == "done", job.reason
    return job


def text_of(stored: StoredFile, folder: Path) -> list[str]:
    """The text of each page."""
    path = folder / "volume.pdf"
    with stored.file.open("rb") as source:
        path.write_bytes(source.read())
    told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True)
    return told.stdout.decode().split("\f")[:-1]


def test_the_volume_is_bound_like_the_paper_one(
    application: Application, filer: Actor, tmp_path: Path
) -> None:
    first = give(filer, application, 1, "三年报表.pdf", "application/pdf", pdf("Report", pages=3))
    give(filer, application, 0, "照片.png", "image/png", picture("PNG", (400, 300)))
    give(filer, application, 0, "证书.pdf", "application/pdf", turned())
    give(filer, application, 1, "加密.pdf", "application/pdf", locked())
    give(filer, application, 1, "坏的.pdf", "application/pdf", b"%PDF-1.7\nnothing of a file")
    give(filer, application, 2, "表格😀.bin", "application/octet-stream", b"x")
    give(filer, application, 2, "", "", b"", file=first.file, title="再用", pages="2")
    job = bound(filer, application)
    assert job.file is not None
    pages = text_of(job.file, tmp_path)
    front = len(pages) - 5
    assert job.result["pages"] == len(pages) and job.result["bound"] == 3
    # Order and the numbers of the volume, on every page: picture, turned page, three of the report.
    for place, number in enumerate(("1-1", "1-2", "2-1", "2-1", "2-1"), start=front + 1):
        page = pages[place - 1]
        assert re.search(rf"- *{place} *- +{number}$", page.rstrip())
    assert "Turned" in pages[front + 1] and "Report" in pages[front + 2]
    # The index names the pages, refers to the first number, and says what is left out and why.
    index = "".join("\n".join(pages[:front]).split())
    assert "佐证材料目录" in index and f"{front + 3}-{front + 5}" in index
    assert "见2-1第2页" in index and "6份文件" in index
    left = {row["name"]: row["reason"] for row in job.result["left"]}
    assert left == {
        "加密.pdf": "文件设有打开密码",
        "坏的.pdf": "文件已损坏或者内容不完整",
        "表格😀.bin": "这种格式不能转为 PDF",
    }
    assert "未能合并的材料" in index and "文件设有打开密码" in index and "表格〓" in index
    with pikepdf.open(tmp_path / "volume.pdf") as found:
        with found.open_outline() as outline:
            marks = {item.title: [row.title for row in item.children] for item in outline.root}
        titles = {row.ordinal: row.title for row in spec_of(application.criteria_set).criteria}
        assert marks == {
            "封面和目录": [],
            f"1 {titles[1]}": ["1-1 照片", "1-2 证书"],
            f"2 {titles[2]}": ["2-1 三年报表"],
        }
        sheet = found.pages[front + 1]
        assert [round(float(side)) for side in sheet.mediabox] == [0, 0, 842, 595]
        assert all(name not in sheet.obj for name in ("/Annots", "/AA", "/Rotate"))
        assert b"JavaScript" not in found.Root.unparse()
    # Asked for twice it is one job; a finished one may be made anew.
    again = request_volume(filer, application)
    assert again.pk != job.pk and request_volume(filer, application).pk == again.pk


def test_office_files_are_converted(application: Application, filer: Actor, tmp_path: Path) -> None:
    give(filer, application, 0, "说明.docx", DOCX, docx("情况说明"))
    # The stamped request leads the volume and stands in its index.
    scan = SimpleUploadedFile("请示.pdf", pdf("Request", pages=2), content_type="application/pdf")
    application = attach_request(
        actor=filer, application=application, number="蒲政请〔2026〕9号", upload=scan
    )
    page = client_of(filer).get(office_url(filer, "application-evidence", application.pk))
    listed = page.content.decode()
    assert "请示.pdf" in listed and listed.index("请示.pdf") < listed.index("说明.docx")
    job = bound(filer, application)
    assert job.file is not None and job.result["left"] == [] and job.result["bound"] == 2
    pages = text_of(job.file, tmp_path)
    assert "情况说明" in "".join(pages[-1].split()) and "1-1" in pages[-1]
    for place in (len(pages) - 2, len(pages) - 1):
        assert "Request" in pages[place - 1]
        assert re.search(rf"- *{place} *- +0-1$", pages[place - 1].rstrip())
    index = "".join("\n".join(pages[:-3]).split())
    assert "申报请示蒲政请" in index and "0-1请示.pdf" in index
    assert f"请示.pdf{len(pages) - 2}-{len(pages) - 1}" in index
    with pikepdf.open(tmp_path / "volume.pdf") as found, found.open_outline() as outline:
        assert [item.title for item in outline.root][:2] == ["封面和目录", "申报请示"]
    # Another number makes the volume out of date.
    attach_request(actor=filer, application=application, number="蒲政请〔2026〕10号")
    page = client_of(filer).get(office_url(filer, "application-evidence", application.pk))
    assert page.context["outdated"]
