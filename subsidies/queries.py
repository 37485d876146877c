"""Reads of the subsidies app: policies and clauses under one filter."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from portal.core import clock
from portal.core.actor import Actor
from subsidies.models import Clause, Policy


def filter_policies(actor: Actor, chosen: Mapping[str, str]) -> QuerySet[Policy]:
    """Policies of a level and a state of validity."""
    rows: QuerySet[Policy] = Policy.objects.visible_to(actor)
    today = clock.today()
    if chosen.get("level"):
        rows = rows.filter(level=chosen["level"])
    if chosen.get("validity") == "unstated":
        rows = rows.filter(valid_to__isnull=True)
    elif chosen.get("validity") == "valid":
        rows = rows.filter(valid_to__gte=today)
    elif chosen.get("validity") == "expired":
        rows = rows.filter(valid_to__lt=today)
    return rows


def filter_clauses(actor: Actor, chosen: Mapping[str, str]) -> QuerySet[Clause]:
    """Clauses of the filtered policies, of one kind and holding the words, in their own order."""
    rows = Clause.objects.filter(policy__in=filter_policies(actor, chosen).order_by())
    rows = rows.order_by("policy__region__code", "policy__issued_on", "policy_id", "ordinal")
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    if chosen.get("search"):
        words = chosen["search"]
        rows = rows.filter(
            Q(quote__contains=words)
            | Q(beneficiary__contains=words)
            | Q(trigger__contains=words)
            | Q(amount_text__contains=words)
            | Q(policy__title__contains=words)
            | Q(policy__document_number__contains=words)
        )
    return rows
