"""Workbooks for tests of imports, as people make them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet


def new_sheet() -> tuple[Workbook, Worksheet]:
    """An empty workbook and its sheet."""
    book = Workbook()
    return book, book.worksheets[0]


def packed(book: Workbook) -> io.BytesIO:
    """The bytes of a workbook."""
    handle = io.BytesIO()
    book.save(handle)
    handle.seek(0)
    return handle


def sheet_of(*rows: Sequence[Any]) -> io.BytesIO:
    """A workbook of these rows."""
    book, sheet = new_sheet()
    for row in rows:
        sheet.append(list(row))
    return packed(book)


def upload_of(*rows: Sequence[Any], name: str = "导入表.xlsx") -> SimpleUploadedFile:
    """The same as somebody uploads it."""
    return SimpleUploadedFile(name, sheet_of(*rows).getvalue())
