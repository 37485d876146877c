"""Reads of the register: what waits for a person, what was received, numbers, deliveries, links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Lag

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can, OfficeKind
from portal.core.document_queries import readable, received_documents
from portal.core.models import (
    Cosigner,
    Delivery,
    DeliveryRead,
    DocumentLink,
    DocumentNumber,
    LedgerEntry,
    NumberRule,
    Office,
    OfficialDocument,
    SheetEntry,
)

ORGAN_KINDS = (OfficeKind.LEADING_GROUP_OFFICE.value, OfficeKind.MEMBER_UNIT.value)
FOUND = 60


# --- what waits for a person ----------------------------------------------------------------------


def waiting_for(actor: Actor) -> QuerySet[OfficialDocument]:
    """Documents that the person acts on next: to check, to cosign, to sign, returned for revision.

    The conditions are those of the policies (``portal.core.policies.documents``).
    """
    rows = OfficialDocument.objects.visible_to(actor)
    if actor.office is None or actor.user is None:
        return rows.none()
    own = Q(office=actor.office)
    asked = Cosigner.objects.filter(state="waiting")
    steps = Q(pk__in=())
    if actor.can(Can.CHECK):
        steps |= own & Q(state="checking", wrote=False)
    if actor.can(Can.ISSUE):
        steps |= own & Q(state="signing", wrote=False)
    if actor.can(Can.ISSUE) or actor.can(Can.OPINE):
        mine = asked.filter(office=actor.office).values("document_id")
        steps |= Q(state="cosigning", pk__in=mine, wrote=False)
    if actor.can(Can.PUBLISH) or actor.can(Can.CHECK):
        outside = asked.filter(office__isnull=True).values("document_id")
        steps |= own & Q(state="cosigning", pk__in=outside, wrote=False)
    if actor.can(Can.PUBLISH):
        steps |= own & Q(state="draft", drafted_by=actor.user, last_decision="return")
    last = SheetEntry.objects.filter(document=OuterRef("pk")).order_by("-pk")
    # Both databases write the list as [1, 2]; only one of them can look into it.
    mark = rf"[\[ ]{actor.user.pk}[,\]]"
    return (
        rows.filter(state__in=("draft", "checking", "cosigning", "signing"))
        .annotate(
            writers_text=Cast("writers", TextField()),
            last_decision=Subquery(last.values("decision")[:1]),
        )
        .annotate(
            wrote=Case(When(writers_text__regex=mark, then=Value(True)), default=Value(False))
        )
        .filter(steps)
    )


# --- what was received ----------------------------------------------------------------------------


def received_with_marks(actor: Actor) -> QuerySet[OfficialDocument]:
    """Documents that reached the office, with ``unread``: 1 for those the person has not opened."""
    reads = DeliveryRead.objects.filter(
        delivery__document=OuterRef("pk"), delivery__office=actor.office, user=actor.user
    )
    mine = Delivery.objects.filter(document=OuterRef("pk"), office=actor.office)
    return received_documents(actor).annotate(
        unread=Case(
            When(Exists(mine) & ~Exists(reads), then=Value(1)),
            default=Value(0),
            output_field=IntegerField(),
        ),
        received_at=Subquery(mine.values("sent_at")[:1]),
    )


def unread_documents(actor: Actor) -> QuerySet[OfficialDocument]:
    """Of those, the ones that the person has not opened."""
    return received_with_marks(actor).filter(Q(("unread", 1)))


def deliveries_of(document: OfficialDocument) -> list[Delivery]:
    """The delivery list in its order, each with its office's region and its readers."""
    rows = document.deliveries.select_related("office__region")
    reads = DeliveryRead.objects.order_by("pk")
    return list(rows.prefetch_related(Prefetch("reads", reads)).order_by("pk"))


# --- offices to choose from -----------------------------------------------------------------------


def standing_offices(keys: Iterable[int]) -> QuerySet[Office]:
    """Offices of these keys that exist today."""
    return Office.objects.standing().filter(pk__in=list(keys)).select_related("region")


