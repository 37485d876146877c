"""The job that rehearses or imports a workbook of many rows (``portal.workspace.tasks``)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from portal.core import clock, jobs
from portal.core.actions.importing import (
    Report,
    RowReport,
    Workbook,
    import_accounts,
    rehearse_import,
)
from portal.core.actor import Actor, acting_seat
from portal.core.errors import require
from portal.core.imports import Line
from portal.core.jobs import Run, actor_of, handler
from portal.core.models import Job, LedgerEntry
from portal.core.policies.accounts import may_import_accounts

KIND = "workspace.import_accounts"
# A row takes some 20 queries: 200 rows took 6 to 10 seconds on two very busy cores.
ROWS_IN_A_REQUEST = 100


def request_import(
    actor: Actor, book: Workbook, *, rehearse: bool, leave_out_wrong: bool = False
) -> Job:
    """Queue the rehearsal or the import; two clicks within a second are one job."""
    require(may_import_accounts(actor))
    mode = "rehearse" if rehearse else f"import{leave_out_wrong:d}"
    return jobs.enqueue(
        KIND,
        actor=actor,
        label=f"{'核对' if rehearse else '导入'}账号：{book.name}",
        key=f"accounts:{mode}:{acting_seat(actor).pk}:{book.digest[:40]}:{clock.now():%Y%m%d%H%M%S}",
        arguments={
            "name": book.name,
            "digest": book.digest,
            "lines": [[line.number, dict(line.cells)] for line in book.lines],
            "rehearse": rehearse,
            "leave_out_wrong": leave_out_wrong,
        },
    )


def book_of(job: Job) -> Workbook:
    """The workbook a job was given."""
    given = job.arguments
    lines = [Line(number, cells) for number, cells in given["lines"]]
    return Workbook(given["name"], given["digest"], lines)


def report_of(job: Job) -> Report:
    """The report a finished job left."""
    rows = [
        RowReport(**{**row, "problems": [tuple(pair) for pair in row["problems"]]})
        for row in job.result["report"]
    ]
    entry = LedgerEntry.objects.filter(pk=job.result["entry"]).first()
    return Report(rows, entry)


@handler(KIND)
def run_import(run: Run) -> dict[str, Any]:
    """Rehearse or import. One transaction: whoever repeats it finds everything or nothing done."""
    actor, book = actor_of(run.job), book_of(run.job)
    total = len(book.lines)
    run.progress(0, total, f"共 {total} 行，正在逐行办理，全部完成后才会写入。")
    if run.job.arguments["rehearse"]:
        report = rehearse_import(actor=actor, book=book)
    else:
        report = import_accounts(
            actor=actor, book=book, leave_out_wrong=run.job.arguments["leave_out_wrong"]
        )
    run.progress(total, total, f"共 {total} 行，已完成。")
    return {
        "rows": total,
        "report": [asdict(row) for row in report.rows],
        "entry": report.entry.pk if report.entry else None,
    }
