"""Long work: the list, one job's page, its progress for htmx, and the file it made."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal.core import jobs
from portal.core.constants import JOB_STATE_CHOICES, JobState
from portal.core.models import Job
from portal.core.paging import paginate
from portal.core.web import OfficeView

TONES = {
    JobState.QUEUED: "neutral",
    JobState.RUNNING: "info",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
}
COLUMNS = (
    {"label": "任务", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "发起时间", "kind": "datetime"},
    {"label": "完成时间", "kind": "datetime"},
    {"label": "结果"},
)


class JobListView(OfficeView):
    """The work the acting person started here, newest first; finished work stays."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of jobs, of one state or all."""
        states = dict(JOB_STATE_CHOICES)
        chosen = request.GET.get("state", "")
        rows = Job.objects.visible_to(self.actor).exclude(kind__in=jobs.passing_kinds())
        if chosen in states:
            rows = rows.filter(state=chosen)
        page = paginate(rows.select_related("file"), request.GET)
        tabs = [("", "全部"), *JOB_STATE_CHOICES]
        return self.page(
            "core/jobs.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("我的任务", None)],
                "tabs": [
                    {
                        "label": label,
                        "url": self.url("jobs") + (f"&state={key}" if key else ""),
                        "active": key == (chosen if chosen in states else ""),
                    }
                    for key, label in tabs
                ],
                "columns": COLUMNS,
                "rows": [self._row(job) for job in page.items],
                "page": page,
            },
        )

    def _row(self, job: Job) -> dict[str, Any]:
        result: dict[str, str] | str = job.reason or job.message
        if job.file is not None:
            result = {"text": job.file.name, "url": self.url("job-file", job.pk)}
        return {
            "id": job.pk,
            "label": job.label,
            "cells": [
                {"text": job.label, "url": self.url("job", job.pk)},
                {"text": job.get_state_display(), "tone": TONES[JobState(job.state)]},
                job.created_at,
                job.finished_at,
                result,
            ],
        }


class JobView(OfficeView):
    """One job: progress, result or reason; a failed one may be started again."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page of the job."""
        job = self._job(pk)
        return self.page(
            "core/job.html",
            {
                **progress_context(self, job),
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("我的任务", self.url("jobs")),
                    (job.label, None),
                ],
            },
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Start a failed job again; any other goes on as it is."""
        job = self._job(pk)
        jobs.enqueue(
            job.kind, actor=self.actor, label=job.label, key=job.key, arguments=job.arguments
        )
        return redirect(self.url("job", job.pk))

    def _job(self, pk: int) -> Job:
        return get_object_or_404(
            Job.objects.visible_to(self.actor).select_related("file", "created_by"), pk=pk
        )


class JobProgressView(OfficeView):
    """The progress alone, for htmx; without it the whole page."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The progress component, which asks again while the job runs."""
        job = get_object_or_404(Job.objects.visible_to(self.actor).select_related("file"), pk=pk)
        if not getattr(request, "htmx", False):
            return redirect(self.url("job", job.pk))
        context = {"actor": self.actor, **progress_context(self, job)}
        return render(request, "components/job_progress.html", context)


class JobFileView(OfficeView):
    """The file a finished job made."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send it as a download."""
        job = get_object_or_404(Job.objects.visible_to(self.actor).select_related("file"), pk=pk)
        if job.file is None:
            raise Http404("该任务没有生成文件，或者还没有完成。")
        return self.send(job.file, job)


def progress_context(view: OfficeView, job: Job) -> dict[str, Any]:
    """What ``components/job_progress.html`` needs."""
    return {
        "job": job,
        "poll_url": view.url("job-progress", job.pk),
        "result_url": view.url("job-file", job.pk) if job.file is not None else "",
        "result_text": f"下载 {job.file.name}" if job.file is not None else "",
        "retry_url": view.url("job", job.pk) if job.state == JobState.FAILED else "",
    }
