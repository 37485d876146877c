"""Dull functions that make a small world for tests: regions, offices, people, rounds, towns.

``make_world()`` gives a province, two cities and four counties with every kind of post held by a
person of its own. ``world.actor("puxian.clerk")`` is who acts; ``client_of(actor)`` is signed in as
that person; ``tests.scenario`` takes applications through the chains with the real actions.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import connection, models
from django.test import Client
from django.urls import reverse

from criteria.models import Condition, CriteriaSet, Criterion, Indicator
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can, OfficeKind
from portal.core.models import Appointment, Office, PasswordRecord, Post, Region, User
from portal.core.uscc import check_digit
from portal.workspace.loading import load_criteria_set, load_indicators
from reviews.chain import CHAINS, current_chain
from subsidies.models import Clause, Policy
from tests.keeping import kept
from tests.services import ROOT
from towns.models import (
    Enterprise,
    Membership,
    Round,
    Town,
    TownFigure,
    TownFunction,
    TownGrant,
    TownYear,
)

FIXTURES = ROOT / "fixtures"
PASSWORD = "Test-password-1"
SINCE = date(2020, 1, 1)

# code, name, kind, parent, slug of its leading-group office
REGIONS = (
    ("140000", "山西省", "province", None, "sx"),
    ("140500", "晋城市", "city", "140000", "jincheng"),
    ("141000", "临汾市", "city", "140000", "linfen"),
    ("140525", "泽州县", "county", "140500", "zezhou"),
    ("140581", "高平市", "county", "140500", "gaoping"),
    ("141031", "隰县", "county", "141000", "xixian"),
    ("141033", "蒲县", "county", "141000", "puxian"),
)
SLUGS = {code: slug for code, _, _, _, slug in REGIONS}
# county's slug -> name, industry, category of its town
TOWNS = {
    "puxian": ("蒲县肉牛专业镇", "肉牛", "agriculture"),
    "xixian": ("隰县玉露香梨专业镇", "梨果", "agriculture"),
    "zezhou": ("泽州铸造专业镇", "铸造", "manufacturing"),
    "gaoping": ("高平生猪专业镇", "生猪", "agriculture"),
}
# level -> office that calls the round, criteria set, the county whose town takes part
CALLS = {
    "province": ("sx", "province-2022", "puxian"),
    "city": ("jincheng", "jincheng-2023", "zezhou"),
    "county": ("puxian", "puxian-2023", "puxian"),
}
OFFICE_POSTS = [
    kind.key for kind in POST_KINDS.values() if kind.office_kind == OfficeKind.LEADING_GROUP_OFFICE
]
FIGURES = {
    "output_value": "2600000000",
    "revenue": "2400000000",
    "employment": "3600",
    "tax": "90000000",
    "export_value": "12000000",
    "market_share_national": "35",
    "market_share_province": "60",
    "brands_provincial": "4",
    "standards_count": "6",
}


@dataclass
class World:
    """What ``make_world`` made, by short names."""

    regions: dict[str, Region] = field(default_factory=dict)
    offices: dict[str, Office] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    rounds: dict[str, Round] = field(default_factory=dict)
    towns: dict[str, Town] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        """The holder of a post: ``"puxian.clerk"``, ``"puxian.filer"``, ``"sx.member"`` and so on.

        ``expert2`` and ``member2`` are a second expert and the member of a second unit.
        """
        return self.actors[name]

    def of_office(self, office: Office, kind: str) -> Actor:
        """The holder of a kind of post in a leading-group office."""
        return self.actors[f"{office.slug}.{kind}"]

    def county_of(self, level: str) -> str:
        """The county whose town takes part in the round of a level."""
        return CALLS[level][2]


# --- reference data -----------------------------------------------------------------------------


def make_regions() -> dict[str, Region]:
    """The regions of the small world, by code."""
    made: dict[str, Region] = {}
    for code, name, kind, parent, _ in REGIONS:
        made[code] = Region.objects.create(
            code=code, name=name, kind=kind, parent=made[parent] if parent else None
        )
    return made


# --- offices and people -------------------------------------------------------------------------


def make_office(slug: str, name: str, kind: OfficeKind, region: Region, **fields: Any) -> Office:
    """An office of any kind."""
    return Office.objects.create(
        slug=slug, name=name, kind=kind.value, region=region, source="测试", **fields
    )


def make_person(username: str, name: str = "") -> User:
    """A person with an account and no appointment."""
    return User.objects.create_user(
        username=username, password=PASSWORD, display_name=name or username
    )


def make_post(office: Office, kind: str, username: str, *, unit: Office | None = None) -> Actor:
    """A post, a person of its own who holds it, and the actor they are."""
    group = Group.objects.create(name=f"post-{username}")
    post = Post.objects.create(
        office=office, kind=kind, title=POST_KINDS[kind].label, unit=unit, group=group
    )
    user = make_person(username, f"{office.region.name}{POST_KINDS[kind].label}")
    return appoint(user, post)


def make_posts(wanted: Sequence[tuple[Office, str, str]]) -> list[Actor]:
    """Many posts with a person each, as ``make_post`` makes one: (office, kind, sign-in name)."""
    groups = Group.objects.bulk_create(Group(name=f"post-{name}") for _, _, name in wanted)
    posts = Post.objects.bulk_create(
        Post(office=office, kind=kind, title=POST_KINDS[kind].label, group=group)
        for (office, kind, _), group in zip(wanted, groups, strict=True)
    )
    hashed = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(
            username=name,
            password=hashed,
            password_changed_at=clock.now(),
            display_name=f"{office.region.name}{POST_KINDS[kind].label}",
            home_office=office,
        )
        for office, kind, name in wanted
    )
    PasswordRecord.objects.bulk_create(
        PasswordRecord(user=user, password=hashed, set_at=clock.now()) for user in users
    )
    Appointment.objects.bulk_create(
        Appointment(post=post, user=user, holder_name=str(user), valid_from=SINCE)
        for post, user in zip(posts, users, strict=True)
    )
    return [
        Actor(name=str(user), user=user, office=post.office, post=post)
        for post, user in zip(posts, users, strict=True)
    ]


def appoint(user: User, post: Post, since: date = SINCE, until: date | None = None) -> Actor:
    """Appoint a person to a post; the actor they are when they act from it."""
    Appointment.objects.create(user=user, post=post, valid_from=since, valid_to=until)
    if user.home_office is None:
        user.home_office = post.office
        user.save(update_fields=["home_office"])
    return Actor(name=str(user), user=user, office=post.office, post=post)


def end_appointment(actor: Actor, on: date | None = None) -> None:
    """End the actor's appointment, yesterday when no day is given."""
    Appointment.objects.filter(user=actor.user, post=actor.post).update(
        valid_to=on or clock.today() - timedelta(days=1)
    )


