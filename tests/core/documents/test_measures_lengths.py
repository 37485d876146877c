"""What varies, measured on paper: attachments of every length, titles, joint issuers, rare names.

All lengths from 1 to 70 rows, and 300, are set in pages; those around every change of the plan (a
page more, the imprint on another page) are written and measured as well.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise

import pytest

from portal.core.documents import layout as engine
from portal.core.documents.content import DocumentContent, tidied
from portal.core.documents.kinds import Layout
from portal.core.documents.typesetting import (
    Paragraph,
    Rendered,
    missing_glyphs,
    predicted_page_count,
    render,
    render_pdf,
    settle,
)
from tests.core.documents.measure import BLACK, Page, measure, text_by_poppler
from tests.core.documents.samples import (
    BODY,
    COPY_TO,
    JOINT_ORGANS,
    joint,
    sample,
    sample_of,
    town_rows,
    towns,
)
from tests.core.documents.test_measures import BOTTOM, PITCH, RED, TOP, WIDTH, near

LENGTHS = (*range(1, 71), 300)
RARE = ("郑隰生", "李垚", "孙贠", "王㛃")


def of_length(rows: int) -> DocumentContent:
    """One page of text and an attachment of so many rows."""
    return tidied(sample(rows, paragraphs=BODY[:1]))


@cache
def plan_of(rows: int) -> tuple[int, str]:
    plan = engine.lay_out(of_length(rows))
    return plan.pages, plan.imprint_place


def turning_points() -> list[int]:
    """Lengths at which the plan changes, each with the one before it."""
    found = {1, 41, 70, 300}
    for before, after in pairwise(range(1, 71)):
        if plan_of(before) != plan_of(after):
            found |= {before, after}
    return sorted(found)


def imprint_is_right(pages: list[Page]) -> None:
    last = pages[-1]
    assert last.number % 2 == 0
    rules = [box for box in last.rules() if box.top > 200 and box.colour == BLACK]
    foot = rules[-1]
    assert foot.bottom == near(BOTTOM, 0.2)
    assert (foot.left, foot.width) == near((last.type_left, WIDTH), 0.1)
    assert last.line("月23日印发").bottom < foot.top
    assert not any(page.has("月23日印发") for page in pages[:-1])
    above = [line for line in last.body if line.bottom < rules[-3].top]
    assert len(above) + sum(line.top > rules[-3].top for line in last.body) == len(last.body)


def test_every_length_from_1_to_70_and_300_is_set_as_planned_in_one_pass() -> None:
    measured_below = turning_points()
    for rows in LENGTHS:
        if rows in measured_below:
            continue
        content = of_length(rows)
        plan = engine.lay_out(content)
        _, document, passes = settle(content, plan)
        assert (rows, passes) == (rows, 1)
        assert (rows, len(document.pages)) == (rows, plan.pages)
        assert plan.pages % 2 == 0


def test_lengths_around_every_change_of_the_plan_measured() -> None:
    lengths = turning_points()
    assert {plan_of(rows)[1] for rows in lengths} == {"here", "next", "blank"}
    for rows in lengths:
        rendered = render(of_length(rows))
        pages = measure(rendered.pdf)
        assert (rows, rendered.passes, len(pages)) == (rows, 1, plan_of(rows)[0])
        imprint_is_right(pages)
        names = "".join(page.text for page in pages)
        assert all(row[1] in names for row in town_rows(rows))
        blank = [page.number for page in pages if not page.chars]
        # Neither a blank page nor the imprint's page after it is numbered.
        unnumbered = [page.number for page in pages if page.folio is None]
        assert unnumbered == ([blank[0], blank[0] + 1] if blank else [])
        assert bool(blank) == (plan_of(rows)[1] == "blank")
        for page in pages:
            assert all(line.bottom <= BOTTOM + 0.1 for line in page.body)
            assert all(box.bottom <= BOTTOM + 0.1 for box in page.drawn)
            if page.has("陵川县"):
                assert page.has("所在县（市、区）")


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于公布名单的通知", 1),
        ("关于公布2026年度晋城市市级专业镇名单的通知", 2),
        (
            "晋城市发展工作领导小组办公室关于公布2026年度晋城市市级专业镇名单和评价结果的通知",
            3,
        ),
    ],
)
def test_titles_of_one_to_three_lines_are_centred(title: str, lines: int) -> None:
    page = measure(render_pdf(sample(0, title=title)))[0]
    found = [line for line in page.lines if line.size == near(22, 0.01)]
    assert len(found) == lines
    assert "".join(line.text for line in found) == title
    for line in found:
        assert line.centre == near(page.type_left + WIDTH / 2)
        assert line.left >= page.type_left
        assert line.right <= page.type_right
    for before, after in pairwise(found):
        assert after.baseline - before.baseline == near(PITCH, 0.05)
    # 词意完整, and not a rectangle of equal lines.
    lengths = [len(line.text) for line in found]
    assert lines == 1 or len(set(lengths)) > 1 or lines == 2
    # Text stands on the first page (首页必须显示正文).
    assert page.has("根据《晋城市人民政府")


@cache
def joint_pages(count: int) -> tuple[DocumentContent, Rendered, list[Page]]:
    content: DocumentContent = joint(count)
    rendered = render(content)
    return content, rendered, measure(rendered.pdf)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_one_to_five_joint_issuers(count: int) -> None:
    content, rendered, pages = joint_pages(count)
    assert rendered.passes == 1
    assert len(pages) == predicted_page_count(content)
    first = pages[0]
    red = [line for line in first.lines if RED in line.colours]
    # In the order of the file: names from the top, then what stands at their right.
    text = "".join(char.text for char in first.chars if char.colour == RED)
    assert text.replace("文件", "") == "".join(JOINT_ORGANS[:count])
    assert min(line.ink[1] for line in red) == near(TOP + 35)
    left, right = min(line.left for line in red), max(line.right for line in red)
    assert (left + right) / 2 == near(106, 1.0)
    assert left >= first.type_left - 0.2
    assert right <= first.type_right + 0.2
    names = [line for line in red if line.text != "文件"]
    edges = {(round(line.left, 0)) for line in names}
    assert len(edges) == 1  # 使排列对齐
    number = first.line("晋专镇办〔2026〕1号")
    (rule,) = [box for box in first.rules() if box.colour == RED]
    assert rule.top - number.bottom == near(4)
    assert first.has("根据《晋城市人民政府")
    signed = next(page for page in pages if page.has("2026年11月21日"))
    written = "".join(page.text for page in pages)
    after = written[written.index("有关情况及时报领导小组办公室。") :]
    day = signed.line("2026年11月21日")
    for organ in JOINT_ORGANS[:count]:
        assert organ in after.replace("（用印处）", "")
    assert day.right == near(signed.type_right - 4 * WIDTH / 28)
    for line in signed.body:
        assert signed.type_left - 0.1 <= line.left < line.right <= signed.type_right + 3
    # Signatures never overlap one another.
    boxes = [
        (line.left, line.top, line.right, line.bottom)
        for line in signed.body
        if line.baseline > signed.line("（用印处）").baseline - 1
    ]
    for index, (a_left, a_top, a_right, a_bottom) in enumerate(boxes):
        for b_left, b_top, b_right, b_bottom in boxes[index + 1 :]:
            apart = a_right <= b_left or b_right <= a_left or a_bottom <= b_top or b_bottom <= a_top
            assert apart, (a_left, a_top, b_left, b_top)


def test_rare_characters_and_long_names_print_in_every_part() -> None:
    names = "、".join(RARE)
    long = "晋城市隰垚贠㛃连翘茶中药材及农副产品精深加工特色专业镇高质量发展示范区"
    rows = [(str(n), f"{long}{name}", "隰县", "先进制造业") for n, name in enumerate(RARE, 1)]
    content = sample(
        1,
        organs=("隰县专业镇工作领导小组办公室垚贠㛃",),
        title="关于隰垚贠㛃专业镇名单的通知",
        addressees=names,
        paragraphs=(
            *BODY,
            Paragraph("heading1", f"一、{names}"),
            Paragraph("heading2", f"（一）{names}"),
        ),
        signatories=("隰县垚贠㛃办公室",),
        attachments=(replace(towns(1), title="隰垚贠㛃名单", rows=tuple(rows)),),
        copy_to=f"{COPY_TO}，{names}",
    )
    assert missing_glyphs(content) == []
    pdf = render_pdf(content)
    pages = measure(pdf)
    text, read = "".join(page.text for page in pages), text_by_poppler(pdf)
    for name in RARE:
        assert text.count(name) >= 5
        assert read.count(name) == text.count(name)
    for char in "隰垚贠㛃":
        assert text.count(char) == read.count(char) >= 8
    for page in pages:
        assert all(line.ink[2] <= page.type_right + 0.5 for line in page.body)
        for line in page.body:
            # One in another face stands on the same baseline, in a cell as wide as its neighbours'.
            for before, after in pairwise(line.chars):
                if "Supplement" in before.face and len(line.chars) > 6:
                    step = (after.left - before.left) / (before.size / 72 * 25.4)
                    assert 0.6 <= step <= 1.3
    supplement = {char.face for page in pages for char in page.chars if "Supplement" in char.face}
    assert {"Gongwen-FangSong-Supplement", "Gongwen-XiaoBiaoSong-Supplement"} <= supplement


def test_other_layouts_keep_to_their_plan() -> None:
    for layout in (Layout.LETTER, Layout.MINUTES, Layout.PUBLICITY, Layout.PLAIN):
        for rows in (0, 17, 18):
            content = tidied(sample_of(layout, rows, paragraphs=BODY[:1]))
            plan = engine.lay_out(content)
            _, document, passes = settle(content, plan)
            assert (layout, rows, passes, len(document.pages)) == (layout, rows, 1, plan.pages)
