"""Fifty people decide twenty cases at one moment, each on a connection of PostgreSQL of its own.

Some recommend within a county's places, some return or refuse, the towns take back meanwhile: every
case moves once, whoever comes late is told so, and nobody reads of a deadlock.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

import pytest
from django.core.exceptions import ValidationError
from django.db import connections, transaction

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Refused, Stale
from portal.core.ledger import first_broken_link
from portal.core.models import LedgerEntry
from reviews.actions import claim_case, decide_step, withdraw_application
from reviews.chain import OUTCOMES
from reviews.models import Case, StepRun
from tests.factories import World, make_world
from tests.rounds_world import add_application, add_case, add_towns, hold
from tests.scenario import everything
from tests.shortlist_world import give_places
from towns.models import Application

pytestmark = pytest.mark.django_db(transaction=True)

CASES, DECIDERS, EACH, PLACES = 20, 50, 6, 4
STATE_OF = {"pass": "open", "recommend": "open", "return": "returned", "reject": "closed"}
POSTS = {
    "city_review": ("linfen.clerk", "linfen.checker", "linfen.office_director"),
    "county_recommend": ("puxian.checker", "puxian.office_director"),
}


class Attempt(NamedTuple):
    """What one person tries on one case."""

    case: int
    outcome: str
    act: Callable[[], object]


@pytest.fixture
def world() -> World:
    with transaction.atomic():
        return make_world()


def waiting(world: World) -> list[Case]:
    """Half of the cases at the county's recommendation, half with the city."""
    cases = []
    towns = add_towns(world, "puxian", CASES)
    hold(world, "puxian", *towns)
    for number, town in enumerate(towns):
        application = add_application(world, town, world.rounds["province"], "submitted")
        step, slug = ("city_review", "linfen") if number % 2 else ("county_recommend", "puxian")
        case = add_case(world, application, step)
        case.office = world.offices[slug]
        case.save(update_fields=["office"])
        StepRun.objects.create(
            case=case, ordinal=1, step=step, office=case.office, started_at=clock.now()
        )
        cases.append(case)
    return cases


def attempts(world: World, cases: list[Case], number: int) -> list[Attempt]:
    """Some cases in an order of its own, with something to do to each.

    Most would go on with them, so that places run out; a few towns take back, a few cases are
    claimed, which leaves them to one post.
    """
    draw = random.Random(number)
    first = {0: "withdraw", 1: "claim"}.get(number % 10)
    rows: list[Attempt] = []
    for case in draw.sample(cases, EACH):
        run, who = case.runs.get(), world.actor(draw.choice(POSTS[case.step]))
        usual = case.current.outcomes
        drawn = draw.choice([usual[0], usual[0], *usual, "return"])
        outcome = first if first and not rows else drawn
        rows.append(Attempt(case.pk, outcome, act(world, case, run, who, outcome)))
    return rows


def act(world: World, case: Case, run: StepRun, who: Actor, outcome: str) -> Callable[[], object]:
    """The action with its arguments."""
    if outcome == "withdraw":
        submitter = world.actor("puxian.submitter")
        return lambda: withdraw_application(actor=submitter, case_id=case.pk, reason="撤回")
    if outcome == "claim":
        return lambda: claim_case(actor=who, case_id=case.pk)
    asked = everything(case, 5) if outcome == "return" else None
    return lambda: decide_step(
        actor=who,
        case_id=case.pk,
        run_id=run.pk,
        outcome=outcome,
        opinion="情况属实。",
        corrections=asked,
    )


def finish(world: World, cases: list[Case]) -> list[tuple[int, str]]:
    """What the fifty left open: claimed by a post that tried nothing more, or without a place."""
    for case in cases:
        case.refresh_from_db()
        posts = [world.actor(name) for name in POSTS[case.step]]
        held = [row for row in posts if row.post and row.post.pk == case.holder_id]
        act(world, case, case.runs.get(), (held or posts)[0], "return")()
    return [(case.pk, "return") for case in cases]


def test_fifty_people_decide_twenty_cases(world: World) -> None:
    cases = waiting(world)
    give_places(world, PLACES, "puxian")
    plans = [attempts(world, cases, number) for number in range(DECIDERS)]
    done: list[tuple[int, str]] = []
    late: Counter[str] = Counter()
    broken: list[BaseException] = []
    barrier = threading.Barrier(DECIDERS)

    def work(plan: list[Attempt]) -> None:
        try:
            barrier.wait(timeout=60)
            for attempt in plan:
                try:
                    attempt.act()
                except (Stale, Refused, ValidationError) as answer:
                    late[type(answer).__name__] += 1
                else:
                    done.append((attempt.case, attempt.outcome))
        except BaseException as error:  # noqa: BLE001 (a thread's failure is the test's)
            broken.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=240)
    assert not any(thread.is_alive() for thread in threads)
    assert broken == [], "what people would have read of locks and connections"
    assert len(done) + sum(late.values()) == DECIDERS * EACH

    moved = {case for case, outcome in done if outcome != "claim"}
    assert len(moved) > CASES * 3 // 4
    done += finish(world, [case for case in cases if case.pk not in moved])

    decided = Counter(case for case, outcome in done if outcome in OUTCOMES)
    left = {case.pk for case in cases} - set(decided)
    assert all((pk, "withdraw") in done for pk in left), "a case that nobody decided"
    assert decided
    assert max(decided.values()) == 1, "a case was decided twice"
    recommended = 0
    for case in Case.objects.order_by("pk"):
        first = StepRun.objects.get(case=case, ordinal=1)
        chain = f"reviews.case:{case.pk}"
        assert first_broken_link(chain) is None
        entries = LedgerEntry.objects.filter(chain=chain, verb__startswith="decide:")
        outcomes = [outcome for pk, outcome in done if pk == case.pk and outcome in OUTCOMES]
        assert [entry.verb for entry in entries] == [f"decide:{outcome}" for outcome in outcomes]
        withdrawn = (case.pk, "withdraw") in done
        application = Application.objects.get(pk=case.application_id)
        if withdrawn:
            # Before the decision, or after it where the town may still take it back.
            assert (case.state, case.outcome, application.state) == (
                "closed",
                "withdrawn",
                "withdrawn",
            )
        elif outcomes:
            assert case.state == STATE_OF[outcomes[0]], (case.pk, outcomes)
            assert (application.state == "returned") == (case.state == "returned")
        runs = StepRun.objects.filter(case=case)
        assert runs.filter(finished_at__isnull=True).count() == (case.state == "open")
        if outcomes:
            assert first.outcome == outcomes[0]
        recommended += "recommend" in outcomes and not withdrawn
    assert 0 < recommended <= PLACES
