"""Plain papers as PDF: asked for with a button, made by a job, downloaded from its page."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.web import OfficeView
from reviews.papers import paper_of
from reviews.tasks import request_paper


class PaperView(OfficeView):
    """Have a paper made; its page is the job's."""

    def post(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        """Queue it and go to the job; back to where it was asked for when it says nothing."""
        paper = paper_of(kind)
        row = paper.find(self.actor, pk) if paper is not None else None
        if paper is None or row is None:
            raise Http404("没有这份材料。")
        try:
            job = request_paper(self.actor, paper, row, pk)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            back = () if paper.page == "roster" else (pk,)
            return redirect(self.url(paper.page, *back))
        return redirect(self.url("job", job.pk))
