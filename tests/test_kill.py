"""Kill -9 the worker in the middle of rendering: one document, one number, whatever the broker."""

from __future__ import annotations

import hashlib
import io
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone
from pypdf import PdfReader

from portal.core import clock
from portal.core.actions.documents import issue_document
from portal.core.constants import JobState
from portal.core.models import Job, NumberSeries, OfficialDocument, Rendition, StoredFile
from reviews.actions import draft_certification
from reviews.documents import default_texts
from tests.conftest import MakeWorker, Process, database_url
from tests.factories import make_world
from tests.scenario import drive, file, ready_to_issue

if TYPE_CHECKING:
    from pytest_django import Settings

LEASE = "2"
SWEEP = "1"
# Machines may be slow: a worker and a beat start in half a minute on two busy processors.
PATIENCE = 180
# A page of paper takes the engine some milliseconds; these keep it busy for seconds.
PARAGRAPHS = 300
PARAGRAPH = "各有关部门要按照职责分工,加强对专业镇的培育指导,落实支持政策,推动特色产业做大做强。"


@pytest.fixture
def short_lease(settings: Settings) -> None:
    """Jobs made by the test itself are as impatient as its workers."""
    settings.PORTAL_JOB_LEASE_SECONDS = int(LEASE)


def environment_of(broker: str, folder: Path) -> dict[str, str]:
    """The environment of worker and beat; Redis is the one the tests run on."""
    impatient = {"PORTAL_JOB_LEASE_SECONDS": LEASE, "PORTAL_JOB_SWEEP_SECONDS": SWEEP}
    if broker == "filesystem":
        impatient["PORTAL_BROKER_URL"] = f"filesystem://{folder}/broker"
    return impatient


def start_beat(folder: Path, environment: dict[str, str]) -> Process:
    """A real beat, which looks for expired jobs every second."""
    command = [
        *(sys.executable, "-m", "celery", "-A", "portal.config", "beat"),
        *("--schedule", str(folder / "beat-schedule"), "--pidfile", ""),
    ]
    beat = Process(
        command, folder / "beat.log", {"PORTAL_DATABASE_URL": database_url(), **environment}
    )
    beat.start()
    return beat


def issue_long_notice() -> tuple[OfficialDocument, Job]:
    """A certified town whose notice takes seconds to render; its job is queued."""
    world = make_world()
    case = drive(world, file(world, "county"), "issue")
    texts = default_texts(case.office, [case], clock.today().year)
    texts = texts._replace(body=texts.body + f"\n{PARAGRAPH}" * PARAGRAPHS)
    clerk = world.actor("puxian.clerk")
    document = ready_to_issue(
        world, draft_certification(actor=clerk, case_ids=[case.pk], texts=texts)
    )
    document = issue_document(
        actor=world.actor("puxian.signer"), document=document, issued_on=clock.today()
    )
    return document, Job.objects.get(key=f"render:{document.pk}")


def wait_for(job: Job, reached: Callable[[Job], bool], *working: Process) -> Job:
    """Wait until the job's row says so; a short interval, for the kill must land in the middle.

    ``working``: the processes it waits for; what they logged is told when nothing comes of it.
    """
    deadline = time.monotonic() + PATIENCE
    while not reached(job):
        if time.monotonic() > deadline:
            logs = "\n".join(f"{row.command[4:7]}:\n{row.text()[-2000:]}" for row in working)
            raise AssertionError(f"{job.state}, {job.attempts}, {job.reason!r}\n{logs}")
        time.sleep(0.01)
        job.refresh_from_db()
    return job


def check_one_of_each(document: OfficialDocument) -> None:
    """One number, one rendition, one stored file; the file is the document."""
    document.refresh_from_db()
    series = NumberSeries.objects.get(office=document.office, kind="document")
    assert (series.last, document.serial) == (1, 1)
    assert OfficialDocument.objects.filter(state="issued").count() == 1
    rendition = Rendition.objects.select_related("file").get()
    assert rendition.document_id == document.pk
    assert (
        StoredFile.objects.filter(content_type="application/pdf", name__contains="〔").count() == 1
    )
    with rendition.file.file.open("rb") as stored:
        content = stored.read()
    assert hashlib.sha256(content).hexdigest() == rendition.file.sha256
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    assert document.number in text
    assert text.count("推动特色产业做大做强") >= PARAGRAPHS


@pytest.mark.slow
@pytest.mark.parametrize("broker", ["redis", "filesystem"])
def test_rendering_survives_the_death_of_its_worker(
    broker: str, make_worker: MakeWorker, short_lease: None, tmp_path: Path
) -> None:
    environment = environment_of(broker, tmp_path)
    worker = make_worker(**environment)
    beat = start_beat(tmp_path, environment)
    try:
        document, job = issue_long_notice()
        job = wait_for(job, lambda row: row.state == JobState.RUNNING, worker, beat)
        worker.kill()
        job.refresh_from_db()
        assert job.state == JobState.RUNNING, "the worker finished before it was killed"
        assert not Rendition.objects.exists()
        first = job.attempts
        worker.start()
        job = wait_for(job, lambda row: row.is_finished, worker, beat)
    finally:
        beat.stop()
    assert (job.state, job.reason) == (JobState.DONE, "")
    assert job.attempts > first
    check_one_of_each(document)


@pytest.mark.slow
def test_worker_looks_for_abandoned_jobs_when_it_starts(
    make_worker: MakeWorker, short_lease: None, tmp_path: Path
) -> None:
    """Without beat: what the broker lost is found by the sweep at the worker's start."""
    worker = make_worker(**environment_of("redis", tmp_path))
    document, job = issue_long_notice()
    job = wait_for(job, lambda row: row.state == JobState.RUNNING)
    worker.kill()
    job = wait_for(
        job, lambda row: row.lease_until is not None and row.lease_until < timezone.now()
    )
    assert job.state == JobState.RUNNING
    worker.start()
    job = wait_for(job, lambda row: row.is_finished)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    check_one_of_each(document)
