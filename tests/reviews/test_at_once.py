"""Two people at once, on two real connections: one decision, one case, one clear message."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connections, transaction

from portal.core.errors import Refused, Stale
from reviews.actions import claim_case, decide_step, reverse_step, submit_application
from reviews.models import Case, StepRun
from tests import scenario
from tests.factories import World, make_world
from tests.scenario import everything, file, open_run
from towns.actions import start_application
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
        except (Stale, Refused) as refusal:
            results[place] = refusal
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
            corrections=everything(case),
        )

    results = at_once(decide("puxian.clerk", "accept"), decide("puxian.checker", "return"))

    [late] = [result for result in results if isinstance(result, Stale)]
    [decided] = [result for result in results if isinstance(result, Case)]
    run.refresh_from_db()
    assert f"已由{run.decided_name}于" in str(late)
    assert f"结果为“{run.get_outcome_display()}”，无需重复办理。" in str(late)
    assert run.outcome == ("accept" if results[0] is decided else "return")
    assert StepRun.objects.filter(case=case, step="county_accept").count() == 1


def test_two_people_claiming_one_case(world: World) -> None:
    case = file(world, "province")
    run = open_run(case)

    def claim(name: str) -> Callable[[], object]:
        return lambda: claim_case(actor=world.actor(name), case_id=case.pk, run_id=run.pk)

    results = at_once(claim("puxian.clerk"), claim("puxian.checker"))
    (held,) = [row for row in results if isinstance(row, Case)]
    (second,) = [row for row in results if isinstance(row, Refused)]
    assert f"该办件已由{held.held_name}承办" in str(second)
    assert Case.objects.get(pk=case.pk).holder == held.holder


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


def test_filing_anew_while_a_rejection_is_taken_back(world: World) -> None:
    """One live application of a town: the reversal waits for the draft, and is refused."""
    case = file(world, "county", evidence=False)
    scenario.decide(world, case, "reject", "不符合条件。")
    run = StepRun.objects.get(case=case, outcome="reject")
    begun = threading.Event()

    def file_anew() -> object:
        with transaction.atomic():
            draft = start_application(
                actor=world.actor("puxian.filer"), town=world.towns["puxian"], call=case.round
            )
            begun.set()
            time.sleep(0.4)
        return draft

    def take_back() -> object:
        assert begun.wait(timeout=20)
        return reverse_step(
            actor=world.actor("puxian.clerk"), case_id=case.pk, run_id=run.pk, reason="核对后符合。"
        )

    draft, refused = at_once(file_anew, take_back)
    assert isinstance(draft, Application)
    assert isinstance(refused, Refused)
    assert "已在本批次重新申报" in str(refused)
    assert Case.objects.get(pk=case.pk).state == "closed"
