"""The roster engine against a bare openpyxl write-only loop over the same values."""

from __future__ import annotations

import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from time import perf_counter

from openpyxl import Workbook

from portal.core.documents.xlsx import Column, Kind, Sheet, Value, write_xlsx

ROWS = 100_000
KINDS: tuple[Kind, ...] = (
    "text",
    "code",
    "text",
    "text",
    "int",
    "money",
    "money",
    "decimal",
    "percent",
    "date",
    "datetime",
    "text",
    "code",
    "count",
    "int",
    "text",
    "money",
    "date",
    "text",
    "decimal",
)


def values(number: int) -> tuple[Value, ...]:
    """A row of twenty values as a roster has them."""
    by_kind: dict[Kind, Value] = {
        "text": f"晋城市陵川县第{number}号专业镇",
        "code": f"9114{number:014d}",
        "int": 2020 + number % 7,
        "count": number,
        "money": Decimal(number) * Decimal("1.25"),
        "decimal": number / 7,
        "percent": 0.125,
        "date": date(2026, 1, 1 + number % 28),
        "datetime": datetime(2026, 1, 1, 8, number % 60, tzinfo=UTC).replace(tzinfo=None),
    }
    return tuple(by_kind[kind] for kind in KINDS)


def roster_100k(rows: int = ROWS) -> tuple[float, float]:
    """(seconds of the engine, seconds of the bare loop), each writing a file of its own."""
    data = [values(number) for number in range(1, rows + 1)]
    sheet = Sheet(
        "名单",
        "专业镇名单",
        tuple(Column(f"c{number}", f"第{number}列", kind) for number, kind in enumerate(KINDS, 1)),
        ("筛选条件：全部", "导出人：张三"),
    )
    with tempfile.TemporaryDirectory() as folder:
        started = perf_counter()
        write_xlsx(Path(folder) / "roster.xlsx", sheet, data)
        engine = perf_counter() - started
        started = perf_counter()
        book = Workbook(write_only=True)
        bare_sheet = book.create_sheet()
        for row in data:
            bare_sheet.append(row)
        book.save(Path(folder) / "bare.xlsx")
        bare = perf_counter() - started
    return engine, bare
