"""The empty workbook of a kind of import: headers, notes, drop-downs, an example beside it.

No formulas; nothing that stands on the data sheet is ever taken for a row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from portal.core.actor import Actor
from portal.core.documents.xlsx import MAX_ROWS
from portal.core.workbooks.spec import Field, Importer, Kind

REQUIRED_MARK: Final = "*"
EXAMPLE_SHEET: Final = "填写示例"
LISTS_SHEET: Final = "选项"
COMMENT_AUTHOR: Final = "专业镇平台"

GENERAL_NOTES: Final = (
    f"带 {REQUIRED_MARK} 的列必填；列的顺序可以调整，不用的列可以删去，表头文字请保留。",
    f"从表头下一行开始填写，每行一条；各列的填法见“{EXAMPLE_SHEET}”工作表。上传后先检查，不会直接写入。",
)
# Typed as text, a long code keeps every digit and a number of a document is not taken for a date.
_NUMBER_FORMATS: Final[Mapping[Kind, str]] = {
    "text": "@",
    "code": "@",
    "uscc": "@",
    "choice": "@",
    "date": "yyyy-mm-dd",
    "year": "0",
    "count": "General",
    "money": "General",
    "percent": "General",
}
_HOW: Final[Mapping[Kind, str]] = {
    "text": "文字",
    "code": "文字，按原样填写",
    "uscc": "18 位代码",
    "choice": "从下拉列表选择",
    "date": "日期，例如 2024-05-20 或 2024年5月20日",
    "year": "四位年份",
    "count": "数字",
    "money": "数字，单位写在表头括号里",
    "percent": "数字，35.5 表示 35.5%",
}
_THIN = Side(style="thin", color="FFBFBFBF")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD_FILL = PatternFill("solid", fgColor="FFE8EEF7")
_REQUIRED_FILL = PatternFill("solid", fgColor="FFFFF2CC")
_GREY = "FF7F7F7F"


def header_text(field: Field) -> str:
    """The words in the header: required ones marked, money and shares with their unit."""
    text = field.label
    if field.kind == "money":
        text += f"（{field.unit}）"
    elif field.kind == "percent":
        text += "（%）"
    return text + REQUIRED_MARK if field.required else text


def write_template(importer: Importer, actor: Actor, handle: IO[bytes]) -> None:
    """Write the empty workbook with the drop-downs of the acting post."""
    fields = importer.fields
    lists = _lists(fields, importer.choices(actor))
    book = Workbook()
    sheet: Worksheet = book.worksheets[0]
    sheet.title = importer.label[:31]
    notes = (*importer.notes, *GENERAL_NOTES)
    header_row = _write_head(sheet, f"{importer.label}导入模板", notes, fields)
    _set_columns(sheet, fields)
    _set_up(sheet, header_row)
    example = book.create_sheet(EXAMPLE_SHEET)
    _write_examples(example, fields, lists)
    if lists:
        _write_lists(book.create_sheet(LISTS_SHEET), lists)
        _offer(sheet, fields, lists, header_row)
    book.active = 0
    book.properties.creator = COMMENT_AUTHOR
    book.save(handle)


def _lists(
    fields: Sequence[Field], further: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    """Drop-downs by field key: the column's own choices, or those of the actor."""
    lists: dict[str, Sequence[str]] = {}
    for field in fields:
        labels = further.get(field.key) or [label for _, label in field.choices]
        if labels:
            lists[field.key] = labels
    return lists


def _write_head(
    sheet: Worksheet, heading: str, notes: Sequence[str], fields: Sequence[Field]
) -> int:
    """Title, notes and header; the number of the header row."""
    columns = len(fields)
    _wide(sheet, 1, heading, columns, Font(name="宋体", size=16, bold=True), "center")
    sheet.row_dimensions[1].height = 30
    width = sum(field.width for field in fields)
    for row, note in enumerate(notes, start=2):
        _wide(sheet, row, f"{row - 1}. {note}", columns, Font(name="宋体", size=10), "left")
        lines = max(1, -(-len(note) * 2 // max(int(width), 1)))
        sheet.row_dimensions[row].height = 16 * lines
    header_row = len(notes) + 2
    for column, field in enumerate(fields, start=1):
        cell = sheet.cell(header_row, column)
        put_text(cell, header_text(field))
        cell.font = Font(name="宋体", size=11, bold=True)
        cell.fill = _REQUIRED_FILL if field.required else _HEAD_FILL
        cell.border = _BORDER
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        cell.comment = _comment(how_to_fill(field))
    sheet.row_dimensions[header_row].height = 30
    return header_row


def _wide(sheet: Worksheet, row: int, text: str, columns: int, font: Font, horizontal: str) -> None:
    cell = sheet.cell(row, 1)
    put_text(cell, text)
    cell.font = font
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True)
    if columns > 1:
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=columns)


