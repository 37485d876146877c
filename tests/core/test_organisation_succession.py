"""自行替补: whoever comes next finds all the work, and all that is past keeps the old names."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from criteria.queries import spec_of
from portal.core import clock, jobs
from portal.core.actions.accounts import update_account
from portal.core.actions.appointments import end_appointment, succeed
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.models import Appointment, Job, LedgerEntry, OfficialDocument, Rendition
from portal.core.seats import seats_of
from portal.core.web import office_url
from reviews.actions import (
    ask_units,
    assign_experts,
    convene_meeting,
    record_meeting,
    save_scores,
)
from reviews.models import Case, Meeting, ScoreSheet
from tests import scenario
from tests.core.documents.pdf import joined_text, open_pdf
from tests.factories import World, client_of, make_person, make_world
from towns.exports import RosterFilter
from towns.models import Application, Town
from towns.tasks import request_roster

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def replace(world: World, name: str, newcomer: str) -> Actor:
    """A successor from today on; from now on ``world.actor(name)`` is the new person."""
    post = world.actor(name).post
    assert post is not None
    row = succeed(
        actor=world.actor(f"{name.split('.')[0]}.system_admin"),
        post=post,
        user=make_person(f"next-{name}", newcomer),
        since=clock.today(),
        reason="工作调动",
    )
    world.actors[name] = seats_of(row.user)[0]
    return world.actors[name]


def text_of(actor: Actor, name: str, *args: object) -> str:
    """The main part of a page, without markup: who looks is in the header."""
    response = client_of(actor).get(office_url(actor, name, *args))
    assert response.status_code == 200, name
    main = response.content.decode().split("<main", 1)[1].split("</main>", 1)[0]
    return re.sub(r"<[^>]+>|\s+", "", main)


def test_case_goes_on_under_successors_and_the_past_keeps_its_names(world: World) -> None:
    """Clerk, director and signer change in the middle of one case."""
    case = scenario.drive(world, scenario.file(world, "county"), "meeting")
    clerk, director = world.actor("puxian.clerk"), world.actor("puxian.office_director")
    meeting = convene_meeting(actor=clerk, case_ids=[case.pk], title="县领导小组会议",
                              held_on=clock.today())  # fmt: skip
    before = {
        "case": text_of(clerk, "case", case.pk),
        "meeting": text_of(clerk, "meeting", meeting.pk),
    }
    assert all("蒲县经办" in text for text in before.values())

    new = replace(world, "puxian.clerk", "赵接任")
    assert client_of(clerk).get(office_url(clerk, "case", case.pk)).status_code == 404
    assert case.town_name in text_of(new, "cases"), "the queue is there at the next request"
    assert "赵接任" not in text_of(new, "case", case.pk)
    assert "蒲县经办" in text_of(new, "case", case.pk)
    assert "蒲县经办" in text_of(new, "meeting", meeting.pk)

    results = {item.pk: ("approve", "同意") for item in meeting.items.all()}
    record_meeting(actor=new, meeting=meeting, results=results, minutes="经办人：蒲县经办。")
    replace(world, "puxian.office_director", "钱主任")
    assert client_of(director).get(office_url(director, "case", case.pk)).status_code == 404
    signer = world.actor("puxian.signer")
    case = scenario.drive(world, case)
    assert case.outcome == "certified"
    document = OfficialDocument.objects.get(office=case.office)
    job = Job.objects.get(key=f"render:{document.pk}")

    successor = replace(world, "puxian.signer", "孙签发")
    assert Job.objects.visible_to(successor).get() == job, "a job belongs to the post"
    assert not Job.objects.visible_to(new).exists()
    assert jobs.run(job.pk) == JobState.DONE
    with Rendition.objects.get(document=document).file.file.open("rb") as handle:
        pdf = joined_text(open_pdf(handle.read()))
    assert document.title in pdf
    assert "孙签发" not in pdf

    document.refresh_from_db()
    assert (document.drafter, document.issuer) == ("赵接任", signer.name)
    shown = text_of(successor, "document", document.pk)
    assert signer.name in shown
    assert "孙签发" not in shown
    assert Meeting.objects.get(pk=meeting.pk).minutes == "经办人：蒲县经办。"
    runs = {run.step: run.decided_name for run in case.runs.all()}
    assert runs["county_accept"] == "蒲县经办"
    assert runs["meeting"] == "赵接任"
    assert runs["issue"] == signer.name
    entries = LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}").order_by("seq")
    names = [entry.actor_name for entry in entries]
    assert "蒲县经办" in names
    assert names.index("赵接任") > names.index("蒲县经办")


def test_town_and_draft_pass_to_the_next_filer(world: World) -> None:
    application = scenario.draft(world, "county")
    old = world.actor("puxian.filer")
    new = replace(world, "puxian.filer", "李填报")
    assert Town.objects.visible_to(new).get() == world.towns["puxian"]
    assert "畜牧" not in text_of(new, "application", application.pk)
    assert client_of(old).get(office_url(old, "application", application.pk)).status_code == 404
    handed = Application.objects.get(pk=application.pk)
    assert handed.filler == "蒲县填报人"


def test_score_sheet_and_opinion_pass_to_the_next_holder(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "expert_scoring")
    old = world.actor("puxian.expert")
    assert old.post is not None
    (sheet,) = assign_experts(actor=world.actor("puxian.clerk"), case_id=case.pk,
                              post_ids=[old.post.pk])  # fmt: skip
    new = replace(world, "puxian.expert", "周专家")
    assert Case.objects.awaiting(new).get() == case
    assert Case.objects.visible_to(new).get() == case
    assert client_of(old).get(office_url(old, "case", case.pk)).status_code == 404
    criteria = spec_of(case.application.criteria_set).criteria
    save_scores(actor=new, case_id=case.pk, sheet_id=sheet.pk, comment="好", submit=True,
                scores={row.key: (Decimal(7), "符合") for row in criteria})  # fmt: skip
    assert ScoreSheet.objects.get(pk=sheet.pk).expert_name == "周专家"


def test_job_of_a_past_holder_finishes_for_the_next(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    done, waiting = (request_roster(clerk, RosterFilter(level=level)) for level in ("", "county"))
    jobs.run(done.pk)
    new = replace(world, "puxian.clerk", "赵接任")
    assert set(Job.objects.visible_to(new)) == {done, waiting}
    assert jobs.run(waiting.pk) == JobState.DONE, "it goes on for the post"
    client = client_of(new)
    for job in (done, waiting):
        answer = client.get(office_url(new, "job-file", job.pk))
        assert b"".join(answer)[:2] == b"PK"
    assert client_of(clerk).get(office_url(clerk, "job-file", done.pk)).status_code == 404


def test_job_of_a_vacant_post_says_why_and_can_be_started_by_who_comes_next(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    job = request_roster(clerk, RosterFilter())
    row = Appointment.objects.get(post=clerk.post)
    end_appointment(actor=world.actor("puxian.office_director"), appointment=row,
                    on=clock.today() - DAY, reason="调离")  # fmt: skip
    assert jobs.run(job.pk) == JobState.FAILED
    job.refresh_from_db()
    assert "无人接任" in job.reason


def test_renamed_person_keeps_the_old_name_in_all_that_is_past(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "unit_opinions")
    clerk = world.actor("puxian.clerk")
    assert clerk.user is not None
    update_account(actor=world.actor("puxian.system_admin"), user=clerk.user,
                   display_name="王改名", office=world.offices["puxian"], phone="")  # fmt: skip
    clerk.user.refresh_from_db()
    run = case.runs.order_by("ordinal").first()
    assert run is not None
    assert run.decided_name == "蒲县经办"
    assert Appointment.objects.get(post=clerk.post).holder_name == "蒲县经办"
    seat = seats_of(clerk.user)[0]
    shown = text_of(seat, "case", case.pk)
    assert "蒲县经办" in shown
    assert "王改名" not in shown
    ask_units(actor=seat, case_id=case.pk, office_ids=[world.offices["puxian-unit"].pk])
    entry = LedgerEntry.objects.get(verb="ask_units")
    assert entry.actor_name == "王改名", "what comes after bears the new name"
