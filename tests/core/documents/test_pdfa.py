"""Every document is an archival file: PDF/A-2u with metadata, language, bookmarks and tags."""

from __future__ import annotations

import io
import re
from functools import cache
from typing import Any

import pikepdf
import pytest
from fontTools.ttLib import TTFont

from portal.core.documents import fonts, renderer
from portal.core.documents.embedding import with_plain_cids
from portal.core.documents.kinds import Layout
from portal.core.documents.typesetting import Paragraph, render_pdf
from tests.core.documents.archival import faults, qpdf_says
from tests.core.documents.samples import ORGAN, sample_of

RARE = "李垚、王㛃、孙贠、郑隰生、䶮某"


@cache
def pdf_of(layout: Layout, *, draft: bool = False) -> bytes:
    paragraphs = sample_of(layout).paragraphs
    named = Paragraph("body", f"联系人：{RARE}。")
    return render_pdf(sample_of(layout, paragraphs=(*paragraphs, named), draft=draft))


@pytest.mark.parametrize("layout", list(Layout))
def test_a_document_of_every_layout_is_sound(layout: Layout) -> None:
    pdf = pdf_of(layout)
    assert faults(pdf) == []
    assert qpdf_says(pdf) == ""


def test_a_draft_is_no_less_an_archival_file() -> None:
    pdf = pdf_of(Layout.NOTICE, draft=True)
    assert faults(pdf) == []
    assert qpdf_says(pdf) == ""


def test_metadata_language_bookmarks_and_tags() -> None:
    with pikepdf.open(io.BytesIO(pdf_of(Layout.NOTICE))) as document:
        root: Any = document.Root
        assert str(root.Lang) == "zh-CN"
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        with document.open_metadata() as metadata:
            assert metadata.pdfa_status == "2U"
            assert metadata["dc:title"] == "关于公布2026年度晋城市市级专业镇名单的通知"
            assert metadata["dc:creator"] == [ORGAN]
            assert str(metadata["xmp:CreateDate"]).startswith("2026-11-21")
        with document.open_outline() as outline:
            first = outline.root[0]
            assert first.title == "关于公布2026年度晋城市市级专业镇名单的通知"
            below = first.children[0]
            assert below.title == "一、加强组织领导"
            assert [item.title for item in below.children] == ["（一）完善培育机制"]
            assert outline.root[1].title == "附件 2026年度晋城市市级专业镇名单"
        kinds = {str(item.S) for item in document.objects if _is_element(item)}
        assert {"/H1", "/H2", "/P", "/Table", "/TR", "/TH", "/TD"} <= kinds


def _is_element(item: Any) -> bool:
    return isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/StructElem"


def test_the_same_content_gives_the_same_file() -> None:
    content = sample_of(Layout.NOTICE)
    assert render_pdf(content) == render_pdf(content)
    other = pikepdf.open(io.BytesIO(render_pdf(sample_of(Layout.NOTICE, title="另一件的通知"))))
    same = pikepdf.open(io.BytesIO(render_pdf(content)))
    assert other.trailer.ID[0] != same.trailer.ID[0]


def test_what_is_looked_for_is_found_when_it_is_there() -> None:
    """The checks above can fail: WeasyPrint's own file, and one with things added to it."""
    html = "<title>题</title><body style='font-family:\"Gongwen FangSong\"'>晋城市专业镇"
    bare = renderer.lay_out(html).write_pdf()
    found = "\n".join(faults(bare))
    for rule in ("6.1.3: no identifier", "6.2.3: the output intent", "6.6.2: no metadata"):
        assert rule in found
    assert "readers differ in what they show" in found
    with pikepdf.open(io.BytesIO(pdf_of(Layout.NOTICE))) as document:
        document.Root.OpenAction = pikepdf.Dictionary(
            Type=pikepdf.Name.Action, S=pikepdf.Name.JavaScript, JS="app.alert(1)"
        )
        del document.Root["/OutputIntents"]
        page: Any = document.pages[0]
        for font in page.Resources.Font.values():
            del font["/ToUnicode"]
            descriptor = font.DescendantFonts[0].FontDescriptor
            for key in {"/FontFile2", "/FontFile3"} & set(descriptor.keys()):
                del descriptor[key]
        changed = io.BytesIO()
        document.save(changed)
    found = "\n".join(faults(changed.getvalue()))
    for rule in ("has /OpenAction", "6.2.3: the output intent", "6.2.11.4: not embedded"):
        assert rule in found
    broken = pdf_of(Layout.NOTICE).replace(b"endstream", b"endstreak", 3)
    assert qpdf_says(broken)


@pytest.mark.parametrize("role", [fonts.FANGSONG, fonts.SONGTI])
def test_the_cids_of_a_cut_font_become_the_numbers_of_its_glyphs(role: str) -> None:
    data = fonts.stack(role)[0].path.read_bytes()
    before = TTFont(io.BytesIO(data))
    assert _cids(before) != list(range(1, before["maxp"].numGlyphs))
    changed = with_plain_cids(data)
    after = TTFont(io.BytesIO(changed), checkChecksums=2)
    assert len(changed) == len(data)
    # Reading a table compares its checksum with the directory's, and raises.
    assert all(after.reader[tag] for tag in after.reader.tables)
    assert _cids(after) == list(range(1, after["maxp"].numGlyphs))
    assert with_plain_cids(changed) == changed


def test_a_font_without_cids_is_left_as_it_is() -> None:
    data = fonts.stack(fonts.FANGSONG)[1].path.read_bytes()
    assert with_plain_cids(data) is data
    assert with_plain_cids(b"") == b""


def _cids(font: TTFont) -> list[int]:
    names = font["CFF "].cff[0].charset[1:]
    return [int(re.sub(r"\D", "", name)) for name in names]
