"""The ledger of the acting office's region: what was done, to what, by whom."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from portal.core.models import LedgerEntry
from portal.core.models.ledger import LedgerQuerySet
from portal.core.paging import paginate
from portal.core.web import OfficeView
from portal.workspace.forms import LedgerFilterForm
from portal.workspace.verbs import VERBS

COLUMNS = (
    {"label": "时间", "kind": "datetime"},
    {"label": "对象", "kind": "name"},
    {"label": "事项"},
    {"label": "摘要", "kind": "name"},
    {"label": "办理人", "kind": "name"},
    {"label": "校验值", "kind": "code"},
)


class LedgerView(OfficeView):
    """Entries of the region, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of entries, narrowed by date, verb and words."""
        form = LedgerFilterForm(request.GET)
        rows = LedgerEntry.objects.visible_to(self.actor)
        if form.is_valid():
            rows = narrow(rows, form.cleaned_data)
        page = paginate(rows, request.GET)
        return self.page(
            "workspace/ledger.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("办理台账", None)],
                "form": form,
                "clear_url": self.url("ledger") if form.has_changed() else "",
                "columns": COLUMNS,
                "rows": [_row(entry) for entry in page.items],
                "page": page,
            },
        )


def narrow(rows: LedgerQuerySet, chosen: dict[str, Any]) -> LedgerQuerySet:
    """The entries that the filter leaves."""
    if chosen["search"]:
        words = chosen["search"]
        rows = rows.filter(
            Q(summary__contains=words)
            | Q(subject__contains=words)
            | Q(actor_name__contains=words)
            | Q(office_name__contains=words)
        )
    if chosen["verb"]:
        rows = rows.filter(verb=chosen["verb"])
    if chosen["since"]:
        rows = rows.filter(at__gte=timezone.make_aware(datetime.combine(chosen["since"], time())))
    if chosen["until"]:
        following = chosen["until"] + timedelta(days=1)
        rows = rows.filter(at__lt=timezone.make_aware(datetime.combine(following, time())))
    return rows


def _row(entry: LedgerEntry) -> dict[str, Any]:
    who = " · ".join(
        part for part in (entry.office_name, entry.post_label, entry.actor_name) if part
    )
    return {
        "id": entry.pk,
        "cells": [
            entry.at,
            {"text": entry.subject, "note": f"第 {entry.seq} 条"},
            VERBS.get(entry.verb, entry.verb),
            entry.summary,
            who,
            entry.digest[:12],
        ],
    }
