"""Workbooks for tests, and the way of one through upload, check and confirmation."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from portal.core import jobs
from portal.core.actions.workbooks import commit_import, start_import
from portal.core.actor import Actor
from portal.core.models import ImportRun
from portal.core.workbooks.report import read_report
from portal.core.workbooks.spec import Line

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(rows: Sequence[Sequence[Any]]) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def upload(content: bytes, name: str = "导入表.xlsx") -> SimpleUploadedFile:
    """A file as a form brings it."""
    return SimpleUploadedFile(name, content, XLSX)


def rehearsed(
    actor: Actor, kind: str, rows: Sequence[Sequence[Any]]
) -> tuple[ImportRun, list[Line]]:
    """The import of some rows after its check, and its lines."""
    run = start_import(actor=actor, kind=kind, upload=upload(xlsx(rows)))
    return checked(run)


def checked(run: ImportRun) -> tuple[ImportRun, list[Line]]:
    """An import that was uploaded, after its check, and its lines."""
    assert run.job is not None
    jobs.run(run.job.pk)
    run.refresh_from_db()
    run.job.refresh_from_db()
    assert run.report is not None, run.problem or run.job.reason
    with run.report.file.open("rb") as handle:
        return run, list(read_report(handle))


def committed(actor: Actor, run: ImportRun) -> ImportRun:
    """An import after it was confirmed and entered."""
    run = commit_import(actor=actor, run=run, checked=True)
    assert run.job is not None
    jobs.run(run.job.pk)
    run.refresh_from_db()
    run.job.refresh_from_db()
    assert run.state == "committed", run.problem or run.job.reason
    return run


def words(line: Line) -> str:
    """Everything a line complains of."""
    return "；".join(f"{problem.cell} {problem.text}" for problem in line.problems)
