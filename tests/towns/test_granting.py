"""Towns given to posts of filing units: by whom, for how long, taken back at once."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Post
from portal.core.web import office_url
from reviews.models import Case
from tests import scenario
from tests.factories import World, client_of, make_town, make_world
from towns.actions import grant_town, revoke_town_grant
from towns.models import Town, TownGrant
from towns.policies import may_grant_town

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


@pytest.fixture
def town(world: World) -> Town:
    """A second town of the county, given to nobody yet."""
    return make_town(world.regions["141033"], "蒲县核桃专业镇", "核桃", "agriculture")


def post_of(world: World, name: str) -> Post:
    """The post of a named actor."""
    post = world.actor(name).post
    assert post is not None
    return post


def give(world: World, town: Town, *, since: int = 0, until: int | None = 5) -> TownGrant:
    """The county's director gives the town to its filer, for days counted from today."""
    return grant_town(
        actor=world.actor("puxian.office_director"),
        town=town,
        post=post_of(world, "puxian.filer"),
        since=clock.today() + DAY * since,
        until=None if until is None else clock.today() + DAY * until,
        reason="负责核桃专业镇填报",
    )


def sees(actor: Actor, town: Town) -> bool:
    """Whether the actor's post sees the town."""
    return Town.objects.visible_to(actor).filter(pk=town.pk).exists()


WHO_GRANTS = [
    ("puxian.office_director", "puxian.filer", True),
    ("puxian.office_deputy_director", "puxian.submitter", True),
    ("puxian.office_director", "xixian.filer", False),
    ("puxian.office_director", "puxian.clerk", False),
    ("puxian.office_director", "puxian.member", False),
    ("puxian.clerk", "puxian.filer", False),
    ("puxian.system_admin", "puxian.filer", False),
    ("xixian.office_director", "xixian.filer", False),
    ("linfen.office_director", "puxian.filer", False),
    ("puxian.filer", "puxian.submitter", False),
]


@pytest.mark.parametrize(("who", "whose", "may"), WHO_GRANTS)
def test_who_gives_a_town_to_whom(
    world: World, town: Town, who: str, whose: str, may: bool
) -> None:
    verdict = may_grant_town(world.actor(who), town, post_of(world, whose))
    assert verdict.ok is may
    if not may:
        assert verdict.reason
        with pytest.raises(Refused):
            grant_town(actor=world.actor(who), town=town, post=post_of(world, whose),
                       since=clock.today(), until=None, reason="填报")  # fmt: skip


def test_a_grant_runs_for_its_days_without_any_job(world: World, town: Town) -> None:
    filer = world.actor("puxian.filer")
    assert not sees(filer, town)
    grant = give(world, town, since=1, until=5)
    assert grant.granted_by == world.actor("puxian.office_director").user
    seen = []
    for distance in (0, 1, 5, 6):
        with clock.at(clock.today() + DAY * distance):
            seen.append(sees(filer, town))
    assert seen == [False, True, True, False]
    assert not sees(world.actor("puxian.submitter"), town), "the filer's post alone"


def test_taken_back_at_once_from_page_and_case(world: World) -> None:
    case, filer = scenario.file(world, "county"), world.actor("puxian.filer")
    town, client = world.towns["puxian"], client_of(filer)
    grant = TownGrant.objects.get(content_object=town, group=post_of(world, "puxian.filer").group)
    address = office_url(filer, "town", town.pk)
    assert client.get(address).status_code == 200
    assert Case.objects.visible_to(filer).get() == case
    revoke_town_grant(actor=world.actor("puxian.office_director"), grant=grant, reason="调整分工")
    assert client.get(address).status_code == 404
    assert not Case.objects.visible_to(filer).exists()
    with pytest.raises(Stale, match="已经撤销"):
        revoke_town_grant(actor=world.actor("puxian.office_director"), grant=grant, reason="再次")


def test_given_again_is_one_row_and_the_ledger_keeps_the_rest(world: World, town: Town) -> None:
    filer = world.actor("puxian.filer")
    grant = give(world, town, until=1)
    revoke_town_grant(actor=world.actor("puxian.office_director"), grant=grant, reason="调整分工")
    assert not sees(filer, town)
    again = give(world, town, until=9)
    assert again.pk == grant.pk
    assert (again.revoked_at, again.revoked_reason) == (None, "")
    assert sees(filer, town)
    longer = give(world, town, until=None)
    assert longer.valid_to is None
    entries = LedgerEntry.objects.filter(chain=f"towns.town:{town.pk}").order_by("seq")
    assert [entry.verb for entry in entries] == [
        "grant_town", "revoke_town_grant", "grant_town", "grant_town",
    ]  # fmt: skip
    assert entries[0].before == ""
    assert json.loads(entries[2].before)["revoked"] == "调整分工"
    assert json.loads(entries[3].before)["to"] == str(clock.today() + DAY * 9)
    assert {entry.scope_code for entry in entries} == {"141033"}
    with pytest.raises(Stale, match="无需重复办理"):
        give(world, town, until=None)


@pytest.mark.parametrize(
    ("since", "until", "reason", "field"),
    [(3, 1, "填报", "until"), (-9, -1, "填报", "until"), (0, 5, " ", "reason")],
)
def test_bad_periods_and_missing_reasons(
    world: World, town: Town, since: int, until: int, reason: str, field: str
) -> None:
    with pytest.raises(ValidationError) as error:
        grant_town(
            actor=world.actor("puxian.office_director"),
            town=town,
            post=post_of(world, "puxian.filer"),
            since=clock.today() + DAY * since,
            until=clock.today() + DAY * until,
            reason=reason,
        )
    assert list(error.value.message_dict) == [field]
    assert not TownGrant.objects.filter(content_object=town).exists()


@pytest.mark.parametrize("name", ["puxian.clerk", "xixian.office_director", "linfen.system_admin"])
def test_others_take_nothing_back(world: World, name: str) -> None:
    grant = TownGrant.objects.filter(content_object=world.towns["puxian"]).first()
    assert grant is not None
    with pytest.raises(Refused, match="蒲县"):
        revoke_town_grant(actor=world.actor(name), grant=grant, reason="无")
    grant.refresh_from_db()
    assert grant.revoked_at is None


def test_an_expired_grant_is_not_taken_back_but_given_anew(world: World, town: Town) -> None:
    with clock.at(clock.today() - DAY * 20):
        grant = give(world, town, until=5)
    director = world.actor("puxian.office_director")
    with pytest.raises(Stale, match="到期"):
        revoke_town_grant(actor=director, grant=grant, reason="无")
    assert give(world, town).pk == grant.pk
    assert sees(world.actor("puxian.filer"), town)


def test_taking_back_needs_a_reason(world: World, town: Town) -> None:
    grant = give(world, town)
    with pytest.raises(ValidationError) as error:
        revoke_town_grant(actor=world.actor("puxian.office_director"), grant=grant, reason="")
    assert list(error.value.message_dict) == ["reason"]
