"""Every other layout measured on paper: letter, minutes, publicity, plain papers, certificate.

The same measures hold for all: see ``test_measures`` for those of pages and lines of text.
"""

from __future__ import annotations

from functools import cache

import pytest

from portal.core.documents.content import DocumentContent
from portal.core.documents.kinds import Layout
from portal.core.documents.typesetting import render_pdf
from tests.core.documents.measure import BLACK, Page, measure, text_by_poppler
from tests.core.documents.samples import (
    BODY,
    CODE,
    CODE_PRINTED,
    LONG_TOWN,
    ORGAN,
    PEOPLE,
    VERIFY_URL,
    sample_of,
    town_rows,
    towns,
    wide,
)
from tests.core.documents.test_measures import (
    BOTTOM,
    CELL,
    PITCH,
    RED,
    SMALL,
    TOP,
    WIDTH,
    middle,
    near,
)

OF_TEXT = (Layout.NOTICE, Layout.LETTER, Layout.MINUTES, Layout.PUBLICITY, Layout.PLAIN)


@cache
def content_of(layout: Layout) -> DocumentContent:
    return sample_of(layout, 20, code=CODE, verify_url=VERIFY_URL)


@cache
def pdf_of(layout: Layout) -> bytes:
    return render_pdf(content_of(layout))


@cache
def pages_of(layout: Layout) -> list[Page]:
    return measure(pdf_of(layout))


@pytest.mark.parametrize("layout", OF_TEXT)
def test_text_keeps_to_the_type_area_on_the_grid(layout: Layout) -> None:
    pages = pages_of(layout)
    body = next(page for page in pages if page.has("具体办法由市工业和信息化局"))
    line = body.line("具体办法由市工业和信息化局")
    assert line.left == near(body.type_left)
    assert line.right == near(body.type_right)
    assert line.size == near(16, 0.01)
    assert line.faces == {"Gongwen-FangSong"}
    assert body.line("局另行制定").baseline - line.baseline == near(PITCH, 0.02)
    for page in pages:
        assert (page.width, page.height) == near((210, 297), 0.01)
        for found in page.body:
            if found.colours != {BLACK}:
                continue
            assert found.left >= page.type_left - 0.1
            assert found.ink[2] <= page.type_right + 0.5
    heading = next(page for page in pages if page.has("一、加强")).line("一、加强")
    assert heading.faces == {"Gongwen-HeiTi"}


@pytest.mark.parametrize("layout", OF_TEXT)
def test_page_numbers(layout: Layout) -> None:
    for page in pages_of(layout):
        folio = page.folio
        if layout is Layout.LETTER and page.number == 1:
            assert folio is None  # 首页不显示页码
            continue
        assert folio is not None
        assert folio.text == f"—{page.number}—"
        dash = folio.chars[0].ink
        assert (dash[1] + dash[3]) / 2 == near(BOTTOM + 7)
        outside = folio.right + SMALL if page.number % 2 else folio.left - SMALL
        assert outside == near(page.type_right if page.number % 2 else page.type_left)


@pytest.mark.parametrize("layout", list(Layout))
def test_two_readers_find_all_text_in_its_order(layout: Layout) -> None:
    content = content_of(layout)
    expected: list[str] = []
    if layout is Layout.MINUTES:
        expected = [content.title, content.number, "2026年11月21日"]
    else:
        if layout in (Layout.NOTICE, Layout.LETTER):
            expected += [content.issuing_organ, content.number]
        if layout is Layout.CERTIFICATE:
            expected += [content.title, content.number]
        else:
            expected += [content.title]
        expected += [content.addressees]
    expected += [part.text + part.run_in for part in content.paragraphs]
    expected += [f"{row.label}：{row.names}" for row in content.people]
    if layout is not Layout.MINUTES:
        expected += [ORGAN, "2026年11月21日"]
    if content.attachments:
        expected += [content.attachments[0].title, *(row[1] for row in town_rows(20))]
    if content.copy_to:
        expected += [f"抄送：{content.copy_to}。"]
    if layout in (Layout.NOTICE, Layout.MINUTES):
        expected += ["晋城市工业和信息化局办公室", "2026年11月23日印发"]
    folios = [page.folio.text for page in pages_of(layout) if page.folio is not None]
    readers = {
        "PDFium": "".join(page.text for page in pages_of(layout)),
        "poppler": text_by_poppler(pdf_of(layout)),
    }
    for reader, read in readers.items():
        # A paragraph may run over a page, whose number and mark then stand between its lines.
        text = read
        for folio in folios:
            text = text.replace(folio, "", 1)
        position = 0
        for part in expected:
            found = text.find(part, position)
            assert found >= 0, f"{reader}: {part} after {text[max(0, position - 40) : position]}"
            position = found + len(part)


