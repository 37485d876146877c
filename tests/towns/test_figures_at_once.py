"""Two people at one year of figures, on two real connections."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connections, transaction

from portal.core import clock
from portal.core.errors import Stale
from portal.core.models import LedgerEntry
from tests.factories import World, make_world, report_year
from towns.actions import confirm_figures, record_figures, return_figures
from towns.models import TownYear

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = clock.today().year - 1


@pytest.fixture
def world() -> World:
    with transaction.atomic():
        made = make_world()
        report_year(made, "puxian")
    return made


def at_once(*works: Callable[[], object]) -> list[object]:
    """Start all at one moment, each on a connection of its own; results or what was raised."""
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=20)
            results[place] = work()
        except (Stale, ValidationError) as late:
            results[place] = late
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_two_people_confirming_one_year(world: World) -> None:
    town = world.towns["puxian"]

    def confirm(name: str) -> Callable[[], object]:
        return lambda: confirm_figures(actor=world.actor(name), town=town, year=YEAR)

    results = at_once(confirm("linfen.clerk"), confirm("linfen.checker"))
    [late] = [result for result in results if isinstance(result, Stale)]
    [done] = [result for result in results if isinstance(result, TownYear)]
    assert "无需重复办理" in str(late)
    assert TownYear.objects.get(pk=done.pk).confirmed_name == done.confirmed_name
    assert LedgerEntry.objects.filter(verb="confirm_figures").count() == 1


def test_confirming_and_returning_at_once(world: World) -> None:
    town = world.towns["puxian"]
    results = at_once(
        lambda: confirm_figures(actor=world.actor("linfen.clerk"), town=town, year=YEAR),
        lambda: return_figures(
            actor=world.actor("linfen.checker"), town=town, year=YEAR, reason="请核对"
        ),
    )
    [done] = [result for result in results if isinstance(result, TownYear)]
    assert sum(isinstance(result, Stale) for result in results) == 1
    assert TownYear.objects.get(pk=done.pk).state == done.state


def test_reporting_while_the_city_confirms_never_overwrites(world: World) -> None:
    """Either the change came first and is confirmed with the rest, or it is refused."""
    town = world.towns["puxian"]
    filer, clerk = world.actor("puxian.filer"), world.actor("linfen.clerk")
    row = TownYear.objects.get(town=town, year=YEAR)
    results = at_once(
        lambda: record_figures(actor=filer, town=town, year=YEAR, values={"tax": Decimal(7)}),
        lambda: confirm_figures(actor=clerk, town=town, year=YEAR, seen=row.reported_at),
    )
    value = town.figures.get(year=YEAR, indicator__key="tax").value
    state = TownYear.objects.get(pk=row.pk).state
    if isinstance(results[0], ValidationError):
        assert (state, value) == ("confirmed", Decimal(90_000_000))
    else:
        assert isinstance(results[1], Stale)
        assert (state, value) == ("reported", Decimal(7))
