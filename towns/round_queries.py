"""Reads of rounds: places, what is asked to see, extensions, what is on trial."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, QuerySet

from criteria.queries import spec_of
from criteria.specs import CriterionSpec
from portal.core.actor import Actor
from portal.core.models import Office, Region
from towns.constants import LIVE_FILINGS
from towns.models import (
    Application,
    Certification,
    Evidence,
    EvidenceSlot,
    Extension,
    Round,
    RoundQuota,
)


def has_begun(call: Round) -> bool:
    """Whether a town has begun an application in it; what is on trial does not count."""
    return call.applications.filter(trial=False).exists()


# --- quotas ---------------------------------------------------------------------------------------


class Places(NamedTuple):
    """The places of one region: given to it, handed down by it; None where nothing was set."""

    region: Region
    given: int | None
    handed: int | None
    below: bool

    @property
    def left(self) -> int | None:
        """What a region has not handed down."""
        if self.given is None or self.handed is None:
            return None
        return self.given - self.handed


def places_of(call: Round, region: Region) -> int | None:
    """How many towns of a region may be recommended in a round; None: 未载明."""
    return call.quotas.filter(region=region).values_list("places", flat=True).first()


def regions_below(region: Region) -> QuerySet[Region]:
    """The regions right below one that exist today."""
    return Region.objects.filter(parent=region, valid_to__isnull=True).order_by("code")


def quotas_for(actor: Actor, call: Round) -> list[RoundQuota]:
    """The quotas of a round that concern the acting office: of its own region and inside it."""
    scope = actor.scope
    if scope is None:
        return []
    rows = call.quotas.filter(region__code__gte=scope.lower, region__code__lt=scope.upper)
    return list(rows.select_related("region__parent", "set_by").order_by("region__code"))


def table_of_places(actor: Actor, call: Round) -> list[Places]:
    """The own region, those below it and what these have handed down, as far as one may know.

    The office of the round sees all of it, a city its own number and its counties', a county its
    own. In two queries.
    """
    given = {row.region_id: row for row in quotas_for(actor, call)}
    if actor.scope is None or actor.office is None:
        return []
    own = actor.office.region
    if own.level.key == "county":
        found = given.get(own.pk)
        return [Places(own, found.places if found else None, None, below=False)]
    regions = list(
        Region.objects.filter(
            code__gte=actor.scope.lower, code__lt=actor.scope.upper, valid_to__isnull=True
        )
    )
    below: dict[int | None, list[Region]] = defaultdict(list)
    for region in regions:
        below[region.parent_id].append(region)
    rows = []
    if own.pk in given:
        rows.append(_places(own, given, below, inner=False))
    for region in sorted(below[own.pk], key=lambda row: row.code):
        rows.append(_places(region, given, below, inner=False))
        rows += [
            _places(inner, given, below, inner=True)
            for inner in sorted(below[region.pk], key=lambda row: row.code)
            if inner.pk in given
        ]
    return rows


def _places(
    region: Region,
    given: dict[int, RoundQuota],
    below: dict[int | None, list[Region]],
    *,
    inner: bool,
) -> Places:
    handed = [given[row.pk].places for row in below[region.pk] if row.pk in given]
    found = given.get(region.pk)
    return Places(
        region,
        found.places if found else None,
        sum(handed) if handed else (0 if below[region.pk] and found else None),
        inner,
    )


# --- what is asked to see -------------------------------------------------------------------------


class Asked(NamedTuple):
    """A criterion with the evidence that the round asks for under it."""

    criterion: CriterionSpec
    slots: list[EvidenceSlot]


def slots_by_criterion(call: Round) -> list[Asked]:
    """Every criterion of the round's set with its list, in the order of the document."""
    slots: dict[str, list[EvidenceSlot]] = defaultdict(list)
    for slot in call.slots.order_by("ordinal", "id"):
        slots[slot.criterion].append(slot)
    return [Asked(row, slots[row.key]) for row in spec_of(call.criteria_set).criteria]


def used_slots(call: Round) -> set[str]:
    """Keys of the slots under which somebody has put a file, whatever became of it."""
    rows = Evidence.objects.filter(application__round=call).exclude(slot="")
    return set(rows.values_list("slot", flat=True).distinct())


def rounds_to_copy(actor: Actor, call: Round) -> list[tuple[int, str]]:
    """Other rounds of the office that have a list, the newest first, with how long it is."""
    rows = (
        Round.objects.visible_to(actor)
        .filter(office=call.office_id)
        .exclude(pk=call.pk)
        .annotate(number=Count("slots"))
        .filter(number__gt=0)
        .order_by("-pk")
        .values_list("pk", "title", "number")
    )
    return [(pk, f"{title}（{number} 项）") for pk, title, number in rows[:20]]


# --- extensions, trial ----------------------------------------------------------------------------


def extensions_of(actor: Actor, call: Round, towns: Iterable[int] | None = None) -> list[Extension]:
    """Extensions of a round that concern the actor, the newest first, revoked ones included.

    Offices: the towns of their region; ``towns``: the keys of those that a filing post was given.
    """
    rows = call.extensions.select_related("town__county", "granted_by")
    if actor.scope is not None:
        rows = rows.filter(
            town__scope_code__gte=actor.scope.lower, town__scope_code__lt=actor.scope.upper
        )
    else:
        rows = rows.filter(town__in=list(towns or ()), revoked_at__isnull=True)
    return list(rows.order_by("-id"))


def trial_applications(actor: Actor, call: Round) -> QuerySet[Application]:
    """What the round's office has entered to try it out."""
    rows = Application.objects.visible_to(actor).filter(round=call, trial=True)
    return rows.select_related("town__county").order_by("pk")


def entered_applications(actor: Actor, call: Round) -> QuerySet[Application]:
    """What the acting office has entered in the round on behalf of units (代录)."""
    rows = Application.objects.visible_to(actor).filter(round=call, trial=False)
    return rows.filter(entered_by=actor.office).select_related("town__county").order_by("pk")


def taken(call: Round, but_of: Office | None = None) -> set[int]:
    """Towns that have a live application in a round, or are certified at its level.

    ``but_of``: an office whose own applications (代录) do not count.
    """
    live = Application.objects.filter(round=call, state__in=LIVE_FILINGS)
    if but_of is not None:
        live = live.exclude(entered_by=but_of)
    certified = Certification.objects.filter(level=call.level, state="valid")
    return {*live.values_list("town_id", flat=True), *certified.values_list("town_id", flat=True)}
