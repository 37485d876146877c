"""Tables of attachments as people bring them: pasted or read cells, within what a page can hold.

The text of a table is its lines with tabs between the cells, as a spreadsheet gives and takes it.
"""

from __future__ import annotations

import contextlib
import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from portal.core.documents.content import Attachment

MOST_TABLES: Final = 10
MOST_ROWS: Final = 500
MOST_COLUMNS: Final = 12
LONGEST_CELL: Final = 200
LONGEST_TITLE: Final = 100
LIMITS: Final = (
    f"第一行是表头；一张表最多 {MOST_ROWS} 行、{MOST_COLUMNS} 列，一格最多 {LONGEST_CELL} 字。"
)
# The narrowest and the widest column, in characters.
_NARROW, _WIDE = 2.0, 18.0


class UnusableTable(ValueError):
    """Cells that make no table; ``str()`` says which, and what to do."""


def cells_of(text: str) -> list[list[str]]:
    """The filled rows of a pasted table; a cell with a line end in it comes in quotation marks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    found = []
    for row in _rows(text):
        cells = [" ".join(cell.split()) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            found.append(cells)
    return found


def _rows(text: str) -> list[list[str]]:
    if '"' in text and text.count('"') % 2 == 0:
        with contextlib.suppress(csv.Error):
            return list(csv.reader(io.StringIO(text), dialect="excel-tab"))
    return [line.split("\t") for line in text.split("\n")]


def text_of(rows: Iterable[Sequence[str]]) -> str:
    """Rows as they are shown for typing."""
    return "\n".join("\t".join(" ".join(cell.split()) for cell in row) for row in rows)


def attachment_of(title: str, rows: Sequence[Sequence[str]], *, landscape: bool) -> Attachment:
    """The table of an attachment; its first row is the header. Raises UnusableTable."""
    if not rows:
        raise UnusableTable("还没有内容。请上传表格文件，或者从表格软件中复制后粘贴。")
    header, body = rows[0], rows[1:]
    across = max(len(row) for row in rows)
    if across > MOST_COLUMNS:
        raise UnusableTable(
            f"共 {across} 列，一张表最多 {MOST_COLUMNS} 列，再多印不下。"
            "请删去不需要的列，或者拆成几个附件。"
        )
    if not body:
        raise UnusableTable("只有表头，没有内容。请在表头下面至少填写一行。")
    if len(body) > MOST_ROWS:
        raise UnusableTable(
            f"共 {len(body)} 行，一张表最多 {MOST_ROWS} 行。请拆成几个附件，分别添加。"
        )
    for number, cell in enumerate(header, start=1):
        if not cell:
            raise UnusableTable(f"表头第 {number} 列是空的。请给每一列写上名称。")
    for number, row in enumerate(body, start=1):
        if len(row) > len(header):
            raise UnusableTable(
                f"第 {number} 行有 {len(row)} 列，表头只有 {len(header)} 列。请核对这一行。"
            )
        longest = max(len(cell) for cell in row)
        if longest > LONGEST_CELL:
            raise UnusableTable(
                f"第 {number} 行有一格 {longest} 字，一格最多 {LONGEST_CELL} 字。请删减。"
            )
    filled = tuple(tuple(row) + ("",) * (len(header) - len(row)) for row in body)
    widths = tuple(_width(column) for column in zip(header, *filled, strict=True))
    return Attachment(title, tuple(header), widths, filled, landscape)


def _width(column: Sequence[str]) -> float:
    """How wide a column wants to be, in characters; its longest cells may take two lines."""
    sizes = sorted(_size(cell) for cell in column[1:])
    usual = sizes[len(sizes) * 9 // 10]
    wanted = max(usual if usual <= _WIDE else usual / 2, _size(column[0]) / 2) + 1
    return min(max(wanted, _NARROW), _WIDE)


def _size(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(sign) in "WF" else 0.5 for sign in text)
