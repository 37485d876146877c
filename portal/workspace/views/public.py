"""Pages for everybody: public notices, the roster of certified towns, published documents."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from criteria.categories import category_label
from portal.core.actor import PUBLIC
from portal.core.models import OfficialDocument, Region
from portal.core.paging import paginate
from portal.core.rendition_queries import label_of, renditions_of, what_became_of
from portal.core.web import PublicView
from reviews.models import PublicNotice
from towns.exports import filter_roster
from towns.filters import RosterFilterForm
from towns.models import Certification

ROSTER_COLUMNS = (
    {"label": "专业镇", "kind": "name"},
    {"label": "级别"},
    {"label": "所在地", "kind": "name"},
    {"label": "类别"},
    {"label": "主导产业"},
    {"label": "认定年度", "kind": "text"},
    {"label": "认定文件", "kind": "name"},
    {"label": "状态", "kind": "tag"},
)


class NoticeListView(PublicView):
    """Public notices that have begun, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of notices."""
        rows = PublicNotice.objects.visible_to(PUBLIC)
        page = paginate(rows.select_related("office"), request.GET, size=20)
        return self.page("public/notices.html", {"page": page})


class NoticeView(PublicView):
    """One notice: its window, its towns, where to object."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The notice as it was published; results and findings stay inside."""
        notice = get_object_or_404(
            PublicNotice.objects.visible_to(PUBLIC).select_related("office"), pk=pk
        )
        items = notice.items.select_related("case").order_by("case__scope_code", "pk")
        return self.page(
            "public/notice.html",
            {
                "notice": notice,
                "towns": [
                    {
                        "name": item.case.town_name,
                        "county": item.case.county_name,
                        "category": category_label(item.case.category),
                    }
                    for item in items
                ],
                "breadcrumbs": [("公示", reverse("public-notices")), (notice.title, None)],
            },
        )


class RosterView(PublicView):
    """Certified towns whose document is stored."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of the roster, narrowed like the offices' own."""
        form = RosterFilterForm(PUBLIC, request.GET)
        chosen = form.chosen()
        rows = Certification.objects.none() if chosen is None else filter_roster(PUBLIC, chosen)
        names = {row.code: row for row in Region.objects.select_related("parent")}
        page = paginate(rows.select_related("document"), request.GET, counted=rows)
        return self.page(
            "public/roster.html",
            {
                "form": form,
                "clear_url": reverse("public-roster") if form.has_changed() else "",
                "columns": ROSTER_COLUMNS,
                "rows": [_roster_row(row, names.get(row.scope_code)) for row in page.items],
                "page": page,
            },
        )


def _roster_row(row: Certification, county: Region | None) -> dict[str, Any]:
    place = county.name if county else row.scope_code
    if county is not None and county.parent is not None and county.level.key == "county":
        place = f"{county.parent.name}{county.name}"
    return {
        "id": row.pk,
        "cells": [
            row.town_name,
            row.get_level_display(),
            place,
            row.get_category_display(),
            row.industry,
            str(row.year),
            {
                "text": row.document_number,
                "url": reverse("public-document", args=[row.document_id])
                if row.document_id
                else "",
            },
            {"text": row.get_state_display(), "tone": row.tone},
        ],
    }


class DocumentView(PublicView):
    """An issued document whose file is stored."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Number, title, date, organ, and every stored form with its digest and download."""
        document = _document(pk)
        rows = renditions_of(document)
        return self.page(
            "public/document.html",
            {
                "document": document,
                "best": rows[0],
                "best_label": label_of(rows[0]),
                "renditions": [
                    {
                        "rendition": row,
                        "label": label_of(row),
                        "url": reverse("public-document-rendition", args=[pk, row.pk]),
                    }
                    for row in rows
                ],
                "became": what_became_of(document),
                "towns": Certification.objects.visible_to(PUBLIC)
                .filter(document=document)
                .order_by("scope_code", "pk"),
                "breadcrumbs": [("认定名单", reverse("public-roster")), (str(document), None)],
            },
        )


class DocumentFileView(PublicView):
    """The best form of an issued document: signed, else as the portal set it, else scanned."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send it as a download."""
        document = _document(pk)
        return self.send(renditions_of(document)[0].file, document)


class DocumentRenditionView(PublicView):
    """A certain form of an issued document."""

    def get(self, request: HttpRequest, pk: int, rendition: int) -> FileResponse:
        """Send it as a download."""
        document = _document(pk)
        rows = document.renditions.select_related("file")
        return self.send(get_object_or_404(rows, pk=rendition).file, document)


def _document(pk: int) -> OfficialDocument:
    """A published document; 404 while nothing of it is stored."""
    rows = OfficialDocument.objects.visible_to(PUBLIC).select_related("office")
    return get_object_or_404(rows, pk=pk)
