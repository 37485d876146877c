"""A small world, and an application of Pu county in the provincial round."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from portal.core.actor import Actor
from portal.core.web import office_url
from tests import scenario
from tests.factories import World, client_of, make_world
from towns.actions import save_answer, save_overview, start_application
from towns.models import Application

Get = Callable[..., Any]


@pytest.fixture
def world(db: None) -> World:
    """Regions, offices, people, rounds and towns."""
    return make_world()


@pytest.fixture
def filer(world: World) -> Actor:
    """Who fills for Pu county's town."""
    return world.actor("puxian.filer")


@pytest.fixture
def application(world: World, filer: Actor) -> Application:
    """A draft that has just been started."""
    return start_application(actor=filer, town=world.towns["puxian"], call=world.rounds["province"])


@pytest.fixture
def complete(world: World, filer: Actor, application: Application) -> Application:
    """A draft in which nothing is missing."""
    save_overview(
        actor=filer,
        application=application,
        contact="张三",
        contact_phone="0357-0000000",
        summary="概述。",
    )
    for criterion in application.criteria_set.criteria.all():
        save_answer(
            actor=filer, application=application, criterion=criterion.key, text="情况说明。"
        )
    return scenario.complete(world, application)


class Browser:
    """A signed-in person's requests, addressed by the names of pages."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.client: Client = client_of(actor)

    def get(self, name: str, *args: object, extra: str = "") -> Any:
        """A page."""
        return self.client.get(office_url(self.actor, name, *args) + extra)

    def post(self, name: str, *args: object, data: dict[str, Any] | None = None) -> Any:
        """A form, with the acting post it was opened with."""
        assert self.actor.post is not None
        return self.client.post(
            office_url(self.actor, name, *args),
            {"acting_post": self.actor.post.pk, **(data or {})},
        )


@pytest.fixture
def browse(world: World) -> Callable[[str], Browser]:
    """``browse("puxian.filer")`` is that person's browser."""
    return lambda name: Browser(world.actor(name))