def grant_town(actor: Actor, town: Town) -> TownGrant:
    """Give a filing unit's post a town to fill or submit for."""
    assert actor.post is not None
    grant: TownGrant = TownGrant.objects.create(
        content_object=town,
        group=actor.post.group,
        permission=TownGrant.permission_named("fill_town"),
        valid_from=SINCE,
        reason="填报授权",
    )
    return grant


def _staff(world: World, region: Region) -> None:
    slug = SLUGS[region.code]
    office = make_office(
        slug,
        f"{region.name}专业镇发展领导小组办公室",
        OfficeKind.LEADING_GROUP_OFFICE,
        region,
        document_word=f"{region.name[:1]}专镇办",
    )
    world.offices[slug] = office
    wanted = [(office, kind.rstrip("2"), f"{slug}.{kind}") for kind in [*OFFICE_POSTS, "expert2"]]
    for number, unit_name in (("", "工信局"), ("2", "财政局")):
        unit = make_office(
            f"{slug}-unit{number}",
            f"{region.name}{unit_name}",
            OfficeKind.MEMBER_UNIT,
            region,
            parent=office,
        )
        world.offices[unit.slug] = unit
        wanted.append((unit, "member", f"{slug}.member{number}"))
    world.actors |= {
        name: actor for (*_, name), actor in zip(wanted, make_posts(wanted), strict=True)
    }


def _file(world: World, region: Region) -> None:
    slug = SLUGS[region.code]
    unit = make_office(
        f"{slug}-filing", f"{region.name}专业镇填报单位", OfficeKind.FILING_UNIT, region
    )
    world.offices[unit.slug] = unit
    town = make_town(region, *TOWNS[slug])
    world.towns[slug] = town
    wanted = [(unit, kind, f"{slug}.{kind}") for kind in ("filer", "submitter", "contact")]
    for (*_, name), actor in zip(wanted, make_posts(wanted), strict=True):
        if actor.can(Can.FILL) or actor.can(Can.SUBMIT):
            grant_town(actor, town)
        world.actors[name] = actor


def make_zone(world: World, code: str, name: str, slug: str, parent: str) -> Region:
    """A development zone under a city with its own office, filing unit, people and town."""
    zone = Region.objects.create(code=code, name=name, kind="zone", parent=world.regions[parent])
    world.regions[code] = zone
    SLUGS[code], TOWNS[slug] = slug, (f"{name}光机电专业镇", "光机电", "manufacturing")
    _staff(world, zone)
    _file(world, zone)
    return zone


