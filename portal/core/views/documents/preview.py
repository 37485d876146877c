"""The live preview: pages of what is being typed, set by a worker and shown beside the form."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from portal.core.constants import JobState
from portal.core.models import FilePage, Job
from portal.core.sample_tasks import KIND, Sample, obstacles, request_sample
from portal.core.web import OfficeView

LIVE = "live"


def is_look(request: HttpRequest) -> bool:
    """Whether a form asks for a look at what was typed, and not to be saved."""
    return "look" in request.POST


def is_live(request: HttpRequest) -> bool:
    """Whether the page asked by itself and wants the preview alone."""
    return request.POST.get("look") == LIVE and bool(request.headers.get("HX-Request"))


def look_at(view: OfficeView, sample: Sample, notes: list[str]) -> dict[str, Any]:
    """Have a sample set; what ``core/documents/preview.html`` shows. ``notes``: what is open."""
    stopped = obstacles(view.actor, sample)
    job = None if stopped else request_sample(view.actor, sample)
    before = view.request.POST.get("before", "")
    return {"notes": notes, "stopped": stopped, **progress(view, job, before)}


def answer_live(view: OfficeView, preview: dict[str, Any]) -> HttpResponse:
    """The preview alone."""
    context = {"actor": view.actor, "preview": preview}
    return render(view.request, "core/documents/preview.html", context)


def progress(view: OfficeView, job: Job | None, before: str) -> dict[str, Any]:
    """How far a sample is; while it has no page yet, the pages that were shown ``before``."""
    if job is None:
        return {"job": None, "pages": [], "moving": False, "old": False}
    job = Job.objects.visible_to(view.actor).get(pk=job.pk)
    pages = _pages(job)
    moving = not job.is_finished
    old = moving and not pages and before.isdecimal() and len(before) < 19
    if old:
        earlier = Job.objects.visible_to(view.actor).filter(pk=int(before), kind=KIND).first()
        pages = _pages(earlier) if earlier is not None else []
    known = job.file.pages if job.file is not None and not old else None
    return {
        "job": job,
        "pages": pages,
        "total": known or len(pages),
        "moving": moving,
        "failed": job.reason if job.state == JobState.FAILED else "",
        "old": old and bool(pages),
        # Whose pages are shown: they stay until those of the next words are there.
        "shown": (before if old else job.pk) if pages else "",
        "poll_url": view.url("document-sample", job.pk) + (f"&before={before}" if old else ""),
    }


def _pages(job: Job) -> list[FilePage]:
    if job.file_id is None:
        return []
    return list(FilePage.objects.filter(source=job.file_id).order_by("number"))


class SampleView(OfficeView):
    """How far the setting of a sample is; the page asks again and again while it goes on."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The preview alone; opened as a page, the job."""
        job = Job.objects.visible_to(self.actor).filter(pk=pk, kind=KIND).first()
        if job is not None and not request.headers.get("HX-Request"):
            return redirect(self.url("job", job.pk))
        if job is None:
            # Newer words took its place before a worker had begun.
            return HttpResponse(status=404 if not request.headers.get("HX-Request") else 204)
        context = {
            "actor": self.actor,
            "preview": progress(self, job, request.GET.get("before", "")),
        }
        return render(request, "core/documents/preview_pages.html", context)
