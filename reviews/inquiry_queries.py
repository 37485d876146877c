"""Reads of requests for information (补充说明)."""

from __future__ import annotations

from django.db.models import QuerySet

from portal.core.actor import Actor
from reviews.models import Case, Inquiry
from towns.cockpit_queries import units_holding


def inquiries_of(actor: Actor, case: Case) -> QuerySet[Inquiry]:
    """Those of a case that the actor reads, oldest first, with their files."""
    rows = Inquiry.objects.visible_to(actor).filter(case=case)
    return rows.select_related("office__region").prefetch_related("files__file").order_by("pk")


def answering(case: Case) -> list[int]:
    """The offices that answer for the town: its filing units, or who entered it for them."""
    if case.application.entered_by_id is not None:
        return [case.application.entered_by_id]
    town = case.application.town_id
    return list(units_holding([town]).get(town, {}))
