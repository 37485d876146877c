"""Who may do what to a case; every refusal gives its reason in words."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core import clock
from portal.core.actor import PUBLIC, SYSTEM, Actor
from portal.core.errors import Refused
from reviews.actions import decide_step, submit_application
from reviews.models import Case
from reviews.policies import (
    Reading,
    may_decide,
    may_submit,
    may_take_step,
    may_withdraw,
    reading_of,
    sees_inside,
)
from tests import scenario
from tests.factories import World, appoint, end_appointment, grant_town, make_post, make_world
from tests.scenario import decide, drive, file, fresh, open_run
from towns.actions import hand_over
from towns.models import Application, Round

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def case(world: World) -> Case:
    return fresh(file(world, "province"))


def test_only_the_submitter_submits(world: World) -> None:
    application = scenario.ready(world, "province")
    assert may_submit(world.actor("puxian.submitter"), application).ok
    for name in ("puxian.filer", "puxian.clerk", "sx.office_director", "sx.expert"):
        verdict = may_submit(world.actor(name), application)
        assert verdict.reason == "申报由该专业镇的提交人提交。"


def test_filer_and_submitter_are_two_people(world: World) -> None:
    """Four eyes are two users: the same person in a second post is refused."""
    application = scenario.ready(world, "province")
    filer = world.actor("puxian.filer")
    submitter = world.actor("puxian.submitter")
    assert filer.user is not None
    assert submitter.post is not None
    same = Actor(name=filer.name, user=filer.user, office=submitter.office, post=submitter.post)
    assert "不能是同一人" in may_submit(same, application).reason
    with pytest.raises(Refused, match="不能是同一人"):
        submit_application(actor=same, application=application)
    assert not Case.objects.filter(application=application).exists()


def test_who_filled_a_part_does_not_submit_what_another_handed_over(world: World) -> None:
    """A second filer's hand-over does not make the first one a stranger to the application."""
    first, submitter = world.actor("puxian.filer"), world.actor("puxian.submitter")
    assert first.office is not None and submitter.post is not None
    second = make_post(first.office, "filer", "puxian.filer2")
    grant_town(second, world.towns["puxian"])
    application = hand_over(actor=second, application=scenario.draft(world, "province"))
    assert may_submit(submitter, application).ok
    end_appointment(submitter)
    assert first.user is not None
    successor = appoint(first.user, submitter.post)
    assert application.filled_by_id != first.user.pk
    assert "您填写过这份申报" in may_submit(successor, application).reason


def test_nothing_is_submitted_before_it_is_handed_over_or_after_the_round(world: World) -> None:
    submitter = world.actor("puxian.submitter")
    application = scenario.draft(world, "province")
    assert "填报中" in may_submit(submitter, application).reason
    application = scenario.ready(world, "county")
    Round.objects.filter(pk=application.round_id).update(
        closes_on=clock.today() - timedelta(days=1)
    )
    application = Application.objects.select_related("round").get(pk=application.pk)
    assert "已截止" in may_submit(submitter, application).reason


def test_a_correction_is_submitted_after_the_round_has_closed(world: World) -> None:
    case = file(world, "county")
    decide(world, case, "return", "补充材料")
    Round.objects.filter(pk=case.round_id).update(closes_on=clock.today() - timedelta(days=1))
    filer = world.actor("puxian.filer")
    application = Application.objects.get(pk=case.application_id)
    scenario.hand_over(actor=filer, application=scenario.complete(world, application))
    again = submit_application(actor=world.actor("puxian.submitter"), application=application)
    assert again.pk == case.pk


def test_a_step_belongs_to_its_office_and_its_posts(world: World, case: Case) -> None:
    step = case.current
    assert may_take_step(world.actor("puxian.clerk"), case, step).ok
    assert may_take_step(SYSTEM, case, step).ok
    neighbour = may_take_step(world.actor("xixian.clerk"), case, step)
    above = may_take_step(world.actor("sx.clerk"), case, step)
    assert neighbour.reason == above.reason == f"该环节由{case.office.name}办理。"
    signer = may_take_step(world.actor("puxian.signer"), case, step)
    assert signer.reason == f"“县级受理”环节由{case.office.name}具有相应岗位的人员办理。"
    assert not may_take_step(PUBLIC, case, step).ok