# --- towns and rounds ---------------------------------------------------------------------------


def uscc(serial: int, region: str = "140500") -> str:
    """A valid unified social credit code."""
    body = f"91{region}{serial:09d}"
    return body + check_digit(body)


def make_town(
    county: Region, name: str, industry: str = "陶瓷", category: str = "manufacturing"
) -> Town:
    """A town with three years of figures, one leading and eleven other enterprises, services."""
    town = Town.objects.create(
        county=county, name=name, industry=industry, category=category, products=industry
    )
    known = {row.key: row for row in Indicator.objects.filter(subject="town", source="reported")}
    year = clock.today().year - 1
    TownFigure.objects.bulk_create(
        TownFigure(town=town, year=year - back, indicator=known[key], value=Decimal(value))
        for key, value in FIGURES.items()
        for back in range(3)
    )
    enterprises = Enterprise.objects.bulk_create(
        Enterprise(
            uscc=uscc(town.pk * 100 + number, county.code),
            name=f"{name}企业{number}",
            entity="enterprise",
        )
        for number in range(12)
    )
    Membership.objects.bulk_create(
        Membership(
            town=town,
            enterprise=row,
            scope_code=town.scope_code,
            role="supporting" if number else "leading",
        )
        for number, row in enumerate(enterprises)
    )
    functions = json.loads((FIXTURES / "service_functions.json").read_text())
    TownFunction.objects.bulk_create(
        TownFunction(town=town, key=row["key"], state="present") for row in functions
    )
    return town


def make_round(office: Office, criteria_set: CriteriaSet, key: str, **fields: Any) -> Round:
    """A round that has been open for a month and stays open for another."""
    today = clock.today()
    chain = current_chain(criteria_set.level)
    values: dict[str, Any] = {
        "title": f"{today.year}年度{criteria_set.level_adjective}专业镇申报",
        "year": today.year,
        "figures_year": today.year - 1,
        "opens_on": today - timedelta(days=30),
        "closes_on": today + timedelta(days=30),
        "score_max": 10,
        "step_days": {step.key: 5 for step in CHAINS[chain.key, chain.version].steps},
        "notice_days": 5,
    }
    return Round.objects.create(
        key=key,
        office=office,
        level=criteria_set.level,
        criteria_set=criteria_set,
        chain_key=chain.key,
        chain_version=chain.version,
        **(values | fields),
    )


def make_policy(region: Region) -> Policy:
    """A policy of a region with one clause."""
    policy = Policy.objects.create(
        key=f"policy-{region.code}",
        title=f"{region.name}促进专业镇发展若干措施",
        document_number="测政办发〔2023〕1号",
        issuing_organ=f"{region.name}人民政府办公室",
        level=region.kind,
        region=region,
    )
    Clause.objects.create(
        policy=policy,
        key=f"{region.code}-1",
        ordinal=1,
        clause="一(一)",
        beneficiary="专业镇",
        trigger="认定为专业镇",
        kind="奖励",
        amount_text="50万元",
        amount_stated=True,
        quote="对认定的专业镇给予50万元奖励。",
    )
    return policy


def make_indicator(office: Office, **fields: Any) -> Indicator:
    """An indicator that an office added, the same one each time."""
    region = office.region
    row, _ = Indicator.objects.get_or_create(
        key=f"i{region.code}-1",
        defaults={
            "name": f"{region.name}示范户数",
            "unit": "户",
            "type": "count",
            "subject": "town",
            "source": "reported",
            "region": region,
            "ordinal": 1000,
            "minimum": 0,
            **fields,
        },
    )
    return row


