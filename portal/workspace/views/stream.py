"""What auditors read besides the ledger: the stream of views and sign-ins, the daily anchors."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.models import AccessEntry, LedgerAnchor, LedgerSeal
from portal.core.paging import paginate
from portal.core.web import OfficeView
from portal.workspace import ledger_tables as shown
from portal.workspace.forms import AccessFilterForm
from portal.workspace.ledger_queries import describe_access_filter, filter_access
from portal.workspace.policies import may_audit
from portal.workspace.tasks import request_access

SEALS_SHOWN = 20


class AccessLogView(OfficeView):
    """Views, downloads, exports, sign-ins and refusals of the region, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of entries, narrowed by the conditions above it."""
        require(may_audit(self.actor))
        form = AccessFilterForm(request.GET)
        chosen = form.chosen()
        rows = AccessEntry.objects.none() if chosen is None else filter_access(self.actor, chosen)
        page = paginate(rows, request.GET)
        narrowed = chosen is None or any(chosen)
        return self.page(
            "workspace/access_log.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("访问记录", None)],
                "form": form,
                "clear_url": self.url("access-log") if narrowed else "",
                "columns": shown.ACCESS_COLUMNS,
                "rows": shown.access_rows(page.items),
                "page": page,
                "export_fields": [
                    (name, value) for name, value in chosen.as_dict().items() if value
                ]
                if chosen
                else [],
            },
        )


class AccessExportView(OfficeView):
    """Queue the workbook of exactly the filtered entries."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the job and go to it."""
        require(may_audit(self.actor))
        chosen = AccessFilterForm(request.POST).chosen()
        if chosen is None:
            messages.error(request, "筛选条件有误，请在访问记录页重新选择后再导出。")
            return redirect(self.url("access-log"))
        job, words = request_access(self.actor, chosen), describe_access_filter(chosen)
        self.exported("访问记录", words)
        messages.success(request, f"正在导出访问记录，筛选条件：{words}。")
        return redirect(self.url("job", job.pk))


class AnchorsView(OfficeView):
    """A digest for each day over everything written until its end, and what has been sealed."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of days, and the newest seals."""
        require(may_audit(self.actor))
        page = paginate(LedgerAnchor.objects.visible_to(self.actor), request.GET)
        seals = LedgerSeal.objects.visible_to(self.actor)[:SEALS_SHOWN]
        return self.page(
            "workspace/anchors.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("日锚", None)],
                "columns": shown.ANCHOR_COLUMNS,
                "rows": shown.anchor_rows(page.items),
                "page": page,
                "seal_columns": shown.SEAL_COLUMNS,
                "seals": shown.seal_rows(seals),
            },
        )
