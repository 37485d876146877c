"""Breaking lines: kinsoku, spacing, figures, titles, punctuation."""

import pytest

from portal.core.documents import fonts, geometry
from portal.core.documents.composer import (
    LOOSEST_EM,
    NO_END,
    NO_START,
    TIGHTEST_EM,
    Line,
    Run,
    compose,
)
from portal.core.documents.punctuation import tidy
from portal.core.documents.titles import title_lines
from tests.core.documents.samples import BODY

EDGE = geometry.TYPE_WIDTH


def lines_of(text: str, first_indent: float = 0.0) -> list[Line]:
    return compose(
        (Run(text, fonts.FANGSONG),),
        width=EDGE,
        size=geometry.SIZE,
        spacing=geometry.SPACING,
        first_indent=first_indent,
    )


def test_a_full_line_has_28_characters_and_an_indented_one_26() -> None:
    lines = lines_of("专" * 100, first_indent=2 * geometry.CELL)
    assert [len(line.text) for line in lines] == [26, 28, 28, 18]
    for line in lines[:-1]:
        assert line.indent + line.width == pytest.approx(EDGE, abs=0.01)
    assert lines[-1].spacing == geometry.SPACING


@pytest.mark.parametrize("position", range(24, 32))
@pytest.mark.parametrize("marks", ["，", "。”", "）。", "》、", "……", "——", "（", "《", "“（"])
def test_no_line_begins_or_ends_with_a_forbidden_mark(position: int, marks: str) -> None:
    text = "镇" * position + marks + "业" * 40
    lines = lines_of(text)
    assert "".join(line.text for line in lines) == text
    for line in lines[:-1]:
        assert line.text[-1] not in NO_END
        assert TIGHTEST_EM * geometry.SIZE <= line.spacing <= LOOSEST_EM * geometry.SIZE
    for line in lines[1:]:
        assert line.text[0] not in NO_START


def test_a_closing_mark_is_pushed_in_and_its_blank_half_sticks_out() -> None:
    first = lines_of("镇" * 28 + "，" + "业" * 30)[0]
    assert first.text == "镇" * 28 + "，"
    # The ink ends at the edge: half of the mark is blank.
    assert first.width - geometry.SIZE / 2 == pytest.approx(EDGE, abs=0.01)


@pytest.mark.parametrize("word", ["2026", "12.5%", "0356-2198765", "GB/T", "jcszyz@example.gov.cn"])
@pytest.mark.parametrize("position", range(20, 28))
def test_figures_and_latin_words_stay_whole(word: str, position: int) -> None:
    lines = lines_of("镇" * position + word + "业" * 40)
    assert sum(word in line.text for line in lines) == 1


def test_a_word_longer_than_a_line_is_broken() -> None:
    text = "网址" + "a" * 150
    lines = lines_of(text)
    assert "".join(line.text for line in lines) == text
    assert all(line.width <= EDGE + 0.5 for line in lines)


def test_no_text_is_lost_and_every_full_line_reaches_the_edge() -> None:
    for paragraph in BODY:
        lines = lines_of(paragraph.text, first_indent=2 * geometry.CELL)
        assert "".join(line.text for line in lines) == paragraph.text
        for line in lines[:-1]:
            overhang = line.indent + line.width - EDGE
            assert overhang == pytest.approx(0, abs=0.01) or (
                0 < overhang <= geometry.SIZE / 2 + 0.01 and line.text[-1] in NO_START
            )


def test_a_character_of_the_supplement_face_is_a_segment_of_its_own() -> None:
    (line,) = lines_of("某䶮镇")
    assert [(segment.text, segment.face) for segment in line.segments] == [
        ("某", 0),
        ("䶮", 1),
        ("镇", 0),
    ]


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        (
            "关于公布2026年度晋城市市级专业镇认定名单的通知",
            ("关于公布2026年度晋城市市级", "专业镇认定名单的通知"),
        ),
        ("关于表扬专业镇的通报", ("关于表扬专业镇的通报",)),
        ("关于公布名单的通知\n（第二批）", ("关于公布名单的通知", "（第二批）")),
    ],
)
def test_titles_are_broken_by_meaning(title: str, lines: tuple[str, ...]) -> None:
    assert title_lines(title) == lines


def test_long_titles_keep_their_words_whole() -> None:
    title = "晋城市专业镇高质量发展工作领导小组办公室关于公布晋城市2026年度市级专业镇名单的通知"
    lines = title_lines(title)
    assert "".join(lines) == title
    assert len(lines) == 3
    assert all(len(line) <= geometry.TITLE_CHARS for line in lines)
    for word in ("专业镇", "领导小组", "办公室", "关于", "2026年度", "名单"):
        assert title.count(word) == sum(line.count(word) for line in lines)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("各县(市、区),各成员单位:", "各县（市、区），各成员单位："),
        ('(一)支持"小升规"!', "（一）支持“小升规”！"),
        ("增速12.5%,时间10:30.", "增速12.5%，时间10:30."),
        ("现予公布.", "现予公布。"),
        ("ABC, Inc. (US)", "ABC, Inc. (US)"),
        ("电话:0356-2198765", "电话：0356-2198765"),
    ],
)
def test_punctuation_beside_chinese_text_is_full_width(typed: str, printed: str) -> None:
    assert tidy(typed) == printed
