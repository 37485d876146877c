"""What the chain tables allow and refuse, asked of the real action: every step, every outcome,
every post, every state of a case; and a chain with one more row.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction

from criteria.queries import spec_of
from criteria.scoring import by_experts
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import Refused, Stale
from portal.core.models import LedgerEntry, Office
from reviews.actions import assign_experts, decide_step, save_scores, withdraw_application
from reviews.chain import (
    CHAINS,
    OUTCOMES,
    OWN_PAGE,
    Chain,
    Mode,
    Move,
    Step,
    current_chain,
    step_names,
)
from reviews.models import Case, StepRun
from tests.factories import World, make_world
from tests.reviews.asking import get, text
from tests.scenario import advance, decide, drive, everything, file, fresh, open_run, taker
from towns.models import Round

pytestmark = pytest.mark.django_db

LEVELS = ("county", "city", "province")


@pytest.fixture
def world() -> World:
    return make_world()


def standing(case: Case) -> tuple[object, ...]:
    """Everything of a case that a refused decision must leave as it was."""
    case = fresh(case)
    runs = case.runs.order_by("ordinal").values_list("step", "outcome", "opinion", "voided")
    entries = LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}").count()
    return case.state, case.step, case.office_id, case.due_on, list(runs), entries


def attempt(actor: Actor, case: Case, run: StepRun, outcome: str) -> str:
    """What comes of deciding, undone at once: ``done`` or the kind of refusal."""
    asked = everything(case) if OUTCOMES[outcome].move == Move.RETURN else None
    try:
        with transaction.atomic():
            decide_step(
                actor=actor,
                case_id=case.pk,
                run_id=run.pk,
                outcome=outcome,
                opinion="理由",
                corrections=asked,
            )
            transaction.set_rollback(True)
    except Stale:
        return "stale"
    except Refused:
        return "refused"
    except ValidationError as error:
        return f"invalid {','.join(error.message_dict)}"
    return "done"


def allowed(step: Step, outcome: str) -> str:
    """What the table says of the right post's decision on the case's own page."""
    if outcome not in step.outcomes:
        return "invalid outcome"
    move = OUTCOMES[outcome].move
    if step.mode in OWN_PAGE:
        # Opinions and scores are asked for first; nothing was asked here.
        waits = step.mode in (Mode.OPINIONS, Mode.SCORES) and move == Move.NEXT
        return "invalid outcome" if waits else "done"
    if step.mode == Mode.SHORTLIST and move != Move.NEXT:
        return "done"
    return "invalid outcome"


def walk(world: World, case: Case) -> list[str]:
    """Take a case to the end of its chain, trying everything that may not be at every step."""
    taken = []
    while fresh(case).state == "open":
        case = fresh(case)
        step, run, before = case.current, open_run(case), standing(case)
        right = taker(world, case.office, step)
        for outcome in OUTCOMES:
            assert attempt(right, case, run, outcome) == allowed(step, outcome), (step.key, outcome)
        for name, actor in world.actors.items():
            able = actor.can(step.ability) and actor.office == case.office
            came = attempt(actor, case, run, step.outcomes[0])
            assert able or came in ("refused", "stale"), (step.key, name, came)
        assert standing(case) == before
        others(world, case, run)
        assert standing(case) == before
        advance(world, case)
        assert attempt(right, case, run, step.outcomes[0]) == "stale"
        taken.append(step.key)
    assert fresh(case).outcome == "certified"
    return taken


def others(world: World, case: Case, run: StepRun) -> None:
    """A case that is returned or closed takes no outcome, from nobody."""
    step, right = case.current, taker(world, case.office, case.current)
    submitter = next(
        actor
        for actor in world.actors.values()
        if actor.can(Can.SUBMIT) and Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    )
    if "return" in step.outcomes and (step.mode in OWN_PAGE or step.mode == Mode.SHORTLIST):
        with transaction.atomic():
            decide(world, case, "return", "请补正。")
            assert fresh(case).state == "returned"
            came = {attempt(right, case, run, outcome) for outcome in OUTCOMES}
            transaction.set_rollback(True)
        assert came == {"stale"}
    if step.withdrawable:
        with transaction.atomic():
            withdraw_application(actor=submitter, case_id=case.pk, reason="撤回")
            assert fresh(case).state == "closed"
            came = {attempt(right, case, run, outcome) for outcome in OUTCOMES}
            transaction.set_rollback(True)
        assert came == {"stale"}
    else:
        with pytest.raises(Refused, match="不能撤回"), transaction.atomic():
            withdraw_application(actor=submitter, case_id=case.pk, reason="撤回")


@pytest.mark.parametrize("level", LEVELS)
def test_the_tables_decide_what_may_be(world: World, level: str) -> None:
    case = file(world, level)
    assert walk(world, case) == [step.key for step in current_chain(level).steps]


def test_a_failure_in_the_middle_leaves_nothing(world: World) -> None:
    """The office that follows cannot be found after the run was finished and entered."""
    case = fresh(file(world, "province"))
    for _ in range(2):
        before, step = standing(case), case.current
        run, right = open_run(case), taker(world, case.office, case.current)
        if step.key == "county_recommend":
            Office.objects.filter(region__code="141000", kind="leading_group_office").update(
                kind="filing_unit"
            )
            with pytest.raises(ValidationError, match="没有找到"), transaction.atomic():
                decide_step(
                    actor=right, case_id=case.pk, run_id=run.pk, outcome="recommend", opinion="推荐"
                )
            assert standing(case) == before
            return
        advance(world, case)
        case = fresh(case)
    pytest.fail("the county's recommendation was not reached")


@pytest.fixture
def longer(world: World) -> Iterator[Chain]:
    """A copy of the county's chain with one more row; the world is made before it is there."""
    chain = current_chain("county")
    row = Step("county_check", "县级复核", "county", Mode.DECIDE, Can.RECOMMEND,
               ("pass", "return", "reject"), told="县(市、区)复核", days=4)  # fmt: skip
    copy = chain._replace(
        version=99,
        name="县级专业镇申报认定（增加复核）",
        steps=(chain.steps[0], row, *chain.steps[1:]),
    )
    CHAINS[copy.key, copy.version] = copy
    yield copy
    del CHAINS[copy.key, copy.version]


