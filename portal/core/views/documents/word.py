"""A document as docx."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents.word import request_docx
from portal.core.views.documents.base import DocumentPage


class DocumentDocxView(DocumentPage):
    """The document for the office's own document system, made by a job."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue it and go to the job, which offers the file."""
        job = request_docx(actor=self.actor, document=self.load(pk))
        return redirect(self.url("job", job.pk))
