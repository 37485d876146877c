"""A NUL in an address is no text of ours: the page is not found, and nothing breaks."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from portal.core.web import office_url
from tests.factories import World, client_of, make_draft, make_world

pytestmark = pytest.mark.django_db
NUL = "%00"
PUBLIC = (
    ("self-check", (), ("set", "search", "category", "page", "level")),
    ("public-criteria-list", (), ("search", "standing", "page")),
    ("public-criteria-compare", ("puxian-2023",), ("with", "category")),
)
OFFICES = (
    ("criteria", (), ("search", "kind", "page")),
    ("criteria-set", ("{draft}",), ("post",)),
    ("criteria-compare", ("puxian-2023",), ("with", "category")),
    ("criteria-trial", ("puxian-2023",), ("search", "town", "year", "category")),
    ("criteria-preview", ("{draft}",), ("category",)),
    ("indicators", (), ("search", "kind", "page")),
    ("category-new", (), ("set",)),
    ("gaps", (), ("year", "search", "sort", "view", "page")),
    ("simulations", (), ("search", "page")),
    ("notifications", (), ("kind", "page")),
)


def asked(table: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...]) -> list[tuple[str, ...]]:
    """Each address with each of its parameters."""
    return [(name, *arguments, given) for name, arguments, names in table for given in names]


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize("name", [NUL, f"a{NUL}b", f"search={NUL}"])
def test_a_nul_anywhere_in_an_address(world: World, name: str) -> None:
    for address in (f"/public/{name}/", f"/public/self-check/?{name}", f"/public/?x{name}=1"):
        assert Client().get(address).status_code == 404, address


@pytest.mark.parametrize(("name", "given"), [(row[0], row[-1]) for row in asked(PUBLIC)])
def test_public_pages(world: World, name: str, given: str) -> None:
    arguments = next(row[1] for row in PUBLIC if row[0] == name)
    address = reverse(name, args=arguments)
    assert Client().get(f"{address}?{given}={NUL}").status_code == 404


def test_pages_of_offices(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    draft = make_draft(world.offices["puxian"])
    client, wrong = client_of(clerk), []
    for name, *arguments, given in asked(OFFICES):
        filled = [text.replace("{draft}", draft.key) for text in arguments]
        address = office_url(clerk, name, *filled)
        answer = client.get(f"{address}{'&' if '?' in address else '?'}{given}=x{NUL}")
        if answer.status_code != 404:
            wrong.append(f"{name} {given}: {answer.status_code}")
    assert not wrong


def test_what_was_checked_is_carried_without_a_nul(world: World) -> None:
    filer = world.actor("puxian.filer")
    client, address = client_of(filer), reverse("self-check-carry")
    assert client.get(address, {"set": "puxian-2023"}).status_code == 200
    assert client.get(f"{address}?set={NUL}").status_code == 404
    assert client.get(f"{address}?output_value=1&x={NUL}").status_code == 404
    # What is written out stays what it is: no NUL, a percent sign and two noughts.
    assert client.get(f"{address}?set=%2500").status_code == 200
