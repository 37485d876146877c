"""Values of many towns at once: the same numbers as one by one, in as many queries for any."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from criteria.models import Indicator
from portal.core import clock
from tests.factories import World
from towns.bulk_values import values_of_many
from towns.constants import PLATFORM_KIND_CHOICES, SERVICE_FUNCTIONS
from towns.counting import INDICATORS
from towns.honours import HONOUR_KINDS
from towns.models import (
    Enterprise,
    Honour,
    Membership,
    Platform,
    Town,
    TownFigure,
    TownFunction,
)
from towns.queries import values_of

pytestmark = pytest.mark.django_db
YEAR = 2025
DAYS = (date(2023, 6, 30), date(2024, 12, 31), date(2025, 3, 1), date(2026, 1, 1))


def some_day(chance: random.Random) -> date | None:
    return chance.choice([None, date(2023, 1, 1) + timedelta(days=chance.randrange(1200))])


def period(chance: random.Random) -> dict[str, date | None]:
    since, until = some_day(chance), some_day(chance)
    if since and until and until < since:
        since, until = until, since
    return {"since": since, "until": until}


def registers_at_random(world: World, seed: int) -> list[Town]:
    """Towns whose members, honours, functions, platforms and figures begin and end on any day."""
    chance = random.Random(seed)
    base = world.towns["puxian"]
    towns = [
        Town.objects.create(name=f"随机{seed}镇{n}", county=base.county, industry="肉牛",
                            category="agriculture")
        for n in range(4)
    ]  # fmt: skip
    firms = Enterprise.objects.bulk_create(
        Enterprise(uscc=f"9214{seed:04d}{n:010d}", name=f"随机{seed}企业{n}", entity="enterprise")
        for n in range(12)
    )
    roles = ("leading", "backbone", "supporting")
    # The last town has nothing at all; some firms are part of two towns, one twice of the same.
    for town in towns[:3]:
        for firm in chance.sample(firms, 7):
            for _ in range(chance.choice([1, 1, 2])):
                dates = period(chance)
                if Membership.objects.filter(town=town, enterprise=firm, until=None).exists():
                    dates["until"] = dates["until"] or date(2027, 1, 1)
                row = Membership(town=town, enterprise=firm, role=chance.choice(roles), **dates)
                row.save()
    kinds = sorted(HONOUR_KINDS)
    levels = ("", "international", "national", "province", "city")
    made = [
        Honour(
            **{"town": chance.choice(towns[:3])}
            if chance.random() < 0.3
            else {"enterprise": chance.choice(firms)},
            kind=chance.choice(kinds),
            level=chance.choice(levels),
            title=chance.choice(["", "某某", "甲"]),
            number=chance.choice(["", "GB/T 1-2020", "gb/t1—2020", f"号{n}"]),
            awarded_on=some_day(chance),
            valid_to=chance.choice([None, None, some_day(chance)]),
            revoked_on=date(2025, 1, 1) if n % 9 == 0 else None,
            revoked_as=("withdrawn", "mistake")[n % 2] if n % 9 == 0 else "",
        )
        for n in range(90)
    ]
    Honour.objects.bulk_create(made, ignore_conflicts=True)
    for town in towns[:3]:
        for key, _ in SERVICE_FUNCTIONS:
            TownFunction.objects.create(
                town=town,
                key=key,
                state=chance.choice(["present", "building", "absent"]),
                **period(chance),
            )
        for n in range(5):
            Platform.objects.create(
                town=town,
                kind=chance.choice(PLATFORM_KIND_CHOICES)[0],
                name=f"平台{n}",
                state=chance.choice(["present", "building"]),
                **period(chance),
            )
        for year in (YEAR - 2, YEAR - 1, YEAR):
            for indicator in Indicator.objects.filter(subject="town", source="reported"):
                if chance.random() < 0.7:
                    TownFigure.objects.create(
                        town=town,
                        year=year,
                        indicator=indicator,
                        value=Decimal(chance.randrange(10**9)) / 100,
                    )
    return towns


@pytest.mark.parametrize("seed", range(3))
def test_many_towns_have_the_values_of_each(world: World, seed: int) -> None:
    towns = [*registers_at_random(world, seed), world.towns["puxian"]]
    seen: dict[str, set[Decimal]] = {key: set() for key in INDICATORS}
    for day in (*DAYS, clock.today()):
        found = values_of_many([town.pk for town in towns], YEAR, day=day)
        assert list(found) == [town.pk for town in towns]
        for town in towns:
            alone = values_of(town, YEAR, day=day)
            assert found[town.pk] == alone, (town.name, day)
            for key in INDICATORS:
                seen[key].add(alone[key])
    counted = [key for key, numbers in seen.items() if len(numbers) > 1]
    assert len(counted) >= 10, f"the registers made at random tell too little: {seen}"


def test_named_values_and_years_stated_by_conditions(world: World) -> None:
    towns = registers_at_random(world, 11)
    keys = sorted(
        Indicator.objects.filter(subject="town", source="reported").values_list("key", flat=True)
    )
    only = {
        keys[0],
        f"{keys[0]}@{YEAR - 2}",
        f"{keys[1]}@{YEAR}",
        f"{keys[2]}@1999",
        "leading_enterprises",
        "no_such_indicator",
    }
    found = values_of_many([town.pk for town in towns], YEAR, only=only)
    for town in towns:
        assert found[town.pk] == values_of(town, YEAR, only)
        assert set(found[town.pk]) <= only
    given = {key for values in found.values() for key in values}
    assert given == {keys[0], f"{keys[0]}@{YEAR - 2}", f"{keys[1]}@{YEAR}", "leading_enterprises"}
    nothing = values_of_many([towns[0].pk], YEAR, only=[])
    assert nothing == {towns[0].pk: values_of(towns[0], YEAR, [])} == {towns[0].pk: {}}


def test_queries_do_not_grow_with_towns(world: World) -> None:
    towns = [town.pk for town in registers_at_random(world, 12)]
    counts = []
    for some in (towns[:1], towns[:3], towns):
        with CaptureQueriesContext(connection) as seen:
            values_of_many(some, YEAR)
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2] <= 7, counts
    with CaptureQueriesContext(connection) as seen:
        values_of_many(towns, YEAR, only={"supporting_enterprises"})
    assert len(seen) <= 2, "registers that no rule asks for are not read"
