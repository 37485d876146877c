"""Rosters: real types, nothing that runs, nothing lost."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from portal.core.documents.xlsx import (
    MAX_TEXT,
    TRUNCATED,
    Column,
    Sheet,
    Value,
    Written,
    write_xlsx,
)

COLUMNS = (
    Column("name", "专业镇名称", "text", 36),
    Column("code", "统一社会信用代码", "code"),
    Column("year", "年度", "int"),
    Column("workers", "从业人数", "count"),
    Column("output", "产值(元)", "money"),
    Column("index", "指数", "decimal"),
    Column("share", "市场占有率", "percent"),
    Column("since", "认定日期", "date"),
    Column("seen", "更新时间", "datetime"),
)
NOTE = ("筛选条件：市级；2026年度", "导出时间：2026-11-21 10:00；导出人：张三")
SHEET = Sheet("名单", "晋城市市级专业镇名单", COLUMNS, NOTE)
ROW: tuple[Value, ...] = (
    "泽州县铸造专业镇",
    "091405000000000001",
    2026,
    12345,
    Decimal("123456789.10"),
    1.5,
    0.125,
    date(2026, 11, 21),
    datetime(2026, 11, 21, 2, 30, tzinfo=UTC),
)


def written(
    rows: Sequence[Sequence[Value]], sheet: Sheet = SHEET, **options: Any
) -> tuple[Workbook, Written]:
    buffer = io.BytesIO()
    result = write_xlsx(buffer, sheet, rows, **options)
    buffer.seek(0)
    return load_workbook(buffer), result


def test_types_and_formats_survive() -> None:
    book, result = written([ROW])
    ws = book.active
    assert ws is not None
    assert result == Written(rows=1, sheets=1)
    cells = ws[5]
    assert [cell.value for cell in cells] == [
        "泽州县铸造专业镇",
        "091405000000000001",
        2026,
        12345,
        123456789.1,
        1.5,
        0.125,
        datetime(2026, 11, 21, tzinfo=UTC).replace(tzinfo=None),
        datetime(2026, 11, 21, 10, 30, tzinfo=UTC).replace(tzinfo=None),
    ]
    assert [cell.data_type for cell in cells] == ["s", "s", "n", "n", "n", "n", "n", "d", "d"]
    assert [cell.number_format for cell in cells] == [
        "General",
        "@",
        "0",
        "#,##0",
        "#,##0.00",
        "#,##0.00##",
        "0.00%",
        "yyyy-mm-dd",
        "yyyy-mm-dd hh:mm",
    ]


def test_heading_filter_and_header_stand_above_and_stay_in_view() -> None:
    book, _ = written([ROW, ROW])
    ws: Any = book.active
    assert [ws.cell(row, 1).value for row in (1, 2, 3)] == [SHEET.heading, *NOTE]
    assert [cell.value for cell in ws[4]] == [column.label for column in COLUMNS]
    assert ws.freeze_panes == "A5"
    assert ws.auto_filter.ref == "A4:I6"
    assert ws.print_title_rows == "$4:$4"
    assert ws.page_setup.orientation == "landscape"
    assert ws.page_setup.fitToWidth == 1
    assert ws.page_setup.fitToHeight == 0
    assert ws.sheet_properties.pageSetUpPr.fitToPage
    assert ws.column_dimensions["A"].width == 36
    assert "A1:I1" in [str(area) for area in ws.merged_cells.ranges]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n=", " =", "＝", "'="])
@pytest.mark.parametrize("position", [0, 1, 2, 4, 7])
def test_no_text_becomes_a_formula_in_any_column(start: str, position: int) -> None:
    evil = start + "cmd|' /C calc'!A0"
    row = list(ROW)
    row[position] = evil
    book, _ = written([row])
    cell: Any = book.active.cell(5, position + 1)  # type: ignore[union-attr]
    assert cell.data_type == "s"
    assert cell.value == evil
    assert bool(cell.quotePrefix) == evil.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_headings_notes_and_labels_are_not_formulas_either() -> None:
    sheet = Sheet("=1", "=1+1", (Column("a", "=A1"), Column("b", "@x")), ("+筛选",))
    book, _ = written([("a", "b")], sheet)
    ws: Any = book.active
    for cell in (ws["A1"], ws["A2"], ws["A3"], ws["B3"]):
        assert cell.data_type == "s"
        assert cell.value[0] in "=+@"
    raw = io.BytesIO()
    write_xlsx(raw, sheet, [("=1", "=2")])
    with zipfile.ZipFile(raw) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


@pytest.mark.parametrize(
    "text", ["#N/A", "#REF!", "TRUE", "1e5", "007", "  两端有空格  ", "第一行\n第二行"]
)
def test_text_stays_text(text: str) -> None:
    row = (text, text, *ROW[2:])
    book, _ = written([row])
    ws: Any = book.active
    for cell in (ws.cell(5, 1), ws.cell(5, 2)):
        assert (cell.value, cell.data_type) == (text, "s")


def test_characters_a_file_cannot_hold_are_replaced_visibly_and_counted() -> None:
    book, result = written([("泽州\x00县\x1f\ud800镇", *ROW[1:])])
    assert book.active.cell(5, 1).value == "泽州\ufffd县\ufffd\ufffd镇"  # type: ignore[union-attr]
    assert result.replaced == 1


@pytest.mark.parametrize("char", ["镇", "𠮷"])
def test_text_beyond_the_limit_is_cut_with_a_note_and_counted(char: str) -> None:
    book, result = written([(char * 40_000, *ROW[1:])])
    value = book.active.cell(5, 1).value  # type: ignore[union-attr]
    assert isinstance(value, str)
    assert value.endswith(TRUNCATED)
    assert len(value.encode("utf-16-le")) // 2 <= MAX_TEXT
    assert value.startswith(char * 100)
    assert result.truncated == 1


def test_values_that_do_not_fit_their_column_are_written_as_they_are_read() -> None:
    row = ("镇", 91405, "未载明", None, "", float("nan"), True, date(1890, 1, 1), None)
    book, _ = written([row])
    cells = [cell.value for cell in book.active[5]]  # type: ignore[index]
    assert cells == ["镇", "91405", "未载明", None, None, "nan", "是", "1890-01-01", None]


def test_no_rows_give_a_header_and_nothing_else() -> None:
    book, result = written([])
    ws: Any = book.active
    assert result == Written(rows=0, sheets=1)
    assert ws.max_row == 4
    assert ws.auto_filter.ref == "A4:I4"


def test_more_rows_than_a_sheet_holds_go_on_the_next_with_their_own_header() -> None:
    sheet = Sheet("名单", "名单", (Column("n", "编号", "int"),), numbered=True)
    rows = [(number,) for number in range(1, 21)]
    book, result = written(rows, sheet, max_rows=10)
    assert result.sheets == len(book.worksheets) == 3
    numbers: list[tuple[Any, Any]] = []
    for ws in book.worksheets:
        assert [cell.value for cell in ws[2]] == ["序号", "编号"]
        assert ws.max_row <= 10
        numbers += list(ws.iter_rows(min_row=3, values_only=True))  # type: ignore[arg-type]
    assert numbers == [(number, number) for number in range(1, 21)]


def test_progress_is_told_and_rows_are_read_one_by_one(tmp_path: Path) -> None:
    told: list[int] = []
    read = 0

    def rows() -> Iterator[tuple[int]]:
        nonlocal read
        for number in range(2_500):
            read += 1
            yield (number,)

    sheet = Sheet("名单", "名单", (Column("n", "编号", "int"),))
    write_xlsx(tmp_path / "roster.xlsx", sheet, rows(), told.append)
    assert told == [1000, 2000, 2500]
    assert read == 2_500
    assert load_workbook(tmp_path / "roster.xlsx").active.max_row == 2_502  # type: ignore[union-attr]


def test_a_failure_halfway_leaves_no_files_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def rows() -> Iterator[tuple[int]]:
        yield (1,)
        raise RuntimeError("数据库断开")

    sheet = Sheet("名单", "名单", (Column("n", "编号", "int"),))
    with pytest.raises(RuntimeError, match="数据库断开"):
        write_xlsx(tmp_path / "roster.xlsx", sheet, rows())
    assert list(tmp_path.iterdir()) == []


def test_a_row_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="argument 2 is"):
        write_xlsx(io.BytesIO(), SHEET, [("镇",)])