def test_a_letter_has_two_double_rules_170_mm_long() -> None:
    page = pages_of(Layout.LETTER)[0]
    name = next(line for line in page.lines if line.colours == {RED})
    assert name.text == ORGAN
    assert name.faces == {"Gongwen-XiaoBiaoSong"}
    assert name.ink[1] == near(30)
    assert name.centre == near(105)
    upper, upper_thin, lower_thin, lower = page.rules()
    for rule in (upper, upper_thin, lower_thin, lower):
        assert rule.colour == RED
        assert rule.width == near(170, 0.1)
        assert (rule.left + rule.right) / 2 == near(105, 0.1)
    assert upper.top - name.ink[3] == near(4)
    assert lower.bottom == near(297 - 20)
    # 上粗下细 above, 上细下粗 below.
    assert upper.height > 2 * upper_thin.height
    assert lower.height > 2 * lower_thin.height
    number = page.line("〔2026〕12号")
    assert number.right == near(page.type_right)
    assert number.top - upper_thin.bottom == near(16 / 72 * 25.4 * 7 / 8)
    title = page.line("关于商请提供")
    assert title.size == near(22, 0.01)
    assert title.centre == near(106)
    assert 2 * PITCH <= title.top - number.bottom <= 3 * PITCH
    assert not any(page.rules() for page in pages_of(Layout.LETTER)[1:-1])


def test_the_imprint_of_a_letter_has_no_rules_and_no_printing_office() -> None:
    last = pages_of(Layout.LETTER)[-1]
    copies = last.line("抄送：")
    assert copies.size == near(14, 0.01)
    assert copies.left == near(last.type_left + SMALL)
    assert BOTTOM - PITCH <= copies.bottom <= BOTTOM
    assert last.rules() == []
    assert not any(page.has("印发") for page in pages_of(Layout.LETTER)[1:])


def test_minutes_bear_their_name_in_red_and_say_who_was_there() -> None:
    first = pages_of(Layout.MINUTES)[0]
    name = next(line for line in first.lines if line.colours == {RED})
    assert name.text == "晋城市专业镇发展领导小组会议纪要"
    assert name.ink[1] == near(TOP + 35)
    assert name.centre == near(106)
    number = first.line("〔2026〕3号")
    assert number.centre == near(106)
    day = first.line("2026年11月21日")
    assert day.right == near(first.type_right - CELL)
    (rule,) = first.rules()
    assert (rule.colour, rule.left, rule.width) == (RED, near(28, 0.1), near(WIDTH, 0.1))
    assert rule.top - day.bottom == near(4)
    page = next(page for page in pages_of(Layout.MINUTES) if page.has("出席："))
    for row in PEOPLE:
        line = page.line(f"{row.label}：")
        assert line.left == near(page.type_left + 2 * CELL)
        assert [char.face for char in line.chars[:2]] == ["Gongwen-HeiTi"] * 2
        assert line.chars[3].face.startswith("Gongwen-FangSong")
        assert line.size == near(16, 0.01)
    last = pages_of(Layout.MINUTES)[-1]
    assert last.number % 2 == 0
    assert last.has("印发")