def test_acceptance_and_recommendation_are_two_people(world: World, case: Case) -> None:
    """An office director who accepted may not recommend, from any post."""
    director = world.actor("puxian.office_director")
    decide_step(actor=director, case_id=case.pk, run_id=open_run(case).pk, outcome="accept")
    case = fresh(case)
    verdict = may_decide(director, case, open_run(case))
    assert verdict.reason == "受理（审核）和推荐应由两人办理，请由本办公室另一名人员推荐。"
    assert director.user is not None
    assert director.office is not None
    second = make_post(director.office, "checker", "puxian.second")
    assert second.post is not None
    from_other_post = appoint_again(director, second)
    assert not may_decide(from_other_post, case, open_run(case)).ok
    assert may_decide(world.actor("puxian.checker"), case, open_run(case)).ok
    with pytest.raises(Refused, match="应由两人办理"):
        decide_step(
            actor=director,
            case_id=case.pk,
            run_id=open_run(case).pk,
            outcome="recommend",
            opinion="同意推荐",
        )


def appoint_again(person: Actor, seat: Actor) -> Actor:
    """The person of one actor in the post of another."""
    assert person.user is not None
    assert seat.post is not None
    seat.post.appointments.update(valid_to=clock.today() - timedelta(days=1))
    return appoint(person.user, seat.post)


def test_a_closed_case_takes_nothing(world: World, case: Case) -> None:
    decide(world, case, "reject", "不符合条件")
    case = fresh(case)
    verdict = may_take_step(world.actor("puxian.clerk"), case, case.current)
    assert verdict.reason == "办件未通过，当前没有待办环节。"
    assert may_withdraw(world.actor("puxian.submitter"), case).reason == "办件未通过，不能撤回。"


def test_only_the_submitter_withdraws(world: World, case: Case) -> None:
    assert may_withdraw(world.actor("puxian.submitter"), case).ok
    verdict = may_withdraw(world.actor("puxian.filer"), case)
    assert verdict.reason == "撤回由该专业镇的提交人办理。"


READINGS = {
    "sx.clerk": Reading.WHOLE,
    "sx.leader": Reading.WHOLE,
    "linfen.clerk": Reading.RELEASED,
    "puxian.clerk": Reading.RELEASED,
    "puxian.filer": Reading.RELEASED,
    "puxian.submitter": Reading.RELEASED,
    "sx.expert": Reading.MATERIAL,
    "sx.member": Reading.MATERIAL,
}


@pytest.mark.parametrize("name", READINGS)
def test_how_much_of_a_provincial_case_is_read(world: World, case: Case, name: str) -> None:
    assert reading_of(world.actor(name), case) == READINGS[name]


def test_upper_offices_read_the_whole_of_a_county_case(world: World) -> None:
    case = file(world, "county")
    for name in ("puxian.clerk", "linfen.clerk", "sx.clerk"):
        assert reading_of(world.actor(name), case) == Reading.WHOLE


def test_a_step_is_seen_inside_by_its_office_and_those_above(world: World, case: Case) -> None:
    case = drive(world, case, "unit_opinions")
    runs = {run.step: run for run in case.runs.select_related("office__region")}
    county, city, province = (world.actor(f"{slug}.clerk") for slug in ("puxian", "linfen", "sx"))
    assert [sees_inside(a, runs["county_accept"]) for a in (county, city, province)] == [True] * 3
    assert [sees_inside(a, runs["city_review"]) for a in (county, city, province)] == [
        False,
        True,
        True,
    ]
    assert [sees_inside(a, runs["unit_opinions"]) for a in (county, city, province)] == [
        False,
        False,
        True,
    ]
    assert not sees_inside(world.actor("puxian.filer"), runs["county_accept"])
    assert not sees_inside(world.actor("sx.expert"), runs["unit_opinions"])
