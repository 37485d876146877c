"""Two people at once, on two real connections: one decision, one case, one clear message."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connections, transaction

from portal.core.errors import Stale
from reviews.actions import decide_step, submit_application
from reviews.models import Case, StepRun
from tests import scenario
from tests.factories import World, make_world
from tests.scenario import file, open_run
from towns.models import Application

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    with transaction.atomic():
        return make_world()


def at_once(*works: Callable[[], object]) -> list[object]:
    """Start all at one moment, each on a connection of its own; results or what was raised."""
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place: int, work: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=20)
            results[place] = work()
        except Stale as stale:
            results[place] = stale
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place, work)) for place, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def test_two_people_deciding_one_step(world: World) -> None:
    case = file(world, "province")
    run = open_run(case)

    def decide(name: str, outcome: str) -> Callable[[], object]:
        return lambda: decide_step(
            actor=world.actor(name),
            case_id=case.pk,
            run_id=run.pk,
            outcome=outcome,
            opinion="补充产值证明",
        )

    results = at_once(decide("puxian.clerk", "accept"), decide("puxian.checker", "return"))

    [late] = [result for result in results if isinstance(result, Stale)]
    [decided] = [result for result in results if isinstance(result, Case)]
    run.refresh_from_db()
    assert f"已由{run.decided_name}于" in str(late)
    assert f"结果为“{run.get_outcome_display()}”，无需重复办理。" in str(late)
    assert run.outcome == ("accept" if results[0] is decided else "return")
    assert StepRun.objects.filter(case=case, step="county_accept").count() == 1


def test_submitting_twice_at_once_makes_one_case(world: World) -> None:
    application = scenario.ready(world, "province")
    submitter = world.actor("puxian.submitter")

    def submit() -> object:
        fresh = Application.objects.get(pk=application.pk)
        return submit_application(actor=submitter, application=fresh)

    results = at_once(submit, submit)

    [late] = [result for result in results if isinstance(result, Stale)]
    [case] = [result for result in results if isinstance(result, Case)]
    assert f"受理编号 {case.number}" in str(late)
    assert Case.objects.count() == 1
    assert StepRun.objects.count() == 1
