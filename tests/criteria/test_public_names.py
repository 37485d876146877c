"""People of a set stand on no public page: the office and the day are enough."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.formatting import cn_date
from portal.core.web import office_url
from tests.factories import World, client_of, make_draft, make_world

pytestmark = pytest.mark.django_db
NAMES = sorted(
    field.name for field in CriteriaSet._meta.concrete_fields if field.name.endswith("_name")
)
PERSON = {name: f"某{name}某" for name in NAMES}


@pytest.fixture
def world() -> World:
    return make_world()


def law_of(world: World, state: str) -> CriteriaSet:
    """A version whose people are all named, as in no other row."""
    today = clock.today()
    gone = {"withdrawn_at": clock.now(), "withdrawn_on": today, "withdrawal_reason": "文件废止"}
    return make_draft(
        world.offices["puxian"],
        f"named-{state}",
        state,
        version=7,
        published_at=clock.now(),
        changed_at=clock.now(),
        **PERSON,
        **(gone if state == "withdrawn" else {}),
    )


@pytest.mark.parametrize("state", ["published", "withdrawn"])
@pytest.mark.parametrize(
    "name",
    [
        "public-criteria",
        "public-criteria-list",
        "public-criteria-compare",
        "public-criteria-export",
    ],
)
def test_no_public_page_names_people(world: World, name: str, state: str) -> None:
    assert NAMES == ["changed_name", "proposed_name", "published_name", "withdrawn_name"]
    row = law_of(world, state)
    address = reverse(name, args=[] if name.endswith("list") else [row.key])
    query = {"with": "puxian-2023"} if name.endswith("compare") else {}
    answer = Client().get(address, query)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert row.title in page
    assert {person for person in PERSON.values() if person in page} == set()


def test_a_version_says_who_confirmed_it_to_those_who_may_know(world: World) -> None:
    """The region's own offices read the name, others and the public the office alone."""
    row = law_of(world, "published")
    day, office = cn_date(row.published_at), world.offices["puxian"].name
    clerk, neighbour, city = (
        world.actor(name) for name in ("puxian.clerk", "xixian.clerk", "linfen.clerk")
    )
    pages = [Client().get(reverse("public-criteria", args=[row.key]))]
    pages += [
        client_of(actor).get(office_url(actor, "criteria-set", row.key))
        for actor in (neighbour, clerk, city)
    ]
    said = [re.sub(r"<[^>]+>|\s+", "", page.content.decode()) for page in pages]
    assert [f"{office}于{day}确认发布" in page for page in said] == [True, True, False, False]
    named = f"{PERSON['published_name']}于{day}确认发布"
    assert [named in page for page in said] == [False, False, True, True]