def standing_organs(kinds: Sequence[str] = ORGAN_KINDS) -> QuerySet[Office]:
    """Leading-group offices and member units that exist today: names of organs are public."""
    rows = Office.objects.standing().filter(kind__in=kinds)
    return rows.select_related("region").order_by("region__code", "kind", "name")


def offices_found(text: str) -> list[Office]:
    """Offices of any kind whose name holds a text."""
    rows = Office.objects.standing().filter(name__icontains=text).select_related("region")
    return list(rows.order_by("region__code", "kind", "name")[:FOUND])


# --- numbers --------------------------------------------------------------------------------------


def numbers_of(actor: Actor) -> QuerySet[DocumentNumber]:
    """The numbers that the acting office has used or voided."""
    if actor.scope is None:
        return DocumentNumber.objects.none()
    return DocumentNumber.objects.filter(office=actor.office)


def rules_of(actor: Actor) -> dict[str, NumberRule]:
    """The acting office's own rules of numbering, by genre."""
    return {row.genre: row for row in NumberRule.objects.filter(office=actor.office)}


class Gap(NamedTuple):
    """Serials of a year that nobody has used or voided, although later ones are."""

    word: str
    year: int
    first: int
    last: int

    @property
    def text(self) -> str:
        """As people say it."""
        serials = f"{self.first}" if self.first == self.last else f"{self.first} 至 {self.last}"
        return f"{self.word}〔{self.year}〕{serials}号"


def gaps_of(actor: Actor, *, most: int = 200) -> list[Gap]:
    """The gaps in the office's series, the newest year first."""
    rows = (
        numbers_of(actor)
        .order_by()
        .annotate(
            before=Window(
                Lag("serial", default=0),
                partition_by=[F("word"), F("year")],
                order_by=[F("serial").asc()],
            )
        )
        .filter(serial__gt=F("before") + 1)
        .order_by("-year", "word", "serial")
        .values_list("word", "year", "before", "serial")[:most]
    )
    return [Gap(word, year, before + 1, serial - 1) for word, year, before, serial in rows]


def next_in_register(office: Office, word: str, year: int | None = None) -> int:
    """The serial after the highest one that the portal knows of."""
    rows = DocumentNumber.objects.filter(
        office=office, word=word, year=year or clock.today().year
    ).order_by("-serial")
    last = rows.values_list("serial", flat=True).first()
    return (last or 0) + 1


# --- one document ---------------------------------------------------------------------------------


def links_from(document: OfficialDocument) -> list[DocumentLink]:
    """What the document corrects, supersedes or revokes."""
    return list(document.acts_on.select_related("target").order_by("pk"))


def links_to(actor: Actor, document: OfficialDocument) -> list[DocumentLink]:
    """What corrects, supersedes or revokes it: issued documents, and drafts of the own office."""
    rows = document.acted_on_by.select_related("document").order_by("-document__issued_on", "-pk")
    shown = Q(document__state="issued")
    if actor.office is not None and actor.office.pk == document.office_id and actor.scope:
        shown |= Q(document__office=actor.office)
    return list(rows.filter(shown))


def readable_keys(actor: Actor, keys: Iterable[int]) -> set[int]:
    """Of these documents, those that the actor reads."""
    wanted = list(keys)
    return (
        set(readable(actor).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
    )


def entries_of(actor: Actor, document: OfficialDocument) -> list[LedgerEntry]:
    """The document's chain in the ledger as far as the actor reads it, newest first."""
    chain = f"{OfficialDocument._meta.label_lower}:{document.pk}"
    rows = LedgerEntry.objects.visible_to(actor).filter(chain=chain).select_related("post")
    return list(rows.order_by("-seq")[:FOUND])


def sees_inside(actor: Actor, document: OfficialDocument) -> bool:
    """Whether the drafting sheet and the delivery list are for the actor.

    The drafting office, offices above it, and those who sign jointly; not whom it was sent to.
    """
    if actor.is_system:
        return True
    if actor.office is None:
        return False
    if actor.scope is not None and document.office.region.code in actor.scope:
        return True
    return any(row.office_id == actor.office.pk for row in document.cosigners.all())
