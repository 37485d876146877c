"""Reads of official documents: which ones an actor reads, wording in use, the state of the PDF."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from portal.core.actor import Actor
from portal.core.documents.kinds import Texts, kind_of, kinds
from portal.core.models import DocumentLink, DocumentTemplate, Job, Office, OfficialDocument

# A later correction leaves a document standing; after these it stands no longer.
ENDS = ("supersedes", "revokes")


def readable(actor: Actor) -> QuerySet[OfficialDocument]:
    """What the actor sees, and issued documents about what the actor sees (``Kind.reach``).

    With those go the later ones that correct, supersede or revoke them, or did so to one that
    did; the public reads of these what is open.
    """
    seen = Q(pk__in=OfficialDocument.objects.visible_to(actor).values("pk"))
    for kind in kinds():
        if kind.reach is None:
            continue
        seen |= Q(kind=kind.key, state="issued", pk__in=kind.reach(actor))
        if not actor.is_public:
            reached = kind.reach(actor)
            first = DocumentLink.objects.filter(target__in=reached)
            later = Q(target__in=reached) | Q(target__in=first.values("document"))
            links = DocumentLink.objects.filter(later)
            seen |= Q(state="issued", pk__in=links.values("document"))
    return OfficialDocument.objects.filter(seen)


def standing_of(document: OfficialDocument) -> DocumentLink | None:
    """What an issued document has done to this one; the last one counts. None: it stands.

    They are drafted one after another, so the last link is the last: dates may be set back.
    """
    return (
        document.acted_on_by.filter(document__state="issued")
        .select_related("document")
        .order_by("-pk")
        .first()
    )


def end_of(document: OfficialDocument) -> DocumentLink | None:
    """The issued document that superseded or revoked it: it stands no longer."""
    last = standing_of(document)
    return last if last is not None and last.relation in ENDS else None


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
