"""Who entered an application for an office (代录) has no part in its review."""

from __future__ import annotations

from functools import partial

import pytest

from portal.core import clock
from portal.core.errors import Refused
from reviews.actions import (
    ask_units,
    assign_experts,
    close_notice,
    convene_meeting,
    draft_certification,
    publish_notice,
    record_meeting,
    reverse_step,
)
from reviews.documents import default_texts
from tests.factories import World, make_post, make_world
from tests.scenario import convene, decide, drive, file, fresh, publish
from towns.models import Application

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_who_entered_an_application_has_no_part_in_its_review(world: World) -> None:
    """At every step, one by one and in batches: the refusal names the town."""
    office = world.offices["puxian"]
    author, case = make_post(office, "clerk", "puxian.typist"), file(world, "county")
    Application.objects.filter(pk=case.application_id).update(
        entered_by=office, filled_by=author.user
    )
    refused = partial(pytest.raises, Refused, match=f"填写或者提交过{case.town_name}")
    clerk = world.actor("puxian.clerk")
    decide(world, case, "reject", "不符合条件。")
    rejected = case.runs.get(outcome="reject")
    with refused():
        reverse_step(actor=author, case_id=case.pk, run_id=rejected.pk, reason="核对后符合。")
    reverse_step(actor=clerk, case_id=case.pk, run_id=rejected.pk, reason="核对后符合。")
    case = drive(world, case, "unit_opinions")
    unit = world.actor("puxian.member").office
    assert unit is not None
    with refused():
        ask_units(actor=author, case_id=case.pk, office_ids=[unit.pk])
    case = drive(world, case, "expert_scoring")
    with refused():
        assign_experts(actor=author, case_id=case.pk, post_ids=[])
    case = drive(world, case, "meeting")
    with refused():
        convene_meeting(
            actor=author, case_ids=[case.pk], title="领导小组会议", held_on=clock.today()
        )
    meeting = convene(world, case)
    with refused():
        record_meeting(
            actor=author,
            meeting=meeting,
            results={item.pk: ("approve", "同意") for item in meeting.items.all()},
            minutes="同意认定。",
        )
    assert not meeting.items.filter(decided=True).exists()
    record_meeting(
        actor=world.actor("puxian.clerk"),
        meeting=meeting,
        results={item.pk: ("approve", "同意") for item in meeting.items.all()},
        minutes="同意认定。",
    )
    case = fresh(case)
    with refused():
        publish_notice(
            actor=author,
            case_ids=[case.pk],
            title="公示",
            body="现予公示。",
            starts_on=clock.today(),
            working_days=5,
            first_day_counts=True,
            contact="综合科",
            phone="0357-5322001",
        )
    notice = publish(world, case)
    results = {item.pk: ("clear", "") for item in notice.items.all()}
    with refused():
        close_notice(actor=author, notice=notice, results=results)
    close_notice(actor=world.actor("puxian.clerk"), notice=notice, results=results)
    texts = default_texts(office, [fresh(case)], clock.today().year)
    with refused():
        draft_certification(actor=author, case_ids=[case.pk], texts=texts)
