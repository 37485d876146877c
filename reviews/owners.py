"""Which rows of the floors below open their file to whoever sees a case."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.owners import register_owner
from reviews.consulting_queries import asked_of
from reviews.models import Case, Inquiry, InquiryFile, Visit, VisitPhoto
from towns.models import Evidence
from towns.owners import is_declared


def evidence_of(actor: Actor) -> QuerySet[Evidence]:
    """Evidence of the cases one sees: experts and units by their grants, never the draft."""
    cases = Case.objects.visible_to(actor).order_by().values("application_id")
    return Evidence.objects.filter(application__in=cases).select_related("application")


def inquiry_files_of(actor: Actor) -> QuerySet[InquiryFile]:
    """Files sent with an answer: of the requests for information one sees."""
    seen = Inquiry.objects.visible_to(actor).order_by().values("pk")
    return InquiryFile.objects.filter(inquiry__in=seen).select_related("inquiry")


def photos_of(actor: Actor) -> QuerySet[VisitPhoto]:
    """Photographs of the visits one sees."""
    seen = Visit.objects.visible_to(actor).order_by().values("pk")
    return VisitPhoto.objects.filter(visit__in=seen).select_related("visit")


register_owner("reviews.VisitPhoto", photos_of, "file")
register_owner("reviews.InquiryFile", inquiry_files_of, "file")


def admits_evidence(row: Evidence, actor: Actor) -> bool:
    """What the last submission contains; for a member unit under the criteria it is asked about."""
    if not is_declared(row):
        return False
    if not actor.can(Can.OPINE):
        return True
    case = Case.objects.visible_to(actor).filter(application=row.application_id).first()
    asked = asked_of(actor, case) if case is not None else frozenset()
    return asked is None or row.criterion in asked


register_owner("towns.Evidence", evidence_of, "file", admits=admits_evidence)
