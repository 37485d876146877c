"""A prepared query gives what the queryset gives, whatever the values, with one query."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.models import Appointment, Office
from portal.core.prepared import Prepared
from tests.factories import SINCE, World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def held(user: int, day: date) -> QuerySet[Appointment]:
    return Appointment.objects.in_force(day).filter(user=user).select_related("post__office")


def test_rows_are_those_of_the_queryset(world: World) -> None:
    prepared = Prepared(held)
    for day in (clock.today(), SINCE, SINCE - timedelta(days=1)):
        for actor in list(world.actors.values())[:20]:
            assert actor.user is not None
            user = actor.user.pk
            assert prepared.rows(user=user, day=day) == list(held(user, day))


def test_it_asks_once_and_reads_what_was_joined(world: World) -> None:
    prepared, actor = Prepared(held), world.actor("puxian.clerk")
    assert actor.user is not None
    for _ in range(2):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            (row,) = prepared.rows(user=actor.user.pk, day=clock.today())
            assert row.post.office == actor.office
        assert len(asked) == 1


@pytest.mark.parametrize("name", ["puxian", "x' OR '1'='1", "%s"])
def test_a_word_stays_a_word(world: World, name: str) -> None:
    prepared = Prepared(lambda slug: Office.objects.filter(slug=slug))
    assert prepared.rows(slug="linfen") == [world.offices["linfen"]]
    assert prepared.rows(slug=name) == list(Office.objects.filter(slug=name))


def test_a_value_that_changes_the_question_is_refused(world: World) -> None:
    ways: tuple[Callable[[int], QuerySet[Office]], ...] = (
        lambda number: Office.objects.filter(pk__in=range(number)),
        lambda number: Office.objects.all()[:number],
    )
    for way in ways:
        with pytest.raises(ValueError, match="depends on the value"):
            Prepared(way).rows(number=2)
