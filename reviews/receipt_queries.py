"""What a receipt is made of: the submission with its evidence and its rounds of correction."""

from __future__ import annotations

from typing import Any, NamedTuple

from portal.core.actor import Actor
from reviews.models import Case
from towns.correcting import Ask, asks_of
from towns.evidence_index import Index
from towns.evidence_queries import evidence_index, pieces_of
from towns.models import Application


class Receipt(NamedTuple):
    """The last submission of an application; no case where the round is on trial."""

    application: Application
    case: Case | None
    evidence: Index
    request: dict[str, Any] | None
    asks: list[Ask]


def case_of(actor: Actor, application: Application) -> Case | None:
    """The case of an application, if the actor sees it."""
    rows = Case.objects.visible_to(actor).select_related("office", "round__office")
    return rows.filter(application=application).first()


def receipt_of(application: Application, case: Case | None) -> Receipt:
    """What the receipt says of the last submission."""
    declared = list(application.snapshot.get("evidence") or [])
    index = evidence_index(application, declared, pieces_of(declared))
    return Receipt(
        application, case, index, application.snapshot.get("request"), asks_of(application)
    )
