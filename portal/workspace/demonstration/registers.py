"""Demonstration towns, enterprises, figures and accounts. Invented, and marked so on every row."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import transaction

from criteria.models import Indicator
from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.constants import POST_KINDS, Can
from portal.core.models import Appointment, Office, Post, Region, User
from portal.workspace.loading import ensure_post
from towns.actions import register_town
from towns.actions.entries import enter_stage
from towns.constants import ENTITY_CHOICES, FUNCTION_STATE_CHOICES, STAGE_CHOICES
from towns.honours import kind_of, level_of
from towns.models import (
    Enterprise,
    EnterpriseFigure,
    Honour,
    Membership,
    Town,
    TownFigure,
    TownFunction,
    TownGrant,
    TownYear,
)

SINCE = date(2023, 1, 1)
# 机关代字 are not in the documents; these are set for the demonstration only.
DOCUMENT_WORDS = {"sx": "晋专镇办发", "jincheng": "晋市专镇办发", "puxian": "蒲专镇办发"}


def read(folder: Path, name: str) -> Any:
    """One demonstration file."""
    return json.loads((folder / "demo" / name).read_text(encoding="utf-8"))


def _keys(choices: list[tuple[str, str]]) -> dict[str, str]:
    return {label: key for key, label in choices}


@transaction.atomic
def load_town(row: dict[str, Any]) -> Town:
    """One town with its enterprises, three years of figures, services and honours."""
    county = Region.objects.get(code=row["county"])
    present = Town.objects.filter(county=county, name=row["name"]).first()
    if present is not None:
        return present
    town = register_town(
        actor=SYSTEM,
        county=county,
        name=row["name"],
        industry=row["industry"],
        products="、".join(row["products"]),
        category=row["category"],
        lead_bureau=row["lead_bureau"],
        further_counties=Region.objects.filter(code__in=row["further_counties"]),
        source=row["source"],
        on=SINCE,
        reason="演示数据",
    )
    town.demo_note = row["demo_note"]
    town.save(update_fields=["demo_note"])
    stage = _keys(STAGE_CHOICES)[row["stage"]]
    if stage != town.stage:
        enter_stage(SYSTEM, town, stage, SINCE, reason="演示数据")
    indicators = {item.key: item for item in Indicator.objects.all()}
    TownFigure.objects.bulk_create(
        TownFigure(
            town=town,
            year=int(year),
            indicator=indicators[key],
            value=Decimal(value),
            source="演示数据",
        )
        for year, figures in row["figures"].items()
        for key, value in figures.items()
    )
    above, moment = county.parent, clock.now()
    TownYear.objects.bulk_create(
        TownYear(
            town=town,
            year=int(year),
            state="confirmed",
            reported_name="演示数据",
            reported_at=moment,
            confirmed_name="演示数据",
            confirmed_office=f"{above.name if above else ''}领导小组办公室",
            confirmed_at=moment,
        )
        for year in row["figures"]
    )
    states = _keys(FUNCTION_STATE_CHOICES)
    TownFunction.objects.bulk_create(
        TownFunction(
            town=town,
            key=key,
            state=states[label],
            platform=row["function_platforms"].get(key, ""),
        )
        for key, label in row["service_functions"].items()
    )
    _load_enterprises(town, row["enterprises"], indicators)
    return town


def _load_enterprises(
    town: Town, rows: list[dict[str, Any]], indicators: dict[str, Indicator]
) -> None:
    entities = _keys(ENTITY_CHOICES)
    for item in rows:
        enterprise, created = Enterprise.objects.get_or_create(
            uscc=item["uscc"],
            defaults={
                "name": item["name"],
                "entity": entities[item["kind"]],
                "demo_note": item["demo_note"],
            },
        )
        Membership.objects.create(
            town=town,
            enterprise=enterprise,
            role=item["role"],
            main_products=item["main_products"],
            since=date.fromisoformat(item["since"]),
        )
        if not created:
            continue
        EnterpriseFigure.objects.bulk_create(
            EnterpriseFigure(
                enterprise=enterprise,
                year=int(year),
                indicator=indicators[key],
                value=Decimal(value),
            )
            for year, figures in item["figures"].items()
            for key, value in figures.items()
        )
        Honour.objects.bulk_create(
            Honour(
                enterprise=enterprise,
                **_honour(honour),
                number=honour["number"],
                awarded_on=date.fromisoformat(honour["awarded_on"]),
            )
            for honour in item["honours"]
        )


def _honour(row: dict[str, Any]) -> dict[str, str]:
    """Kind, level and name of an honour as it is written in the file."""
    named = kind_of(row["kind"])
    level = level_of(row["level"]) or ""
    if named is None:
        return {"kind": "other", "level": level, "title": row["kind"]}
    return {"kind": named.kind, "level": named.level or level}


def filing_unit(key: str, town: Town, name: str) -> Office:
    """The office of the unit that fills the application of a town."""
    unit, _ = Office.objects.get_or_create(
        slug=f"unit-{key}",
        defaults={
            "name": name,
            "kind": "filing_unit",
            "region": town.county,
            "parent": Office.objects.get(kind="leading_group_office", region=town.county),
        },
    )
    return unit


@transaction.atomic
def load_people(
    rows: list[dict[str, Any]], units: dict[str, tuple[Office, Town]], password: str
) -> None:
    """Accounts with their posts. One hash serves all: they share one demonstration password."""
    hashed = make_password(password)
    offices = {office.slug: office for office in Office.objects.all()}
    for row in rows:
        user, _ = User.objects.get_or_create(
            username=row["username"],
            defaults={"display_name": row["display_name"]},
        )
        user.password, user.is_demo = hashed, True
        user.save(update_fields=["password", "is_demo"])
        places = [item["office"] for item in row["appointments"]]
        if len(places) > 1 and not any(isinstance(place, str) for place in places):
            _appoint_bureau(user, row["appointments"], units)
            continue
        for item in row["appointments"]:
            place = item["office"]
            office = offices[place] if isinstance(place, str) else units[place["filing_unit"]][0]
            post = _appoint(user, office, item["post"], item["title"])
            if not isinstance(place, str) and Can.CONTRIBUTE not in POST_KINDS[post.kind].can:
                _give(post, units[place["filing_unit"]][1])


def _appoint(user: User, office: Office, kind: str, title: str) -> Post:
    post = _of_the_document(office, kind, user) or ensure_post(office, kind, title)
    Appointment.objects.get_or_create(
        post=post, valid_to=None, defaults={"user": user, "valid_from": SINCE}
    )
    if user.home_office is None:
        user.home_office = office
        user.save(update_fields=["home_office"])
    return post


def _of_the_document(office: Office, kind: str, user: User) -> Post | None:
    """The post the document itself names, where nobody else of the demonstration holds it."""
    return (
        Post.objects.filter(office=office, kind=kind)
        .exclude(source="")
        .exclude(appointments__in=Appointment.objects.held().exclude(user=user))
        .order_by("pk")
        .first()
    )


def _give(post: Post, town: Town) -> None:
    TownGrant.objects.get_or_create(
        content_object=town,
        group=post.group,
        permission=TownGrant.permission_named("fill_town"),
        defaults={"valid_from": SINCE, "reason": "填报单位（演示）"},
    )


def _appoint_bureau(
    user: User, appointments: list[dict[str, Any]], units: dict[str, tuple[Office, Town]]
) -> None:
    """A person who fills for several towns does so at the county's lead bureau, from one post."""
    keys = [item["office"]["filing_unit"] for item in appointments]
    towns = [units[key][1] for key in keys]
    bureau = towns[0].lead_bureau
    office = filing_unit(f"{keys[0]}-bureau", towns[0], f"{bureau}（演示）")
    kind = appointments[0]["post"]
    post = _appoint(user, office, kind, f"{bureau}{POST_KINDS[kind].label}（演示）")
    for town in towns:
        _give(post, town)


def load_registers(folder: Path, password: str) -> dict[str, Town]:
    """Towns by key, with their filing units and every account."""
    towns: dict[str, Town] = {}
    units: dict[str, tuple[Office, Town]] = {}
    for row in read(folder, "towns.json"):
        town = load_town(row)
        towns[row["key"]] = town
        units[row["key"]] = (filing_unit(row["key"], town, row["filing_unit"]), town)
    load_people(read(folder, "people.json"), units, password)
    for slug, word in DOCUMENT_WORDS.items():
        Office.objects.filter(slug=slug, document_word="").update(document_word=word)
    return towns


def copy_of(folder: Path, key: str, name: str, original: str) -> Town:
    """A further demonstration town, for runs beyond those prepared."""
    row = next(item for item in read(folder, "towns.json") if item["key"] == original)
    town = load_town({**row, "key": key, "name": name})
    unit = filing_unit(key, town, row["filing_unit"])
    for kind, username in (("filer", "filer"), ("submitter", "submitter")):
        title = f"{name}{POST_KINDS[kind].label}"
        _give(_appoint(User.objects.get(username=username), unit, kind, title), town)
    return town
