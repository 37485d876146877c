"""The workbook with its errors marked: readable, otherwise unchanged, and good to upload again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from portal.core.workbooks import marking
from portal.core.workbooks.engine import read_book
from portal.core.workbooks.marking import OURS, RED, mark_workbook, result_text
from portal.core.workbooks.spec import Change, Field, Line, Outcome, Problem

FIELDS = (
    Field("name", "名称", required=True),
    Field("code", "代码", "code"),
    Field("value", "营业收入", "money"),
)
LINES = [
    Line(4, Outcome.ADD, "甲"),
    Line(
        5,
        Outcome.REFUSE,
        "乙",
        problems=[Problem("B5", "代码", "校验位不符。"), Problem("", "整行", "与第 4 行重复。")],
    ),
    Line(6, Outcome.CHANGE, "丙", changes=[Change("代码", "", "3")], notes=["请核对。"]),
]


def sheet() -> io.BytesIO:
    """A workbook of somebody's own: a merged title, colours, a formula, a drop-down, two sheets."""
    book = Workbook()
    notes = book.worksheets[0]
    notes.title = "说明"
    notes["A1"] = "只是说明"
    data = book.create_sheet("数据")
    data["A1"] = "企业名单"
    data.merge_cells("A1:C1")
    data.append([])
    for at, text in enumerate(("名称", "代码", "营业收入（万元）"), start=1):
        data.cell(3, at, text)
    for row, name in enumerate(("甲", "乙", "丙"), start=4):
        data.cell(row, 1, name)
        data.cell(row, 2, str(row))
        data.cell(row, 3, row * 100)
    data["A4"].fill = PatternFill("solid", fgColor="FF00FF00")
    data["B5"].comment = Comment("县局补填", "县局")
    rule = DataValidation(type="list", formula1='"甲,乙"')
    rule.add("A4:A99")
    data.add_data_validation(rule)
    data.column_dimensions["B"].width = 33
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer


def marked(book: io.BytesIO, lines: list[Line]) -> tuple[io.BytesIO, Any]:
    target = io.BytesIO()
    mark_workbook(book, lines, FIELDS, target)
    return target, load_workbook(target)


def test_what_is_wrong_is_red_with_its_reason() -> None:
    _, book = marked(sheet(), LINES)
    data = book["数据"]
    assert book.active is data
    assert data["B5"].fill.fgColor.rgb == RED
    assert data["B5"].comment.text == f"县局补填\n{OURS}校验位不符。"
    assert [data.cell(row, 4).value for row in range(3, 7)] == [
        "检查结果",
        "新增",
        "有问题：B5 代码：校验位不符。；整行：与第 4 行重复。",
        "修改：代码：空 → 3；请核对。",
    ]


def test_nothing_else_is_changed() -> None:
    _, book = marked(sheet(), LINES)
    data = book["数据"]
    assert book.sheetnames == ["说明", "数据"]
    assert book["说明"]["A1"].value == "只是说明"
    assert [str(area) for area in data.merged_cells.ranges] == ["A1:C1"]
    assert data["A4"].fill.fgColor.rgb == "FF00FF00"
    assert data.column_dimensions["B"].width == 33
    assert data.data_validations.dataValidation[0].formula1 == '"甲,乙"'
    assert [data.cell(row, 3).value for row in (4, 5, 6)] == [400, 500, 600]


def test_it_uploads_again_as_it_is_and_the_marks_go_with_the_errors() -> None:
    first, _ = marked(sheet(), LINES)
    read = read_book(first, FIELDS)
    assert [row.values["name"] for row in read.rows] == ["甲", "乙", "丙"]
    assert read.reading["ignored"] == []
    right = [Line(row, Outcome.SAME, "") for row in (4, 5, 6)]
    _, book = marked(first, right)
    data = book["数据"]
    assert data["B5"].comment.text == "县局补填"
    assert data["B5"].fill.fgColor.rgb != RED
    assert [data.cell(row, 4).value for row in range(3, 7)] == [
        "检查结果", *["无变化"] * 3,
    ]  # fmt: skip
    assert data.max_column == 4, "one column of results, however often it goes round"


def test_text_that_looks_like_a_formula_stays_text() -> None:
    line = Line(5, Outcome.REFUSE, "", problems=[Problem("B5", "=1+1", "=HYPERLINK()")])
    assert result_text(line).startswith("有问题")
    _, book = marked(sheet(), [line])
    assert book["数据"]["D5"].data_type == "s"
    assert book["数据"]["A4"].value == "甲"


