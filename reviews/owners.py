"""Which rows of the floors below open their file to whoever sees a case."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.core.actor import Actor
from portal.core.owners import register_owner
from reviews.models import Case
from towns.models import Evidence
from towns.owners import is_declared


def evidence_of(actor: Actor) -> QuerySet[Evidence]:
    """Evidence of the cases one sees: experts and units by their grants, never the draft."""
    cases = Case.objects.visible_to(actor).order_by().values("application_id")
    return Evidence.objects.filter(application__in=cases).select_related("application")


register_owner("towns.Evidence", evidence_of, "file", admits=lambda row, actor: is_declared(row))
