"""The workbook comes back with what is wrong marked in its cells; nothing typed is lost."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO, Any, Final

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from portal.core.workbooks.marking import OURS, RED
from portal.core.workbooks.template import COMMENT_AUTHOR
from towns.offline.report import Trouble

_BAD: Final = PatternFill("solid", fgColor=RED)
_PLAIN: Final = PatternFill()


def mark(book: IO[bytes], problems: Iterable[Trouble], handle: IO[bytes]) -> None:
    """Write the workbook with its problems; marks of an earlier check are taken off first."""
    book.seek(0)
    whole = load_workbook(book, keep_links=False)
    for sheet in whole.worksheets:
        _clear(sheet)
    first: Any = None
    for row in problems:
        if row.sheet not in whole.sheetnames:
            continue
        sheet = whole[row.sheet]
        cell = sheet[row.cell or "A1"]
        cell.fill = _BAD
        text = f"{OURS}{row.text}"
        if cell.comment is not None:
            text = f"{cell.comment.text}\n{text}"
        cell.comment = Comment(text, COMMENT_AUTHOR, height=40 + 18 * (len(text) // 14), width=240)
        first = first or sheet
    if first is not None:
        whole.active = first
    whole.save(handle)


def _clear(sheet: Any) -> None:
    for cell in list(sheet._cells.values()):
        comment = getattr(cell, "comment", None)
        if comment is not None and comment.text.startswith(OURS):
            cell.comment = None
            cell.fill = _PLAIN