def test_a_step_is_one_row(longer: Chain, world: World) -> None:
    """Pages, queue, stepper, choices and the checks of the tables follow; there is no migration."""
    assert current_chain("county") == longer
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
    assert step_names()["county_check"] == "县级复核"
    Round.objects.filter(pk=world.rounds["county"].pk).update(chain_version=99, step_days={})
    world.rounds["county"].refresh_from_db()
    case = file(world, "county")
    assert case.chain == longer
    checker, filer = world.of_office(case.office, "checker"), world.actor("puxian.filer")
    advance(world, case)
    case = fresh(case)
    assert (case.step, case.due_on is not None) == ("county_check", True)
    assert case in Case.objects.awaiting(checker)
    assert case not in Case.objects.awaiting(world.of_office(case.office, "signer"))
    assert case.town_name in text(get(checker, "cases", query="&step=county_check"))
    assert case.town_name not in text(get(checker, "cases", query="&step=county_accept"))
    assert "现在办理：县级复核" in text(get(checker, "case", case.pk))
    assert "县(市、区)复核" in text(get(filer, "case", case.pk))
    drawn = text(get(checker, "chains"))
    for words in ("县级复核", "县(市、区)复核", "审核通过：转入“成员单位会审”", "4 个工作日"):
        assert words in drawn
    assert "县级复核" in text(get(checker, "round", case.round_id))
    assert walk(world, case) == [step.key for step in longer.steps[1:]]


def test_a_quorum_is_held(world: World) -> None:
    """Where a chain asks for a number of sheets, fewer do not conclude the step."""
    chain = current_chain("county")
    steps = [step._replace(quorum=2) if step.mode == Mode.SCORES else step for step in chain.steps]
    copy = chain._replace(version=97, steps=tuple(steps))
    CHAINS[copy.key, copy.version] = copy
    try:
        Round.objects.filter(pk=world.rounds["county"].pk).update(chain_version=97)
        world.rounds["county"].refresh_from_db()
        case = drive(world, file(world, "county"), "expert_scoring")
        expert = world.actor("puxian.expert")
        assert expert.post is not None
        clerk = world.actor("puxian.clerk")
        (sheet,) = assign_experts(actor=clerk, case_id=case.pk, post_ids=[expert.post.pk])
        marks = {
            row.key: (Decimal(8), "符合")
            for row in by_experts(spec_of(case.application.criteria_set).criteria)
        }
        save_scores(
            actor=expert, case_id=case.pk, sheet_id=sheet.pk, scores=marks, comment="", submit=True
        )
        with pytest.raises(ValidationError, match="不少于 2 位专家评分，现有 1"):
            decide(world, case, "conclude")
        assert "不少于 2 位专家评分" in text(get(clerk, "chains"))
    finally:
        del CHAINS[copy.key, copy.version]


def test_the_chains_are_drawn_with_their_versions(world: World) -> None:
    drawn = text(get(world.actor("sx.clerk"), "chains"))
    for chain in CHAINS.values():
        assert f'id="{chain.key}-{chain.version}"' in drawn or f"第 {chain.version} 版" in drawn
        for step in chain.steps:
            assert step.name in drawn
    assert "办公室主任" in drawn
    assert "结果和意见都不告知下级办公室和申报单位" in drawn
    assert "从“县级受理”重新办理" in drawn
    assert "人到会" not in drawn, "a meeting counts nobody"
    assert "时限由批次设定，人数不作限制" in drawn
