"""Documents as docx: what is in the file, and the pages that LibreOffice makes of it."""

import io
import re
import zipfile
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from pypdf import PdfReader

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.docx.markup import FACES
from portal.core.documents.docx.package import PITCH, STYLES
from portal.core.documents.docx.writer import document_docx
from portal.core.documents.kinds import Layout
from portal.core.documents.typesetting import DocumentContent, render
from tests.core.documents.office import opened
from tests.core.documents.pdf import MM, joined_text, open_pdf, pieces
from tests.core.documents.samples import (
    BODY,
    CODE,
    VERIFY_URL,
    joint,
    sample,
    sample_of,
    towns,
    wide,
)

SAMPLES: dict[str, DocumentContent] = {
    **{layout.value: sample_of(layout) for layout in Layout if layout is not Layout.CERTIFICATE},
    "certificate": sample_of(Layout.CERTIFICATE, 0),
    "long": sample(70),
    # Tables that end at the foot of a page.
    "full": sample(16),
    "fuller": sample(35),
    "across": sample(0, attachments=(towns(20), wide(12))),
    "joint": joint(5, rows=2),
    "draft": sample(draft=True),
    "code": sample(code=CODE, verify_url=VERIFY_URL),
    "upward": sample(0, signers=("张三", "李四"), secrecy="秘密★1年", urgency="特急"),
    "text": sample(0, paragraphs=BODY[:2] + BODY[2:3] * 9, note="", copy_to=None),
}


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    return {name: document_docx(content) for name, content in SAMPLES.items()}


@pytest.fixture(scope="module")
def ours() -> dict[str, PdfReader]:
    return {name: open_pdf(render(content).pdf) for name, content in SAMPLES.items()}


@pytest.fixture(scope="module")
def theirs(files: dict[str, bytes], tmp_path_factory: Any) -> dict[str, PdfReader]:
    printed = opened(files, tmp_path_factory.mktemp("office"))
    return {name: open_pdf(data) for name, data in printed.items()}


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as opened_file:
        return opened_file.read(name).decode()


def baselines(reader: PdfReader, page: int) -> list[float]:
    """Of the lines on a page, in millimetres from its upper edge, page number left out."""
    found = sorted(piece.y / MM for piece in pieces(reader.pages[page]) if piece.y / MM < 268)
    return [y for number, y in enumerate(found) if not number or y - found[number - 1] > 1]


@pytest.mark.parametrize("name", SAMPLES)
def test_libreoffice_makes_the_same_pages_with_the_same_text(
    name: str, ours: dict[str, PdfReader], theirs: dict[str, PdfReader]
) -> None:
    assert len(theirs[name].pages) == len(ours[name].pages)
    one, other = (
        re.sub(r"—\d+—", "", joined_text(row[name])).replace("样稿", "") for row in (ours, theirs)
    )
    if name == Layout.MINUTES:
        # The extractor puts a name's rare characters, which another face sets, behind its line.
        assert Counter(one) == Counter(other)
    else:
        assert one == other


@pytest.mark.parametrize("name", ["notice", "letter", "minutes", "upward"])
def test_what_stands_above_the_text_stands_there_too(
    name: str, ours: dict[str, PdfReader], theirs: dict[str, PdfReader]
) -> None:
    # Secrecy, names in red, number, title, addressees: within a millimetre of the PDF.
    count = 6 if name == "upward" else 4
    here, there = baselines(ours[name], 0)[:count], baselines(theirs[name], 0)[:count]
    assert len(here) == len(there) == count
    assert max(abs(one - other) for one, other in zip(here, there, strict=True)) < 1.0


def test_a_page_has_22_lines_of_28_characters(theirs: dict[str, PdfReader]) -> None:
    page = theirs["text"].pages[1]
    lines = baselines(theirs["text"], 1)
    steps = [after - before for before, after in pairwise(lines)]
    assert all(abs(step * MM - PITCH) < 0.2 for step in steps if step < 15)
    first = (g.TYPE_TOP + 0.8 * PITCH) / MM
    assert abs(lines[0] - first) < 1.0
    assert lines[0] + 21 * PITCH / MM < (g.TYPE_TOP + g.TYPE_HEIGHT) / MM
    texts: dict[int, str] = {}
    for piece in pieces(page):
        texts[round(piece.y)] = texts.get(round(piece.y), "") + piece.text
    # Lines of Chinese characters alone, neither the first nor the last of their paragraphs.
    full = [text for text in texts.values() if re.fullmatch(r"[\u4e00-\u9fff、，]{25,}", text)]
    assert full and max(map(len, full)) in (28, 29)
    left = min(piece.x for piece in pieces(page) if piece.y / MM < 268)
    # An even page: its margins are mirrored.
    assert abs(left - g.RIGHT) / MM < 1.0


def test_the_imprint_stands_at_the_foot_of_an_even_page(
    ours: dict[str, PdfReader], theirs: dict[str, PdfReader]
) -> None:
    for name in ("notice", "long", "minutes"):
        reader = theirs[name]
        assert len(reader.pages) % 2 == 0
        here = baselines(ours[name], -1)[-2:]
        there = baselines(reader, -1)[-2:]
        assert max(abs(one - other) for one, other in zip(here, there, strict=True)) <= 1.2
        words = pieces(reader.pages[-1])
        start = min(piece.x for piece in words if "抄送" in piece.text)
        assert abs(start - g.RIGHT - g.SMALL_SIZE) / MM < 1.0


