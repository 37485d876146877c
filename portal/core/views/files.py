"""A stored file through the row that holds it: its page images, one page image, the file itself."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRefresh

from portal.core.constants import JobState, Preview, Scan
from portal.core.jobs import passing_kinds
from portal.core.models import FilePage, Job, StoredFile
from portal.core.owners import reachable
from portal.core.previews.kinds import INFECTED, Way, kind_of
from portal.core.previews.making import job_of, request_preview
from portal.core.web import OfficeView, name_of

# Files whose reading a session has noted; older ones are noted anew.
NOTED = 50


def note_read(request: HttpRequest, pk: int) -> bool:
    """Remember in the session that the reading of a file is noted; whether it was not before."""
    noted = request.session.get("files", [])
    if pk in noted:
        return False
    request.session["files"] = [*noted, pk][-NOTED:]
    return True


def _passes(owner: Model) -> bool:
    """Whether it is a look at what the reader is typing, which is nobody's file yet."""
    return isinstance(owner, Job) and owner.kind in passing_kinds()


class FilePreviewView(OfficeView):
    """The pages of a file one below another, and what is known of the file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page; while the images are made, their progress."""
        reached = reachable(self.actor, pk)
        stored = reached.file
        job = request_preview(stored) if stored.preview == Preview.NOT_MADE else job_of(stored)
        if stored.preview in (Preview.NOT_MADE, Preview.MAKING):
            stored.refresh_from_db(fields=["preview", "preview_note", "pages"])
        making = stored.preview == Preview.MAKING and job is not None
        if getattr(request, "htmx", False):
            if not making or job is None or job.is_finished:
                return HttpResponseClientRefresh()
            return render(request, "components/job_progress.html", self._progress(stored, job))
        self.viewed(f"文件 {stored.name}（{name_of(reached.owner)}）")
        note_read(request, pk)
        pages = list(stored.page_images.all()) if stored.preview == Preview.READY else []
        back = self._back()
        return self.page(
            "core/file_preview.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    (str(reached.owner), back or None),
                    (stored.name, None),
                ],
                "stored": stored,
                "pages": pages,
                "total": stored.pages or len(pages),
                "back_url": back,
                "making": making,
                "problem": self._problem(stored, job),
                "may_retry": self._may_retry(stored),
                **(self._progress(stored, job) if making and job is not None else {}),
            },
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Try once more what could not be made."""
        request_preview(reachable(self.actor, pk).file, again=True)
        return redirect(self._address(pk))

    def _progress(self, stored: StoredFile, job: Job) -> dict[str, Any]:
        failed = job.state == JobState.FAILED
        return {
            "actor": self.actor,
            "job": job,
            "poll_url": self._address(stored.pk),
            "retry_url": self._address(stored.pk) if failed else "",
        }

    def _problem(self, stored: StoredFile, job: Job | None) -> str:
        if stored.scan == Scan.INFECTED:
            return INFECTED
        if stored.preview in (Preview.FAILED, Preview.UNSUPPORTED):
            return stored.preview_note or stored.get_preview_display()
        return ""

    def _may_retry(self, stored: StoredFile) -> bool:
        """A converter may have been installed since; a damaged file stays damaged."""
        kind = kind_of(stored)
        return (
            kind is not None
            and stored.scan != Scan.INFECTED
            and (
                stored.preview == Preview.FAILED
                or (stored.preview == Preview.UNSUPPORTED and kind.way == Way.OFFICE)
            )
        )

    def _address(self, pk: int) -> str:
        back = self._back()
        return self.url("file-preview", pk) + (f"&{urlencode({'from': back})}" if back else "")

    def _back(self) -> str:
        """The page of this site from which the file was opened."""
        back = self.request.GET.get("from", "")
        local = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if local else ""


class FilePageView(OfficeView):
    """One page image, shown in the page: nothing but what the portal has rendered itself."""

    def get(self, request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
        """The image; reading is noted once, also when its page has not been opened before."""
        reached = reachable(self.actor, pk)
        page = FilePage.objects.filter(source=reached.file, number=number).first()
        if page is None:
            raise Http404("没有这一页的预览。")
        if not _passes(reached.owner) and note_read(request, pk):
            self.viewed(f"文件 {reached.file.name}（{name_of(reached.owner)}）")
        response = FileResponse(page.image.open("rb"), content_type="image/webp")
        response["Content-Disposition"] = "inline"
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "private, no-store"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


class FileDownloadView(OfficeView):
    """The file itself, as a download."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file."""
        reached = reachable(self.actor, pk)
        return self.send(reached.file, reached.owner)
