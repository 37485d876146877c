"""The notice as PDF: text, fonts, geometry, pages."""

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader

from portal.core.documents import fonts, geometry, renderer
from portal.core.documents.content import tidied
from portal.core.documents.layout import ImprintPlace, lay_out
from portal.core.documents.typesetting import (
    Paragraph,
    document_html,
    missing_glyphs,
    page_count,
    predicted_page_count,
    render,
    render_pdf,
    settle,
)
from tests.core.documents.pdf import MM, Piece, fonts_of, joined_text, open_pdf, pieces
from tests.core.documents.samples import BODY, LONG_TOWN, ORGAN, sample, town_rows

RED = "0.901961 0 0.070588 rg"


@pytest.fixture(scope="module")
def reader() -> PdfReader:
    return open_pdf(render_pdf(sample(30)))


def piece_with(page: Any, text: str) -> Piece:
    return next(piece for piece in pieces(page) if text in piece.text)


def test_everything_is_there_in_reading_order(reader: PdfReader) -> None:
    text = joined_text(reader)
    expected = [
        ORGAN + "文件",
        "晋专镇办〔2026〕1号",
        "关于公布2026年度晋城市市级专业镇名单的通知",
        "各县（市、区）专业镇工作领导小组办公室，领导小组各成员单位：",
        *(paragraph.text + paragraph.run_in for paragraph in BODY),
        "附件：2026年度晋城市市级专业镇名单",
        ORGAN,
        "2026年11月21日",
        "（此件公开发布）",
        "附件2026年度晋城市市级专业镇名单",
        *(row[1] for row in town_rows(30)),
        "抄送：省专业镇工作领导小组办公室，市纪委监委。",
        "晋城市工业和信息化局办公室2026年11月23日印发",
    ]
    # A paragraph may run over a page, whose number then stands between its lines.
    text = re.sub(r"—\d+—", "", text)
    position = 0
    for part in expected:
        found = text.find(part, position)
        assert found >= 0, f"{part} after {text[max(0, position - 30) : position]}"
        position = found + len(part)


def test_metadata_and_language(reader: PdfReader) -> None:
    assert reader.metadata is not None
    assert reader.metadata.title == "关于公布2026年度晋城市市级专业镇名单的通知"
    assert reader.metadata.author == ORGAN
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "zh-CN"


def test_only_the_document_fonts_are_embedded_and_all_of_them_are(reader: PdfReader) -> None:
    assert fonts_of(reader) == {
        "Gongwen-FangSong",
        "Gongwen-HeiTi",
        "Gongwen-KaiTi",
        "Gongwen-SongTi",
        "Gongwen-XiaoBiaoSong",
    }
    first = reader.pages[0]
    assert piece_with(first, "文件").font == "Gongwen-XiaoBiaoSong"
    assert piece_with(first, "〔2026〕").font == "Gongwen-FangSong"
    assert piece_with(first, "一、加强").font == "Gongwen-HeiTi"
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
            assert "/FontFile3" in descriptor or "/FontFile2" in descriptor


def test_a_rare_character_is_set_in_the_supplement_face_on_the_same_baseline() -> None:
    content = sample(0, paragraphs=(Paragraph("body", "联系人某䶮某，即日起施行。"),))
    assert missing_glyphs(content) == []
    page = open_pdf(render_pdf(content)).pages[0]
    line = [piece for piece in pieces(page) if piece.text in ("联系人某", "䶮", "某，即日起施行。")]
    assert [piece.text for piece in line] == ["联系人某", "䶮", "某，即日起施行。"]
    assert line[1].font == "Gongwen-FangSong-Supplement"
    assert max(piece.y for piece in line) - min(piece.y for piece in line) < 0.1


def test_pages_are_a4_and_the_grid_fills_the_type_area() -> None:
    content = sample(0, paragraphs=(Paragraph("body", "专" * 28 * 60),))
    reader = open_pdf(render_pdf(content))
    for page in reader.pages:
        assert float(page.mediabox.width) == pytest.approx(210 * MM, abs=0.01)
        assert float(page.mediabox.height) == pytest.approx(297 * MM, abs=0.01)
    lines = [piece for piece in pieces(reader.pages[1]) if "专专" in piece.text]
    assert len(lines) == 22
    assert {len(line.text) for line in lines} == {28}
    # Em boxes reach from 37 mm to 262 mm; the face has 0.88 em above its baseline.
    assert (lines[0].y - 0.88 * 16) / MM == pytest.approx(37, abs=0.05)
    assert (lines[-1].y + 0.12 * 16) / MM == pytest.approx(262, abs=0.05)
    # The binding edge is the left one of odd pages and the right one of even pages.
    assert lines[0].x / MM == pytest.approx(26, abs=0.02)
    odd = [piece for piece in pieces(reader.pages[2]) if "专专" in piece.text]
    assert odd[0].x / MM == pytest.approx(28, abs=0.02)