def test_formulas_come_back_as_their_values() -> None:
    buffer = sheet()
    book = load_workbook(buffer)
    book["数据"]["C6"] = "=C4+C5"
    target = io.BytesIO()
    book.save(target)
    _, again = marked(target, LINES)
    assert again["数据"]["C6"].data_type != "f"


def test_a_very_large_workbook_comes_back_as_the_list_of_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(marking, "LARGEST", 100)
    _, book = marked(sheet(), LINES)
    assert book.sheetnames == ["有问题的行"]
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert "再上传原表" in str(rows[1][0])
    assert rows[3:] == [
        (5, "B5", "乙", "代码", "校验位不符。"),
        (5, None, "乙", "整行", "与第 4 行重复。"),
    ]


def changed(*merged: str) -> io.BytesIO:
    """The same workbook with cells merged."""
    book = load_workbook(sheet())
    for area in merged:
        book["数据"].merge_cells(area)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer


RESULTS = [
    "检查结果",
    "新增",
    "有问题：B5 代码：校验位不符。；整行：与第 4 行重复。",
    "修改：代码：空 → 3；请核对。",
]


@pytest.mark.parametrize(
    ("merged", "column"),
    [
        (["C3:D3"], 5),  # the last label over two columns
        (["C5:F5"], 7),  # a value of a row over four
        (["A1:C1", "A8:E9"], 6),  # a remark below the table
    ],
)
def test_results_stand_beyond_what_is_merged(merged: list[str], column: int) -> None:
    _, book = marked(changed(*merged), LINES)
    data = book["数据"]
    assert [data.cell(row, column).value for row in range(3, 7)] == RESULTS
    assert set(merged) <= {str(area) for area in data.merged_cells.ranges}


def test_results_merged_by_hand_are_taken_apart() -> None:
    first, book = marked(sheet(), LINES)
    for area in ("D4:D5", "C6:E6"):
        book["数据"].merge_cells(area)
    again = io.BytesIO()
    book.save(again)
    _, book = marked(again, LINES)
    data = book["数据"]
    assert [data.cell(row, 4).value for row in range(3, 7)] == RESULTS
    assert data["C6"].value == 600
    assert first.getvalue() != again.getvalue()


def test_a_problem_of_a_merged_value_is_marked_where_the_value_stands() -> None:
    line = Line(6, Outcome.REFUSE, "", problems=[Problem("B6", "代码", "不存在。")])
    _, book = marked(changed("B5:B6"), [line])
    data = book["数据"]
    assert data["B5"].fill.fgColor.rgb == RED
    assert data["B5"].comment.text == f"县局补填\n{OURS}不存在。"


def spoilt(name: str, old: bytes, new: bytes) -> io.BytesIO:
    """The workbook with a part changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(sheet()) as good, zipfile.ZipFile(made, "w") as bad:
        for part in good.infolist():
            content = good.read(part)
            bad.writestr(part, content.replace(old, new) if part.filename == name else content)
    return made


DATA = "xl/worksheets/sheet2.xml"
AWKWARD: dict[str, Callable[[], io.BytesIO]] = {
    "an attribute unknown": lambda: spoilt("xl/styles.xml", b"<font>", b'<font strange="1">'),
    "a style that is not there": lambda: spoilt(DATA, b'<c r="A4" s="', b'<c r="A4" s="9'),
    "a date that is none": lambda: spoilt("docProps/core.xml", b"T", b"x"),
    "broken XML": lambda: spoilt("xl/theme/theme1.xml", b"</a:theme>", b"</a:thema>"),
    "no styles": lambda: spoilt("[Content_Types].xml", b"styles.xml", b"nothing.xml"),
    "merged to the end": lambda: changed("A6:XFD6"),
    "merged without end": lambda: spoilt(DATA, b'ref="A1:C1"', b'ref="A9:XFD1048576"'),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_a_workbook_that_cannot_be_marked_comes_back_marked_or_as_the_list(name: str) -> None:
    _, book = marked(AWKWARD[name](), LINES)
    rows = list(book.worksheets[-1].iter_rows(values_only=True))
    assert "校验位不符。" in str(rows), name
    if book.sheetnames == ["有问题的行"]:
        assert "这里只列出有问题的行" in str(rows[1][0])
