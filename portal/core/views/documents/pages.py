"""The page of a document: where it stands, what may be done, text, sheet, links, deliveries."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents import request_preview, request_rendition
from portal.core.actions.documents.delivering import mark_document_read
from portal.core.actions.documents.drafting import missing_characters
from portal.core.document_queries import rendition_job
from portal.core.document_register_queries import (
    deliveries_of,
    entries_of,
    links_from,
    links_to,
    readable_keys,
    sees_inside,
)
from portal.core.document_tables import delivered, facts, sheet, steps
from portal.core.documents.batches import batch_kinds
from portal.core.documents.kinds import Kind
from portal.core.documents.stored import attachments_of, people_of
from portal.core.documents.wording import paragraphs_of
from portal.core.errors import Stale, require
from portal.core.names import knows_people_of
from portal.core.policies.documents import may_deliver, may_fetch_docx, may_issue
from portal.core.views.documents.base import DocumentPage
from portal.core.views.documents.renditions import rendition_panel


class DocumentView(DocumentPage):
    """One document; whoever opens one that the office received leaves a read mark."""

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
        if issued:
            mark_document_read(actor=self.actor, document_id=pk)
        self.viewed(document)
        gaps = [] if issued else missing_characters(document)
        named = knows_people_of(self.actor, document.office)
        way = self.way(gaps)
        return self.page(
            "core/documents/page.html",
            {
                "breadcrumbs": self.above(inside=way["inside"]),
                "document": document,
                "tone": steps.STATE_TONES[document.state],
                "issued": issued,
                "facts": facts.facts_of(document, named=named),
                "paragraphs": paragraphs_of(document.body),
                "people": people_of(document),
                "attachments": attachments_of(document),
                "subjects": self.subjects(),
                "rendition": rendition,
                "renditions": rendition_panel(self, document) if issued else None,
                "progress": progress,
                "issuing": issuing,
                "docx_url": self.url("document-docx", pk)
                if may_fetch_docx(self.actor, document).ok
                else "",
                "gaps": gaps,
                **way,
                **self.links(),
                **(self.deliveries() if issued else {}),
            },
        )

    def way(self, gaps: list[str]) -> dict[str, Any]:
        """The stepper, the sheet and what may be done."""
        document, actor = self.document, self.actor
        cosigners = list(document.cosigners.all())
        lines = list(document.sheet.select_related("office__region").order_by("pk"))
        inside = sees_inside(actor, document)
        shown: dict[str, Any] = {
            "now": steps.now(actor, document, cosigners),
            "other": [*steps.other(actor, document), *self.batches()],
            "inside": inside,
        }
        if inside:
            entries = entries_of(actor, document)
            shown |= {
                "steps": steps.stepper(actor, document, lines, cosigners),
                "sheet": sheet.sheet_of(actor, document, lines, cosigners),
                "record_columns": sheet.RECORD_COLUMNS,
                "record": sheet.record_of(actor, lines),
                "timeline": facts.timeline(actor, entries),
            }
        return shown

    def above(self, *, inside: bool) -> list[tuple[str, str | None]]:
        """The way here: whoever received it comes from there and has no part in the register."""
        received = ("收到的公文", self.url("documents-received"))
        first, register = self.crumbs("")[:2]
        name = self.document.number or self.document.title
        return [first, register if inside else received, (name, None)]

    def batches(self) -> list[dict[str, Any]]:
        """Papers in numbers that the office makes of what this document did."""
        document, actor = self.document, self.actor
        own = actor.office is not None and actor.office.pk == document.office_id
        if not own or document.state != "issued" or document.spec.issued is Kind.issued:
            return []
        what, new = f"document:{document.pk}", self.url("batch-new")
        for kind in batch_kinds():
            if kind.may(actor).ok and any(row.value == what for row in kind.choices(actor)):
                return [{"text": "批量制作文件", "url": f"{new}&{urlencode({'what': what})}"}]
        return []

    def links(self) -> dict[str, Any]:
        """What it acts on, what acts on it, and how it stands."""
        document = self.document
        before, after = links_from(document), links_to(self.actor, document)
        keys = readable_keys(
            self.actor, [row.target_id for row in before] + [row.document_id for row in after]
        )
        address = {pk: self.url("document", pk) for pk in keys}
        return {
            "acts_on": facts.acts_on(before, address),
            "acted_on_by": facts.acted_on_by(after, address),
            "standing": facts.standing(after, address),
        }

    def deliveries(self) -> dict[str, Any]:
        """The delivery list; to whom it was sent, the own row."""
        rows = deliveries_of(self.document)
        if not sees_inside(self.actor, self.document):
            office = self.actor.office
            rows = [row for row in rows if office is not None and row.office_id == office.pk]
        return {
            "delivery_columns": delivered.DELIVERY_COLUMNS,
            "deliveries": delivered.delivery_rows(self.actor, rows),
            "read_count": delivered.read_count(rows),
            "unread": any(not row.reads.all() for row in rows),
            "delivering": may_deliver(self.actor, self.document),
        }

    def subjects(self) -> list[dict[str, Any]]:
        """What the document is about, as far as the actor sees it."""
        return [
            {**row, "url": self.url(row["name"], *row["args"])}
            for row in self.document.spec.subjects(self.actor, self.document)
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
