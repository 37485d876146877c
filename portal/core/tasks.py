"""Celery's side of the job engine."""

from __future__ import annotations

from celery import shared_task
from django.core import management

from portal.core import clock, jobs, mailing
from portal.core.anchors import anchor_days
from portal.core.sample_tasks import clear_samples
from portal.core.uploads.clearing import clear_uploads
from portal.core.uploads.scanning import rescan


@shared_task(name="core.run_job")
def run_job(job_id: int) -> None:
    """Run one job; the row decides whether there is anything to run."""
    jobs.run(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    """Wake a worker for every job whose lease has run out."""
    jobs.sweep()


@shared_task(name="core.anchor_ledger")
def anchor_ledger() -> None:
    """Anchor the ledger up to yesterday; nothing to do when that is done."""
    anchor_days(clock.now())


@shared_task(name="core.clear_sessions")
def clear_sessions() -> None:
    """Remove what has run out of itself: sign-ins past their age."""
    management.call_command("clearsessions")


@shared_task(name="core.clear_uploads")
def clear_expired_uploads() -> None:
    """Remove uploads that nobody goes on with."""
    clear_uploads()


@shared_task(name="core.clear_samples")
def clear_looked_at_samples() -> None:
    """Remove pages of what was being typed that nobody looks at any more."""
    clear_samples()


@shared_task(name="core.send_mails")
def send_notifications() -> None:
    """Mail what was told, where a mail server is set."""
    mailing.queue_mails()
    mailing.send_mails()


@shared_task(name="core.rescan_files")
def rescan_files() -> None:
    """Ask the virus scanner about what it has not seen yet."""
    rescan()


jobs.set_waker(run_job.delay)
