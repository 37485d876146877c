"""Pages of certification documents (认定公文): list, one document, preview, issue, file."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core import clock
from portal.core.actions.documents import issue_document, request_preview, request_rendition
from portal.core.actions.documents.drafting import missing_characters
from portal.core.document_forms.process import DocumentFilter, IssueForm
from portal.core.document_queries import find_document, received_documents, rendition_job
from portal.core.documents.stored import attachments_of
from portal.core.errors import Stale, require
from portal.core.models import OfficialDocument, Rendition
from portal.core.names import knows_people_of
from portal.core.paging import paginate
from portal.core.policies.documents import may_begin_document, may_draft, may_issue
from portal.core.web import OfficeView, add_errors

STATE_TONES = {
    "draft": "info",
    "checking": "info",
    "cosigning": "info",
    "signing": "info",
    "issued": "done",
}
COLUMNS = [
    {"label": "标题", "kind": "name"},
    {"label": "发文字号", "kind": "code"},
    {"label": "发文机关"},
    {"label": "成文日期", "kind": "date"},
    {"label": "状态", "kind": "tag"},
]


class DocumentsView(OfficeView):
    """Documents of the office and its region, and those received from above."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them, newest first."""
        received = request.GET.get("box") == "received"
        form = DocumentFilter(request.GET or None)
        rows = (
            received_documents(self.actor)
            if received
            else OfficialDocument.objects.visible_to(self.actor)
        )
        if form.state_value:
            rows = rows.filter(state=form.state_value)
        found = paginate(rows.select_related("office"), request.GET, counted=rows)
        here = self.url("documents")
        return self.page(
            "core/documents/list.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("公文", None)],
                "page": found,
                "form": form,
                "received": received,
                "tabs": [
                    {"label": "本级和下级公文", "url": here, "active": not received},
                    {"label": "收到的公文", "url": f"{here}&box=received", "active": received},
                ],
                "columns": COLUMNS,
                "rows": [self.row(row) for row in found.items],
                "may_draft": may_begin_document(self.actor),
            },
        )

    def row(self, document: OfficialDocument) -> dict[str, Any]:
        """One row of the table."""
        return {
            "cells": [
                {"text": document.title, "url": self.url("document", document.pk)},
                document.number,
                document.organ,
                document.issued_on,
                {"text": document.get_state_display(), "tone": STATE_TONES[document.state]},
            ]
        }


class DocumentPage(OfficeView):
    """A page of one document; ``self.document`` is what the actor may read."""

    document: OfficialDocument

    def load(self, pk: int) -> OfficialDocument:
        """The document, or 404; a second person's action leads back to its page."""
        found = find_document(self.actor, pk)
        if found is None:
            raise Http404("没有这份公文。")
        self.document = found
        self.stale_url = self.url("document", pk)
        return found

    def crumbs(self, last: str) -> list[tuple[str, str | None]]:
        """The way to a page below the document."""
        return [
            ("工作台", self.url("workspace")),
            ("公文", self.url("documents")),
            (self.document.number or self.document.title, self.url("document", self.document.pk)),
            (last, None),
        ]

    def rendition(self) -> Rendition | None:
        """The stored PDF."""
        return self.document.renditions.filter(kind="unsigned").select_related("file").first()


