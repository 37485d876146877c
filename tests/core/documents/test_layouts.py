"""Every layout: what it prints and in which order, how its pages are predicted, its outline."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from pypdf import PdfReader

from portal.core.documents import fonts
from portal.core.documents import geometry as g
from portal.core.documents.composer import Line
from portal.core.documents.content import DocumentContent, Paragraph, People, tidied
from portal.core.documents.kinds import Layout
from portal.core.documents.layout import Plan, lay_out
from portal.core.documents.typesetting import (
    Rendered,
    missing_glyphs,
    predicted_page_count,
    render,
    text_by_role,
)
from tests.core.documents.pdf import joined_text, open_pdf
from tests.core.documents.samples import (
    BODY,
    CODE,
    CODE_PRINTED,
    ORGAN,
    PEOPLE,
    VERIFY_URL,
    sample,
    sample_of,
    town_rows,
    towns,
    wide,
)

CODED: dict[str, Any] = {"code": CODE, "verify_url": VERIFY_URL}
EVEN = (Layout.NOTICE, Layout.MINUTES)


@cache
def rendered(layout: Layout, rows: int) -> Rendered:
    return render(sample_of(layout, rows, **CODED))


def read(layout: Layout, rows: int = 0) -> PdfReader:
    return open_pdf(rendered(layout, rows).pdf)


def planned(content: DocumentContent) -> Plan:
    return lay_out(tidied(content))


def in_order(text: str, *parts: str) -> None:
    position = 0
    for part in parts:
        found = text.find(part, position)
        assert found >= 0, f"{part} after {text[max(0, position - 30) : position]}"
        position = found + len(part)


def lines_of(value: Any) -> Iterator[Line]:
    """Every line of a plan, wherever it stands."""
    if isinstance(value, Line):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from lines_of(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for item in value:
            yield from lines_of(item)


# --- prediction ---------------------------------------------------------------------------------


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("rows", [0, 3, 20])
def test_every_layout_is_set_in_one_pass_as_predicted(layout: Layout, rows: int) -> None:
    found = rendered(layout, rows)
    assert found.passes == 1
    assert found.pages == predicted_page_count(sample_of(layout, rows, **CODED))
    assert len(read(layout, rows).pages) == found.pages
    if layout in EVEN:
        assert found.pages % 2 == 0
    if layout is Layout.CERTIFICATE:
        assert found.pages == 1


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7, 8])
def test_a_letter_grows_by_pages_not_by_leaves(count: int) -> None:
    """There is no rule of an even last page; copies that do not fit stand on the next one."""
    body = (Paragraph("body", "专" * 28 * count * 3),)
    content = sample_of(Layout.LETTER, 0, paragraphs=body, **CODED)
    found = render(content)
    assert found.passes == 1
    assert found.pages == planned(content).pages
    assert "抄送：省专业镇工作领导小组办公室，市纪委监委。" in joined_text(open_pdf(found.pdf))


def test_lengths_of_letters_and_plain_papers_have_no_gaps() -> None:
    """One more line makes as many pages or one more, odd ones among them."""
    for layout in (Layout.LETTER, Layout.PUBLICITY):
        counts = [
            planned(sample_of(layout, 0, paragraphs=(Paragraph("body", "专" * 28 * lines),))).pages
            for lines in range(1, 50)
        ]
        assert all(after - before in (0, 1) for before, after in pairwise(counts)), layout
        assert {1, 2, 3} <= set(counts)


@pytest.mark.parametrize("layout", [Layout.NOTICE, Layout.LETTER, Layout.PLAIN])
@pytest.mark.parametrize("rows", [1, 7, 30])
def test_tables_across_the_page_are_predicted(layout: Layout, rows: int) -> None:
    found = render(sample_of(layout, attachments=(wide(rows), towns(2)), **CODED))
    assert found.passes == 1
    text = joined_text(open_pdf(found.pdf))
    assert all(row[1] in text for row in town_rows(rows))


def test_a_cell_longer_than_a_page_goes_on_over_pages() -> None:
    long = "陵川县太行山连翘茶中药材" * 60
    row = ("1", long, "陵川县", "先进制造业")
    found = render(sample(attachments=(towns(1, rows=(row, *town_rows(3))),)))
    assert found.passes == 1
    text = joined_text(open_pdf(found.pdf))
    assert text.count("连翘茶中药材") >= 60 - found.pages
    assert "之3" in text


# --- text ---------------------------------------------------------------------------------------


def test_a_letter_has_the_name_alone_number_and_copies_without_printing_office() -> None:
    text = joined_text(read(Layout.LETTER))
    in_order(
        text, ORGAN, "晋专镇办函〔2026〕12号", "关于商请提供专业镇年度数据的函",
        "各县（市、区）人民政府：", BODY[0].text[:20], ORGAN, "2026年11月21日",
        "抄送：省专业镇工作领导小组办公室",
    )  # fmt: skip
    assert "文件" not in text.replace("的通知", "")
    assert "印发" not in text.replace("关于印发", "")
    assert "—1—" not in text
    assert "—2—" in text


def test_minutes_name_mark_number_day_and_people() -> None:
    text = joined_text(read(Layout.MINUTES))
    in_order(
        text, "晋城市专业镇发展领导小组会议纪要", "〔2026〕3号", ORGAN, "2026年11月21日",
        BODY[0].text[:20], "出席：张建国", "请假：周晓明", "列席：吴春梅", "抄送：", "印发",
    )  # fmt: skip
    # The mark is the title, and nobody signs minutes.
    assert text.count("会议纪要") == 1
    assert "用印处" not in text
    titled = planned(sample_of(Layout.MINUTES, title="关于专业镇认定工作的会议纪要"))
    assert titled.header.placed[0].line.text == f"{ORGAN}纪要"
    assert titled.sheets[0].groups[0].css == "title"


def test_names_of_people_hang_below_their_first() -> None:
    rows = (People("出席", "张建国、" * 30),)
    plan = planned(sample_of(Layout.MINUTES, 0, people=rows))
    block = next(b for sheet in plan.sheets for b in sheet.groups if b.css == "people")
    first, second = block.lines[:2]
    assert (first.segments[0].text, first.segments[0].role) == ("出席：", fonts.HEITI)
    assert first.indent == pytest.approx(2 * g.CELL)
    assert second.indent == pytest.approx(5 * g.CELL)
    assert {segment.role for segment in second.segments} == {fonts.FANGSONG}


def test_a_posted_announcement_has_no_header_number_or_imprint() -> None:
    content = sample_of(Layout.PUBLICITY, number="晋〔2026〕1号", **CODED)
    plan = planned(content)
    assert not plan.header.placed
    assert not plan.header.rules
    assert plan.imprint is None
    text = joined_text(read(Layout.PUBLICITY))
    assert text.startswith("关于2026年度晋城市")
    assert "抄送" not in text
    assert "—1—" in text


def test_a_short_table_of_a_plain_paper_stands_in_its_text() -> None:
    text = joined_text(read(Layout.PLAIN, 3))
    in_order(text, "受理回执", BODY[0].text[:20], "序号专业镇名称", "之3", ORGAN, "2026年11月21日")
    assert "附件" not in text
    plan = planned(sample_of(Layout.PLAIN, 30))
    assert len(plan.attachments) == 1
    assert plan.attachments[0].label is None
    alone = planned(sample_of(Layout.PLAIN, 5, paragraphs=(), signatories=()))
    assert alone.pages == 1


def test_a_certificate_says_all_on_one_page() -> None:
    reader = read(Layout.CERTIFICATE)
    in_order(
        joined_text(reader), "证书", "编号：晋专镇证〔2026〕7号", "中药材专业镇：", "特发此证。",
        "（用印处）", ORGAN, "2026年11月21日", "核验码", CODE_PRINTED,
    )  # fmt: skip
    box = reader.pages[0].mediabox
    assert float(box.width) > float(box.height)
    long = sample_of(Layout.CERTIFICATE, paragraphs=(Paragraph("body", "专" * 600),))
    assert render(long).pages == 1


@pytest.mark.parametrize("layout", Layout)
def test_every_character_printed_is_asked_for_in_its_font(layout: Layout) -> None:
    """So that a missing glyph is found before a document is issued, wherever it would stand."""
    content = sample_of(
        layout, attachments=(towns(2), wide(2)), secrecy="秘密★1年", urgency="特急",
        signers=("张建国", "李垚"), people=PEOPLE, **CODED,
    )  # fmt: skip
    texts = text_by_role(content)
    printed: dict[str, set[str]] = {role: set() for role in fonts.ROLE_NAMES}
    for line in lines_of(planned(content)):
        for segment in line.segments:
            printed[segment.role].update(segment.text)
    assert sum(map(len, printed.values())) > 60
    for role, chars in printed.items():
        assert not chars - set(texts[role]) - {" "}, role
    assert missing_glyphs(content) == []


# --- outline, data of the file ------------------------------------------------------------------


def outline(reader: PdfReader) -> list[tuple[int, str]]:
    def walk(items: Any, level: int) -> Iterator[tuple[int, str]]:
        for item in items:
            if isinstance(item, list):
                yield from walk(item, level + 1)
            else:
                yield level, item.title

    return list(walk(reader.outline, 1))


def test_title_headings_and_attachments_are_the_outline() -> None:
    content = sample(
        attachments=(towns(2), wide(2)),
        paragraphs=(*BODY, Paragraph("heading3", "1.其他事项"), Paragraph("body", "专" * 900)),
    )
    assert outline(open_pdf(render(content).pdf)) == [
        (1, "关于公布2026年度晋城市市级专业镇名单的通知"),
        (2, "一、加强组织领导"),
        (3, "（一）完善培育机制"),
        (1, "附件1 2026年度晋城市市级专业镇名单"),
        (1, "附件2 2026年度晋城市市级专业镇主要经济指标"),
    ]
    assert outline(read(Layout.MINUTES))[0] == (1, "晋城市专业镇发展领导小组会议纪要")
    assert outline(read(Layout.CERTIFICATE)) == [(1, "证书")]


def test_a_heading_that_goes_on_over_a_page_is_in_the_outline_once() -> None:
    body = (
        Paragraph("body", "专" * 28 * 9),
        Paragraph("heading1", "一、总体要求。", "专" * 28 * 12),
    )
    found = [title for _, title in outline(open_pdf(render(sample(0, paragraphs=body)).pdf))]
    assert found.count("一、总体要求") == 1


def test_joint_issuers_are_all_authors_and_the_number_is_the_subject() -> None:
    reader = open_pdf(render(sample_of(Layout.LETTER, 0, organs=(ORGAN, "晋城市财政局"))).pdf)
    assert reader.metadata is not None
    assert reader.metadata.author == f"{ORGAN}, 晋城市财政局"
    assert reader.metadata.subject == f"{ORGAN} 晋专镇办函〔2026〕12号"


def test_columns_are_never_narrower_than_their_longest_figure() -> None:
    narrow = towns(2, widths=(1, 400, 1, 1), rows=(("1234567", "名", "2026.11.21", "x"),))
    plan = planned(sample(attachments=(narrow,)))
    table = plan.attachments[0].table
    assert sum(table.widths) == pytest.approx(g.TYPE_WIDTH)
    assert [len(cell.lines) for cell in table.rows[0]] == [1, 1, 1, 1]
    # What is asked for is left alone where it does.
    asked = planned(sample(attachments=(replace(narrow, widths=(20, 40, 30, 10)),)))
    total = g.TYPE_WIDTH
    assert asked.attachments[0].table.widths == pytest.approx(
        [total * share / 100 for share in (20, 40, 30, 10)]
    )