def test_red_header_and_rule(reader: PdfReader) -> None:
    page = reader.pages[0]
    drawing = page.get_contents().get_data().decode("latin-1")  # type: ignore[union-attr]
    assert drawing.count(RED) == 2
    after_red = drawing[drawing.rindex(RED) :]
    rectangle = re.search(r"([\d.]+) ([\d.]+) ([\d.]+) 2 re", after_red)
    assert rectangle is not None
    left, top, width = (float(value) * 0.75 for value in rectangle.groups())
    assert left / MM == pytest.approx(28, abs=0.02)
    assert width / MM == pytest.approx(156, abs=0.02)
    organ = piece_with(page, "文件")
    number = piece_with(page, "〔2026〕")
    assert (top - (number.y + 0.12 * 16)) / MM == pytest.approx(4, abs=0.1)
    assert organ.y < number.y < top
    # The red name keeps within the type area however long it is.
    assert organ.x >= 28 * MM - 1


def test_page_numbers_stand_outside_and_seven_millimetres_below(reader: PdfReader) -> None:
    for number, page in enumerate(reader.pages, 1):
        piece = next(piece for piece in pieces(page) if piece.text.startswith("—"))
        assert "".join(piece.text.split()) == f"—{number}—"
        assert piece.font == "Gongwen-SongTi"
        # The dash lies 0.38 em above the baseline.
        assert (piece.y - 0.38 * 14) / MM == pytest.approx(269, abs=0.05)
        assert (piece.x < 105 * MM) == (number % 2 == 0)


def test_the_signature_is_centred_on_a_date_four_characters_in() -> None:
    content = sample(0, signatories=("晋城市工业和信息化局",))
    reader = open_pdf(render_pdf(content))
    # It stands on the second page, whose type area ends 28 mm from the edge of the paper.
    found = pieces(reader.pages[1])
    organ = next(piece for piece in found if piece.text == "晋城市工业和信息化局")
    day = next(piece for piece in found if piece.text == "2026年11月21日")
    organ_width = 10 * geometry.CELL
    day_width = 3 * geometry.CELL + 8 * (geometry.SIZE / 2 + geometry.SPACING)
    assert day.x + day_width == pytest.approx(182 * MM - 4 * geometry.CELL, abs=0.5)
    assert organ.x + organ_width / 2 == pytest.approx(day.x + day_width / 2, abs=0.5)
    assert day.y - organ.y == pytest.approx(geometry.PITCH, abs=0.01)


def test_all_faces_stand_on_one_grid() -> None:
    content = sample(
        0,
        paragraphs=(
            Paragraph("body", "正文"),
            Paragraph("heading1", "一、标题"),
            Paragraph("heading2", "（一）标题"),
            Paragraph("body", "正文"),
            Paragraph("body", "专" * 28 * 12),
        ),
    )
    found = pieces(open_pdf(render_pdf(content)).pages[0])
    lines = [piece.y for piece in found if piece.text in ("正文", "一、标题", "（一）标题")]
    steps = [after - before for before, after in pairwise(lines)]
    assert steps == pytest.approx([geometry.PITCH] * 3, abs=0.02)


@pytest.mark.parametrize("rows", [0, 1, 2, 20, 41, 70])
@pytest.mark.parametrize("copy_to", [None, "省专业镇工作领导小组办公室，市纪委监委"])
def test_the_imprint_stands_at_the_foot_of_an_even_last_page(
    rows: int, copy_to: str | None
) -> None:
    content = sample(rows, copy_to=copy_to)
    rendered = render(content)
    assert rendered.passes == 1, "the prediction of pages failed"
    assert rendered.pages % 2 == 0
    assert rendered.pages == predicted_page_count(content)
    reader = open_pdf(rendered.pdf)
    assert len(reader.pages) == rendered.pages
    for page in reader.pages[:-1]:
        assert not any("月23日印发" in piece.text for piece in pieces(page))
    last = piece_with(reader.pages[-1], "2026年11月23日印发")
    # Middle of the last imprint line: half a line above the foot of the type area.
    middle = last.y - 0.38 * 14
    assert middle / MM == pytest.approx(262 - 13 / MM, abs=0.6)
    towns = joined_text(reader)
    assert all(row[1] in towns for row in town_rows(rows))


@pytest.mark.parametrize("rows", [0, 3, 20])
def test_a_wrong_plan_is_put_right_by_setting_again(rows: int) -> None:
    content = tidied(sample(rows))
    plan = lay_out(content)
    wrong: ImprintPlace = "next" if plan.imprint_place == "here" else "here"
    html, document, passes = settle(
        content, replace(plan, imprint_place=wrong, pages=plan.pages + 1)
    )
    assert passes > 1
    assert len(document.pages) == plan.pages
    assert html == document_html(sample(rows))


