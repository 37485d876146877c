"""Filling an application without network: forms on paper, the workbook out and back."""

from __future__ import annotations

import io
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header

from portal.core.actions.workbooks import XLSX_TYPE
from portal.core.constants import ImportState, JobState
from portal.core.errors import require
from portal.core.models import ImportRun
from towns.actions.offline import abandon_offline, commit_offline, runs_of, start_offline
from towns.models import Application
from towns.offline.report import read_report
from towns.offline.writing import write_skeleton
from towns.policies import may_edit_application
from towns.tables import offline as shown
from towns.views.filing import ApplicationPage

UNDER_WAY = (ImportState.WAITING, ImportState.COMMITTING)
EARLIER = 20


class OfflineView(ApplicationPage):
    """What there is for filling without network, and what came back."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        return self._show(self.fetch(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take the workbook in; its check goes on as a job."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        upload = request.FILES.get("upload")
        if not isinstance(upload, UploadedFile):
            return self._show(application, ["请先选择要上传的申报表格。"])
        try:
            run = start_offline(actor=self.actor, application=application, upload=upload)
        except ValidationError as error:
            return self._show(application, error.messages)
        return redirect(self.url("offline-import", pk, run.pk))

    def _show(self, application: Application, errors: list[str] | None = None) -> HttpResponse:
        verdict = may_edit_application(self.actor, application)
        runs = runs_of(self.actor, application).select_related("book")[:EARLIER]
        context = {
            "breadcrumbs": self.crumbs(application, "离线填报和打印"),
            "application": application,
            "editable": verdict.ok,
            "reason": verdict.reason,
            "drafted": not application.submitted_at or application.filing.editable,
            "slot": self._slot(application, errors or []),
            "errors": [{"text": text, "href": "#slot-workbook-file"} for text in errors or []],
            "columns": shown.RUN_COLUMNS,
            "rows": [shown.run_row(run, self.actor, application) for run in runs],
        }
        return self.page("towns/offline.html", context, status=422 if errors else 200)

    def _slot(self, application: Application, errors: list[str]) -> dict[str, Any]:
        size = settings.PORTAL_UPLOAD_MAX_BYTES // 1024 // 1024
        return {
            "id": "workbook",
            "label": "填好的申报表格",
            "hint": "须是从本页下载的表格。上传后先检查，不会直接写入。",
            "required": True,
            "accept": ".xlsx",
            "limit_text": f"xlsx 工作簿，不超过 {size} MB。",
            "upload_url": self.url("application-offline", application.pk),
            "field_name": "upload",
            "one": True,
            "files": [],
            "errors": errors,
        }


class SkeletonView(ApplicationPage):
    """The workbook with what is there now."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        buffer = io.BytesIO()
        write_skeleton(application, self.actor, buffer)
        name = f"{application.town.name}申报表格.xlsx"
        self.exported(name, application.round.title)
        answer = HttpResponse(buffer.getvalue(), content_type=XLSX_TYPE)
        answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        return answer


class OfflineRunPage(ApplicationPage):
    """A page about one workbook that came back, for the post that sent it."""

    def get_stale_url(self) -> str:
        """The page of the workbook, which says where it stands."""
        return self.url("offline-import", self.kwargs["pk"], self.kwargs["run"])

    def find(self, pk: int, run: int) -> tuple[Application, ImportRun]:
        """The application and the workbook, if the actor sees both."""
        application = self.fetch(pk)
        rows = runs_of(self.actor, application)
        return application, get_object_or_404(
            rows.select_related("book", "job", "report", "marked"), pk=run
        )


class OfflineImportView(OfflineRunPage):
    """Progress, what would change, what came of it."""

    def get(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        """The page; for htmx the progress alone, and the whole page anew when the work is done."""
        application, found = self.find(pk, run)
        return self.show(application, found, {})

    def show(
        self, application: Application, run: ImportRun, typed: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """The page with what was chosen so far."""
        job = run.job
        running = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
        under_way = run.state in UNDER_WAY and running
        stalled = run.state == ImportState.COMMITTING and not running
        context: dict[str, Any] = {
            "job": job,
            "actor": self.actor,
            "poll_url": self.url("offline-import", application.pk, run.pk),
            "retry_url": self.url("offline-commit", application.pk, run.pk) if stalled else "",
        }
        if getattr(self.request, "htmx", False):
            answer = render(self.request, "components/job_progress.html", context)
            if not under_way:
                answer["HX-Refresh"] = "true"
            return answer
        title = self.url("application-offline", application.pk)
        context |= {
            "breadcrumbs": [
                *self.crumbs(application, "离线填报和打印")[:-1],
                ("离线填报和打印", title),
                (run.book.name, None),
            ],
            "application": application,
            "run": run,
            "state": shown.state_tag(run),
            "under_way": under_way,
            "stalled": run.state in UNDER_WAY and not running,
            **shown.report_context(run, typed),
        }
        self.viewed(application)
        return self.page("towns/offline_import.html", context, status=status)


class OfflineCommitView(OfflineImportView):
    """Confirming."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        """Queue the entering; a second press changes nothing."""
        application, found = self.find(pk, run)
        require(may_edit_application(self.actor, application))
        choices, seen = self._chosen(found)
        try:
            commit_offline(
                actor=self.actor,
                run=found,
                choices=choices,
                seen=seen,
                checked="checked" in request.POST,
            )
        except ValidationError as error:
            typed = {
                "choices": choices,
                "checked": "checked" in request.POST,
                "errors": error.message_dict,
            }
            return self.show(application, found, typed, 422)
        return redirect(self.url("offline-import", pk, run))

    def _chosen(self, run: ImportRun) -> tuple[dict[str, str], dict[str, str]]:
        """Whose value stands, by field; and what stood in the report that was looked at."""
        if run.report is None or self.request.POST.get("report") != str(run.report_id):
            return {}, {}
        with run.report.file.open("rb") as handle:
            report = read_report(handle)
        choices = {}
        for place, row in enumerate(report.changes):
            taken = self.request.POST.get(f"take_{place}", "")
            if row.conflict and taken in ("mine", "theirs"):
                choices[row.key] = taken
        return choices, {row.key: row.stands for row in report.changes if row.key in choices}


class OfflineAbandonView(OfflineRunPage):
    """Leaving it."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int, run: int) -> HttpResponse:
        """Nothing is entered; the report stays."""
        _, found = self.find(pk, run)
        abandon_offline(actor=self.actor, run=found)
        messages.success(request, f"已放弃“{found.book.name}”，没有写入任何内容。")
        return redirect(self.url("application-offline", pk))


class OfflineMarkedView(OfflineRunPage):
    """The workbook with its problems marked."""

    def get(self, request: HttpRequest, pk: int, run: int) -> HttpResponseBase:
        """Send it as a download."""
        application, found = self.find(pk, run)
        if found.marked is None:
            raise Http404("这份表格没有需要标注的问题，或者还没有检查完。")
        return self.send(found.marked, application)
