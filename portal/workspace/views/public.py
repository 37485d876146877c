"""Pages for everybody: public notices, the roster of certified towns, published documents."""

from __future__ import annotations

from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from criteria.categories import category_label
from portal.core.actor import PUBLIC
from portal.core.models import OfficialDocument, Region, Rendition
from portal.core.paging import paginate
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
        """Number, title, date, organ, digest and the download."""
        rendition = _rendition(pk)
        document = rendition.document
        return self.page(
            "public/document.html",
            {
                "document": document,
                "rendition": rendition,
                "towns": Certification.objects.visible_to(PUBLIC)
                .filter(document=document)
                .order_by("scope_code", "pk"),
                "breadcrumbs": [("认定名单", reverse("public-roster")), (document.number, None)],
            },
        )


class DocumentFileView(PublicView):
    """The PDF of an issued document."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        """Send it as a download."""
        rendition = _rendition(pk)
        return self.send(rendition.file, rendition.document)


def _rendition(document_id: int) -> Rendition:
    """The stored form of a published document; 404 while there is none."""
    document = get_object_or_404(OfficialDocument.objects.visible_to(PUBLIC), pk=document_id)
    rendition = (
        Rendition.objects.filter(document=document)
        .select_related("document__office", "file")
        .order_by("pk")
        .first()
    )
    if rendition is None:
        raise Http404("文件生成中，生成后在此公开。")
    return rendition
