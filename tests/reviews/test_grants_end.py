"""What a step opened to experts and member units closes with it, at once and without any job."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core import clock
from portal.core.actor import Actor, acting_office
from reviews.actions import ask_units, assign_experts, give_opinion, withdraw_application
from reviews.actions.moving import GRANT_ENDED
from reviews.models import Case, CaseGrant, ScoreSheet, UnitOpinion
from tests.factories import World, make_world
from tests.reviews.asking import get, text
from tests.scenario import advance, decide, drive, file, fresh
from towns.models import Evidence

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def asked(world: World, case: Case, names: tuple[str, ...] = ("member",)) -> list[UnitOpinion]:
    """Member units of the county, asked for their opinion."""
    units = [world.actor(f"puxian.{name}").office for name in names]
    ids = [unit.pk for unit in units if unit is not None]
    return ask_units(actor=world.actor("puxian.clerk"), case_id=case.pk, office_ids=ids)


def assigned(world: World, case: Case) -> list[ScoreSheet]:
    """The county's first expert, with a sheet."""
    expert = world.actor("puxian.expert").post
    assert expert is not None
    clerk = world.actor("puxian.clerk")
    return assign_experts(actor=clerk, case_id=case.pk, post_ids=[expert.pk])


def finds(actor: Actor, case: Case) -> bool:
    """Whether the person finds the case: its page, its evidence, a list, the queryset."""
    evidence = Evidence.objects.get(application=case.application_id)
    page = get(actor, "case", case.pk).status_code == 200
    answer = get(actor, "case-evidence-file", case.pk, evidence.pk)
    sent = answer.streaming and b"".join(answer.streaming_content).startswith(b"%PDF")
    listed = case.number in text(get(actor, "cases", query="&tab=all"))
    seen = Case.objects.visible_to(actor).filter(pk=case.pk).exists()
    assert {page, sent, listed} == {seen}
    return seen


def test_a_unit_sees_the_case_while_it_is_asked(world: World) -> None:
    case = drive(world, file(world, "county"), "unit_opinions")
    unit = world.actor("puxian.member")
    assert not finds(unit, case)
    [opinion] = asked(world, case)
    assert finds(unit, case)
    give_opinion(actor=unit, case_id=case.pk, opinion_id=opinion.pk, verdict="agree", text="")
    assert finds(unit, case), "an answer may be corrected until the step is finished"
    decide(world, case, "conclude")
    assert not finds(unit, case)
    grant = CaseGrant.objects.get(content_object=case)
    assert grant.revoked_reason == GRANT_ENDED
    assert grant.revoked_at is not None
    # What was written stays in the case.
    opinion.refresh_from_db()
    assert opinion.verdict == "agree"
    assert "蒲县工信局" in text(get(world.actor("puxian.clerk"), "case", case.pk))


def test_an_expert_sees_the_case_until_scoring_is_concluded(world: World) -> None:
    case = drive(world, file(world, "county"), "expert_scoring")
    expert = world.actor("puxian.expert")
    assert not finds(expert, case)
    advance(world, case)
    assert fresh(case).step == "meeting"
    assert not finds(expert, case)
    sheet = case.sheets.get(post=expert.post)
    assert sheet.submitted_at is not None
    assert sheet.scores.exists()
    assert "总体较好" in text(get(world.actor("puxian.clerk"), "case", case.pk))
    for page in (get(expert, "cases"), get(expert, "workspace")):
        assert "不再对评审单位和专家开放" in text(page)


@pytest.mark.parametrize("ending", ["return", "withdraw"])
def test_every_way_out_of_a_step_ends_its_grants(world: World, ending: str) -> None:
    case = drive(world, file(world, "county"), "expert_scoring")
    assigned(world, case)
    expert = world.actor("puxian.expert")
    assert finds(expert, case)
    if ending == "withdraw":
        submitter = world.actor("puxian.submitter")
        withdraw_application(actor=submitter, case_id=case.pk, reason="另行申报")
    else:
        decide(world, case, ending, "请补充材料")
    assert not finds(expert, case)
    assert not CaseGrant.objects.on().filter(content_object=case).exists()


def test_another_case_of_the_same_judges_stays_open(world: World) -> None:
    first = drive(world, file(world, "county"), "unit_opinions")
    asked(world, first)
    grant = CaseGrant.objects.get()
    second = file(world, "province")
    other = CaseGrant.objects.create(
        content_object=second,
        group=grant.group,
        permission=grant.permission,
        valid_from=clock.today(),
        reason="省级会审",
    )
    unit = acting_office(world.actor("puxian.member"))
    UnitOpinion.objects.create(
        case=second, run=second.runs.get(), office=unit, asked_at=clock.now()
    )
    decide(world, first, "return", "请补充材料")
    other.refresh_from_db()
    assert other.revoked_at is None
    assert finds(world.actor("puxian.member"), second)


def test_asked_again_means_given_anew(world: World) -> None:
    """After a return the case comes round once more; whoever is asked sees it, others do not."""
    case = drive(world, file(world, "county"), "unit_opinions")
    asked(world, case, ("member", "member2"))
    CaseGrant.objects.update(
        revoked_at=clock.now(), revoked_reason=GRANT_ENDED, valid_to=clock.today()
    )
    UnitOpinion.objects.filter(case=case).delete()
    asked(world, case)
    assert finds(world.actor("puxian.member"), case)
    assert not finds(world.actor("puxian.member2"), case)
    grant = CaseGrant.objects.on().get()
    assert (grant.revoked_reason, grant.valid_to) == ("", None)


def test_a_grant_that_ran_out_gives_nothing_without_any_job(world: World) -> None:
    case = drive(world, file(world, "county"), "expert_scoring")
    assigned(world, case)
    expert = world.actor("puxian.expert")
    CaseGrant.objects.update(valid_to=clock.today())
    assert finds(expert, case), "the last day counts"
    with clock.at(clock.today() + timedelta(days=1)):
        assert not finds(expert, case)
    CaseGrant.objects.update(valid_from=clock.today() + timedelta(days=1), valid_to=None)
    assert not finds(expert, case), "not before its first day"