class DocumentView(DocumentPage):
    """One document: facts, text, towns, state of its PDF, what may be done."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it; a poll of the job gets the progress alone."""
        document = self.load(pk)
        issued = document.state == "issued"
        rendition = self.rendition() if issued else None
        job = rendition_job(document) if issued and rendition is None else None
        issuing = may_issue(self.actor, document)
        progress = {
            "job": job,
            "poll_url": self.url("document", pk),
            "retry_url": self.url("document-file", pk) if issuing.ok else "",
        }
        if request.headers.get("HX-Request"):
            done = rendition_job(document) if issued else None
            result = {"result_url": self.url("document", pk), "result_text": "查看版式文件"}
            return self.page("components/job_progress.html", {**progress, **result, "job": done})
        self.viewed(document)
        drafting = may_draft(self.actor, document)
        return self.page(
            "core/documents/page.html",
            {
                "breadcrumbs": [*self.crumbs("")[:2], (document.number or document.title, None)],
                "document": document,
                "tone": STATE_TONES[document.state],
                "issued": issued,
                "facts": _facts(document, named=knows_people_of(self.actor, document.office)),
                "attachments": attachments_of(document),
                "subjects": self.subjects(),
                "rendition": rendition,
                "progress": progress,
                "drafting": drafting,
                "issuing": issuing,
                "gaps": [] if issued else missing_characters(document),
            },
        )

    def subjects(self) -> list[dict[str, Any]]:
        """What the document is about, as far as the actor sees it."""
        return [
            {**row, "url": self.url(row["name"], *row["args"])}
            for row in self.document.spec.subjects(self.actor, self.document)
        ]


def _facts(document: OfficialDocument, *, named: bool) -> list[dict[str, Any]]:
    people = [
        {"label": "拟稿人", "value": document.drafter},
        {"label": "签发人", "value": document.issuer},
    ]
    return [
        {"label": "发文机关", "value": document.organ},
        {"label": "发文字号", "value": document.number or "印发时编号"},
        {"label": "成文日期", "value": document.issued_on or "印发时确定"},
        *(people if named else []),
        {"label": "附注", "value": document.note},
        {"label": "主送机关", "value": document.addressees},
        {"label": "抄送", "value": document.copy_to},
    ]


class DocumentPreviewView(DocumentPage):
    """A rendering marked 样稿, made by a job."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue it and go to the job."""
        document = self.load(pk)
        if document.state == "issued":
            raise Stale(f"公文已印发，文号{document.number}，请下载版式文件。")
        job = request_preview(self.actor, document)
        return redirect(self.url("job", job.pk))


class DocumentIssueView(DocumentPage):
    """The page on which the signer issues."""

    fresh_sign_in = True

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will happen, and the confirmation."""
        document = self.load(pk)
        require(may_issue(self.actor, document))
        if document.state == "issued":
            return redirect(self.url("document", pk))
        return self.show(IssueForm(initial={"issued_on": clock.today()}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Issue once."""
        document = self.load(pk)
        form = IssueForm(request.POST)
        if form.is_valid():
            try:
                issued = issue_document(
                    actor=self.actor,
                    document=document,
                    issued_on=form.cleaned_data["issued_on"],
                    number=form.cleaned_data["number"],
                    opinion=form.cleaned_data["opinion"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"已印发 {issued.number}，版式文件生成中。")
                return redirect(self.url("document", pk))
        return self.show(form, status=422)

    def show(self, form: IssueForm, status: int = 200) -> HttpResponse:
        """The page."""
        document = self.document
        return self.page(
            "core/documents/issue.html",
            {
                "breadcrumbs": self.crumbs("印发"),
                "document": document,
                "form": form,
                "attachments": attachments_of(document),
                "gaps": missing_characters(document),
                "items": [
                    {"label": "标题", "value": document.title},
                    {"label": "主送机关", "value": document.addressees},
                    {"label": "发文字号", "value": "印发时按本年度顺序编号"},
                ],
            },
            status=status,
        )


class DocumentFileView(DocumentPage):
    """The stored PDF; a POST asks again for one that could not be made."""

    def get(self, request: HttpRequest, pk: int) -> FileResponse:
        """Download it."""
        self.load(pk)
        rendition = self.rendition()
        if rendition is None:
            raise Http404("版式文件还没有生成。")
        return self.send(rendition.file, self.document)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue the rendering again after a failure."""
        document = self.load(pk)
        require(may_issue(self.actor, document))
        if document.state != "issued":
            raise Http404("公文尚未印发。")
        request_rendition(self.actor, document)
        return redirect(self.url("document", pk))
