"""Reading workbooks that people upload: text only, within limits, nothing of them is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import IO, Any, NamedTuple

from django.core.exceptions import ValidationError
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from portal.core.workbooks.archive import BROKEN, DAMAGED, check_archive

MAX_ROWS = 2000
MAX_BYTES = 5 * 1024 * 1024
MAX_COLUMNS = 40
CELL_LENGTH = 500
# A heading and its remarks stand above the labels of a sheet of ours.
HEADER_WITHIN = 15


class Field(NamedTuple):
    """A column: its key, its label on the sheet, and whether the sheet must have it."""

    key: str
    label: str
    required: bool = True
    width: float = 18


@dataclass(frozen=True)
class Line:
    """A row of the sheet: its number as the table program shows it, and its cells as text."""

    number: int
    cells: Mapping[str, str]


ACCOUNT_FIELDS = (
    Field("username", "登录名"),
    Field("display_name", "姓名"),
    Field("phone", "联系电话", required=False),
    Field("office", "机构（名称或标识）", width=40),
    Field("post", "岗位", width=14),
    Field("title", "职务", required=False, width=30),
    Field("since", "任职自"),
    Field("source", "依据", required=False, width=30),
)


def read_lines(upload: IO[bytes], fields: Sequence[Field]) -> list[Line]:
    """The filled rows under the labels of the first sheet.

    Raises ValidationError when it is no workbook, too large, without the labels, or empty.
    """
    check_archive(upload)
    try:
        book = load_workbook(upload, read_only=True, data_only=False, keep_links=False)
    except (*DAMAGED, InvalidFileException) as error:
        raise ValidationError(BROKEN) from error
    try:
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise ValidationError("工作簿里没有工作表。请下载模板，按模板填写后上传。")
        rows = enumerate(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), start=1)
        places = _find_labels(rows, fields)
        return _read(rows, places)
    except (*DAMAGED, SyntaxError, TypeError) as error:
        raise ValidationError(BROKEN) from error
    finally:
        book.close()


def _find_labels(
    rows: Iterator[tuple[int, tuple[Any, ...]]], fields: Sequence[Field]
) -> dict[int, str]:
    """Which column holds which field, from the row of labels; order and remarks do not matter."""
    wanted = {_plain(field.label): field.key for field in fields}
    first = _plain(fields[0].label)
    for number, values in rows:
        labels = [_plain(_text(value)) for value in values]
        if first in labels:
            places = {at: wanted[label] for at, label in enumerate(labels) if label in wanted}
            missing = [
                field.label
                for field in fields
                if field.required and field.key not in places.values()
            ]
            if missing:
                raise ValidationError(f"缺少列：{'、'.join(missing)}。请下载模板，按模板填写。")
            if len(places) != len(set(places.values())):
                raise ValidationError("表头有重复的列。请下载模板，按模板填写。")
            return places
        if number >= HEADER_WITHIN:
            break
    raise ValidationError("没有找到表头（登录名、姓名等列）。请下载模板，按模板填写。")


def _read(rows: Iterator[tuple[int, tuple[Any, ...]]], places: dict[int, str]) -> list[Line]:
    lines: list[Line] = []
    for number, values in rows:
        cells = {key: _text(values[at]) if at < len(values) else "" for at, key in places.items()}
        if not any(cells.values()):
            continue
        if len(lines) == MAX_ROWS:
            raise ValidationError(f"每次最多导入 {MAX_ROWS} 行。请拆成几个文件，分次导入。")
        lines.append(Line(number, cells))
    if not lines:
        raise ValidationError("表头下面没有内容。请填写后再上传。")
    return lines


def _plain(label: str) -> str:
    return re.split(r"[（(]", label)[0].strip(" *＊")


def _text(value: Any) -> str:
    """A cell as text: whole numbers without a point, days as days, a formula as it is written."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return re.sub(r"\s+", " ", str(value)).strip()[:CELL_LENGTH]