def test_pages_are_numbered_outside(theirs: dict[str, PdfReader]) -> None:
    for number, page in enumerate(theirs["notice"].pages, 1):
        foot = [piece for piece in pieces(page) if piece.y / MM > 268]
        assert "".join(piece.text for piece in foot).replace(" ", "") == f"—{number}—"
        assert all(abs(piece.y / MM - 270.5) < 1.0 for piece in foot)
        middle = sum(piece.x for piece in foot) / len(foot)
        assert (middle > g.PAGE_WIDTH / 2) == (number % 2 == 1)
    # The first page of a letter bears none; pages across have their own paper.
    assert not [p for p in pieces(theirs["letter"].pages[0]) if p.text == "—"]
    sizes = [round(float(page.mediabox.width) / MM) for page in theirs["across"].pages]
    assert 297 in sizes and sizes.count(210) >= 3


def test_the_mark_is_drawn_below_the_type_area(theirs: dict[str, PdfReader]) -> None:
    last = theirs["code"].pages[-1]
    assert len(last.images) == 1
    assert any("7K3M-9QX2-ABCD" in piece.text for piece in pieces(last) if piece.y / MM > 262)


# --- the file ------------------------------------------------------------------------------------


def test_page_grid_and_settings(files: dict[str, bytes]) -> None:
    document = Document(io.BytesIO(files["notice"]))
    section = document.sections[0]
    margins = (
        section.top_margin, section.bottom_margin, section.left_margin, section.right_margin
    )  # fmt: skip
    assert [margin and round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert grid is not None
    assert int(grid.get(qn("w:linePitch")) or 0) * 22 <= g.TYPE_HEIGHT * 20
    settings = document.settings.element
    for tag in ("mirrorMargins", "evenAndOddHeaders"):
        assert settings.find(qn(f"w:{tag}")) is not None
    modes = {
        row.get(qn("w:name")): row.get(qn("w:val")) for row in settings.iter(qn("w:compatSetting"))
    }
    assert modes["compatibilityMode"] == "15"
    normal = document.styles["Normal"].element
    assert normal.find(f".//{qn('w:kinsoku')}") is not None
    across = Document(io.BytesIO(files["across"])).sections
    assert [row.orientation for row in across].count(WD_ORIENT.LANDSCAPE) == 1


def test_styles_are_named_in_chinese_and_used(files: dict[str, bytes]) -> None:
    document = Document(io.BytesIO(files["notice"]))
    named = {row.text: row.style and row.style.name for row in document.paragraphs}
    assert named["一、加强组织领导"] == "一级标题"
    assert named["晋专镇办〔2026〕1号"] == "发文字号"
    assert named["（此件公开发布）"] == "附注"
    assert named["附件"] == "附件标识"
    assert "公文标题" in named.values() and "公文正文" in named.values()
    names = {style.name for style in document.styles}
    assert {style.name for style in STYLES} <= names
    run_in = next(row for row in document.paragraphs if row.text.startswith("（一）"))
    assert run_in.runs[0].style.name == "二级标题文字"


def test_faces_have_names_to_fall_back_on(files: dict[str, bytes]) -> None:
    table = part(files["notice"], "word/fontTable.xml")
    for role, name in FACES.items():
        assert f'w:name="{name}"' in table
        assert fonts.stack(role)[-1].family in table
    for name in files:
        body = part(files[name], "word/document.xml")
        assert set(re.findall(r'w:eastAsia="([^"]+)"', body)) <= set(FACES.values())


def test_tables_repeat_their_header_and_tear_no_row(files: dict[str, bytes]) -> None:
    document = Document(io.BytesIO(files["long"]))
    table = next(table for table in document.tables if len(table.rows) == 71)
    assert table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None
    assert all(row._tr.find(f".//{qn('w:cantSplit')}") is not None for row in table.rows)


def test_properties_say_what_it_is(files: dict[str, bytes]) -> None:
    properties = Document(io.BytesIO(files["notice"])).core_properties
    assert properties.title == SAMPLES["notice"].title
    assert properties.author == "晋城市专业镇高质量发展工作领导小组办公室"
    assert properties.language == "zh-CN"
    assert properties.subject == "晋专镇办〔2026〕1号"
    with zipfile.ZipFile(io.BytesIO(files["notice"])) as package:
        assert not [name for name in package.namelist() if "thumbnail" in name]


def test_a_draft_is_marked_on_every_page(files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(files["draft"])) as package:
        headers = [name for name in package.namelist() if name.startswith("word/header")]
        assert headers and all("样稿" in package.read(name).decode() for name in headers)
    with zipfile.ZipFile(io.BytesIO(files["notice"])) as package:
        assert not [name for name in package.namelist() if b"\xe6\xa0\xb7\xe7\xa8\xbf" in
                    package.read(name)]  # fmt: skip


def test_what_people_typed_is_text_and_nothing_else() -> None:
    nasty = "关于<w:br/>&amp;{{ x }}“'\"的通知"
    data = document_docx(sample(0, title=nasty, draft=True))
    title = next(
        row
        for row in Document(io.BytesIO(data)).paragraphs
        if row.style and row.style.name == "公文标题"
    )
    assert "<w:br/>&amp;{{x}}" in "".join(title.text.split())
