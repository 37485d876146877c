"""The chain tables: every step with every outcome, and the digest of every released version."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.constants import LEVELS, Can, OfficeKind
from reviews.actions.moving import lock_case, move_case
from reviews.actions.moving import open_run as locked_run
from reviews.chain import (
    CHAINS,
    OUTCOMES,
    Chain,
    Mode,
    Move,
    current_chain,
    require_whole,
    step_names,
    steps_for,
)
from reviews.models import Case
from tests.factories import make_world
from tests.scenario import advance, everything, file, fresh, taker
from towns.constants import Filing

# A released version never changes: running cases keep theirs. A changed chain is a new version.
DIGESTS = {
    (
        "certification_province",
        1,
    ): "2db09a218d01d5bdf3a2a371b99bdab0880689bc13656bd42ba577b597130ce4",
    ("certification_city", 1): "db91f6fc99a29333397e75fad2bb2a6f2a2c2b1bd0494257eb2d537958e1af02",
    ("certification_county", 1): "fd452132f9ed5a695a48db39141af38beb84d6469774ea9397e7e0a66e513a2c",
    (
        "certification_province",
        2,
    ): "7fa806c5947ca9a02a9fa5ff49bb5ceba52686c86cead3b5edd820bd85e39764",
    ("certification_city", 2): "c318d0a45346837bdac31ec24828df801f100a6f7d19241b49f3706b1994af64",
    ("certification_county", 2): "a586bd8af3816bbd40587249bd435d54c97e69a45ea9ebbd8442bbbf268e590a",
}
RELEASED = list(CHAINS.values())


def test_released_chains_have_not_changed() -> None:
    assert {key: chain.digest for key, chain in CHAINS.items()} == DIGESTS


@pytest.mark.parametrize("chain", RELEASED, ids=lambda chain: f"{chain.key}-{chain.version}")
def test_chain_is_whole(chain: Chain) -> None:
    keys = [step.key for step in chain.steps]
    assert len(keys) == len(set(keys))
    assert current_chain(chain.level).version >= chain.version
    assert chain.after(keys[-1]) is None
    assert [chain.after(key) for key in keys[:-1]] == list(chain.steps[1:])
    digits = [LEVELS[step.level].digits for step in chain.steps]
    assert digits == sorted(digits, reverse=True), "a case climbs and never goes down by itself"
    for step in chain.steps:
        assert step.key in step_names()
        assert set(step.outcomes) <= set(OUTCOMES)
        moves = [OUTCOMES[key].move for key in step.outcomes]
        assert moves.count(Move.NEXT) == 1
        assert moves[0] == Move.NEXT
    names = [step.mode for step in chain.steps if step.level == chain.level]
    assert names[-5:] == [Mode.OPINIONS, Mode.SCORES, Mode.MEETING, Mode.NOTICE, Mode.ISSUE]


def test_a_table_asks_for_nothing_that_would_not_be_held() -> None:
    chain = current_chain("county")
    meeting = chain.step("meeting")

    def with_step(**fields: object) -> Chain:
        changed = meeting._replace(**fields)  # type: ignore[arg-type]
        return chain._replace(
            steps=tuple(changed if step is meeting else step for step in chain.steps)
        )

    for wrong, words in (
        (with_step(office_kind=OfficeKind.MEMBER_UNIT), "leading-group office"),
        (with_step(quorum=7), "no number is counted"),
        (chain._replace(steps=chain.steps[:-1]), "ends in a step of mode issue"),
    ):
        with pytest.raises(ValueError, match=words):
            require_whole(wrong)
    counted = chain.steps[1]._replace(quorum=3)
    assert require_whole(chain._replace(steps=(counted, *chain.steps[1:])))


def test_new_rounds_take_the_chain_of_applications(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain of another kind of subject at the level, however new, is not theirs."""
    mine = current_chain("county")
    claims = mine._replace(key="claims_county", version=50, subject="claim")
    monkeypatch.setitem(CHAINS, (claims.key, claims.version), claims)
    assert current_chain("county") == mine
    assert current_chain("county", "claim") == claims


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
@pytest.mark.parametrize("level", sorted({chain.level for chain in RELEASED}))
def test_every_step_takes_its_own_outcomes_and_no_other(level: str) -> None:
    world = make_world()
    case = fresh(file(world, level))
    for step in case.chain.steps:
        case = fresh(case)
        assert case.step == step.key
        actor = taker(world, case.office, step)
        for outcome in OUTCOMES.values():
            asked = everything(case) if outcome.move == Move.RETURN else None
            with transaction.atomic():
                locked = lock_case(actor, case.pk)
                run = locked_run(locked, reader=actor)
                if outcome.key in step.outcomes:
                    move_case(locked, run, actor, outcome, "理由", corrections=asked)
                    _check_move(Case.objects.get(pk=case.pk), outcome.move)
                else:
                    with pytest.raises(ValidationError) as refused:
                        move_case(locked, run, actor, outcome, "理由", corrections=asked)
                    assert list(refused.value.message_dict) == ["outcome"]
                transaction.set_rollback(True)
            if outcome.key in step.outcomes and outcome.needs_reason:
                with transaction.atomic():
                    locked = lock_case(actor, case.pk)
                    run = locked_run(locked, reader=actor)
                    with pytest.raises(ValidationError) as refused:
                        move_case(locked, run, actor, outcome, "  ", corrections=asked)
                    assert list(refused.value.message_dict) == ["opinion"]
                    if asked:
                        with pytest.raises(ValidationError) as refused:
                            move_case(locked, run, actor, outcome, "理由")
                        assert list(refused.value.message_dict) == ["corrections"]
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