def test_a_blank_page_before_the_imprint_is_not_numbered() -> None:
    plans = ((rows, lay_out(tidied(sample(rows)))) for rows in range(1, 60))
    rows = next(rows for rows, plan in plans if plan.imprint_place == "blank")
    reader = open_pdf(render_pdf(sample(rows)))
    assert len(reader.pages) % 2 == 0
    assert pieces(reader.pages[-2]) == []
    assert not any("—" in piece.text for piece in pieces(reader.pages[-1]))
    assert any("—" in piece.text for piece in pieces(reader.pages[-3]))


def test_the_table_head_is_repeated_and_long_names_are_kept_whole(reader: PdfReader) -> None:
    texts = ["".join((page.extract_text() or "").split()) for page in reader.pages]
    heads = sum("专业镇名称所在县（市、区）主导产业" in text for text in texts)
    assert heads >= 2
    assert heads == sum("专业镇之" in text for text in texts)
    text = joined_text(reader)
    assert f"{LONG_TOWN}之4" in text
    # Nothing leaves the type area on the right.
    for page in reader.pages:
        for piece in pieces(page):
            assert piece.x < (210 - 26) * MM


def test_two_hundred_rows_in_one_pass() -> None:
    rendered = render(sample(200))
    assert rendered.passes == 1
    text = joined_text(open_pdf(rendered.pdf))
    assert all(row[1] in text for row in town_rows(200))


def test_several_attachments_are_numbered_and_start_new_pages() -> None:
    one = sample(3).attachments[0]
    content = sample(3, attachments=(one, one))
    reader = open_pdf(render_pdf(content))
    labels = [p.text for page in reader.pages for p in pieces(page) if p.font == "Gongwen-HeiTi"]
    assert "附件1" in labels
    assert "附件2" in labels
    assert "附件：1.2026年度" in joined_text(reader)
    pages = ["附件1" in [p.text for p in pieces(page)] for page in reader.pages]
    assert pages.count(True) == 1


def test_a_draft_is_marked_on_every_page_and_an_issued_notice_on_none() -> None:
    draft = open_pdf(render_pdf(sample(20, draft=True)))
    for page in draft.pages:
        assert any(piece.text == "样稿" for piece in pieces(page))
    assert "样稿" not in joined_text(open_pdf(render_pdf(sample(20))))


def test_no_seal_is_drawn_only_its_place_is_named() -> None:
    reader = open_pdf(render_pdf(sample(0)))
    assert "（用印处）" in joined_text(reader)
    assert not any(page.images for page in reader.pages)


def test_the_same_content_gives_the_same_bytes() -> None:
    assert render_pdf(sample(5)) == render_pdf(sample(5))


def test_what_people_type_is_text_and_fetches_nothing() -> None:
    name = "<img src='file:///etc/passwd'><b>镇</b>&amp;"
    content = sample(0, paragraphs=(Paragraph("body", name),), title="关于<i>名单</i>的通知")
    assert "<img" not in document_html(content)
    text = joined_text(open_pdf(render_pdf(content)))
    assert "<imgsrc='file:///etc/passwd'><b>镇</b>&amp;" in text
    assert "关于<i>名单</i>的通知" in text


@pytest.mark.parametrize("lines", range(1, 30))
def test_signature_and_text_are_never_parted(lines: int) -> None:
    content = sample(0, paragraphs=(Paragraph("body", "专" * 28 * lines),))
    assert page_count(content) == predicted_page_count(content)
    for page in open_pdf(render_pdf(content)).pages:
        texts = [piece.text for piece in pieces(page)]
        if "2026年11月21日" in texts:
            assert any("专专" in text for text in texts)


def test_half_width_punctuation_is_printed_full_width() -> None:
    content = sample(0, addressees="各县(市、区)人民政府,领导小组各成员单位")
    assert "各县（市、区）人民政府，领导小组各成员单位：" in joined_text(
        open_pdf(render_pdf(content))
    )


def test_a_table_with_a_wrong_number_of_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="列数与表头不一致"):
        sample(1).attachments[0].__class__("名单", ("序号", "名称"), (1, 2), (("1",),))
    with pytest.raises(ValueError, match="正文"):
        sample(0, paragraphs=())


def test_setting_from_several_threads_gives_whole_documents() -> None:
    contents = [sample(rows) for rows in (1, 2, 3, 4)]
    alone = [render_pdf(content) for content in contents]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(render_pdf, contents))
    assert together == alone


def test_weasyprint_is_not_loaded_until_a_pdf_is_made() -> None:
    code = "import sys, portal.core.documents.typesetting; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_engine_says_so_when_weasyprint_was_loaded_too_early(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert renderer.lay_out("<p>镇</p>").pages
    monkeypatch.setenv("FONTCONFIG_FILE", "/etc/fonts/fonts.conf")
    with pytest.raises(fonts.FontsUnavailableError, match="重新启动"):
        fonts.activate()
