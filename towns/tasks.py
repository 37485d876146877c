"""Job handlers of the towns app."""

from __future__ import annotations

import hashlib
import tempfile
from typing import Any

from celery import shared_task
from django.core.exceptions import ValidationError
from django.core.files import File

from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.documents.xlsx import write_xlsx
from portal.core.errors import require
from portal.core.files import store_path
from portal.core.jobs import Run, actor_of, handler
from portal.core.ledger import canonical
from portal.core.models import Job
from towns.actions.due_reminders import remind_of_terms
from towns.assessing import assess_round_from
from towns.evidence_volume import make_volume
from towns.exports import RosterFilter, filter_roster, roster_rows, roster_sheet
from towns.models import Application, Round
from towns.policies import may_export
from towns.simulating import run_simulation

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def request_roster(actor: Actor, chosen: RosterFilter) -> Job:
    """Queue the export of the roster as filtered; two clicks within a second are one job."""
    require(may_export(actor))
    marks = hashlib.sha256(canonical(chosen.as_dict()).encode()).hexdigest()[:16]
    return jobs.enqueue(
        "towns.export_roster",
        actor=actor,
        label="导出专业镇名单",
        key=f"roster:{actor.post.pk if actor.post else 0}:{clock.now():%Y%m%d%H%M%S}:{marks}",
        arguments=chosen.as_dict(),
    )


@handler("towns.export_roster")
def export_roster(run: Run) -> dict[str, Any]:
    """Write the roster workbook; exactly the rows the list showed."""
    actor = actor_of(run.job)
    chosen = RosterFilter(**run.job.arguments)
    rows = filter_roster(actor, chosen)
    total = rows.count()
    with tempfile.TemporaryFile() as handle:
        write_xlsx(
            handle,
            roster_sheet(actor, chosen),
            roster_rows(rows),
            progress=lambda done: run.progress(done, total, f"已写入 {done} 行，共 {total} 行"),
        )
        handle.seek(0)
        name = f"专业镇名单-{clock.today():%Y%m%d}.xlsx"
        stored = store_path(File(handle), name, XLSX, actor)
    return {"file": stored.pk, "rows": total, "sha256": stored.sha256}


@handler("towns.assess_round")
def assess_round(run: Run) -> dict[str, Any]:
    """Assess a round's applications; goes on after those that are done if a worker was killed."""
    call = Round.objects.visible_to(actor_of(run.job)).get(pk=run.job.arguments["round"])
    return assess_round_from(
        call,
        run.job.progress_done,
        lambda done, total: run.progress(done, total, f"已评定 {done} 项，共 {total} 项"),
    )


@handler("towns.merge_evidence")
def merge_evidence(run: Run) -> dict[str, Any]:
    """Bind the evidence of an application that the actor still sees."""
    actor = actor_of(run.job)
    application = (
        Application.objects.visible_to(actor)
        .select_related("town__county", "round__office", "criteria_set")
        .filter(pk=run.job.arguments["application"])
        .first()
    )
    if application is None:
        raise ValidationError("该申报已不在可见范围内，材料没有合并。")
    return make_volume(actor, application, run)


@handler("towns.simulate")
def simulate(run: Run) -> dict[str, Any]:
    """Judge the towns and applications of a simulation; goes on where a killed worker stopped."""
    return run_simulation(actor_of(run.job), run.job.arguments["simulation"], run.progress)


@shared_task(name="towns.remind_of_terms")
def remind() -> None:
    """Tell the filing units whose term is near; nothing to do when they were told."""
    remind_of_terms()
