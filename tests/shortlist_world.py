"""Cases that wait at a city's step of recommending, made as rows, and its list."""

from __future__ import annotations

from collections.abc import Iterable

from portal.core import clock
from reviews.actions import save_shortlist
from reviews.actions.shortlists import Ranked
from reviews.models import Case, Shortlist, StepRun
from tests.factories import World
from tests.rounds_world import add_application, add_case, add_towns, hold
from towns.models import RoundQuota

CITY = "linfen"
REASON = "产业基础好，择优推荐。"


def waiting_cases(
    world: World, count: int, county: str = "puxian", tag: str = "推", *, held: bool = False
) -> list[Case]:
    """Submitted applications of a county, their cases at the city's step of recommending.

    ``held``: the county's filer and submitter hold the towns.
    """
    call, office = world.rounds["province"], world.offices[CITY]
    cases = []
    towns = add_towns(world, county, count, tag)
    if held:
        hold(world, county, *towns)
    for town in towns:
        application = add_application(world, town, call, "submitted")
        case = add_case(world, application, "city_recommend")
        Case.objects.filter(pk=case.pk).update(office=office)
        StepRun.objects.create(
            case=case, ordinal=1, step=case.step, office=office, started_at=clock.now()
        )
        cases.append(Case.objects.get(pk=case.pk))
    return cases


def ranked(cases: Iterable[Case], *standings: str) -> list[Ranked]:
    """The cases in this order with their standings; reserves need no reason."""
    return [
        Ranked(case.pk, standing, REASON if standing in ("recommended", "declined") else "")
        for case, standing in zip(cases, standings, strict=True)
    ]


def save(world: World, cases: Iterable[Case], *standings: str, who: str = "checker") -> Shortlist:
    """The city's list, saved."""
    return save_shortlist(
        actor=world.actor(f"{CITY}.{who}"),
        call=world.rounds["province"],
        rows=ranked(cases, *standings),
    )


def give_places(world: World, places: int, slug: str = CITY) -> RoundQuota:
    """Places of a region in the provincial round."""
    call = world.rounds["province"]
    row, _ = RoundQuota.objects.update_or_create(
        round=call,
        region=world.offices[slug].region,
        defaults={"places": places, "set_by": call.office, "set_at": clock.now()},
    )
    return row
