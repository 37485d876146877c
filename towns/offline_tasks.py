"""Jobs of the workbooks of applications: the rehearsal and the entering."""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File

from portal.core.actor import Actor
from portal.core.constants import ImportState
from portal.core.errors import Refused, Stale
from portal.core.jobs import Run, actor_of, handler
from portal.core.models import ImportRun
from towns.actions.offline import (
    CHANGED,
    WRONG,
    enter_offline,
    keep_offline,
    rehearse_offline,
)
from towns.models import Application
from towns.offline.marking import mark
from towns.offline.reading import Uploaded, read_skeleton
from towns.offline.report import Report, write_report

ANOTHER = "另一件申报"


@handler("towns.rehearse_offline")
def rehearse(run: Run) -> dict[str, Any]:
    """Read the workbook and lay it beside what stands; what was found is kept with the import."""
    actor = actor_of(run.job)
    book = _import_of(run, actor)
    if book.state != ImportState.WAITING:
        return {"state": book.state}
    try:
        run.progress(0, 4, "正在读取表格")
        uploaded = _read(actor, book)
        found = rehearse_offline(actor=actor, run=book, uploaded=uploaded, progress=run.progress)
        _keep(actor, book, found)
    except (Refused, Stale, ValidationError) as error:
        keep_offline(actor=actor, run=book, report=None, problem=_words(error))
        return {"problem": _words(error)}
    return {"counts": found.counts()}


@handler("towns.enter_offline")
def enter(run: Run) -> dict[str, Any]:
    """Enter it; when it cannot be entered as it was shown, say why and wait again."""
    actor = actor_of(run.job)
    book = _import_of(run, actor)
    if book.state != ImportState.COMMITTING:
        return {"state": book.state}
    try:
        run.progress(0, 4, "正在读取表格")
        uploaded = _read(actor, book)
        found = enter_offline(actor=actor, run=book, uploaded=uploaded, progress=run.progress)
        if found is None:
            return {"entered": True}
        problem = WRONG.format(found.counts()["refuse"]) if found.problems else CHANGED
        _keep(actor, book, found, problem)
    except (Refused, Stale, ValidationError) as error:
        problem = _words(error)
        keep_offline(actor=actor, run=book, report=None, problem=problem)
    return {"problem": problem}


def _import_of(run: Run, actor: Actor) -> ImportRun:
    rows = ImportRun.objects.visible_to(actor).select_related("book")
    return rows.get(pk=run.job.arguments["run"])


def _read(actor: Actor, book: ImportRun) -> Uploaded:
    """Reading needs no database, but for the name of whose workbook it is."""

    def name_of(key: int) -> str:
        row = Application.objects.visible_to(actor).filter(pk=key).first()
        return str(row) if row is not None else ANOTHER

    with book.book.file.open("rb") as handle:
        return read_skeleton(handle, book.arguments["application"], name_of)


def _keep(actor: Actor, book: ImportRun, found: Report, problem: str = "") -> None:
    with tempfile.TemporaryFile() as report, tempfile.TemporaryFile() as marked:
        write_report(found, report)
        report.seek(0)
        copy: File[bytes] | None = None
        if found.problems:
            with book.book.file.open("rb") as handle:
                mark(handle, found.problems, marked)
            marked.seek(0)
            copy = File(marked)
        files = (File(report), copy)
        keep_offline(actor=actor, run=book, report=found, files=files, problem=problem)


def _words(error: Exception) -> str:
    return "；".join(error.messages) if isinstance(error, ValidationError) else str(error)
