"""Reads of renditions (版式件): of one document, and what anybody verifies by code or digest.

Whoever holds a paper with a code, or the file itself, is told what it is, open or not: the code
cannot be guessed. A number can: of a document that is not open it tells organ, date and standing.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db.models import Case, IntegerField, QuerySet, Value, When

from portal.core.constants import RENDITION_KIND_CHOICES
from portal.core.documents.codes import normalised
from portal.core.documents.numbers import parse
from portal.core.models import DocumentLink, DocumentNumber, OfficialDocument, Rendition

# What is offered first: as it was sealed, its words being those of the unsigned one; else as it was
# set; a scan last, since its words cannot be compared.
BEST_FIRST = ("signed", "unsigned", "scanned")


def in_order(rows: QuerySet[Rendition]) -> QuerySet[Rendition]:
    """The best kind first, of each kind the last version first."""
    places = [When(kind=kind, then=Value(place)) for place, kind in enumerate(BEST_FIRST)]
    return rows.order_by(
        Case(*places, default=Value(len(places)), output_field=IntegerField()), "-version"
    )


def renditions_of(document: OfficialDocument) -> list[Rendition]:
    """Every stored form of a document, with its file."""
    return list(in_order(document.renditions.select_related("file")))


def documents_by_code(codes: Iterable[str]) -> list[OfficialDocument]:
    """Issued documents with these codes."""
    wanted = [code for code in map(normalised, codes) if code]
    rows = OfficialDocument.objects.filter(state="issued", code__in=wanted)
    return list(rows.select_related("office__region").order_by("pk")) if wanted else []


def documents_by_number(numbers: Iterable[str]) -> list[OfficialDocument]:
    """Issued documents with these numbers, whatever brackets were typed."""
    wanted = []
    for typed in numbers:
        try:
            wanted.append(parse(typed).text)
        except ValidationError:
            continue
    rows = OfficialDocument.objects.filter(state="issued", number__in=wanted)
    return list(rows.select_related("office__region").order_by("pk")) if wanted else []


def is_void(number: str) -> bool:
    """Whether a number was voided: no document bears it."""
    try:
        text = parse(number).text
    except ValidationError:
        return False
    return DocumentNumber.objects.filter(text=text, state="void").exists()


def renditions_with(digests: Iterable[str]) -> list[Rendition]:
    """Renditions of issued documents with one of these SHA-256 digests."""
    rows = Rendition.objects.filter(file__sha256__in=list(digests), document__state="issued")
    return list(in_order(rows.select_related("file", "document__office__region")))


def what_became_of(document: OfficialDocument) -> list[DocumentLink]:
    """Issued documents that correct, supersede or revoke it, the last one first."""
    rows = document.acted_on_by.filter(document__state="issued").select_related("document__office")
    return list(rows.order_by("-pk"))


def what_it_acts_on(document: OfficialDocument) -> list[DocumentLink]:
    """Earlier documents that it corrects, supersedes or revokes."""
    return list(document.acts_on.select_related("target__office").order_by("pk"))


def label_of(rendition: Rendition) -> str:
    """签章版, or 签章版（第2份）where there are several."""
    word = dict(RENDITION_KIND_CHOICES)[rendition.kind]
    return word if rendition.version == 1 else f"{word}（第{rendition.version}份）"
