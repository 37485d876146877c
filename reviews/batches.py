"""Batches of the review chain: certificates, and letters to the counties of certified towns."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet

from portal.core.actor import Actor
from portal.core.documents.batches import Arguments, BatchKind, Choice, Subject, register
from portal.core.documents.content import DocumentContent
from portal.core.models import OfficialDocument
from reviews.papers import certificates
from towns.models import Certification
from towns.policies import may_print_certificates

MOST_DOCUMENTS = 100
GONE = "该专业镇的认定已不在本办公室的有效认定之内，没有制作。"


def own_certifications(actor: Actor) -> QuerySet[Certification]:
    """Valid certifications of the acting office's level in its region."""
    if actor.level is None:
        return Certification.objects.none()
    return Certification.objects.visible_to(actor).filter(level=actor.level.key, state="valid")


def choices(actor: Actor) -> list[Choice]:
    """Documents of the office that certified towns, then years, the newest first."""
    rows = own_certifications(actor).order_by()
    counted = rows.filter(document__office=actor.office).values("document")
    sizes = dict(counted.annotate(number=Count("pk")).values_list("document", "number"))
    found = [
        Choice(f"document:{document.pk}", f"{document}（{sizes[document.pk]} 个）")
        for document in OfficialDocument.objects.visible_to(actor)
        .filter(pk__in=sizes, state="issued")
        .order_by("-issued_on", "-pk")[:MOST_DOCUMENTS]
    ]
    years = rows.values("year").annotate(number=Count("pk")).order_by("-year")
    return found + [
        Choice(f"year:{year}", f"{year}年度认定的专业镇（{number} 个）")
        for year, number in years.values_list("year", "number")
    ]


def chosen(actor: Actor, arguments: Arguments) -> QuerySet[Certification]:
    """The certifications of a choice."""
    sort, _, value = str(arguments.get("what", "")).partition(":")
    if not value.isdecimal() or len(value) > 18:
        return Certification.objects.none()
    rows = own_certifications(actor)
    if sort == "document":
        return rows.filter(document=int(value), document__office=actor.office)
    return rows.filter(year=int(value)) if sort == "year" else rows.none()


def items(actor: Actor, arguments: Arguments) -> list[Subject]:
    """A paper for each, in the order of their regions."""
    rows = chosen(actor, arguments).order_by("scope_code", "pk")
    return [Subject(str(pk), name) for pk, name in rows.values_list("pk", "town_name")]


def _row(actor: Actor, subject: str) -> Certification:
    rows = own_certifications(actor).select_related("document__office", "town")
    row = rows.filter(pk=int(subject)).first()
    if row is None:
        raise ValidationError(GONE)
    return row


def certificate(actor: Actor, subject: str, arguments: Arguments) -> DocumentContent:
    """The certificate of one."""
    return certificates.certificate(actor, _row(actor, subject))


def letter(actor: Actor, subject: str, arguments: Arguments) -> DocumentContent:
    """The letter about one."""
    on = date.fromisoformat(arguments["on"])
    return certificates.letter(actor, _row(actor, subject), on)


CERTIFICATES = register(
    BatchKind(
        key=certificates.CERTIFICATE,
        label="认定证书",
        hint="每个专业镇一份，日期与认定日期一致，不另编文号。",
        may=may_print_certificates,
        choices=choices,
        items=items,
        content=certificate,
    )
)
LETTERS = register(
    BatchKind(
        key=certificates.LETTER,
        label="认定告知书",
        hint="以信函格式函告各专业镇所在县级人民政府，每个专业镇一份，不另编文号。",
        may=may_print_certificates,
        choices=choices,
        items=items,
        content=letter,
        dated=True,
    )
)
