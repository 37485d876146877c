"""Workbooks as people upload them: read within limits, nothing evaluated, broken ones refused."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import ValidationError
from openpyxl.styles import Font

from portal.core.workbooks.archive import MAX_UNPACKED
from portal.core.workbooks.engine import Book, read_book
from portal.core.workbooks.report import read_report, write_report
from portal.core.workbooks.spec import Field, Line, Outcome
from tests.core.sheets import new_sheet, packed, sheet_of

if TYPE_CHECKING:
    from pytest_django import Settings

FIELDS = (
    Field("code", "编号", "code", required=True),
    Field("town", "专业镇"),
    Field("on", "日期", "date"),
    Field("amount", "金额", "money"),
    Field("share", "占比", "percent"),
)
HEADER = ["编号", "专业镇", "日期", "金额（万元）", "占比"]


def read(book: io.BytesIO) -> Book:
    """A workbook read by the columns above."""
    return read_book(book, FIELDS)


def values(book: Book, key: str) -> list[object]:
    """One column."""
    return [row.values[key] for row in book.rows]


def test_a_county_s_sheet() -> None:
    """A merged title, a unit beside it, text numbers, percentages, a sum, a signature."""
    book, sheet = new_sheet()
    for row in (
        ["蒲县肉牛专业镇情况表"],
        ["填报单位：蒲县工信局", None, None, "单位：元"],
        ["编号", "专业镇", "日期", "金额", "占比", "联系人"],
        ["１", "蒲 县", "2024.1.5", "1,200", 0.3, "张三"],
        ["", " ", None, None, None, "空行"],
        [2, "蒲县", date(2024, 2, 1), "1.5万元", "30%", None],
        ["合计", None, None, 16200],
        ["填表人：李四", None, "审核人：王五"],
    ):
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet["E4"].number_format = "0.0%"
    read_back = read(packed(book))
    assert [row.number for row in read_back.rows] == [4, 6]
    assert values(read_back, "code") == ["1", "2"]
    assert values(read_back, "on") == [date(2024, 1, 5), date(2024, 2, 1)]
    assert values(read_back, "amount") == [Decimal(1200), Decimal(15000)]
    assert values(read_back, "share") == [Decimal(30), Decimal(30)]
    assert read_back.reading == {
        "sheet": "Sheet",
        "header_row": 3,
        "ignored": ["联系人"],
        "skipped": [[7, "合计"], [8, "填表人：李四"]],
    }


def test_a_cell_merged_over_rows_holds_for_each() -> None:
    """But never a number, which would count several times."""
    book, sheet = new_sheet()
    for row in (HEADER, [1, "蒲县", None, 5], [2, None, None, None], [3, None, None, None]):
        sheet.append(row)
    sheet.merge_cells("B2:B4")
    sheet.merge_cells("D2:D4")
    read_back = read(packed(book))
    assert values(read_back, "town") == ["蒲县"] * 3
    assert values(read_back, "amount") == [Decimal(50000), None, None]


def test_errors_of_formulas_are_refused_with_their_word() -> None:
    book, sheet = new_sheet()
    sheet.append(HEADER)
    sheet.append([1, "蒲县", None, "#REF!"])
    sheet["D2"].data_type = "e"
    sheet.append(["#N/A"])
    sheet["A3"].data_type = "e"
    rows = read(packed(book)).rows
    assert rows[0].problems == {"amount": "单元格是公式错误 #REF!。请改正公式，或改填数值。"}
    assert "#N/A" in rows[1].problems["code"]


def test_formulas_are_never_evaluated() -> None:
    """Without the value that the table program stored, a formula is an empty cell."""
    rows = read(sheet_of(HEADER, ["=1+1", "x", None, "=10*10"])).rows
    assert rows[0].values["amount"] is None
    assert rows[0].problems == {"code": "请填写编号。"}


def test_a_header_repeated_on_each_printed_page_is_no_row() -> None:
    read_back = read(sheet_of(HEADER, [1], HEADER, [2]))
    assert values(read_back, "code") == ["1", "2"]
    assert read_back.reading["skipped"] == [[3, "编号"]]


def test_a_row_that_only_begins_like_a_footer_is_a_row() -> None:
    read_back = read(
        sheet_of(["专业镇", "编号"], ["注塑专业镇", 1], ["说明书专业镇", 2], ["小计", 3])
    )
    assert values(read_back, "code") == ["1", "2", "3"]


def test_the_first_visible_sheet_with_the_header_is_read() -> None:
    book, sheet = new_sheet()
    sheet.append(["填表说明", "请按模板填写"])
    hidden = book.create_sheet("旧数据")
    hidden.append(HEADER)
    hidden.append([1])
    hidden.sheet_state = "hidden"
    shown = book.create_sheet("名单")
    shown.append(HEADER)
    shown.append([2])
    later = book.create_sheet("名单2")
    later.append(HEADER)
    later.append([3])
    read_back = read(packed(book))
    assert (read_back.sheet, values(read_back, "code")) == ("名单", ["2"])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([["甲", "乙"], [1, 2]], "没有找到表头（编号、专业镇、日期、金额等列）"),
        ([["专业镇", "金额"], ["蒲县", 2]], "缺少列：编号。"),
        ([HEADER], "表头下面没有内容"),
        ([HEADER, ["", " ", None]], "表头下面没有内容"),
        ([[*HEADER, "金额"], [1]], "“金额”出现了两次（D 列和 F 列）"),
    ],
)
def test_what_cannot_be_read_as_a_whole_says_why(rows: list[list[object]], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        read(sheet_of(*rows))


def test_rows_have_a_limit(settings: Settings) -> None:
    settings.PORTAL_IMPORT_MAX_ROWS = 3
    assert len(read(sheet_of(HEADER, [1], [2], [3])).rows) == 3
    with pytest.raises(ValidationError, match="每次最多导入 3 行"):
        read(sheet_of(HEADER, [1], [2], [3], [4]))


@pytest.mark.parametrize("place", ["A1000000", "A22001", "XFD2", "GZ2", "XFD1048576"])
def test_a_cell_far_away_is_refused_before_it_takes_the_memory(place: str) -> None:
    """A reader that keeps the full rectangle would ask for gigabytes."""
    book, sheet = new_sheet()
    sheet.append(HEADER)
    sheet.append([1])
    sheet[place] = "x"
    with pytest.raises(ValidationError, match="超出可导入的范围"):
        read(packed(book))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<c r="A2"', b"<c  r = 'XFD900000'"),
        (b'<row r="2"><c r="A2"', b'<row  r="900000"><c'),
        (b'<c r="A2"', b'<c r="XFD2"'),
    ],
)
def test_nor_one_that_is_written_unusually(old: bytes, new: bytes) -> None:
    far = in_sheet(old, new)
    with zipfile.ZipFile(far) as archive:
        assert new in archive.read("xl/worksheets/sheet1.xml")
    with pytest.raises(ValidationError, match=r"超出可导入的范围|读不出来"):
        read(far)


def test_cells_that_do_not_say_where_they_are_follow_each_other() -> None:
    rows = read(in_sheet(b'<c r="A2" ', b"<c ")).rows
    assert [row.values["code"] for row in rows] == ["1"]


def test_formats_far_away_hold_nothing() -> None:
    book, sheet = new_sheet()
    sheet.append(HEADER)
    sheet.append([1])
    sheet["XFD900000"].font = Font(bold=True)
    assert len(read(packed(book)).rows) == 1


def repacked(change: Callable[[str, bytes], bytes | None]) -> io.BytesIO:
    """A good workbook with parts changed or, for None, left out."""
    made = io.BytesIO()
    with zipfile.ZipFile(sheet_of(HEADER, [1])) as good, zipfile.ZipFile(made, "w") as bad:
        for part in good.infolist():
            content = change(part.filename, good.read(part))
            if content is not None:
                bad.writestr(part.filename, content, zipfile.ZIP_DEFLATED)
    made.seek(0)
    return made


def in_sheet(old: bytes, new: bytes) -> io.BytesIO:
    """A good workbook with its sheet's XML changed."""
    return repacked(
        lambda name, data: data.replace(old, new) if name.endswith("sheet1.xml") else data
    )


