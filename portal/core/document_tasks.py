"""Job handlers of official documents: each calls one action."""

from __future__ import annotations

from typing import Any

from portal.core import clock
from portal.core.actions.documents import store_rendition
from portal.core.actions.documents.drafting import check_characters
from portal.core.actions.documents.word import store_docx
from portal.core.documents.stored import content_of
from portal.core.documents.typesetting import render_pdf
from portal.core.files import store_bytes
from portal.core.jobs import Run, actor_of, handler
from portal.core.models import OfficialDocument


@handler("core.render_document")
def render_document(run: Run) -> dict[str, Any]:
    """Make the issued document's PDF."""
    run.progress(0, 1, "正在排版")
    rendition = store_rendition(run.job.arguments["document"])
    return {
        "file": rendition.file_id,
        "sha256": rendition.file.sha256,
        "document": rendition.document_id,
    }


@handler("core.preview_document")
def preview_document(run: Run) -> dict[str, Any]:
    """Render a draft marked 样稿."""
    run.progress(0, 1, "正在排版样稿")
    actor = actor_of(run.job)
    document = OfficialDocument.objects.visible_to(actor).get(pk=run.job.arguments["document"])
    check_characters(document)
    content = render_pdf(content_of(document, draft=True, on=clock.today()))
    stored = store_bytes(content, f"样稿-{document.title}.pdf", "application/pdf", actor)
    return {"file": stored.pk, "sha256": stored.sha256}


@handler("core.document_docx")
def document_docx(run: Run) -> dict[str, Any]:
    """Write a document as docx."""
    run.progress(0, 1, "正在生成可编辑文件")
    actor = actor_of(run.job)
    document = OfficialDocument.objects.visible_to(actor).get(pk=run.job.arguments["document"])
    stored = store_docx(actor=actor, document=document)
    return {"file": stored.pk, "sha256": stored.sha256}
