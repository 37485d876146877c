"""What documents of the review chain are about, who receives them, who reads them for its towns."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from portal.core import clock
from portal.core.actor import Actor
from portal.core.models import Office, OfficialDocument
from reviews.models import Case, Shortlist
from towns.models import Certification


def case_rows(actor: Actor, document: OfficialDocument) -> list[dict[str, Any]]:
    """The cases of the document that the actor sees, for its page."""
    cases = Case.objects.visible_to(actor).filter(pk__in=document.content["case_ids"])
    return [
        {"text": town, "note": county, "name": "case", "args": [pk]}
        for pk, town, county in cases.order_by("scope_code", "pk").values_list(
            "pk", "town_name", "county_name"
        )
    ]


def concerned_offices(document: OfficialDocument) -> list[Office]:
    """The leading-group offices of the towns' counties and of the cities above them."""
    codes = Case.objects.filter(pk__in=document.content["case_ids"]).values_list(
        "scope_code", flat=True
    )
    regions = set(codes) | {f"{code[:4]}00" for code in codes}
    today = clock.today()
    return list(
        Office.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=today),
            kind="leading_group_office",
            region__code__in=regions,
        ).order_by("region__code", "pk")
    )


def certified_towns_of(actor: Actor) -> QuerySet[Any, Any]:
    """Keys of documents that certified a town the actor sees."""
    return Certification.objects.visible_to(actor).values("document")


def office_of_round(document: OfficialDocument) -> list[Office]:
    """The office that called the round in which a letter recommends, unless it wrote it itself."""
    rows = Shortlist.objects.filter(pk=document.content["shortlist"]).select_related(
        "round__office"
    )
    return [row.round.office for row in rows if row.round.office_id != document.office_id]