def make_draft(office: Office, key: str = "", state: str = "draft", **fields: Any) -> CriteriaSet:
    """A draft of an office's own criteria with one criterion and one condition, made once a key."""
    region = office.region
    key = key or f"draft-{office.slug}"
    present = CriteriaSet.objects.filter(key=key).first()
    if present is not None:
        return present
    made: CriteriaSet = CriteriaSet.objects.create(
        key=key,
        level=region.level.key,
        region=region,
        title=f"{region.name}专业镇认定标准（修订）",
        document_number="测政办发〔2026〕8号",
        document_title=f"{region.name}专业镇认定管理办法",
        scope_clause="二",
        issued_on=clock.today(),
        effective_from=clock.today(),
        categories=[
            {"key": "manufacturing", "name": "制造业"},
            {"key": "agriculture", "name": "特优农业"},
        ],
        created_at=clock.now(),
        **fields,
    )
    criterion = Criterion.objects.create(
        criteria_set=made,
        key="scale",
        ordinal=1,
        clause="二(一)",
        title="规模",
        text="主导产业产值10亿元以上。",
        nature="figures",
        ask="填报主导产业产值。",
    )
    Condition.objects.create(
        criterion=criterion,
        key="scale-output",
        indicator=Indicator.objects.get(key="output_value"),
        operator="ge",
        threshold=Decimal(1_000_000_000),
        firmness="firm",
        categories=[],
        quote="主导产业产值10亿元以上",
        ordinal=1,
    )
    if state != "draft":
        made.state = state
        made.save(update_fields=["state"])
    return made


# --- the world ----------------------------------------------------------------------------------


@kept
def make_world() -> World:
    """A province, two cities, four counties, everyone in post, a round of each level."""
    world = World(regions=make_regions())
    load_indicators(FIXTURES)
    for region in world.regions.values():
        _staff(world, region)
        if region.kind == "county":
            _file(world, region)
    for level, (slug, criteria, _) in CALLS.items():
        criteria_set = load_criteria_set(FIXTURES / "criteria" / f"{criteria}.json")
        world.rounds[level] = make_round(world.offices[slug], criteria_set, f"{level}-now")
    return world


def client_of(actor: Actor) -> Client:
    """A client whose person has just signed in; ``office_url`` gives it addresses.

    The session is made by hand: no sign-in is noted, and nothing is asked again for a while.
    """
    user = actor.user
    assert user is not None
    client = Client()
    session = client.session
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "portal.core.accounts.backends.PasswordBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session["account_authentication_methods"] = [{"method": "password", "at": time.time()}]
    session["account_authentication_methods_user"] = str(user.pk)
    session["seen_at"] = session["signed_in_at"] = int(time.time())
    session.save()
    return client


def sign_in(
    actor: Actor, password: str = PASSWORD, *, address: str = "192.0.2.1", **data: str
) -> tuple[Client, Any]:
    """Sign in by the page itself, from an address; the client and the answer."""
    client = Client(REMOTE_ADDR=address)
    assert actor.user is not None
    answer = client.post(
        reverse("login"), {"login": actor.user.username, "password": password, **data}
    )
    return client, answer


def age_session(client: Client, **seconds: int) -> None:
    """Make a session older: ``age_session(client, seen_at=1800)``; ``shown_at`` is the password."""
    session = client.session
    for name, back in seconds.items():
        if name == "shown_at":
            rows = session["account_authentication_methods"]
            session["account_authentication_methods"] = [
                {**row, "at": row["at"] - back} for row in rows
            ]
        else:
            session[name] = session[name] - back
    session.save()


# --- many rows ----------------------------------------------------------------------------------


def multiply(row: models.Model, count: int, **expressions: str) -> range:
    """Copy a row ``count`` times inside PostgreSQL; the range of the new primary keys.

    ``expressions`` are SQL by column, in which ``n`` is 1..count, so that rows of two tables can
    point at each other: ``town_id=f"{towns.start - 1} + n"``. Every other column keeps its value.
    """
    meta = row._meta
    table, key = meta.db_table, meta.pk.column
    columns = [str(f.column) for f in meta.concrete_fields if f.column != key]
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT COALESCE(MAX("{key}"), 0) FROM "{table}"')
        base = int(cursor.fetchone()[0])
        values = ", ".join(expressions.get(name, f't."{name}"') for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        cursor.execute(
            f'INSERT INTO "{table}" ("{key}", {names}) '
            f"SELECT {base} + n, {values.replace('%', '%%')} "
            f'FROM "{table}" t CROSS JOIN generate_series(1, %s) AS n WHERE t."{key}" = %s '
            "ORDER BY n",
            [count, row.pk],
        )
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, key, base + count]
        )
    return range(base + 1, base + count + 1)


def report_year(
    world: World, slug: str, year: int | None = None, *, state: str = "reported"
) -> TownYear:
    """A year of a county's town as its filer reported it, or in a later state."""
    filer = world.actor(f"{slug}.filer")
    row, _ = TownYear.objects.update_or_create(
        town=world.towns[slug],
        year=year or clock.today().year - 1,
        defaults={
            "state": state,
            "reported_by": filer.user,
            "reported_name": filer.name,
            "reported_at": clock.now(),
            "confirmed_at": clock.now() if state in ("confirmed", "corrected") else None,
        },
    )
    return row
