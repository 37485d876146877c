"""What comes in and what stays out, by content; the corpus is ``tests.core.hostile``."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from portal.core.constants import FILE_FLAGS
from portal.core.uploads import ACCEPTED, check, check_upload, checking
from portal.core.uploads.problems import SENTENCES
from tests.core.hostile import FLAGGED, HOSTILE, PROGRAM, Flagged, Hostile
from tests.papers import PDF, good, pdf, picture, with_parts, xlsx
from tests.services import ROOT

GOOD = good()
WHAT_TO_DO = re.compile(r"请[^。]+。|不能上传。$")


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="text/html")


def test_the_corpus_is_large_and_of_every_reason() -> None:
    assert len(HOSTILE) >= 40
    assert len({row.what for row in HOSTILE}) == len(HOSTILE)
    # Those three need a limit, a clock or a scanner: they have tests of their own.
    left = set(SENTENCES) - {row.key for row in HOSTILE}
    assert left == {"too_large", "timeout", "infected"}
    assert {flag for row in FLAGGED for flag in row.flags} == set(FILE_FLAGS)


@pytest.mark.parametrize("row", HOSTILE, ids=lambda row: row.what)
def test_hostile_files_stay_out_with_the_reason(row: Hostile) -> None:
    with pytest.raises(ValidationError) as caught:
        check_upload(upload(row.name, row.make()))
    assert caught.value.code == row.key, caught.value.messages
    (sentence,) = caught.value.messages
    assert WHAT_TO_DO.search(sentence), sentence
    assert "{" not in sentence and "\u202e" not in sentence
    assert row.name.partition(".")[0].partition("\u202e")[0] in sentence


@pytest.mark.parametrize("row", FLAGGED, ids=lambda row: row.what)
def test_lesser_findings_are_kept_beside_the_file(row: Flagged) -> None:
    assert set(check(upload(row.name, row.make()), row.name).flags) == row.flags


@pytest.mark.parametrize("extension", sorted(ACCEPTED))
def test_every_accepted_kind_comes_in(extension: str) -> None:
    checked = check(
        upload(f"材料.{extension.upper()}", GOOD[extension]), f"材料.{extension.upper()}"
    )
    assert checked.kind is ACCEPTED[extension]
    assert checked.flags == ()
    assert checked.size == len(GOOD[extension])
    assert (checked.pages is None) == (extension in {"docx", "xlsx", "pptx", "doc", "xls", "ppt"})


def test_pages_are_counted() -> None:
    content = pdf(pages=7)
    assert check(upload("a.pdf", content), "a.pdf").pages == 7


def test_a_file_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PORTAL_UPLOAD_MAX_BYTES", 1024 * 1024)
    with pytest.raises(ValidationError, match="超过 1 MB"):
        check_upload(upload("a.pdf", PDF + b" " * 1024 * 1024))


def test_what_honest_programs_write_behind_the_end_comes_in() -> None:
    """Line ends and remarks behind a PDF, the small preview a telephone appends to its picture."""
    assert check_upload(upload("a.pdf", PDF + b"\r\n%stamp 2026\r\n")).extension == "pdf"
    preview = picture("JPEG") + picture("JPEG", shade=5)
    assert check_upload(upload("b.jpg", preview)).extension == "jpg"


def test_word_remembers_a_template_on_the_authors_own_disk() -> None:
    relation = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/'
        'relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/'
        'officeDocument/2006/relationships/attachedTemplate" TargetMode="External" '
        'Target="file:///C:\\Users\\zhang\\Normal.dotm"/></Relationships>'
    )
    content = with_parts(GOOD["docx"], {"word/_rels/settings.xml.rels": relation})
    assert check(upload("a.docx", content), "a.docx").flags == ()


def test_names_in_sentences_are_clean() -> None:
    with pytest.raises(ValidationError, match=r"“发票fdp\.exe”"):
        check_upload(upload("发票\u202efdp.exe", PROGRAM))


# --- the process that looks -----------------------------------------------------------------------


def look(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What comes of a process that does this instead of looking, under the same limits."""
    child = tmp_path / "child.py"
    child.write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n"
        "from portal.core.inspection.child import limit\nlimit()\n" + source
    )
    monkeypatch.setattr(checking, "CHILD", child)
    with (tmp_path / "content").open("w+b") as content:
        return checking.look_into(content, "pdf")


@pytest.mark.parametrize(
    ("source", "key"),
    [
        ("while True: pass", "timeout"),
        ("x = bytearray(4 * 1024**3)", "broken"),
        ("import os; os.abort()", "timeout"),
        ("open(__file__ + '.wrote', 'wb', buffering=0).write(b'x')", "broken"),
        ("raise SystemExit(3)", "broken"),
    ],
)
def test_what_goes_wrong_while_looking_is_the_files_fault(
    source: str, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "SECONDS", 2)
    assert look(source, tmp_path, monkeypatch) == {"problem": key}
    assert sum(path.stat().st_size for path in tmp_path.glob("*.wrote")) == 0


def test_the_process_knows_neither_secrets_nor_django(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "k" * 60)
    source = (
        "import json, os, sys\n"
        "from portal.core.inspection import compound, images, office, pdf\n"
        "seen = [name for name in sys.modules if name.partition('.')[0] == 'django']\n"
        "print(json.dumps({'environment': sorted(os.environ), 'django': seen}))"
    )
    found = look(source, tmp_path, monkeypatch)
    assert found["django"] == []
    assert not [name for name in found["environment"] if name.startswith("PORTAL_")]  # type: ignore[attr-defined]


def test_the_same_bytes_are_looked_into_once(monkeypatch: pytest.MonkeyPatch) -> None:
    content = pdf("looked into once")
    first = check(upload("a.pdf", content), "a.pdf")
    monkeypatch.setattr(checking, "CHILD", Path(sys.executable))
    again = check(upload("b.pdf", content), "b.pdf")
    assert (again.sha256, again.pages, again.name) == (first.sha256, 1, "b.pdf")


def test_large_workbooks_come_in() -> None:
    """Twenty thousand rows are no bomb."""
    book = io.BytesIO()
    writer = Workbook(write_only=True)
    sheet = writer.create_sheet("企业")
    for number in range(20_000):
        sheet.append([f"91140000{number:010d}", "某某有限公司", number, 1.5, "骨干"])
    writer.save(book)
    assert check_upload(upload("台账.xlsx", book.getvalue())).extension == "xlsx"
    assert check_upload(upload("小台账.xlsx", xlsx())).extension == "xlsx"
