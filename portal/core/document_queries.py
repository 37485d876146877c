"""Reads of official documents: which ones an actor reads, wording in use, the state of the PDF."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from portal.core.actor import Actor
from portal.core.documents.kinds import Texts, kind_of, kinds
from portal.core.models import DocumentTemplate, Job, Office, OfficialDocument


def readable(actor: Actor) -> QuerySet[OfficialDocument]:
    """What the actor sees, and issued documents about what the actor sees (``Kind.reach``)."""
    seen = Q(pk__in=OfficialDocument.objects.visible_to(actor).values("pk"))
    for kind in kinds():
        if kind.reach is not None:
            seen |= Q(kind=kind.key, state="issued", pk__in=kind.reach(actor))
    return OfficialDocument.objects.filter(seen)


def find_document(actor: Actor, pk: int) -> OfficialDocument | None:
    """One of them, with its people and office."""
    rows = readable(actor).select_related("office__region", "drafted_by", "issued_by")
    return rows.filter(pk=pk).first()


def received_documents(actor: Actor) -> QuerySet[OfficialDocument]:
    """Issued documents of other offices that reached the actor's from outside its region."""
    if actor.office is None:
        return OfficialDocument.objects.none()
    rows = readable(actor).filter(state="issued").exclude(office=actor.office)
    if actor.scope is None:
        return rows
    return rows.filter(
        Q(pk__in=OfficialDocument.objects.received_by(actor.office).values("pk"))
        | Q(office__region__code__lt=actor.scope.lower)
        | Q(office__region__code__gte=actor.scope.upper)
    )


def rendition_job(document: OfficialDocument) -> Job | None:
    """The job that makes the issued document's PDF; whoever sees the document sees its state."""
    return Job.objects.filter(key=f"render:{document.pk}").first()


def template_texts(office: Office, kind: str) -> Texts:
    """The office's own wording of a kind that is in use, else the kind's own."""
    template = DocumentTemplate.objects.filter(office=office, kind=kind).current().first()
    if template is None:
        return kind_of(kind).supplied
    return Texts(*(getattr(template, name) for name in Texts._fields))
