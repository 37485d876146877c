"""One import: its progress, the report of its rehearsal, the confirmation, what it entered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render

from portal.core.actions.workbooks import abandon_import, commit_import
from portal.core.constants import ImportState, JobState
from portal.core.models import ImportRun
from portal.core.web import OfficeView, add_errors
from portal.core.workbooks.registry import importer_of
from portal.core.workbooks.spec import ASKS, OUTCOMES, Outcome
from portal.workspace.import_back import Back, back_of
from portal.workspace.import_forms import CommitForm
from portal.workspace.import_report import report_of, rows_read
from portal.workspace.views.imports import label_of, state_tag
from towns.actions.offline import KIND as OF_APPLICATIONS
from towns.models import Town

UNDER_WAY = (ImportState.WAITING, ImportState.COMMITTING)


class ImportPage(OfficeView):
    """A page about one import of the acting post."""

    def run_or_404(self, pk: int) -> ImportRun:
        """The import, if it is this post's."""
        rows = ImportRun.objects.visible_to(self.actor).exclude(kind=OF_APPLICATIONS)
        return get_object_or_404(rows.select_related("book", "job", "report", "marked"), pk=pk)

    def get_stale_url(self) -> str:
        """The page of the import, which says where it stands."""
        return self.url("import", self.kwargs["pk"])


class ImportView(ImportPage):
    """Progress, report, result: whatever there is to say by now."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page; for htmx the progress alone, and the whole page anew when the work is done."""
        run = self.run_or_404(pk)
        return self.show(run, CommitForm(asks=run.counts.get(ASKS, 0)))

    def show(self, run: ImportRun, form: CommitForm, status: int = 200) -> HttpResponse:
        """The page with the form of its confirmation."""
        request = self.request
        job = run.job
        running = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
        under_way = run.state in UNDER_WAY and running
        progress = {
            "job": job,
            "actor": self.actor,
            "poll_url": self.url("import", run.pk),
            "retry_url": self._retry_url(run),
        }
        if getattr(request, "htmx", False):
            answer = render(request, "components/job_progress.html", progress)
            if not under_way:
                answer["HX-Refresh"] = "true"
            return answer
        context = {
            **progress,
            "breadcrumbs": [
                ("工作台", self.url("workspace")),
                ("导入", self.url("imports")),
                (run.book.name, None),
            ],
            "run": run,
            "state": state_tag(run),
            "label": label_of(run.kind),
            "under_way": under_way,
            "stalled": run.state in UNDER_WAY and not running,
            "new_url": self._new_url(run),
            "back": self._back(run),
            "template_url": self.url("import-template", run.kind),
            "list_url": self.url("imports"),
            "marked_url": self.url("import-marked", run.pk) if run.marked_id else "",
            **self._said(run),
            "form": form,
            **report_of(run, request.GET, self.url("import", run.pk)),
        }
        self.viewed(f"导入 {run.book.name}")
        return self.page("imports/import.html", context, status=status)

    def _new_url(self, run: ImportRun) -> str:
        """Where the workbook is uploaded again, for the same town."""
        place = run.arguments.get("place", "")
        return (
            self.url("import-new", run.kind)
            + (f"&town={place}" if place else "")
            + self._back(run).query
        )

    def _back(self, run: ImportRun) -> Back:
        return back_of(run.arguments.get("back", {}), self.actor)

    def _towns_url(self, run: ImportRun) -> str:
        """The town that was chosen, or the only one there is; else the list of them."""
        towns = Town.objects.visible_to(self.actor).standing().order_by()
        place = run.arguments.get("place", "")
        if place.isdecimal() and (chosen := towns.filter(pk=int(place)).values_list("pk")):
            return self.url("town", chosen[0][0])
        found = towns.values_list("pk", flat=True)[:2]
        return self.url("town", found[0]) if len(found) == 1 else self.url("towns")

    def _retry_url(self, run: ImportRun) -> str:
        """Where an entering that failed is started again; a failed check is uploaded again."""
        failed = run.job is not None and run.job.state == JobState.FAILED
        if failed and run.state == ImportState.COMMITTING:
            return self.url("import-commit", run.pk)
        return ""

    def _said(self, run: ImportRun) -> dict[str, Any]:
        """What the state means and what can be done, in words."""
        counts = run.counts
        wrong = counts.get(Outcome.REFUSE, 0)
        useful = counts.get(Outcome.ADD, 0) + counts.get(Outcome.CHANGE, 0)
        reading = run.arguments.get("reading", {})
        said: dict[str, Any] = {
            "wrong": wrong,
            "asks": counts.get(ASKS, 0),
            "ignored": reading.get("ignored", []),
            "skipped": reading.get("skipped", []),
            "unknown": reading.get("unknown", []),
            "sheet": reading.get("sheet", ""),
            "rows_read": rows_read(run),
            "can_commit": run.state == ImportState.REHEARSED and not wrong and useful,
            "can_abandon": run.state in (ImportState.REHEARSED, ImportState.FAILED),
            "confirm_text": confirm_text(run),
            "commit_url": self.url("import-commit", run.pk),
            "abandon_url": self.url("import-abandon", run.pk),
        }
        back = self._back(run)
        if run.state == ImportState.COMMITTED and run.entry_id is not None:
            said["receipt"] = {
                "items": [
                    {"label": "导入内容", "value": label_of(run.kind)},
                    {"label": "导入表", "value": run.book.name},
                    {"label": "结果", "value": _words(run)},
                    {"label": "导入人", "value": run.created_name},
                    {"label": "校验值（SHA-256）", "value": run.book.sha256},
                    {
                        "label": "台账记录",
                        "value": "查看这次导入的台账记录",
                        "url": self.url("ledger-entry", run.entry_id),
                    },
                ],
                "actions": [
                    *([{"text": back.text, "url": back.url}] if back.url else []),
                    {"text": "继续导入", "url": self.url("imports")},
                    {"text": "查看专业镇", "url": self._towns_url(run)},
                ],
            }
        return said


class CommitView(ImportView):
    """Confirming."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue the entering; a second press changes nothing."""
        run = self.run_or_404(pk)
        form = CommitForm(request.POST, asks=run.counts.get(ASKS, 0))
        checked = form.is_valid() and form.cleaned_data["checked"]
        try:
            run = commit_import(actor=self.actor, run=run, checked=checked)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(run, form, 422)
        return redirect(self.url("import", run.pk))


class AbandonView(ImportPage):
    """Leaving it."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nothing is entered; the report stays."""
        run = abandon_import(actor=self.actor, run=self.run_or_404(pk))
        messages.success(request, f"已放弃导入“{run.book.name}”，没有写入任何内容。")
        return redirect(self.url("import", run.pk))


class MarkedView(ImportPage):
    """The workbook with its errors marked."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Send it as a download."""
        run = self.run_or_404(pk)
        if run.marked is None:
            raise Http404("这份导入表没有需要标注的问题，或者还没有检查完。")
        return self.send(run.marked, f"导入 {run.book.name}")


def noun_of(run: ImportRun) -> str:
    """What one row of the kind is counted in."""
    try:
        return importer_of(run.kind).noun
    except KeyError:
        return "行"


def _words(run: ImportRun, *keys: str) -> str:
    noun = noun_of(run)
    return "、".join(
        f"{OUTCOMES[key]} {run.counts[key]:,} {noun}"
        for key in keys or OUTCOMES
        if run.counts.get(key)
    )


def confirm_text(run: ImportRun) -> str:
    """The words of the button: exactly what it does."""
    return f"确认导入：{_words(run, Outcome.ADD, Outcome.CHANGE)}"
