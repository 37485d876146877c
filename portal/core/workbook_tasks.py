"""Jobs of imports: the rehearsal and the commit. Each looks for its own result first."""

from __future__ import annotations

import tempfile
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.core.files import File

from portal.core.actions.workbooks import (
    Checked,
    enter_workbook,
    importer_for,
    keep_rehearsal,
    turn_back_import,
)
from portal.core.actor import Actor
from portal.core.constants import ImportState
from portal.core.errors import Refused, Stale
from portal.core.jobs import Run, actor_of, handler
from portal.core.models import ImportRun
from portal.core.workbooks.engine import Book, Rehearsal, read_book, rehearse
from portal.core.workbooks.marking import mark_workbook
from portal.core.workbooks.report import write_report
from portal.core.workbooks.spec import ASKS, Importer

TURNED_BACK = (
    "检查之后系统中的数据有了变化，有 {} 行现在不能导入，整份没有导入。请查看原因，改正后重新上传。"
)
ASKED_BACK = (
    "检查之后系统中的数据有了变化，有 {} 行的数值与上年相差百倍，整份没有导入。"
    "请核对这些行，无误的再确认导入。"
)


@handler("core.rehearse_workbook")
def rehearse_workbook(run: Run) -> dict[str, Any]:
    """Read and check a workbook; what was found is kept with the import."""
    actor = actor_of(run.job)
    book = _import_of(run, actor)
    if book.state != ImportState.WAITING:
        return {"state": book.state}
    importer = importer_for(book, actor)
    try:
        with book.book.file.open("rb") as handle:
            read = read_book(handle, importer.fields, run.progress, importer.turned)
            _say(run, read, "正在与系统中的数据核对")
            found = rehearse(importer, actor, read)
            with tempfile.TemporaryFile() as report, tempfile.TemporaryFile() as marked:
                checked = _checked(run, importer, read, found, (handle, report, marked))
                keep_rehearsal(actor=actor, run=book, checked=checked)
    except (Refused, Stale, ValidationError) as error:
        keep_rehearsal(actor=actor, run=book, checked=Checked(problem=_words(error)))
        return {"problem": _words(error)}
    return {"counts": found.counts}


@handler("core.commit_workbook")
def commit_workbook(run: Run) -> dict[str, Any]:
    """Enter a workbook; when it cannot be entered any more, say why and wait again."""
    actor = actor_of(run.job)
    book = _import_of(run, actor)
    if book.state != ImportState.COMMITTING:
        return {"state": book.state}
    importer = importer_for(book, actor)
    try:
        with book.book.file.open("rb") as handle:
            # Reading and typing need no database.
            read = read_book(handle, importer.fields, run.progress, importer.turned)
            _say(run, read, "正在写入")
            refused = enter_workbook(actor=actor, run=book, book=read)
            if refused is None:
                return {"rows": len(read.rows)}
            with tempfile.TemporaryFile() as report, tempfile.TemporaryFile() as marked:
                checked = _checked(run, importer, read, refused, (handle, report, marked))
                checked.problem = (
                    TURNED_BACK.format(refused.refused)
                    if refused.refused
                    else ASKED_BACK.format(refused.counts[ASKS])
                )
                turn_back_import(actor=actor, run=book, checked=checked)
    except (Refused, Stale, ValidationError) as error:
        checked = Checked(book.counts, problem=_words(error))
        turn_back_import(actor=actor, run=book, checked=checked)
    return {"problem": checked.problem}


def _words(error: Exception) -> str:
    return "；".join(error.messages) if isinstance(error, ValidationError) else str(error)


def _import_of(run: Run, actor: Actor) -> ImportRun:
    rows = ImportRun.objects.visible_to(actor).select_related("book")
    return rows.get(pk=run.job.arguments["run"])


def _say(run: Run, read: Book, message: str) -> None:
    run.progress(len(read.rows), len(read.rows), message)


def _checked(
    run: Run,
    importer: Importer,
    read: Book,
    found: Rehearsal,
    files: tuple[IO[bytes], IO[bytes], IO[bytes]],
) -> Checked:
    """The report, and where rows have problems the workbook with their marks."""
    book, report, marked = files
    write_report(found.lines, report)
    report.seek(0)
    checked = Checked(found.counts, reading=read.reading, report=File(report))
    if found.refused:
        _say(run, read, "正在标注有问题的单元格")
        mark_workbook(book, found.lines, importer.fields, marked)
        marked.seek(0)
        checked.marked = File(marked)
    return checked
