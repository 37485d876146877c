"""How far the towns of a round have come: the one read of drafts that is not the town's own.

An office sees no draft. What its cockpit says of one is the state of the filing and when it was
last saved, nothing of what stands in it, of its evidence or of who fills it: ``TOLD`` names every
column of an application that may be read here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from portal.core import clock
from portal.core.constants import POST_KINDS, Can, OfficeKind
from portal.core.models import Notification, NotificationRead, Office
from towns.constants import FILINGS, Filing
from towns.models import (
    Application,
    Certification,
    Correction,
    Extension,
    Round,
    Town,
    TownGrant,
)

NOT_STARTED = "none"
# State of a town in a round -> (word, tone): an application's own, or that there is none.
STANDINGS: dict[str, tuple[str, str]] = {
    NOT_STARTED: ("未开始", "neutral"),
    **{row.key: (row.label, row.tone) for row in FILINGS.values()},
}
STANDING_CHOICES = [(str(key), word) for key, (word, _) in STANDINGS.items()]
# Towns that can be reminded: nothing was submitted yet.
UNSTARTED, FILLING = (NOT_STARTED,), (Filing.DRAFT.value, Filing.READY.value)
UNSUBMITTED = (*UNSTARTED, *FILLING)

TOLD = ("pk", "town_id", "state", "saved_at", "submitted_at", "number", "entered_by_id")

REMINDED, CLOSING, CORRECTING = "round-reminded", "round-closing", "correction-due"


class Filed(NamedTuple):
    """What is known of a town's application in a round, drafts included."""

    pk: int
    town_id: int
    state: str
    saved_at: datetime
    submitted_at: datetime | None
    number: str
    entered_by_id: int | None
    due_on: date | None


def towns_in(call: Round, towns: QuerySet[Town]) -> QuerySet[Any]:
    """Of some towns, those that file in a round or could, each with how far it has come.

    Could file: it stands, lies in the round's region, is of its categories and not certified at
    its level. ``standing``: the state of its newest application, or that there is none;
    ``submitted``: when that was submitted; ``extended``, ``overdue``: whether it was given a later
    end, whether a correction is past its day.
    """
    scope = call.office.region.scope
    applications = Application.objects.filter(
        round=call, trial=call.trial, town=OuterRef("pk")
    ).order_by("-pk")
    certified = Certification.objects.filter(town=OuterRef("pk"), level=call.level, state="valid")
    free: Any = Q(closed_on__isnull=True) & ~Exists(certified)
    if call.categories:
        free &= Q(category__in=call.categories)
    late = Correction.objects.filter(
        application__town=OuterRef("pk"),
        application__round=call,
        application__trial=call.trial,
        resolved_at__isnull=True,
        due_on__lt=clock.today(),
    )
    rows = towns.filter(scope_code__gte=scope.lower, scope_code__lt=scope.upper).annotate(
        standing=Coalesce(
            Subquery(applications.values("state")[:1]),
            Value(NOT_STARTED),
            output_field=CharField(),
        ),
        submitted=Subquery(applications.values("submitted_at")[:1]),
        extended=Exists(
            Extension.objects.filter(round=call, town=OuterRef("pk"), revoked_at__isnull=True)
        ),
        overdue=Exists(late),
    )
    return rows.filter(~Q(standing=NOT_STARTED) | free)


def still_to_submit(call: Round, towns: QuerySet[Town]) -> QuerySet[Any]:
    """Those of ``towns_in`` that may be reminded: nothing submitted, and not certified since."""
    certified = Certification.objects.filter(town=OuterRef("pk"), level=call.level, state="valid")
    return towns_in(call, towns).filter(
        ~Exists(certified),
        closed_on__isnull=True,
        standing__in=UNSUBMITTED,
        submitted__isnull=True,
    )


def filed_by(call: Round, towns: Iterable[Town]) -> dict[int, Filed]:
    """The newest application of each town in the round, as far as an office is told of it.

    ``due_on``: until when it has to be corrected.
    """
    rows = Application.objects.filter(
        round=call, trial=call.trial, town__in=[town.pk for town in towns]
    ).order_by("pk")
    open_ones = Correction.objects.filter(application=OuterRef("pk"), resolved_at__isnull=True)
    due = Subquery(open_ones.values("due_on")[:1])
    return {row[1]: Filed(*row) for row in rows.values_list(*TOLD, due)}


def units_holding(towns: Iterable[int]) -> dict[int, dict[int, str]]:
    """Town -> filing units whose posts hold it today, with their names."""
    kinds = [row.key for row in POST_KINDS.values() if row.can & {Can.FILL, Can.SUBMIT}]
    today = clock.today()
    rows = TownGrant.objects.on(today).filter(
        Q(group__post__valid_to__isnull=True) | Q(group__post__valid_to__gte=today),
        Q(group__post__office__valid_to__isnull=True) | Q(group__post__office__valid_to__gte=today),
        content_object__in=list(towns),
        group__post__kind__in=kinds,
        group__post__office__kind=OfficeKind.FILING_UNIT,
    )
    found: dict[int, dict[int, str]] = defaultdict(dict)
    names = ("content_object_id", "group__post__office_id", "group__post__office__name")
    for town, office, name in rows.order_by("group__post__office_id").values_list(*names):
        found[town][office] = name
    return dict(found)


def county_offices(towns: Iterable[Town]) -> dict[int, int]:
    """County -> its leading-group office."""
    rows = Office.objects.standing().filter(
        kind=OfficeKind.LEADING_GROUP_OFFICE, region__in={town.county_id for town in towns}
    )
    return dict(rows.values_list("region_id", "pk"))


class Told(NamedTuple):
    """The last reminder of a town: when, and whether somebody of the unit has opened it."""

    at: datetime
    read: bool


def reminders_of(
    call: Round, towns: Iterable[Town], since: datetime | None = None
) -> dict[int, Told]:
    """Town -> its newest reminder in this round, by hand or before the closing.

    Filing units of these towns' counties are told, or the county's office where there is none.
    """
    rows = Notification.objects.filter(
        Q(key__startswith=f"{REMINDED}:{call.pk}:") | Q(key__startswith=f"{CLOSING}:{call.pk}:"),
        office__region__in={town.county_id for town in towns},
    )
    if since is not None:
        rows = rows.filter(created_at__gte=since)
    found: dict[int, Told] = {}
    opened = Exists(NotificationRead.objects.filter(notification=OuterRef("pk")))
    for key, at, read in rows.values_list("key", "created_at", opened):
        town = int(key.split(":")[2])
        known = found.get(town)
        if known is None or at > known.at:
            found[town] = Told(at, read)
        elif at == known.at and read:
            found[town] = Told(at, True)
    return found


def start_of_today() -> datetime:
    """The first moment of today in Beijing."""
    return timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
