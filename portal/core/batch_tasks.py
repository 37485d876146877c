"""The job of a batch: calls one action, reports its result."""

from __future__ import annotations

from typing import Any

from portal.core.actions.documents.batches import JOB, make_batch
from portal.core.jobs import Run, actor_of, handler


@handler(JOB)
def run_batch(run: Run) -> dict[str, Any]:
    """Make what waits in a batch; the job's file is the zip."""
    batch = make_batch(
        actor=actor_of(run.job), batch_id=run.job.arguments["batch"], progress=run.progress
    )
    failed = batch.items.filter(state="failed").count()
    done = batch.items.filter(state="done").count()
    total = done + failed
    run.progress(total, total, f"完成 {done} 份，未完成 {failed} 份")
    result: dict[str, Any] = {"batch": batch.pk, "done": done, "failed": failed}
    return result | ({"file": batch.bundle_id} if batch.bundle_id else {})
