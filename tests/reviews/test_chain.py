"""The chain tables: every step with every outcome, and the digest of every released version."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.constants import LEVELS, Can
from reviews.actions.moving import lock_case, move_case
from reviews.actions.moving import open_run as locked_run
from reviews.chain import (
    CHAINS,
    OUTCOMES,
    STEP_NAMES,
    Chain,
    Mode,
    Move,
    current_chain,
    steps_for,
)
from reviews.models import Case
from tests.factories import make_world
from tests.scenario import advance, file, fresh, taker
from towns.constants import Filing

# A released version never changes: running cases keep theirs. A changed chain is a new version.
DIGESTS = {
    (
        "certification_province",
        1,
    ): "2db09a218d01d5bdf3a2a371b99bdab0880689bc13656bd42ba577b597130ce4",
    ("certification_city", 1): "db91f6fc99a29333397e75fad2bb2a6f2a2c2b1bd0494257eb2d537958e1af02",
    ("certification_county", 1): "fd452132f9ed5a695a48db39141af38beb84d6469774ea9397e7e0a66e513a2c",
}
RELEASED = list(CHAINS.values())


def test_released_chains_have_not_changed() -> None:
    assert {key: chain.digest for key, chain in CHAINS.items()} == DIGESTS


@pytest.mark.parametrize("chain", RELEASED, ids=lambda chain: chain.key)
def test_chain_is_whole(chain: Chain) -> None:
    keys = [step.key for step in chain.steps]
    assert len(keys) == len(set(keys))
    assert chain == current_chain(chain.level)
    assert chain.after(keys[-1]) is None
    assert [chain.after(key) for key in keys[:-1]] == list(chain.steps[1:])
    digits = [LEVELS[step.level].digits for step in chain.steps]
    assert digits == sorted(digits, reverse=True), "a case climbs and never goes down by itself"
    for step in chain.steps:
        assert step.key in STEP_NAMES
        assert set(step.outcomes) <= set(OUTCOMES)
        moves = [OUTCOMES[key].move for key in step.outcomes]
        assert moves.count(Move.NEXT) == 1
        assert moves[0] == Move.NEXT
    names = [step.mode for step in chain.steps if step.level == chain.level]
    assert names[-5:] == [Mode.OPINIONS, Mode.SCORES, Mode.MEETING, Mode.NOTICE, Mode.ISSUE]


def test_withdrawal_ends_at_the_meeting() -> None:
    for chain in RELEASED:
        allowed = [step.withdrawable for step in chain.steps]
        assert allowed == sorted(allowed, reverse=True)
        assert not chain.step("meeting").withdrawable


def test_queues_hold_the_steps_of_their_posts() -> None:
    assert steps_for(frozenset({Can.RECOMMEND})) == {"county_recommend", "city_recommend"}
    assert steps_for(frozenset({Can.ISSUE})) == {"issue"}
    assert steps_for(frozenset({Can.FILL})) == frozenset()


@pytest.mark.django_db
@pytest.mark.parametrize("level", [chain.level for chain in RELEASED])
def test_every_step_takes_its_own_outcomes_and_no_other(level: str) -> None:
    world = make_world()
    case = fresh(file(world, level))
    for step in case.chain.steps:
        case = fresh(case)
        assert case.step == step.key
        actor = taker(world, case.office, step)
        for outcome in OUTCOMES.values():
            with transaction.atomic():
                locked = lock_case(actor, case.pk)
                run = locked_run(locked, reader=actor)
                if outcome.key in step.outcomes:
                    move_case(locked, run, actor, outcome, "理由")
                    _check_move(Case.objects.get(pk=case.pk), outcome.move)
                else:
                    with pytest.raises(ValidationError) as refused:
                        move_case(locked, run, actor, outcome, "理由")
                    assert list(refused.value.message_dict) == ["outcome"]
                transaction.set_rollback(True)
            if outcome.key in step.outcomes and outcome.needs_reason:
                with transaction.atomic():
                    locked = lock_case(actor, case.pk)
                    with pytest.raises(ValidationError) as refused:
                        move_case(locked, locked_run(locked, reader=actor), actor, outcome, "  ")
                    assert list(refused.value.message_dict) == ["opinion"]
                    transaction.set_rollback(True)
        advance(world, case)
    assert fresh(case).outcome == "certified"


def _check_move(case: Case, move: Move) -> None:
    chain, last = case.chain, case.runs.filter(finished_at__isnull=False).order_by("ordinal").last()
    assert last is not None
    following = chain.after(last.step)
    open_runs = list(case.runs.filter(finished_at__isnull=True))
    if move == Move.NEXT and following is not None:
        assert (case.state, case.step) == ("open", following.key)
        assert case.office.region.kind == following.level
        assert [run.step for run in open_runs] == [following.key]
        assert case.due_on == open_runs[0].due_on is not None
    elif move == Move.NEXT:
        assert (case.state, case.outcome) == ("closed", "certified")
    elif move == Move.STAY:
        assert (case.state, case.step) == ("open", last.step)
        assert [run.step for run in open_runs] == [last.step]
    elif move == Move.RETURN:
        assert (case.state, case.application.state) == ("returned", Filing.RETURNED)
        assert open_runs == []
        assert all(run.voided for run in case.runs.all())
    else:
        assert (case.state, case.outcome) == ("closed", "rejected")
        assert case.application.state == Filing.REJECTED
        assert open_runs == []