@pytest.mark.parametrize("layout", [Layout.PUBLICITY, Layout.PLAIN])
def test_papers_without_a_header_begin_with_their_title(layout: Layout) -> None:
    pages = pages_of(layout)
    title = [line for line in pages[0].lines if line.size == near(22, 0.01)]
    assert title[0].top >= TOP
    assert title[0].top <= TOP + 2 * PITCH
    for line in title:
        assert line.centre == near(106)
        assert line.faces == {"Gongwen-XiaoBiaoSong"}
    for page in pages:
        assert page.rules() == [] or page.has("专业镇名称")
        assert not any(RED in line.colours for line in page.lines)
        assert not page.has("印发：") and not page.has("抄送")


def test_a_certificate_is_one_page_across() -> None:
    (page,) = pages_of(Layout.CERTIFICATE)
    assert (page.width, page.height) == near((297, 210), 0.01)
    title = page.line("证书")
    assert title.centre == near(297 / 2, 1.0)
    assert title.size > 30
    assert title.colours == {RED}
    assert page.line("编号：").text == "编号：晋专镇证〔2026〕7号"
    named = page.line(LONG_TOWN)
    signed, day = page.line(ORGAN), page.line("2026年11月21日")
    assert named.baseline < signed.baseline < day.baseline
    assert signed.centre == near(day.centre)
    for line in page.lines:
        assert 15 <= line.ink[0] < line.ink[2] <= 297 - 15
        assert 15 <= line.ink[1] < line.ink[3] <= 210 - 15


@pytest.mark.parametrize("layout", list(Layout))
def test_the_code_that_verifies_stands_apart_from_the_text(layout: Layout) -> None:
    pages = pages_of(layout)
    marked = [page for page in pages if page.has(CODE_PRINTED)]
    assert len(marked) == 1
    page = marked[0]
    code = page.line(CODE_PRINTED)
    if layout is not Layout.CERTIFICATE:
        assert code.top > BOTTOM
        assert code.bottom < page.height - 10
        folio = page.folio
        if folio is not None:
            assert folio.ink[2] < code.ink[0] - 20 or code.ink[2] < folio.ink[0] - 20


def test_a_table_across_lies_with_its_head_at_the_binding_or_at_the_cut() -> None:
    """横排表格: turned to the left, so that the head is at the binding on odd pages and at the
    cut on even ones; the page number stays where it is on upright pages."""
    content = sample_of(Layout.NOTICE, 0, attachments=(towns(2), wide(30)))
    pages = measure(render_pdf(content))
    across = [page for page in pages if page.width > page.height]
    assert len(across) >= 3
    assert {page.number % 2 for page in across} == {0, 1}
    for page in across:
        assert (page.width, page.height) == near((297, 210), 0.01)
        folio = page.folio
        assert folio is not None
        assert folio.text == f"—{page.number}—"
        dash = folio.chars[0].ink
        # Turned upright: the left edge of the sheet is its lower edge.
        assert 297 - (dash[0] + dash[2]) / 2 == near(BOTTOM + 7)
        first = page.type_left  # binding left on odd pages: 28 mm above the head
        table = [line for line in page.lines if not line.chars[0].turned]
        assert min(line.top for line in table) >= first - 0.1
        assert max(line.ink[3] for line in table) <= 210 - (54 - first) + 0.5
        assert min(line.ink[0] for line in table) >= 297 - BOTTOM - 0.5
        assert max(line.ink[2] for line in table) <= 297 - TOP + 0.5
        assert page.has("专业镇名称")
    assert across[0].has("附件2")
    title = across[0].line("主要经济指标")
    assert title.centre == near(35 + 225 / 2)
    assert middle(title) > middle(across[0].line("附件2"))


def test_no_text_is_lost_in_any_layout() -> None:
    for layout in OF_TEXT:
        text = "".join(page.text for page in pages_of(layout))
        for part in BODY:
            assert part.text[:12] in text
