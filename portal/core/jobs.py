"""The job engine: long work as a row with state, lease, heartbeat, progress, result and reason.

Brokers lose messages when a worker is killed (measured, both with the file-system transport and,
until its visibility timeout, with Redis). So the row is the truth: a handler's steps are
idempotent, a lease says who works on it, and ``sweep`` (at worker start and every minute) wakes a
worker for every row whose lease has run out.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from portal.core.actor import SYSTEM, Actor
from portal.core.constants import JobState
from portal.core.errors import Refused, Stale
from portal.core.models import Appointment, Job, StoredFile
from portal.core.seats import seat_of

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
# A queued job nobody has claimed by then is woken again: its message was lost or never sent.
WAKE_GRACE = timedelta(seconds=5)


class LostLease(Exception):
    """Another worker has taken the job over; this one must stop without writing."""


class Waker(Protocol):
    """Whatever tells a worker that a job waits."""

    def __call__(self, job_id: int) -> object: ...


@dataclass
class Run:
    """A handler's hold on its job: reports progress, and learns when the lease is lost."""

    job: Job
    attempt: int
    _reported_at: float = field(default=0.0, init=False)

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Store progress, at most five times a second, and renew the lease."""
        moment = time.monotonic()
        if done < total and moment - self._reported_at < 0.2:
            return
        self._reported_at = moment
        self._update(
            progress_done=done, progress_total=total, message=message[:200], **_lease_fields()
        )

    def hold(self, stored: StoredFile) -> None:
        """Show the file that was made while more of the work goes on."""
        self._update(file_id=stored.pk)
        self.job.file = stored

    def _update(self, **values: Any) -> None:
        rows = Job.objects.filter(
            pk=self.job.pk, attempts=self.attempt, state=JobState.RUNNING
        ).update(**values)
        if not rows:
            raise LostLease(self.job.pk)


Handler = Callable[[Run], dict[str, Any]]
_handlers: dict[str, Handler] = {}
_passing: set[str] = set()


def handler(kind: str, *, passing: bool = False) -> Callable[[Handler], Handler]:
    """Register a job handler; its return value is stored as the job's result.

    A handler may be run again after a worker died in the middle of it, so every step either checks
    what is there already or is harmless to repeat. ``passing``: work that is looked at where it was
    asked for and cleared away, so that it stands in no list.
    """

    def register(function: Handler) -> Handler:
        if kind in _handlers and _handlers[kind] is not function:
            raise RuntimeError(f"Two handlers for job kind {kind}.")
        _handlers[kind] = function
        if passing:
            _passing.add(kind)
        return function

    return register


def registered_kinds() -> frozenset[str]:
    """Kinds of job that have a handler."""
    return frozenset(_handlers)


def passing_kinds() -> frozenset[str]:
    """Kinds of job that stand in no list."""
    return frozenset(_passing)


_waker: list[Waker] = []


def set_waker(waker: Waker) -> None:
    """Set what wakes a worker (the Celery task registers itself)."""
    _waker[:] = [waker]


def wake(job_id: int) -> None:
    """Tell a worker; a broker that cannot be reached only delays the job until the next sweep."""
    for waker in _waker:
        try:
            waker(job_id)
        except (OSError, OperationalError) as error:
            logger.warning("broker not reached for job %s: %s", job_id, error)


def enqueue(
    kind: str,
    *,
    actor: Actor,
    label: str,
    key: str,
    arguments: dict[str, Any] | None = None,
) -> Job:
    """Create the job once for its key and wake a worker when the transaction commits.

    ``key`` names the work (for example ``render:document:7``): asking again returns the same row,
    and a failed one is queued again.
    """
    if kind not in _handlers:
        raise RuntimeError(f"No handler for job kind {kind}.")
    job, created = Job.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "label": label[:200],
            "arguments": arguments or {},
            "created_by": actor.user,
            "office": actor.office,
            "post": actor.post,
            "created_at": timezone.now(),
            "lease_until": timezone.now() + WAKE_GRACE,
        },
    )
    if not created and job.state == JobState.FAILED:
        job.state, job.attempts, job.reason = JobState.QUEUED, 0, ""
        job.lease_until = timezone.now()
        job.save(update_fields=["state", "attempts", "reason", "lease_until"])
    if not job.is_finished:
        transaction.on_commit(lambda: wake(job.pk))
    return job


def sweep() -> int:
    """Wake a worker for every unfinished job whose lease has run out; the number of them."""
    overdue = list(
        Job.objects.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=timezone.now()),
            state__in=(JobState.QUEUED, JobState.RUNNING),
        )
        .order_by("id")
        .values_list("pk", flat=True)[:500]
    )
    for job_id in overdue:
        wake(job_id)
    return len(overdue)


def run(job_id: int) -> JobState | None:
    """Claim the job and run its handler; None when there was nothing to claim."""
    job = _claim(job_id)
    if job is None:
        return None
    held = Run(job=job, attempt=job.attempts)
    with _Heartbeat(held):
        try:
            if job.kind not in _handlers:
                raise RuntimeError(f"No handler for job kind {job.kind}.")
            result = _handlers[job.kind](held)
        except LostLease:
            logger.warning("job %s was taken over by another worker", job_id)
            return None
        except (Refused, Stale, ValidationError) as error:
            text = "；".join(error.messages) if isinstance(error, ValidationError) else str(error)
            return _finish(held, JobState.FAILED, reason=text)
        except Exception as error:
            # The boundary of the engine: whatever a handler raises becomes the job's reason.
            logger.exception("job %s failed", job_id)
            return _finish(held, JobState.FAILED, reason=f"{type(error).__name__}: {error}")
    return _finish(held, JobState.DONE, result=result)


def actor_of(job: Job) -> Actor:
    """Who the job works for: whoever started it, or else the present holder of that post.

    A job belongs to its post, so it goes on for a successor; from a post that nobody holds any more
    it is refused, and whoever comes next starts it again.
    """
    if job.created_by is None or job.office is None or job.post is None:
        return SYSTEM
    actor = seat_of(job.created_by, job.post)
    if actor is not None:
        return actor
    holder = Appointment.objects.in_force().filter(post=job.post).select_related("user").first()
    actor = seat_of(holder.user, job.post) if holder is not None else None
    if actor is None:
        raise Refused(
            "发起该任务的岗位任职已结束，且无人接任，任务不再执行。请由现任人员重新发起。"
        )
    return actor


def _lease_fields() -> dict[str, datetime]:
    moment = timezone.now()
    return {
        "heartbeat_at": moment,
        "lease_until": moment + timedelta(seconds=settings.PORTAL_JOB_LEASE_SECONDS),
    }


def _claim(job_id: int) -> Job | None:
    moment = timezone.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=moment)
    claimed = Job.objects.filter(free, pk=job_id, attempts__lt=MAX_ATTEMPTS).update(
        state=JobState.RUNNING,
        attempts=F("attempts") + 1,
        worker=f"{socket.gethostname()}:{os.getpid()}"[:120],
        started_at=moment,
        **_lease_fields(),
    )
    if claimed:
        return Job.objects.select_related("created_by", "office__region", "post").get(pk=job_id)
    Job.objects.filter(free, pk=job_id, attempts__gte=MAX_ATTEMPTS).update(
        state=JobState.FAILED,
        finished_at=moment,
        reason="已重试五次仍未完成，请联系系统管理员查看运行日志。",
    )
    return None


def _finish(
    held: Run, state: JobState, *, result: dict[str, Any] | None = None, reason: str = ""
) -> JobState | None:
    values: dict[str, Any] = {"state": state, "finished_at": timezone.now(), "reason": reason}
    if result is not None:
        values["result"] = result
        if "file" in result:
            values["file_id"] = result["file"]
    try:
        held._update(**values)
    except LostLease:
        logger.warning("job %s was taken over before it was finished", held.job.pk)
        return None
    return state


class _Heartbeat:
    """Renews the lease in the background while a handler works without reporting progress."""

    def __init__(self, held: Run) -> None:
        self.held = held
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._beat, daemon=True)

    def __enter__(self) -> None:
        # SQLite's writers take turns; a test's single connection must not be shared by threads.
        if not connection.in_atomic_block:
            self.thread.start()

    def __exit__(self, *exc: object) -> None:
        self.stop.set()
        if self.thread.ident is not None:
            self.thread.join()

    def _beat(self) -> None:
        interval = settings.PORTAL_JOB_LEASE_SECONDS / 3
        try:
            while not self.stop.wait(interval):
                self.held._update(**_lease_fields())
        except LostLease:
            logger.warning("job %s lost its lease", self.held.job.pk)
        finally:
            connections.close_all()
