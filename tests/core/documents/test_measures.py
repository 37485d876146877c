"""A notice (通知) measured on paper against GB/T 9704-2012.

Lengths in millimetres as the standard gives them; nothing here is taken from the engine. What is
printed may differ from the standard's measure by half a millimetre at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import pytest

from portal.core.documents.typesetting import Paragraph, render, render_pdf
from tests.core.documents.measure import BLACK, MM, Line, Page, measure, words
from tests.core.documents.samples import BODY, ORGAN, sample

TOLERANCE = 0.5
TOP, BOTTOM, WIDTH = 37.0, 262.0, 156.0
CELL = WIDTH / 28
PITCH = (225 - 16 / MM) / 21  # 22 lines from edge to edge of their em boxes
SMALL = 14 / MM  # one character of 四号
RED = (230, 0, 18)

KINDS = (
    Paragraph("heading1", "一、一级标题用黑体"),
    Paragraph("heading2", "（一）二级标题用楷体"),
    Paragraph("heading3", "1.三级标题用仿宋"),
    Paragraph("heading4", "（1）四级标题用仿宋"),
)


def near(value: float | Sequence[float], tolerance: float = TOLERANCE) -> object:
    return pytest.approx(value, abs=tolerance)


@cache
def notice() -> list[Page]:
    return measure(render_pdf(sample(30, paragraphs=(*KINDS, *BODY))))


@cache
def pages_of_text() -> list[Page]:
    return measure(render_pdf(sample(0, paragraphs=(Paragraph("body", "专" * 28 * 80),))))


def middle(line: Line) -> float:
    return (line.top + line.bottom) / 2


def test_the_paper_is_a4() -> None:
    for page in (*notice(), *pages_of_text()):
        assert page.width == near(210, 0.01)
        assert page.height == near(297, 0.01)


def test_a_full_page_has_22_lines_of_28_characters_from_edge_to_edge() -> None:
    full = pages_of_text()[1:3]
    assert [page.number for page in full] == [2, 3]
    for page in full:
        lines = page.body
        assert len(lines) == 22
        assert {len(line.text) for line in lines} == {28}
        assert lines[0].top == near(TOP, 0.05)
        assert lines[-1].bottom == near(BOTTOM, 0.05)
        for line in lines:
            # 订口 28 mm: left on odd pages, right on even ones.
            assert line.left == near(page.type_left, 0.1)
            assert line.right == near(page.type_right, 0.1)
            assert {round(char.size, 2) for char in line.chars} == {16}
            assert line.faces == {"Gongwen-FangSong"}
        steps = [after.baseline - before.baseline for before, after in pairwise(lines)]
        assert steps == near([PITCH] * 21, 0.02)


def test_a_second_reader_finds_the_same_edges() -> None:
    found = words(render_pdf(sample(0, paragraphs=(Paragraph("body", "专" * 28 * 80),))))
    lines = [word for word in found if word.page == 3 and word.text == "专" * 28]
    assert len(lines) == 22
    for line in lines:
        assert (line.left, line.right) == near((28, 184), 0.2)
    assert lines[0].top == near(TOP)
    assert lines[-1].bottom == near(BOTTOM)


def test_full_lines_end_at_the_right_edge() -> None:
    """Lines that go on, on pages of ordinary text: only the blank half of a mark sticks out."""
    seen = 0
    for page in notice()[:2]:
        for before, after in pairwise(page.body):
            goes_on = after.left == near(page.type_left, 0.1)
            if not goes_on or before.size > 16.5 or len(before.text) < 20:
                continue
            seen += 1
            blank = CELL / 2 if before.text[-1] in "，。、；：？！）》”’" else 0.0
            assert (
                page.type_right - TOLERANCE <= before.right <= page.type_right + blank + TOLERANCE
            )
            assert before.ink[2] <= page.type_right + TOLERANCE
    assert seen >= 5


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    for page in notice()[:2]:
        for line in page.body:
            assert line.text[0] not in "，。、；：？！）》”’〕】"
            assert line.text[-1] not in "（《“‘〔【"


def test_the_red_name_stands_35_mm_below_the_edge_of_the_type_area() -> None:
    page = notice()[0]
    name = page.line("文件")
    assert name.text == f"{ORGAN}文件"
    assert name.colours == {RED}
    assert name.faces == {"Gongwen-XiaoBiaoSong"}
    assert name.ink[1] == near(TOP + 35)
    assert name.centre == near(106)
    assert name.left >= 28 - 0.1
    assert name.right <= 184 + 0.1


def test_the_number_and_the_red_rule() -> None:
    page = notice()[0]
    name, number = page.line("文件"), page.line("〔2026〕")
    assert number.text == "晋专镇办〔2026〕1号"
    assert number.faces == {"Gongwen-FangSong"}
    assert number.size == near(16, 0.01)
    assert number.centre == near(106)
    # 空二行: two lines, and what a line of text leaves above its characters.
    assert 2 * PITCH - 1 <= number.top - name.ink[3] <= 3 * PITCH
    (rule,) = [box for box in page.rules() if box.colour == RED]
    assert rule.top - number.bottom == near(4)
    assert (rule.left, rule.width) == near((28, WIDTH), 0.1)
    assert 0.3 <= rule.height <= 1.1


def test_the_title_is_centred_two_lines_below_the_rule() -> None:
    page = notice()[0]
    lines = [line for line in page.lines if line.faces == {"Gongwen-XiaoBiaoSong"}][1:]
    assert "".join(line.text for line in lines) == "关于公布2026年度晋城市市级专业镇名单的通知"
    (rule,) = page.rules()
    assert 2 * PITCH <= lines[0].top - rule.bottom <= 3 * PITCH - 22 / MM
    for line in lines:
        assert line.size == near(22, 0.01)
        assert line.centre == near(106)
        assert line.colours == {BLACK}


def test_addressees_one_line_below_the_title_at_the_edge() -> None:
    page = notice()[0]
    title = [line for line in page.lines if line.size == near(22, 0.01)][-1]
    first = page.line("各县（市、区）专业镇工作领导小组")
    assert middle(first) - middle(title) == near(2 * PITCH)
    assert first.left == near(28, 0.1)
    after = next(line for line in page.lines if line.baseline > first.baseline + 1)
    assert after.text.endswith("：")
    assert after.left == near(28, 0.1)


def test_paragraphs_are_indented_by_two_characters_and_set_in_their_faces() -> None:
    lines = [line for page in notice()[:2] for line in page.lines]
    faces = ["HeiTi", "KaiTi", "FangSong", "FangSong"]
    for paragraph, face in zip(KINDS, faces, strict=True):
        line = next(line for line in lines if line.text == paragraph.text)
        assert line.faces == {f"Gongwen-{face}"}
        assert line.size == near(16, 0.01)
        assert line.left == near(28 + 2 * CELL)
    run_in = next(line for line in lines if line.text.startswith("（一）完善"))
    assert [char.face for char in run_in.chars[:10]] == ["Gongwen-KaiTi"] * 10
    assert run_in.chars[10].face == "Gongwen-FangSong"


def test_text_stands_on_one_grid_of_lines() -> None:
    for page in notice()[:2]:
        lines = [line for line in page.body if line.size == near(16, 0.01)]
        for before, after in pairwise(lines):
            rows = (after.baseline - before.baseline) / PITCH
            assert rows == pytest.approx(round(rows), abs=0.02) or before.bottom < 120


def test_the_note_of_attachments_and_the_signature() -> None:
    page = notice()[1]
    last = page.line("有关情况及时报领导小组办公室。")
    listed = page.line("附件：")
    assert listed.left == near(page.type_left + 2 * CELL)
    assert listed.text == "附件：2026年度晋城市市级专业镇名单"
    assert listed.baseline - last.baseline == near(2 * PITCH)
    note = page.line("此件公开发布")
    assert note.text == "（此件公开发布）"
    assert note.left == near(page.type_left + 2 * CELL)


def test_a_sealed_signature_is_centred_on_a_date_four_characters_in() -> None:
    name = "晋城市工业和信息化局"
    pages = measure(render_pdf(sample(0, signatories=(name,))))
    page = next(page for page in pages if page.has("2026年11月21日"))
    signed, day = page.line(name), page.line("2026年11月21日")
    assert day.right == near(page.type_right - 4 * CELL)
    assert signed.centre == near(day.centre)
    assert day.baseline - signed.baseline == near(PITCH, 0.05)


def test_a_signature_without_a_seal_stands_two_characters_in() -> None:
    name = "晋城市工业和信息化局"
    pages = measure(render_pdf(sample(0, signatories=(name,), seal_hint="")))
    page = next(page for page in pages if page.has("2026年11月21日"))
    signed, day = page.line(name), page.line("2026年11月21日")
    assert signed.right == near(page.type_right - 2 * CELL)
    assert day.left == near(signed.left + 2 * CELL)
    assert day.baseline - signed.baseline == near(PITCH, 0.05)


def test_an_attachment_begins_a_page_and_its_title_stands_on_the_third_line() -> None:
    page = notice()[2]
    label = page.body[0]
    assert label.text == "附件"
    assert label.faces == {"Gongwen-HeiTi"}
    assert label.size == near(16, 0.01)
    assert (label.left, label.top) == near((page.type_left, TOP))
    title = page.line("2026年度晋城市市级专业镇名单")
    assert middle(title) - middle(label) == near(2 * PITCH)
    assert title.centre == near(page.type_left + WIDTH / 2)
    assert title.size == near(22, 0.01)


def test_tables_keep_to_the_type_area_and_repeat_their_head() -> None:
    heads = 0
    for page in notice()[2:]:
        table = [box for box in page.drawn if box.width > 1 or box.height > 1]
        assert min(box.left for box in table) == near(page.type_left)
        assert max(box.right for box in table) == near(page.type_right)
        assert max(box.bottom for box in table) <= BOTTOM + 0.1
        heads += page.has("专业镇名称")
        for line in page.lines:
            assert line.ink[0] >= page.type_left
            assert line.ink[2] <= page.type_right
    assert heads == 2


def test_page_numbers_stand_outside_7_mm_below_the_type_area() -> None:
    for page in (*notice(), *pages_of_text()):
        folio = page.folio
        assert folio is not None
        assert folio.text == f"—{page.number}—"
        assert folio.faces == {"Gongwen-SongTi"}
        assert folio.size == near(14, 0.01)
        dash = folio.chars[0].ink
        assert (dash[1] + dash[3]) / 2 == near(BOTTOM + 7)
        if page.number % 2:
            assert folio.right == near(page.type_right - SMALL)
        else:
            assert folio.left == near(page.type_left + SMALL)


def test_the_imprint_stands_at_the_foot_of_an_even_last_page() -> None:
    pages = notice()
    last = pages[-1]
    assert last.number % 2 == 0
    assert not any(page.has("印发") and page.has("抄送") for page in pages[:-1])
    top, between, foot = last.rules()
    for rule, thick in ((top, 0.35), (between, 0.25), (foot, 0.35)):
        assert (rule.left, rule.width) == near((last.type_left, WIDTH), 0.1)
        assert rule.height == near(thick, 0.02)
        assert rule.colour == BLACK
    assert foot.bottom == near(BOTTOM, 0.2)
    copies, day = last.line("抄送："), last.line("印发")
    by = last.line("晋城市工业和信息化局办公室")
    assert day.text == "2026年11月23日印发"
    assert copies.left == by.left == near(last.type_left + SMALL)
    assert day.right == near(last.type_right - SMALL)
    assert by.baseline == near(day.baseline, 0.01)
    assert top.bottom < copies.top < copies.bottom < between.top
    assert between.bottom < by.top < by.bottom < foot.top
    for line in (copies, by, day):
        assert line.faces == {"Gongwen-FangSong"}
        assert line.size == near(14, 0.01)


def test_a_draft_says_so_across_every_page_and_nothing_moves() -> None:
    draft = measure(render_pdf(sample(30, paragraphs=(*KINDS, *BODY), draft=True)))
    for page, issued in zip(draft, notice(), strict=True):
        assert "样" in page.text
        upright = [line for line in page.lines if not line.chars[0].turned]
        assert [(line.text, line.left, line.baseline) for line in upright] == [
            (line.text, line.left, line.baseline) for line in issued.lines
        ]


def test_one_pass_is_enough() -> None:
    assert render(sample(30, paragraphs=(*KINDS, *BODY))).passes == 1
