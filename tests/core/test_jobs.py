"""The job engine: the row is the truth, leases fence workers off, nothing is lost by kill -9."""

from __future__ import annotations

import contextlib
import io
import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from kombu import Connection

from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.errors import Refused, Stale
from portal.core.jobs import Handler, LostLease, Run
from portal.core.models import Job, OfficialDocument, StoredFile
from portal.core.tasks import run_job
from tests.conftest import MakeWorker, Worker
from tests.factories import World, end_appointment, make_world, multiply
from tests.services import free_port
from towns.exports import RosterFilter
from towns.models import Certification
from towns.tasks import request_roster

LEASE = 2
ROWS = 60_000


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.fixture
def woken() -> Iterator[list[int]]:
    """The jobs for which a worker was woken, instead of a broker's messages."""
    before, found = list(jobs._waker), list[int]()
    jobs.set_waker(lambda job_id: found.append(job_id))
    yield found
    jobs._waker[:] = before


MakeHandler = Callable[[Handler], None]


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> MakeHandler:
    """Register a handler for jobs of kind ``test`` while the test runs."""

    def register(function: Handler) -> None:
        monkeypatch.setitem(jobs._handlers, "test", function)

    return register


def queue(world: World, key: str = "test:1", **arguments: Any) -> Job:
    """A queued job of kind ``test``."""
    return jobs.enqueue(
        "test", actor=world.actor("sx.clerk"), label="测试任务", key=key, arguments=arguments
    )


def queue_and_roll_back(world: World, key: str) -> None:
    """Queue a job in a transaction that comes to nothing."""
    with contextlib.suppress(Stale), transaction.atomic():
        queue(world, key)
        raise Stale("回滚")


def expire(job: Job) -> None:
    """Let the job's lease run out."""
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


# --- queueing -----------------------------------------------------------------------------------


