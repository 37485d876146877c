"""Celery's side of the job engine."""

from __future__ import annotations

from celery import shared_task

from portal.core import jobs


@shared_task(name="core.run_job")
def run_job(job_id: int) -> None:
    """Run one job; the row decides whether there is anything to run."""
    jobs.run(job_id)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    """Wake a worker for every job whose lease has run out."""
    jobs.sweep()


jobs.set_waker(run_job.delay)
