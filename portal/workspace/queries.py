"""What a home page shows: capped counts and a few rows, every one starting from ``visible_to``."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db.models import Count, F, Prefetch, QuerySet

from portal.core.actor import Actor
from portal.core.constants import COUNT_CAP
from portal.core.models import LedgerEntry, Office
from portal.core.paging import capped_count
from reviews.models import Case, ScoreSheet, UnitOpinion
from towns.deadlines import with_ends
from towns.models import Application, Certification, Round, Town

SHOWN = 8


class Counted(NamedTuple):
    """A number as its list shows it: exact up to the cap, then "1,000+"."""

    value: int
    text: str


def counted(rows: QuerySet[Any]) -> Counted:
    """The count that the list of the same rows shows."""
    value, capped = capped_count(rows)
    return _counted(value, capped)


def _counted(value: int, capped: bool) -> Counted:
    return Counted(value, f"{COUNT_CAP:,}+" if capped else f"{value:,}")


def grouped(rows: QuerySet[Any], field: str) -> dict[str, Counted]:
    """Counts by the values of a field, for tables that stay small (towns, certifications)."""
    found = rows.order_by().values_list(field).annotate(number=Count("pk"))
    return {key: _counted(min(number, COUNT_CAP), number > COUNT_CAP) for key, number in found}


def waiting_cases(actor: Actor) -> list[Case]:
    """Cases that wait for the acting post, the earliest term first."""
    rows = Case.objects.awaiting(actor).select_related("round")
    if actor.scope is None:
        rows = rows.prefetch_related(
            Prefetch(
                "opinions",
                UnitOpinion.objects.filter(
                    office__in=Office.objects.answered_by(actor),
                    given_at__isnull=True,
                    run__finished_at__isnull=True,
                ),
                to_attr="asked_of_me",
            ),
            Prefetch(
                "sheets",
                ScoreSheet.objects.filter(
                    post=actor.post, submitted_at__isnull=True, run__finished_at__isnull=True
                ),
                to_attr="given_to_me",
            ),
        )
    return list(rows.order_by(F("due_on").asc(nulls_last=True), "pk")[:SHOWN])


def waiting_applications(actor: Actor) -> list[Application]:
    """Applications that wait for the acting filer or submitter, the earliest closing first."""
    rows = Application.objects.awaiting(actor).select_related("town", "round")
    return list(with_ends(rows).order_by("round__closes_on", "round__closes_time", "pk")[:SHOWN])


def recent_cases(actor: Actor) -> list[Case]:
    """The newest cases the actor sees, for those who follow their own."""
    return list(Case.objects.visible_to(actor).select_related("office").order_by("-pk")[:SHOWN])


def recent_entries(actor: Actor) -> list[LedgerEntry]:
    """What was done last in the actor's region."""
    rows = LedgerEntry.objects.visible_to(actor).select_related("post")
    return list(rows.order_by("-pk")[:SHOWN])


def open_rounds(actor: Actor) -> list[Round]:
    """Calls that take applications now, the earliest closing first."""
    rows = Round.objects.visible_to(actor).open()
    return list(rows.select_related("office").order_by("closes_on", "closes_time", "pk")[:5])


def my_towns(actor: Actor) -> list[Town]:
    """The towns a filing post was given."""
    towns = Town.objects.visible_to(actor).standing()
    return list(towns.select_related("county")[:SHOWN])


def certified_by_level(actor: Actor) -> dict[str, Counted]:
    """Certified towns of the actor's region by level."""
    return grouped(Certification.objects.visible_to(actor).filter(state="valid"), "level")


def towns_by_stage(actor: Actor) -> dict[str, Counted]:
    """Towns of the actor's region by stage of cultivation."""
    return grouped(Town.objects.visible_to(actor).standing(), "stage")


def applications_by_state(actor: Actor) -> dict[str, Counted]:
    """The filing unit's applications by state."""
    return grouped(Application.objects.visible_to(actor), "state")
