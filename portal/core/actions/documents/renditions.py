"""Stored forms of a document (版式件): rendered once by the portal."""

from __future__ import annotations

from django.db import transaction

from portal.core import clock
from portal.core.actions.documents.drafting import enter
from portal.core.actor import SYSTEM
from portal.core.documents.stored import content_of
from portal.core.documents.typesetting import render
from portal.core.files import store_bytes
from portal.core.models import OfficialDocument, Rendition


def file_name(document: OfficialDocument) -> str:
    """What its file is called: number, else title."""
    return document.number or document.title


def store_rendition(document_id: int) -> Rendition:
    """Render an issued document once and store it with its digest; a second call returns the first.

    Rendering runs outside the transaction; the lock of the document decides between two workers.
    """
    document = OfficialDocument.objects.select_related("office__region").get(pk=document_id)
    present = _unsigned(document)
    if present is not None:
        return present
    assert document.issued_on is not None
    rendered = render(content_of(document, draft=False, on=document.issued_on))
    with transaction.atomic():
        OfficialDocument.objects.select_for_update().get(pk=document_id)
        present = _unsigned(document)
        if present is not None:
            return present
        name = file_name(document)
        stored = store_bytes(rendered.pdf, f"{name}.pdf", "application/pdf", SYSTEM)
        rendition = Rendition.objects.create(
            document=document,
            kind="unsigned",
            file=stored,
            pages=rendered.pages,
            created_at=clock.now(),
        )
        enter(
            SYSTEM,
            document,
            "store_rendition",
            f"生成版式文件 {name}",
            sha256=stored.sha256,
            size=stored.size,
        )
    return rendition


def _unsigned(document: OfficialDocument) -> Rendition | None:
    return document.renditions.filter(kind="unsigned").select_related("file").first()
