"""The rehearsal or import of many rows while it runs, and its result."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from portal.core.constants import JobState
from portal.core.errors import require
from portal.core.models import Job
from portal.core.policies.accounts import may_import_accounts
from portal.core.views.jobs import progress_context
from portal.workspace.import_tasks import KIND, book_of, report_of
from portal.workspace.views.account_import import AccountImportView


class ImportJobView(AccountImportView):
    """Progress, then the report or the result."""

    fresh_sign_in = False
    http_method_names = ["get", "head", "options"]

    def get(self, request: HttpRequest, pk: int = 0) -> HttpResponse:
        """What there is to say of the job by now."""
        jobs = Job.objects.visible_to(self.actor).select_related("file")
        job = get_object_or_404(jobs, pk=pk, kind=KIND)
        require(may_import_accounts(self.actor))
        here = self.url("account-import-job", job.pk)
        progress = {**progress_context(self, job), "poll_url": here, "actor": self.actor}
        if getattr(request, "htmx", False):
            done = job.state == JobState.DONE
            progress |= {"result_url": here if done else "", "result_text": "查看结果"}
            return render(request, "components/job_progress.html", progress)
        if job.state != JobState.DONE:
            context = {**progress, "breadcrumbs": self.crumbs(job.label)}
            return self.page("accounts/import_job.html", context)
        report = report_of(job)
        if report.entry is not None:
            return redirect(self.url("account-import-done", report.entry.pk))
        if not job.arguments["rehearse"]:
            messages.warning(request, f"有 {report.wrong} 行不能导入，本次没有写入任何内容。")
        return self.show_report(book_of(job), report)
