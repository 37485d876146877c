"""Writing the workbook of an application: sheets in the words of the pages, with what is there.

The hidden sheet says whose workbook it is and what it was filled with, signed, so that what was
changed in the portal meanwhile can be told from what was changed on the sheets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Protection, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from portal.core import clock
from portal.core.actor import Actor
from portal.core.formatting import WAN, local
from portal.core.opened import seal
from portal.core.workbooks.spec import Field
from portal.core.workbooks.template import COMMENT_AUTHOR, header_text, put_text
from towns.constants import FUNCTION_STATE_CHOICES, SERVICE_FUNCTIONS
from towns.figure_texts import unit_of
from towns.models import Application
from towns.offline.contents import Contents, Item, Register, contents_of, item_key, row_id
from towns.register_sections import FIGURES_SECTION, FUNCTIONS_SECTION, SOURCE

PART: Final = "towns.offline"
NOTES_SHEET: Final = "填写说明"
FIGURES_SHEET: Final = "年度数据"
FUNCTIONS_SHEET: Final = "公共服务"
TEXTS_SHEET: Final = "文字材料"
SEAL_SHEET: Final = "平台标识"
LISTS_SHEET: Final = "选项"
ROW_LABEL: Final = "编号（勿改）"
# A cell holds 32,767 characters.
CHUNK: Final = 30_000
# So many empty rows of a register are ready to be filled; more may follow below.
SPARE: Final = 300
_THIN = Side(style="thin", color="FFBFBFBF")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEAD = PatternFill("solid", fgColor="FFE8EEF7")
_MUST = PatternFill("solid", fgColor="FFFFF2CC")
_CLOSED = PatternFill("solid", fgColor="FFEDEDED")
_TOP = Alignment(vertical="top", wrap_text=True)
_MIDDLE = Alignment(horizontal="center", vertical="center", wrap_text=True)
_SONG, _BOLD = Font(name="宋体", size=11), Font(name="宋体", size=11, bold=True)
_OPEN = Protection(locked=False)


def write_skeleton(application: Application, actor: Actor, handle: IO[bytes]) -> None:
    """Write the workbook with what is there now."""
    contents = contents_of(application)
    book = Workbook()
    notes: Worksheet = book.worksheets[0]
    notes.title = NOTES_SHEET
    _notes(notes, contents, actor)
    _figures(book.create_sheet(FIGURES_SHEET), contents)
    for register in contents.registers.values():
        _register(book.create_sheet(register.title), register)
    _functions(book.create_sheet(FUNCTIONS_SHEET), contents)
    _texts(book.create_sheet(TEXTS_SHEET), contents)
    _hide_lists(book)
    _seal(book.create_sheet(SEAL_SHEET), contents, actor)
    book.active = 0
    book.properties.creator = COMMENT_AUTHOR
    book.save(handle)


def put(cell: Any, text: str) -> None:
    """Text as text, without what a workbook cannot hold."""
    put_text(cell, ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.number_format = "@"


def _notes(sheet: Worksheet, contents: Contents, actor: Actor) -> None:
    application = contents.application
    town, call = application.town, application.round
    names = "".join(f"“{register.title}”" for register in contents.registers.values())
    lines = [
        f"{town.name}申报表格",
        f"申报批次：{call.title}　　专业镇：{town.name}（{town.county.name}）",
        f"下载时间：{local(clock.now()):%Y-%m-%d %H:%M}　　下载人：{actor.name}",
        (
            "1. 这份表格只用于这一件申报，不能用于其他批次、其他专业镇。"
            "请不要改动工作表名称、表头和灰色的单元格。"
        ),
        (
            f"2. “{FIGURES_SHEET}”“{FUNCTIONS_SHEET}”“{TEXTS_SHEET}”已按平台上现有的内容填好，"
            "直接在白色单元格中修改。"
        ),
        f"3. {names}每行一条，接着往下填写；删去的行不会从平台上删除，退出、撤销请在平台办理。",
        (
            f"4. 名单、{FIGURES_SHEET}和{FUNCTIONS_SHEET}中空着的单元格不改动平台上的内容；"
            f"“{TEXTS_SHEET}”中清空的，平台上也清空。"
        ),
        (
            "5. 请填写数值和文字，不要填公式；从别的表复制时，请“选择性粘贴”为数值。"
            "信用代码、证书编号按文本填写。"
        ),
        (
            "6. 填好后回到平台“离线填报和打印”页上传。上传后先检查，逐项列出将要改动的内容；"
            "您确认后才写入。"
        ),
        (
            "7. 下载之后平台上又有改动的，上传时并列显示，由您选择保留哪一个。"
            "同一份表格重复上传不会重复写入。"
        ),
    ]
    if application.revision:
        lines.append("8. 本件为退回补正：只有要求补正的内容可以修改，其余单元格为灰色。")
    for row, text in enumerate(lines, 1):
        cell = sheet.cell(row, 1)
        put(cell, text)
        cell.font = Font(name="宋体", size=16, bold=True) if row == 1 else _SONG
        cell.alignment = _TOP
    sheet.column_dimensions["A"].width = 110
    _protect(sheet)


def _head(
    sheet: Any, labels: Sequence[str], widths: Sequence[float], must: Iterable[str] = ()
) -> None:
    """The header in the first row, in sight on the screen and on every page of paper."""
    for column, (label, width) in enumerate(zip(labels, widths, strict=True), 1):
        cell = sheet.cell(1, column)
        put(cell, label)
        cell.font, cell.border, cell.alignment = _BOLD, _BORDER, _MIDDLE
        cell.fill = _MUST if label in must else _HEAD
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[1].height = 32
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = 9
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.oddFooter.center.text = "第 &P 页，共 &N 页"


def _protect(sheet: Worksheet) -> None:
    """Against slips, not against people: there is no password."""
    sheet.protection.sheet = True
    sheet.protection.formatColumns = False
    sheet.protection.formatRows = False


def _fixed(sheet: Worksheet, row: int, texts: Sequence[str]) -> None:
    """The cells of a row that are read and not filled."""
    for column, text in enumerate(texts, 1):
        cell = sheet.cell(row, column)
        put(cell, text)
        cell.font, cell.border, cell.alignment, cell.fill = _SONG, _BORDER, _TOP, _CLOSED


def _box(sheet: Worksheet, row: int, column: int, item: Item | None, shown: str = "") -> None:
    """The cell of a field; one that cannot change is grey and shows what is there."""
    cell = sheet.cell(row, column)
    text = shown if item is None else item.shown
    number = _number(text) if item is not None and not item.choices else None
    if number is None:
        put(cell, text)
    else:
        cell.value, cell.number_format = number, "General"
    cell.font, cell.border, cell.alignment = _SONG, _BORDER, _TOP
    if item is None or item.locked:
        cell.fill = _CLOSED
    else:
        cell.protection = _OPEN


def _number(text: str) -> Decimal | None:
    """A figure as a number where a sheet keeps all of its digits."""
    plain = text.removeprefix("-")
    if not plain.replace(".", "", 1).isdecimal() or len(plain.replace(".", "").strip("0")) > 15:
        return None
    return Decimal(text)


def _figures(sheet: Worksheet, contents: Contents) -> None:
    table = contents.figures
    years = [f"{year}年" for year in table.years]
    _head(sheet, (ROW_LABEL, "指标", "单位", *years), (4, 34, 10, *(20,) * len(years)))
    sheet.column_dimensions["A"].hidden = True
    rows: list[tuple[str, str, str, Any]] = [
        (row.key, row.name, unit_of(row), row) for row in table.catalogue
    ]
    rows.append((SOURCE, "数据来源", "", None))
    for place, (key, name, unit, indicator) in enumerate(rows, 2):
        _fixed(sheet, place, (f"figures|{key}", name, unit))
        for column, year in enumerate(table.years, 4):
            item = contents.items.get(item_key(FIGURES_SECTION.key, f"{year}.{key}"))
            _box(sheet, place, column, item, sealed_text(contents, year, indicator))
            if item is not None and item.choices and not item.locked:
                at = sheet.cell(place, column).coordinate
                _offer(sheet, [label for _, label in item.choices], at)
    _protect(sheet)


def sealed_text(contents: Contents, year: int, indicator: Any) -> str:
    """What is shown of a confirmed year."""
    table = contents.figures
    if indicator is None:
        return table.sources.get(year, "")
    value = table.values[year].get(indicator.key)
    if value is None:
        return ""
    return format((value / WAN if indicator.type == "money" else value).normalize(), "f")


def _functions(sheet: Worksheet, contents: Contents) -> None:
    _head(sheet, (ROW_LABEL, "功能", "现状", "平台名称"), (4, 24, 14, 60))
    sheet.column_dimensions["A"].hidden = True
    for place, (key, name) in enumerate(SERVICE_FUNCTIONS, 2):
        _fixed(sheet, place, (f"functions|{key}", name))
        for column, part in ((3, "state"), (4, "platform")):
            item = contents.items[item_key(FUNCTIONS_SECTION.key, f"{part}_{key}")]
            _box(sheet, place, column, item)
    _offer(
        sheet, [label for _, label in FUNCTION_STATE_CHOICES], f"C2:C{len(SERVICE_FUNCTIONS) + 1}"
    )
    _protect(sheet)


def _texts(sheet: Worksheet, contents: Contents) -> None:
    _head(sheet, (ROW_LABEL, "部分", "项目", "内容", "字数上限"), (4, 22, 28, 90, 10))
    sheet.column_dimensions["A"].hidden = True
    typed = (FIGURES_SECTION.key, FUNCTIONS_SECTION.key)
    own = [item for item in contents.items.values() if item.key.partition("|")[0] not in typed]
    for place, item in enumerate(own, 2):
        _fixed(sheet, place, (item.key, item.part, item.label))
        _box(sheet, place, 4, item)
        # A text stays one, even a number of telephone.
        put(sheet.cell(place, 4), item.text)
        _limit(sheet, place, item)
        sheet.row_dimensions[place].height = min(300, max(30, 16 * (1 + len(item.text) // 45)))
    _protect(sheet)


def _limit(sheet: Worksheet, place: int, item: Item) -> None:
    cell = sheet.cell(place, 5)
    cell.value, cell.font, cell.border, cell.fill = item.limit, _SONG, _BORDER, _CLOSED
    rule = DataValidation(
        type="textLength",
        operator="lessThanOrEqual",
        formula1=str(min(item.limit, 32_767)),
        allow_blank=True,
        errorStyle="warning",
        errorTitle="超过字数上限",
        error=f"最多 {item.limit} 字，请精简。",
    )
    rule.add(f"D{place}")
    sheet.add_data_validation(rule)


def _register(sheet: Worksheet, register: Register) -> None:
    fields = register.fields
    labels = [header_text(field) for field in fields]
    must = {label for label, field in zip(labels, fields, strict=True) if field.required}
    _head(sheet, labels, [field.width for field in fields], must)
    for column, field in enumerate(fields, 1):
        letter = get_column_letter(column)
        if field.choices:
            _offer(sheet, [label for _, label in field.choices], f"{letter}2:{letter}5000")
    rows: list[Mapping[str, Any]] = [*register.rows, *({} for _ in range(SPARE))]
    for place, row in enumerate(rows, 2):
        for column, field in enumerate(fields, 1):
            cell = sheet.cell(place, column)
            _typed(cell, field, row.get(field.key))
            cell.font, cell.border = _SONG, _BORDER
            if register.locked:
                cell.fill = _CLOSED
            else:
                cell.protection = _OPEN
    if register.locked:
        _protect(sheet)


def _typed(cell: Any, field: Field, value: Any) -> None:
    """A value as its column keeps it; codes and long numbers as text."""
    formats = {"date": "yyyy-mm-dd", "year": "0", "money": "General", "count": "General"}
    cell.number_format = formats.get(field.kind, "@")
    if value is None or value == "":
        return
    if field.kind == "money":
        value = (Decimal(value) / WAN).normalize()
    if isinstance(value, Decimal):
        number = _number(format(value, "f"))
        if number is None:
            put(cell, format(value, "f"))
        else:
            cell.value = number
    elif isinstance(value, str):
        put(cell, dict(field.choices).get(value, value))
    else:
        cell.value = value


def _offer(sheet: Worksheet, labels: Sequence[str], cells: str) -> None:
    """A drop-down; its words stand on a hidden sheet, because a list in a rule itself is short."""
    book: Any = sheet.parent
    if LISTS_SHEET not in book.sheetnames:
        book.create_sheet(LISTS_SHEET)
    lists = book[LISTS_SHEET]
    column = _column_of(lists, labels)
    letter = get_column_letter(column)
    rule = DataValidation(
        type="list",
        formula1=f"'{LISTS_SHEET}'!${letter}$1:${letter}${len(labels)}",
        allow_blank=True,
        errorStyle="warning",
        errorTitle="不在列表中",
        error="请从下拉列表中选择。",
    )
    rule.add(cells)
    sheet.add_data_validation(rule)


def _column_of(lists: Worksheet, labels: Sequence[str]) -> int:
    """Where these words stand on the sheet of lists; they are entered once."""
    column = 1
    while (first := lists.cell(1, column).value) is not None:
        rows = [lists.cell(row, column).value for row in range(1, len(labels) + 1)]
        if first == labels[0] and rows == list(labels):
            return column
        column += 1
    for row, label in enumerate(labels, 1):
        put(lists.cell(row, column), label)
    return column


def _hide_lists(book: Workbook) -> None:
    if LISTS_SHEET not in book.sheetnames:
        return
    lists: Any = book[LISTS_SHEET]
    lists.sheet_state = "hidden"
    _protect(lists)
    book.move_sheet(lists, len(book.sheetnames))


def _seal(sheet: Worksheet, contents: Contents, actor: Actor) -> None:
    """Whose workbook it is and what it was filled with; signed."""
    application = contents.application
    text = seal(
        PART,
        {
            "application": application.pk,
            "revision": application.revision,
            "at": clock.now().isoformat(),
            "rows": list(_row_ids(contents)),
            "values": contents.values(),
        },
        application.revision,
        actor.name,
    )
    for row, start in enumerate(range(0, len(text), CHUNK), 1):
        put(sheet.cell(row, 1), text[start : start + CHUNK])
    sheet.sheet_state = "veryHidden"
    _protect(sheet)


def _row_ids(contents: Contents) -> Iterable[str]:
    for register in contents.registers.values():
        for row in register.rows:
            yield f"{register.key}|{row_id(register, row)}"
