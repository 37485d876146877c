"""The ledger as its reader may know it: what was done, to what, by whom; one entry in full."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.actor import Actor
from portal.core.models import LedgerEntry
from portal.core.names import knows_inside
from portal.core.paging import paginate
from portal.core.web import OfficeView
from portal.workspace import ledger_tables as shown
from portal.workspace.differences import Reading
from portal.workspace.forms import LedgerFilterForm
from portal.workspace.ledger_queries import describe_ledger_filter, filter_ledger, same_chain
from portal.workspace.policies import may_export_ledger
from portal.workspace.tasks import request_ledger


def title_of(actor: Actor) -> str:
    """What the ledger is to its reader."""
    whole = actor.scope is not None or actor.audits
    return "办理台账" if whole else "我的办理记录"


class LedgerView(OfficeView):
    """Entries of the region, or of one's own post; newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of entries, narrowed by the conditions above it."""
        form = LedgerFilterForm(request.GET)
        chosen = form.chosen()
        rows = LedgerEntry.objects.none() if chosen is None else filter_ledger(self.actor, chosen)
        page = paginate(rows.select_related("post"), request.GET, counted=rows)
        title = title_of(self.actor)
        narrowed = chosen is None or any(chosen)
        return self.page(
            "workspace/ledger.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), (title, None)],
                "title": title,
                "form": form,
                "clear_url": self.url("ledger") if narrowed else "",
                "columns": shown.LEDGER_COLUMNS,
                "rows": shown.ledger_rows(page.items, self.actor),
                "page": page,
                "export": may_export_ledger(self.actor),
                "export_fields": [
                    (name, value) for name, value in chosen.as_dict().items() if value
                ]
                if chosen
                else [],
            },
        )


class LedgerEntryView(OfficeView):
    """One entry: before and after side by side, from where it came, how it hangs in its chain."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page; what is not for the reader is left out and said to be."""
        entry = get_object_or_404(
            LedgerEntry.objects.visible_to(self.actor).select_related("post"), pk=pk
        )
        self.viewed(f"台账 {entry.subject} 第 {entry.seq} 条")
        inside, reading, title = knows_inside(self.actor, entry), Reading(), title_of(self.actor)
        return self.page(
            "workspace/ledger_entry.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    (title, self.url("ledger")),
                    (f"{entry.subject} 第 {entry.seq} 条", None),
                ],
                "entry": entry,
                "tone": shown.OUTCOME_TONES.get(entry.outcome, "neutral"),
                "facts": shown.ledger_facts(entry, self.actor),
                "inside": inside,
                "difference_columns": shown.DIFFERENCE_COLUMNS,
                "differences": [
                    {"cells": [row.label, row.before, row.after]}
                    for row in (reading.differences(entry) if inside else [])
                ],
                "details": [
                    {"label": label, "value": value}
                    for label, value in (reading.details(entry) if inside else [])
                ],
                "digests": shown.ledger_digests(entry),
                "chain": shown.chain_entries(
                    same_chain(self.actor, entry), self.actor, shown=entry.pk
                ),
            },
        )


class LedgerExportView(OfficeView):
    """Queue the workbook of exactly the filtered entries."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the job and go to it."""
        chosen = LedgerFilterForm(request.POST).chosen()
        if chosen is None:
            messages.error(request, "筛选条件有误，请在台账页重新选择后再导出。")
            return redirect(self.url("ledger"))
        job, words = request_ledger(self.actor, chosen), describe_ledger_filter(chosen)
        self.exported(title_of(self.actor), words)
        messages.success(request, f"正在导出台账，筛选条件：{words}。")
        return redirect(self.url("job", job.pk))
