"""Kill -9 the worker in the middle of an import: no half, and whole once it is back."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from portal.core import jobs
from portal.core.actions.workbooks import commit_import, start_import
from portal.core.actor import Actor
from portal.core.constants import ImportState, JobState
from portal.core.models import ImportRun, Job, LedgerEntry, StoredFile
from tests.conftest import MakeWorker
from tests.core.sheets import upload_of
from tests.factories import make_world, uscc
from tests.test_kill import environment_of, short_lease, start_beat, wait_for
from towns.models import Enterprise, EnterpriseFigure, Membership

__all__ = ["short_lease"]

HEADER = ("统一社会信用代码", "企业名称", "企业角色", "数据年度", "营业收入（万元）")
ROWS = 4_000


def upload(actor: Actor) -> ImportRun:
    """A workbook that takes seconds."""
    rows: list[list[Any]] = [
        [uscc(700_000_000 + number), f"企业{number}", "骨干", 2024, number]
        for number in range(ROWS)
    ]
    return start_import(actor=actor, kind="enterprises", upload=upload_of(HEADER, *rows))


def held() -> dict[str, int]:
    """What of the workbook is in the register."""
    entered = Enterprise.objects.filter(uscc__in=[uscc(700_000_000), uscc(700_000_000 + ROWS - 1)])
    return {
        "enterprises": entered.count(),
        "memberships": Membership.objects.filter(enterprise__in=entered).count(),
        "figures": EnterpriseFigure.objects.filter(enterprise__in=entered).count(),
        "entries": LedgerEntry.objects.filter(verb="import_enterprises").count(),
    }


NOTHING = {"enterprises": 0, "memberships": 0, "figures": 0, "entries": 0}
WHOLE = {"enterprises": 2, "memberships": 2, "figures": 2, "entries": 1}


def middle_of_reading(job: Job) -> bool:
    """Some rows are read."""
    return job.state == JobState.RUNNING and job.progress_done > 0


def middle_of_writing(job: Job) -> bool:
    """All are read; what follows is the one transaction."""
    return job.state == JobState.RUNNING and job.message == "正在写入"


@pytest.mark.slow
@pytest.mark.parametrize("middle", [middle_of_reading, middle_of_writing])
def test_an_import_survives_the_death_of_its_worker(
    middle: Callable[[Job], bool], make_worker: MakeWorker, short_lease: None, tmp_path: Any
) -> None:
    """Killed while it rehearses, then while it enters."""
    environment = environment_of("redis", tmp_path)
    world = make_world()
    run = upload(world.actor("puxian.filer"))
    writing = middle is middle_of_writing
    if writing:
        assert jobs.run(run.job_id or 0) == JobState.DONE
        run = commit_import(actor=world.actor("puxian.filer"), run=run)
    job = Job.objects.filter(arguments__run=run.pk).latest("pk")
    worker = make_worker(**environment)
    beat = start_beat(tmp_path, environment)
    try:
        job = wait_for(job, middle)
        time.sleep(0.3)
        worker.kill()
        job.refresh_from_db()
        assert job.state == JobState.RUNNING, "the worker finished before it was killed"
        run.refresh_from_db()
        assert run.state == (ImportState.COMMITTING if writing else ImportState.WAITING)
        assert held() == NOTHING
        files = StoredFile.objects.count()
        worker.start()
        job = wait_for(job, lambda row: row.is_finished)
    finally:
        beat.stop()
    assert (job.state, job.reason) == (JobState.DONE, "")
    assert job.attempts > 1
    run.refresh_from_db()
    if writing:
        assert (run.state, held()) == (ImportState.COMMITTED, WHOLE)
        assert Enterprise.objects.filter(name__startswith="企业", names=None).count() >= ROWS
        assert StoredFile.objects.count() == files
    else:
        assert (run.state, held()) == (ImportState.REHEARSED, NOTHING)
        assert run.counts["add"] == ROWS
        assert StoredFile.objects.count() == files + 1, "one report"
