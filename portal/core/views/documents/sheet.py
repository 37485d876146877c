"""The drafting sheet (发文稿纸) on a page of its own, to be printed and filed."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse

from portal.core.document_register_queries import sees_inside
from portal.core.document_tables import sheet
from portal.core.views.documents.base import DocumentPage


class DocumentSheetView(DocumentPage):
    """For the drafting office, offices above it and those who sign jointly."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The sheet and the record of every act on it."""
        document = self.load(pk)
        if not sees_inside(self.actor, document):
            raise Http404("发文稿纸由发文机关留存。")
        self.viewed(document)
        cosigners = list(document.cosigners.all())
        lines = list(document.sheet.select_related("office__region").order_by("pk"))
        return self.page(
            "core/documents/sheet.html",
            {
                "breadcrumbs": self.crumbs("发文稿纸"),
                "document": document,
                "sheet": sheet.sheet_of(self.actor, document, lines, cosigners),
                "record_columns": sheet.RECORD_COLUMNS,
                "record": sheet.record_of(self.actor, lines),
            },
        )