def put_text(cell: Any, text: str) -> None:
    """Text as text: whatever it begins with, it is never a formula."""
    cell.value = text
    cell.data_type = "s"


def _comment(text: str) -> Comment:
    return Comment(text, COMMENT_AUTHOR, height=60 + 18 * (len(text) // 14), width=240)


def how_to_fill(field: Field) -> str:
    """What belongs into a column, in one paragraph."""
    parts = ["必填" if field.required else "选填", _HOW[field.kind]]
    if field.month:
        parts.append("只知道月份的可以只写到月")
    return "，".join(parts) + "。" + field.note


def _set_columns(sheet: Worksheet, fields: Sequence[Field]) -> None:
    """Widths, and formats of the columns as such: no cell is made below the header."""
    for column, field in enumerate(fields, start=1):
        dimension = sheet.column_dimensions[get_column_letter(column)]
        dimension.width = field.width
        dimension.number_format = _NUMBER_FORMATS[field.kind]


def _set_up(sheet: Any, header_row: int) -> None:
    """The header stays in sight on the screen and on paper."""
    sheet.freeze_panes = f"A{header_row + 1}"
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_options.horizontalCentered = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _write_examples(
    sheet: Worksheet, fields: Sequence[Field], lists: Mapping[str, Sequence[str]]
) -> None:
    """One line per column: what it is called, whether it is needed, how it is filled, an example.

    It lies across the data sheet on purpose: it has none of its headers in a row, so it is never
    taken for the sheet to import.
    """
    _wide(sheet, 1, "各列的填法", 4, Font(name="宋体", size=14, bold=True), "center")
    sheet.row_dimensions[1].height = 28
    for column, (label, width) in enumerate(
        (("栏目", 26), ("要求", 8), ("填法", 60), ("示例", 30)), start=1
    ):
        cell = sheet.cell(2, column)
        put_text(cell, label)
        cell.font = Font(name="宋体", size=11, bold=True)
        cell.fill, cell.border = _HEAD_FILL, _BORDER
        cell.alignment = Alignment(horizontal="center")
        sheet.column_dimensions[get_column_letter(column)].width = width
    for row, field in enumerate(fields, start=3):
        texts = (
            header_text(field),
            "必填" if field.required else "选填",
            _HOW[field.kind] + "。" + field.note,
            _example(field, lists.get(field.key, ())),
        )
        for column, text in enumerate(texts, start=1):
            cell = sheet.cell(row, column)
            put_text(cell, text)
            cell.number_format = "@"
            cell.border = _BORDER
            cell.font = Font(name="宋体", size=11, color=_GREY if column == 4 else None)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
    _set_up(sheet, 2)


def _example(field: Field, labels: Sequence[str]) -> str:
    if field.example:
        return field.example
    if labels:
        return labels[0]
    examples: Mapping[Kind, str] = {
        "uscc": "91141033MA0EXAMP00",
        "date": "2024-05-20",
        "year": "2024",
        "count": "120",
        "money": "1280.5",
        "percent": "35.5",
    }
    return examples.get(field.kind, "")


def _write_lists(sheet: Worksheet, lists: Mapping[str, Sequence[str]]) -> None:
    """The words of the drop-downs, one column each: a list in the cell itself is short."""
    for column, labels in enumerate(lists.values(), start=1):
        for row, label in enumerate(labels, start=1):
            put_text(sheet.cell(row, column), label)
    sheet.sheet_state = "hidden"


def _offer(
    sheet: Worksheet,
    fields: Sequence[Field],
    lists: Mapping[str, Sequence[str]],
    header_row: int,
) -> None:
    """Drop-downs on whole columns. Other names are understood too, so some only advise."""
    places = {key: position for position, key in enumerate(lists, start=1)}
    for column, field in enumerate(fields, start=1):
        if field.key not in places:
            continue
        letter, source = get_column_letter(column), get_column_letter(places[field.key])
        size = len(lists[field.key])
        rule = DataValidation(
            type="list",
            formula1=f"'{LISTS_SHEET}'!${source}$1:${source}${size}",
            allow_blank=True,
            showErrorMessage=field.kind == "choice",
            errorStyle="warning",
            errorTitle="不在列表中",
            error="请从下拉列表中选择。",
        )
        rule.add(f"{letter}{header_row + 1}:{letter}{MAX_ROWS}")
        sheet.add_data_validation(rule)