def test_asking_twice_for_the_same_work_gives_one_job(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    handle(lambda run: {})
    first, second = queue(world), queue(world)
    assert first.pk == second.pk
    assert Job.objects.filter(key="test:1").count() == 1


def test_worker_is_woken_only_when_the_work_is_committed(
    world: World,
    handle: MakeHandler,
    woken: list[int],
    django_capture_on_commit_callbacks: Any,
) -> None:
    handle(lambda run: {})
    with django_capture_on_commit_callbacks(execute=True):
        job = queue(world)
        assert woken == []
    assert woken == [job.pk]
    with django_capture_on_commit_callbacks(execute=True):
        queue_and_roll_back(world, "test:2")
    assert woken == [job.pk]
    assert not Job.objects.filter(key="test:2").exists()


def test_kind_without_a_handler_is_refused_at_once(world: World) -> None:
    with pytest.raises(RuntimeError, match="No handler"):
        queue(world)
    assert not Job.objects.exists()


def test_unreachable_broker_delays_the_job_and_breaks_nothing(
    world: World,
    handle: MakeHandler,
    woken: list[int],
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    handle(lambda run: {})
    nowhere = Connection(f"redis://127.0.0.1:{free_port()}/0")
    jobs.set_waker(
        lambda job_id: run_job.apply_async(
            (job_id,),
            connection=nowhere,  # type: ignore[call-arg]
            retry=False,
        )
    )
    with caplog.at_level(logging.WARNING), django_capture_on_commit_callbacks(execute=True):
        job = queue(world)
    assert "broker not reached" in caplog.text
    job.refresh_from_db()
    assert job.state == JobState.QUEUED
    jobs.set_waker(lambda job_id: woken.append(job_id))
    expire(job)
    assert jobs.sweep() == 1
    assert woken == [job.pk]


# --- running ------------------------------------------------------------------------------------


def test_finished_job_keeps_its_result_and_is_not_run_again(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    runs: list[int] = []

    def work(run: Run) -> dict[str, Any]:
        runs.append(run.attempt)
        return {"rows": 3}

    handle(work)
    job = queue(world)
    assert jobs.run(job.pk) == JobState.DONE
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert (job.result, job.percent, runs) == ({"rows": 3}, 100, [1])
    assert job.started_at is not None
    assert job.finished_at is not None
    assert queue(world).state == JobState.DONE


def test_progress_is_stored_and_never_says_finished_too_early(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    seen: list[tuple[int, int, int]] = []

    def work(run: Run) -> dict[str, Any]:
        for done in range(1, 201):
            run.progress(done, 200, f"第 {done} 行")
            run.job.refresh_from_db()
            seen.append((run.job.progress_done, run.job.progress_total, run.job.percent))
        return {}

    handle(work)
    jobs.run(queue(world).pk)
    assert seen[-1] == (200, 200, 99)
    assert len({done for done, _, _ in seen}) < 200  # at most five times a second
    assert max(percent for _, _, percent in seen) == 99


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Refused("该公文由省级办公室印发。"), "该公文由省级办公室印发。"),
        (Stale("该公文已被修改。"), "该公文已被修改。"),
        (ValidationError(["标题为空。", "正文为空。"]), "标题为空。；正文为空。"),
    ],
)
def test_refusal_becomes_the_reason_in_its_own_words(
    world: World, handle: MakeHandler, woken: list[int], error: Exception, reason: str
) -> None:
    def work(run: Run) -> dict[str, Any]:
        raise error

    handle(work)
    job = queue(world)
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert job.reason == reason
    assert job.finished_at is not None


def test_failed_job_is_queued_again_when_it_is_asked_for_again(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    def work(run: Run) -> dict[str, Any]:
        raise Refused("暂时不行。")

    handle(work)
    job = queue(world)
    jobs.run(job.pk)
    handle(lambda run: {"rows": 1})
    again = queue(world)
    assert (again.pk, again.state, again.reason) == (job.pk, JobState.QUEUED, "")
    assert jobs.run(job.pk) == JobState.DONE


def test_unexpected_error_is_a_reason_and_a_log_entry(
    world: World, handle: MakeHandler, woken: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    def work(run: Run) -> dict[str, Any]:
        raise ZeroDivisionError("oh")

    handle(work)
    job = queue(world)
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert "ZeroDivisionError" in job.reason
    assert "Traceback" in caplog.text


def test_job_of_an_ended_appointment_is_refused(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    handle(lambda run: {"who": jobs.actor_of(run.job).name})
    job = queue(world)
    end_appointment(world.actor("sx.clerk"))
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert "任职已结束" in job.reason


# --- leases -------------------------------------------------------------------------------------


def test_job_in_hand_is_not_claimed_by_a_second_worker(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    second: list[JobState | None] = []

    def work(run: Run) -> dict[str, Any]:
        second.append(jobs.run(run.job.pk))
        return {}

    handle(work)
    job = queue(world)
    assert jobs.run(job.pk) == JobState.DONE
    assert second == [None]
    job.refresh_from_db()
    assert job.attempts == 1


def test_worker_that_lost_its_lease_can_write_nothing_more(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    """The first worker hangs past its lease, the second finishes, the first wakes up again."""
    lost: list[bool] = []

    def work(run: Run) -> dict[str, Any]:
        if run.attempt == 1:
            expire(run.job)
            assert jobs.run(run.job.pk) == JobState.DONE
            with pytest.raises(LostLease):
                run.progress(1, 1, "迟到")
            lost.append(True)
        return {"attempt": run.attempt}

    handle(work)
    job = queue(world)
    assert jobs.run(job.pk) is None
    assert lost == [True]
    job.refresh_from_db()
    assert job.result == {"attempt": 2}
    assert job.message == ""
    assert (job.state, job.attempts) == (JobState.DONE, 2)


def test_sweep_wakes_what_nobody_holds_and_nothing_else(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    handle(lambda run: {})
    states = {
        "queued-expired": (JobState.QUEUED, -1),
        "running-expired": (JobState.RUNNING, -1),
        "queued-fresh": (JobState.QUEUED, 60),
        "running-held": (JobState.RUNNING, 60),
        "done": (JobState.DONE, -1),
        "failed": (JobState.FAILED, -1),
    }
    made = {name: queue(world, name) for name in states}
    for name, (state, seconds) in states.items():
        Job.objects.filter(pk=made[name].pk).update(
            state=state, lease_until=timezone.now() + timedelta(seconds=seconds)
        )
    assert jobs.sweep() == 2
    assert woken == [made["queued-expired"].pk, made["running-expired"].pk]


def test_job_that_kills_every_worker_is_given_up(
    world: World, handle: MakeHandler, woken: list[int]
) -> None:
    handle(lambda run: {})
    job = queue(world)
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=jobs.MAX_ATTEMPTS)
    expire(job)
    assert jobs.run(job.pk) is None
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "已重试五次" in job.reason


# --- real workers -------------------------------------------------------------------------------


def wait_until(condition: Callable[[], bool], worker: Worker, seconds: float = 60) -> None:
    """Wait for something the worker does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, worker.text()[-3000:]
        time.sleep(0.02)


def many_certifications(world: World) -> None:
    """A roster long enough for a worker to be killed in the middle of it."""
    town = world.towns["puxian"]
    document = OfficialDocument.objects.create(
        office=world.offices["sx"],
        kind="certification_notice",
        title="通知",
        addressees="各市",
        body="正文",
        state="issued",
        number="晋专镇办〔2026〕1号",
        issued_on=clock.today(),
        created_at=clock.now(),
    )
    row = Certification.objects.create(
        town=town,
        document=document,
        level="province",
        scope_code=town.scope_code,
        town_name=town.name,
        category=town.category,
        industry=town.industry,
        year=2026,
        valid_from=clock.today(),
        state="revoked",
    )
    multiply(row, ROWS - 1)


def export(actor: Actor) -> Job:
    """Ask for the roster as a person does."""
    return request_roster(actor, RosterFilter())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("broker", ["redis", "filesystem"])
def test_killed_worker_loses_no_job(
    broker: str, make_worker: MakeWorker, tmp_path: Path, settings: Any
) -> None:
    """Kill -9 in the middle of the export: after a restart it is done, from the beginning, once."""
    settings.PORTAL_JOB_LEASE_SECONDS = LEASE
    world = make_world()
    many_certifications(world)
    job = export(world.actor("sx.clerk"))
    # With the file-system broker the message above went elsewhere: a lost one, for the sweep.
    expire(job)
    environment = {"PORTAL_JOB_LEASE_SECONDS": str(LEASE)}
    if broker == "filesystem":
        environment["PORTAL_BROKER_URL"] = f"filesystem://{tmp_path}/broker"
    worker = make_worker(**environment)

    def in_the_middle() -> bool:
        job.refresh_from_db()
        assert not job.is_finished, "the export was too fast to be interrupted"
        return 0 < job.progress_done < ROWS

    wait_until(in_the_middle, worker)
    worker.kill()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (JobState.RUNNING, 1)

    time.sleep(LEASE + 0.1)
    worker.start()
    wait_until(lambda: Job.objects.get(pk=job.pk).is_finished, worker)
    job.refresh_from_db()
    assert (job.state, job.attempts, job.reason) == (JobState.DONE, 2, "")
    assert StoredFile.objects.count() == 1
    assert job.file is not None
    with job.file.file.open("rb") as stored:
        sheet = openpyxl.load_workbook(io.BytesIO(stored.read()), read_only=True).worksheets[0]
        assert sum(1 for _ in sheet.iter_rows(values_only=True)) >= ROWS
    assert job.result["rows"] == ROWS


def test_tasks_are_those_the_engine_sends() -> None:
    assert {"core.run_job", "core.sweep_jobs"} <= set(current_app.tasks)
