"""Towns of a round in every state, made as rows: for the cockpit and its reminders."""

from __future__ import annotations

from typing import Any

from portal.core import clock
from portal.core.actor import acting_user
from reviews.models import Case
from tests.factories import World, grant_town
from towns.models import Application, Certification, Round, Town


def add_towns(world: World, slug: str, count: int, tag: str = "镇") -> list[Town]:
    """Towns of a county without figures or enterprises; its filing unit holds them."""
    region = world.offices[slug].region
    made = Town.objects.bulk_create(
        Town(
            county=region,
            scope_code=region.code,
            name=f"{region.name}{tag}{number}专业镇",
            industry="陶瓷",
            category="manufacturing",
        )
        for number in range(count)
    )
    return list(made)


def hold(world: World, slug: str, *towns: Town) -> None:
    """Give towns to the filer and the submitter of a county."""
    for town in towns:
        for kind in ("filer", "submitter"):
            grant_town(world.actor(f"{slug}.{kind}"), town)


def add_application(
    world: World, town: Town, call: Round, state: str = "draft", **fields: Any
) -> Application:
    """An application in a state; one that went further than the submitter was submitted."""
    now = clock.now()
    submitted = state not in ("draft", "ready")
    values: dict[str, Any] = {
        "criteria_set": call.criteria_set,
        "scope_code": town.scope_code,
        "category": town.category,
        "filled_by": acting_user(world.actor("puxian.filer")),
        "filled_name": "填报甲",
        "created_at": now,
        "saved_at": now,
        "submitted_at": now if submitted else None,
        "revision": int(submitted),
        "number": f"{call.pk}-{town.pk}" if submitted else "",
    }
    return Application.objects.create(town=town, round=call, state=state, **(values | fields))


def add_case(world: World, application: Application, step: str, state: str = "open") -> Case:
    """Its case, standing at a step of the chain."""
    call, town, now = application.round, application.town, clock.now()
    outcome = {"certified": "certified", "rejected": "rejected", "withdrawn": "withdrawn"}
    closed = outcome.get(application.state, "")
    return Case.objects.create(
        number=f"C{application.pk}",
        application=application,
        round=call,
        chain_key=call.chain_key,
        chain_version=call.chain_version,
        level=call.level,
        scope_code=town.scope_code,
        town_name=town.name,
        county_name=town.county.name,
        category=town.category,
        state="closed" if closed else state,
        outcome=closed,
        step=step,
        office=call.office,
        opened_at=now,
        moved_at=now,
    )


def certify(town: Town, level: str = "province") -> Certification:
    """A certification on record, made before the portal."""
    today = clock.today()
    return Certification.objects.create(
        town=town,
        level=level,
        scope_code=town.scope_code,
        town_name=town.name,
        category=town.category,
        industry=town.industry,
        year=today.year,
        valid_from=today,
        source_title="认定通知",
        source_on=today,
    )
