"""Job handlers of this app: the ledger and the stream as workbooks."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping
from typing import Any

from django.core.files import File

from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.documents.xlsx import Sheet, write_xlsx
from portal.core.errors import require
from portal.core.files import store_path
from portal.core.jobs import Run, actor_of, handler
from portal.core.ledger import canonical
from portal.core.models import Job
from portal.workspace.exports import access_rows, access_sheet, ledger_rows, ledger_sheet
from portal.workspace.import_tasks import run_import
from portal.workspace.ledger_queries import (
    AccessFilter,
    LedgerFilter,
    filter_access,
    filter_ledger,
)
from portal.workspace.policies import may_audit, may_export_ledger

# The worker looks for handlers here.
__all__ = ["request_access", "request_ledger", "run_import"]

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def request_ledger(actor: Actor, chosen: LedgerFilter) -> Job:
    """Queue the export of the ledger as the actor reads it, narrowed."""
    require(may_export_ledger(actor))
    return _request("workspace.export_ledger", actor, "导出办理台账", chosen.as_dict())


def request_access(actor: Actor, chosen: AccessFilter) -> Job:
    """Queue the export of the stream, narrowed."""
    require(may_audit(actor))
    return _request("workspace.export_access", actor, "导出访问记录", chosen.as_dict())


def _request(kind: str, actor: Actor, label: str, arguments: Mapping[str, str]) -> Job:
    """Two clicks within a second are one job."""
    marks = hashlib.sha256(canonical(arguments).encode()).hexdigest()[:16]
    post = actor.post.pk if actor.post else 0
    return jobs.enqueue(
        kind,
        actor=actor,
        label=label,
        key=f"{kind}:{post}:{clock.now():%Y%m%d%H%M%S}:{marks}",
        arguments=dict(arguments),
    )


@handler("workspace.export_ledger")
def export_ledger(run: Run) -> dict[str, Any]:
    """Exactly the entries the list showed."""
    actor, chosen = actor_of(run.job), LedgerFilter(**run.job.arguments)
    require(may_export_ledger(actor))
    rows = filter_ledger(actor, chosen)
    found = ledger_rows(actor, rows)
    return _write(run, actor, "办理台账", ledger_sheet(actor, chosen), found, rows.count())


@handler("workspace.export_access")
def export_access(run: Run) -> dict[str, Any]:
    """Exactly the entries of the stream the list showed."""
    actor, chosen = actor_of(run.job), AccessFilter(**run.job.arguments)
    require(may_audit(actor))
    rows = filter_access(actor, chosen)
    found = access_rows(rows)
    return _write(run, actor, "访问记录", access_sheet(actor, chosen), found, rows.count())


def _write(
    run: Run, actor: Actor, name: str, sheet: Sheet, rows: Iterator[tuple[Any, ...]], total: int
) -> dict[str, Any]:
    with tempfile.TemporaryFile() as handle:
        write_xlsx(
            handle,
            sheet,
            rows,
            progress=lambda done: run.progress(done, total, f"已写入 {done} 条，共 {total} 条"),
        )
        handle.seek(0)
        stored = store_path(File(handle), f"{name}-{clock.today():%Y%m%d}.xlsx", XLSX, actor)
    return {"file": stored.pk, "rows": total, "sha256": stored.sha256}
