"""A document as docx for the office's own document system (公文系统), where it may be numbered and
sealed; number and scan then come back."""

from __future__ import annotations

from portal.core import clock, jobs
from portal.core.actions.documents.renditions import file_name
from portal.core.actor import Actor
from portal.core.documents.docx import CONTENT_TYPE
from portal.core.documents.docx.writer import document_docx
from portal.core.documents.stored import content_of
from portal.core.errors import require
from portal.core.files import store_bytes
from portal.core.models import Job, OfficialDocument, StoredFile
from portal.core.policies.documents import may_fetch_docx


def request_docx(*, actor: Actor, document: OfficialDocument) -> Job:
    """Queue the job that writes the document as docx."""
    require(may_fetch_docx(actor, document))
    return jobs.enqueue(
        "core.document_docx",
        actor=actor,
        label=f"生成可编辑文件《{document.title}》",
        key=f"docx:{document.pk}:{clock.now():%Y%m%d%H%M%S}",
        arguments={"document": document.pk},
    )


def store_docx(*, actor: Actor, document: OfficialDocument) -> StoredFile:
    """Write it as it is now and keep the file."""
    require(may_fetch_docx(actor, document))
    draft = bears_mark(document)
    content = document_docx(content_of(document, draft=draft, on=clock.today()))
    name = file_name(document)
    return store_bytes(content, f"{'样稿-' if draft else ''}{name}.docx", CONTENT_TYPE, actor)


def bears_mark(document: OfficialDocument) -> bool:
    """Whether it is marked 样稿: until it is issued, or ready for the office's own system."""
    elsewhere = document.number_source == "register" and document.state == "signing"
    return document.state != "issued" and not elsewhere