DOCTYPE = b'<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa">]><worksheet'
HOSTILE: dict[str, Callable[[], io.BytesIO]] = {
    "no archive": lambda: io.BytesIO(b"code,name\n1,x\n"),
    "empty": lambda: io.BytesIO(b""),
    "cut short": lambda: io.BytesIO(sheet_of(HEADER, [1]).getvalue()[:-300]),
    "xls of old or encrypted": lambda: io.BytesIO(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
    ),
    "a document of text": lambda: repacked(
        lambda name, data: None if name.startswith("xl/") else data
    ),
    "no sheet": lambda: repacked(
        lambda name, data: None if name.startswith("xl/worksheets/sheet") else data
    ),
    "entities": lambda: in_sheet(b"<worksheet", DOCTYPE),
    "entities after a long comment": lambda: in_sheet(
        b"<worksheet", b"<!--" + b"x" * 4000 + b"-->" + DOCTYPE
    ),
    "broken XML": lambda: in_sheet(b"<sheetData>", b"<sheetData"),
    "a strange column": lambda: in_sheet(b'r="A2"', b'r="AAAAAAAA2"'),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_broken_and_hostile_files_are_refused(name: str) -> None:
    with pytest.raises(ValidationError, match=r"读不出来|旧版 xls|没有找到表头"):
        read(HOSTILE[name]())


def damaged(part: str, spoil: Callable[[bytes], bytes]) -> io.BytesIO:
    """A good workbook whose packed bytes of a part were spoilt on the way."""
    content = bytearray(repacked(lambda _, data: data).getvalue())
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        found = archive.getinfo(part)
    at = content.index(found.filename.encode(), found.header_offset) + len(found.filename)
    content[at : at + found.compress_size] = spoil(bytes(content[at : at + found.compress_size]))
    return io.BytesIO(bytes(content))


SPOILT: dict[str, Callable[[bytes], bytes]] = {
    "all ones": lambda packed: b"\xff" * len(packed),
    "its beginning": lambda packed: b"\x07" + packed[1:],
    "its end": lambda packed: packed[: len(packed) // 2] + b"\0" * (len(packed) - len(packed) // 2),
}
PARTS = (
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
    "xl/worksheets/sheet1.xml",
)


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("part", PARTS)
def test_damaged_workbooks_are_refused(part: str, spoilt: str) -> None:
    with pytest.raises(ValidationError, match="读不出来"):
        read(damaged(part, SPOILT[spoilt]))


def test_a_byte_spoilt_anywhere_is_refused_or_does_no_harm() -> None:
    """Whatever is raised on the way is the sentence for damaged files."""
    good = sheet_of(HEADER, [1]).getvalue()
    refused = 0
    for at in range(0, len(good), 37):
        for mask in (0xFF, 0x01):
            bad = good[:at] + bytes([good[at] ^ mask]) + good[at + 1 :]
            try:
                read(io.BytesIO(bad))
            except ValidationError:
                refused += 1
    assert refused > 20


def test_what_unpacks_to_too_much_is_refused() -> None:
    bomb = in_sheet(b"</worksheet>", b"</worksheet>" + b" " * MAX_UNPACKED)
    assert len(bomb.getvalue()) < 1024 * 1024
    with pytest.raises(ValidationError, match="内容过大"):
        read(bomb)


def test_a_part_that_is_there_twice_is_refused() -> None:
    """Two readers may take different ones of them."""
    doubled = sheet_of(HEADER, [1])
    with zipfile.ZipFile(doubled, "a") as archive:
        archive.writestr("xl/worksheets/SHEET1.XML", b"<worksheet/>")
    with pytest.raises(ValidationError, match="读不出来"):
        read(doubled)


def test_reports_of_before_rows_could_ask_are_read() -> None:
    made = io.BytesIO()
    with gzip.open(made, "wt", encoding="utf-8") as stream:
        stream.write('[2,"add","甲",[],[],["请核对。"]]\n')
    made.seek(0)
    assert list(read_report(made)) == [Line(2, Outcome.ADD, "甲", notes=["请核对。"])]
    made = io.BytesIO()
    write_report([Line(2, Outcome.ADD, "甲", asks=True)], made)
    made.seek(0)
    assert [line.asks for line in read_report(made)] == [True]
