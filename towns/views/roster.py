"""Pages of the roster (认定名单): filter, list, export."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.constants import Can
from portal.core.models import Region
from portal.core.paging import paginate
from portal.core.web import OfficeView
from towns.exports import RosterFilter, describe_filter, filter_roster
from towns.filters import RosterFilterForm
from towns.models import Certification
from towns.tasks import request_roster

COLUMNS = [
    {"label": "专业镇", "kind": "name"},
    {"label": "层级", "kind": "tag"},
    {"label": "市、县"},
    {"label": "类别"},
    {"label": "主导产业"},
    {"label": "认定文号", "kind": "code"},
    {"label": "认定日期", "kind": "date"},
    {"label": "状态", "kind": "tag"},
]


class RosterView(OfficeView):
    """Certified towns of the actor's region, or of the towns it was given."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The rows that the filter leaves, newest first."""
        form = RosterFilterForm(self.actor, request.GET)
        chosen = form.chosen()
        rows = Certification.objects.none() if chosen is None else filter_roster(self.actor, chosen)
        found = paginate(rows.select_related("document"), request.GET, counted=rows)
        places = _places(found.items)
        return self.page(
            "towns/roster.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("认定名单", None)],
                "page": found,
                "form": form,
                "filtered": chosen is None or any(chosen),
                "export_fields": _query(chosen) if chosen else [],
                "may_export": self.actor.can(Can.EXPORT),
                "columns": COLUMNS,
                "rows": [self.row(row, places) for row in found.items],
            },
        )

    def row(self, certification: Certification, places: dict[str, str]) -> dict[str, Any]:
        """One row of the table."""
        document = certification.document
        return {
            "cells": [
                certification.town_name,
                {"text": certification.get_level_display(), "tone": "neutral"},
                places.get(certification.scope_code, certification.scope_code),
                certification.get_category_display(),
                certification.industry,
                {
                    "text": certification.document_number,
                    "url": self.url("document", document.pk) if document else "",
                },
                certification.valid_from,
                {"text": certification.get_state_display(), "tone": certification.tone},
            ]
        }


class RosterExportView(OfficeView):
    """Queue the workbook of exactly the filtered rows."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start the job and go to it."""
        chosen = RosterFilterForm(self.actor, request.POST).chosen()
        if chosen is None:
            messages.error(request, "筛选条件有误，请在名单页重新选择后再导出。")
            return redirect(self.url("roster"))
        job = request_roster(self.actor, chosen)
        self.exported("专业镇名单", describe_filter(chosen))
        messages.success(request, f"正在导出名单，筛选条件：{describe_filter(chosen)}。")
        return redirect(self.url("job", job.pk))


def _places(rows: list[Certification]) -> dict[str, str]:
    """County code -> city and county, for the rows of a page."""
    found = Region.objects.filter(code__in={row.scope_code for row in rows})
    return {
        code: f"{city or ''}{name}"
        for code, name, city in found.values_list("code", "name", "parent__name")
    }


def _query(chosen: RosterFilter) -> list[tuple[str, str]]:
    return [(name, value) for name, value in chosen.as_dict().items() if value]
