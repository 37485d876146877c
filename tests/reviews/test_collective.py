"""Meetings and public notices: pages and actions."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import add_working_days
from portal.core.errors import Refused, Stale
from portal.core.models import CalendarDay, LedgerEntry
from portal.core.web import office_url
from reviews.actions import close_notice, convene_meeting, publish_notice, record_meeting
from reviews.chain import Mode
from reviews.collective_queries import days_left, dossiers, waiting_for
from reviews.models import Case, Meeting, PublicNotice
from tests import scenario
from tests.factories import World, client_of, make_town, make_world, multiply
from towns.models import Application, RelaxationRequest

pytestmark = pytest.mark.django_db

LIST_BUDGET = 12


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def clerk(world: World) -> Actor:
    return world.actor("puxian.clerk")


def at_step(world: World, step: str) -> Case:
    """The county's case at a step of its chain."""
    return scenario.drive(world, scenario.file(world, "county"), step)


def get(actor: Actor, name: str, *args: object, query: str = "") -> tuple[int, str]:
    """Status and text of a page."""
    response = client_of(actor).get(office_url(actor, name, *args) + query)
    return response.status_code, response.content.decode()


def post(actor: Actor, name: str, *args: object, **data: object) -> tuple[Client, object]:
    """Send a form as the page does."""
    assert actor.post is not None
    client = client_of(actor)
    response = client.post(office_url(actor, name, *args), {"acting_post": actor.post.pk, **data})
    return client, response


def queries_of(actor: Actor, name: str, query: str = "") -> int:
    """How many queries a page makes."""
    client = client_of(actor)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(office_url(actor, name) + query)
    assert response.status_code == 200
    return len(captured)


# --- meetings -----------------------------------------------------------------------------------


def test_waiting_cases_come_with_what_is_known_of_them(world: World, clerk: Actor) -> None:
    case = at_step(world, "meeting")
    [row] = dossiers(waiting_for(clerk, Mode.MEETING))
    assert row.case == case
    criteria = case.application.criteria_set.criteria.count()
    # Two experts gave 8 of 10 for each criterion; two units agreed.
    assert row.mean_score == 8 * criteria
    assert row.experts == 2
    assert row.opinions == "同意 2"
    assert row.met is not None and row.met + (row.not_met or 0) <= criteria
    status, page = get(clerk, "meeting-new")
    assert status == 200
    assert case.town_name in page and f"{row.mean_score} 分" in page and "同意 2" in page


def test_a_meeting_is_arranged_and_recorded_on_its_pages(world: World, clerk: Actor) -> None:
    case = at_step(world, "meeting")
    _, response = post(
        clerk, "meeting-new", cases=[case.pk], title="审定会议", held_on="2026-11-20", place="三楼",
        chair="张主任", attendees="工信局、财政局",
    )  # fmt: skip
    meeting = Meeting.objects.get()
    assert response.url == office_url(clerk, "meeting", meeting.pk)  # type: ignore[attr-defined]
    assert get(clerk, "meeting-new")[1].count("没有等待会议审定的办件") == 1
    [item] = meeting.items.all()
    status, page = get(clerk, "meeting", meeting.pk)
    assert status == 200
    assert "会议材料" in page
    assert "总体：" in page
    assert office_url(clerk, "case-explanation", case.pk) in page.replace("&amp;", "&")
    assert [f'value="{key}"' in page for key in ("approve", "defer", "return", "reject")] == [
        True
    ] * 4
    _, response = post(
        clerk, "meeting", meeting.pk,
        **{f"result_{item.pk}": "approve", f"opinion_{item.pk}": "同意", "minutes": "一致同意。"},
    )  # fmt: skip
    meeting.refresh_from_db()
    assert (meeting.state, meeting.minutes) == ("recorded", "一致同意。")
    assert scenario.fresh(case).step == "public_notice"
    status, page = get(clerk, "meeting", meeting.pk)
    assert "一致同意。" in page and "同意认定" in page and "<textarea" not in page


def test_bad_results_are_named_and_nothing_typed_is_lost(world: World, clerk: Actor) -> None:
    case = at_step(world, "meeting")
    meeting = scenario.convene(world, case)
    [item] = meeting.items.all()
    _, response = post(
        clerk, "meeting", meeting.pk,
        **{f"result_{item.pk}": "return", f"opinion_{item.pk}": " ", "minutes": "纪要甲乙丙"},
    )  # fmt: skip
    page = response.content.decode()  # type: ignore[attr-defined]
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert "选择“退回补正”时，请填写意见。" in page
    assert "请勾选需要补正的部分。" in page
    assert "纪要甲乙丙" in page and 'value="return"' in page
    assert scenario.fresh(case).step == "meeting"
    with pytest.raises(ValidationError) as caught:
        record_meeting(actor=clerk, meeting=meeting, results={item.pk: ("issue", "")}, minutes="无")
    assert list(caught.value.message_dict) == [f"result_{item.pk}"]


def test_a_meeting_is_recorded_once(world: World, clerk: Actor) -> None:
    case = at_step(world, "meeting")
    meeting = scenario.convene(world, case)
    results = {item.pk: ("approve", "") for item in meeting.items.all()}
    record_meeting(actor=clerk, meeting=meeting, results=results, minutes="无")
    with pytest.raises(Stale, match="已录入"):
        record_meeting(actor=clerk, meeting=meeting, results=results, minutes="又一次")
    _, response = post(
        clerk, "meeting", meeting.pk,
        **{f"result_{pk}": "reject" for pk in results}, minutes="又一次",
    )  # fmt: skip
    # Whoever comes second is told so, with the words that were typed.
    page = response.content.decode()  # type: ignore[attr-defined]
    assert response.status_code == 409  # type: ignore[attr-defined]
    assert "已录入" in page and "又一次" in page
    assert Meeting.objects.get().minutes == "无"
    [entry] = LedgerEntry.objects.filter(verb="record_meeting")
    assert json.loads(entry.payload)["minutes"] == "无"


def test_deferred_cases_may_stand_before_the_next_meeting(world: World, clerk: Actor) -> None:
    case = at_step(world, "meeting")
    meeting = scenario.convene(world, case)
    assert not waiting_for(clerk, Mode.MEETING).exists()
    with pytest.raises(ValidationError, match="已列入"):
        scenario.convene(world, case)
    results = {item.pk: ("defer", "材料待核实") for item in meeting.items.all()}
    record_meeting(actor=clerk, meeting=meeting, results=results, minutes="暂缓")
    assert scenario.fresh(case).step == "meeting"
    assert list(waiting_for(clerk, Mode.MEETING)) == [case]


def test_approval_grants_the_requested_relaxation(world: World, clerk: Actor) -> None:
    case = at_step(world, "meeting")
    asked = RelaxationRequest.objects.create(
        application=case.application, condition="output", reason="县域较小"
    )
    scenario.advance(world, case)
    asked.refresh_from_db()
    assert asked.granted is True


def test_meetings_belong_to_their_office(world: World, clerk: Actor) -> None:
    meeting = scenario.convene(world, at_step(world, "meeting"))
    assert get(world.actor("xixian.clerk"), "meeting", meeting.pk)[0] == 404
    assert get(world.actor("sx.clerk"), "meeting", meeting.pk)[0] == 404
    leader = world.actor("puxian.leader")
    status, page = get(leader, "meeting", meeting.pk)
    assert status == 200
    assert "会议结果由蒲县专业镇发展领导小组办公室录入" in page and "<textarea" not in page
    assert get(leader, "meeting-new")[0] == 403
    with pytest.raises(Refused):
        convene_meeting(actor=leader, case_ids=[1], title="会", held_on=clock.today())


# --- public notices -----------------------------------------------------------------------------


def notice_data(case: Case, **changed: object) -> dict[str, object]:
    """What the form of a notice sends."""
    return {
        "cases": [case.pk],
        "title": "关于拟认定的公示",
        "body": "现予公示。",
        "starts_on": f"{clock.today():%Y-%m-%d}",
        "working_days": "5",
        "first_day_counts": "on",
        "contact": "综合科 李联系",
        "phone": "0357-5322001",
        **changed,
    }


def test_a_notice_is_published_with_the_rounds_days(world: World, clerk: Actor) -> None:
    case = at_step(world, "public_notice")
    status, page = get(clerk, "notice-new")
    assert status == 200
    assert 'name="working_days" value="5"' in page
    assert "年的节假日安排尚未录入" in page
    post(clerk, "notice-new", **notice_data(case))
    notice = PublicNotice.objects.get()
    assert notice.ends_on == add_working_days(clock.today(), 5, first_day_counts=True)
    status, page = get(clerk, "notice", notice.pk)
    assert f"{notice.ends_on:%Y-%m-%d}" in page
    assert f"还剩 {days_left(notice)} 个工作日" in page
    assert "期满后方可办结" in page and "办结公示" not in page
    case = scenario.fresh(case)
    term = case.round.step_days["public_notice"]
    assert case.due_on == add_working_days(notice.ends_on, term)
    assert case.runs.get(finished_at=None).due_on == case.due_on


def test_days_the_round_does_not_state_stay_empty(world: World, clerk: Actor) -> None:
    case = at_step(world, "public_notice")
    case.round.notice_days = None
    case.round.save()
    page = get(clerk, "notice-new")[1]
    assert "文件未载明" in page
    assert 'name="working_days" value=' not in page
    CalendarDay.objects.create(day=date(clock.today().year, 10, 1), working=False)
    assert "节假日安排尚未录入" not in get(clerk, "notice-new")[1]


def test_bad_notice_input_stands_beside_its_field(world: World, clerk: Actor) -> None:
    case = at_step(world, "public_notice")
    yesterday = clock.today() - timedelta(days=1)
    _, response = post(
        clerk, "notice-new", **notice_data(case, starts_on=f"{yesterday:%Y-%m-%d}", phone="")
    )
    page = response.content.decode()  # type: ignore[attr-defined]
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert "请填写联系电话" in page and "综合科 李联系" in page
    _, response = post(clerk, "notice-new", **notice_data(case, starts_on=f"{yesterday:%Y-%m-%d}"))
    assert "公示开始日期不能早于今天" in response.content.decode()  # type: ignore[attr-defined]
    assert not PublicNotice.objects.exists()


def test_the_window_closes_before_the_notice_does(world: World, clerk: Actor) -> None:
    case = at_step(world, "public_notice")
    notice = scenario.publish(world, case, days_ago=0)
    results = {item.pk: ("clear", "") for item in notice.items.all()}
    with pytest.raises(Refused, match="期满后方可办结"):
        close_notice(actor=clerk, notice=notice, results=results)
    with clock.at(notice.ends_on), pytest.raises(Refused):
        close_notice(actor=clerk, notice=notice, results=results)
    with clock.at(notice.ends_on + timedelta(days=1)):
        page = get(clerk, "notice", notice.pk)[1]
        assert "期满待办结" in page and "办结公示" in page
        [pk] = results
        post(clerk, "notice", notice.pk, **{f"result_{pk}": "clear"})
    assert scenario.fresh(case).step == "issue"
    with pytest.raises(Stale):
        close_notice(actor=clerk, notice=notice, results=results)


def test_a_rejection_after_the_notice_needs_its_reason(world: World, clerk: Actor) -> None:
    case = at_step(world, "public_notice")
    notice = scenario.publish(world, case)
    [pk] = notice.items.values_list("pk", flat=True)
    _, response = post(clerk, "notice", notice.pk, **{f"result_{pk}": "reject"})
    assert "时，请填写意见。" in response.content.decode()  # type: ignore[attr-defined]
    with pytest.raises(ValidationError, match="请写明核实情况"):
        close_notice(actor=clerk, notice=notice, results={pk: ("reject", "")})
    post(clerk, "notice", notice.pk, **{f"result_{pk}": "reject", f"opinion_{pk}": "异议属实"})
    assert scenario.fresh(case).outcome == "rejected"


def test_notices_are_managed_by_their_office_alone(world: World, clerk: Actor) -> None:
    notice = scenario.publish(world, at_step(world, "public_notice"))
    above = world.actor("sx.clerk")
    assert get(above, "notice", notice.pk)[0] == 404
    assert notice.title not in get(above, "notices")[1]
    assert notice.title in get(clerk, "notices")[1]
    with pytest.raises(Refused):
        close_notice(actor=above, notice=notice, results={})
    with pytest.raises(Refused):
        publish_notice(
            actor=world.actor("puxian.leader"), case_ids=[1], title="", body="", contact="",
            starts_on=clock.today(), working_days=5, first_day_counts=True, phone="",
        )  # fmt: skip


# --- budgets ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["meetings", "notices"])
@pytest.mark.parametrize("query", ["", "&at=last", "&state=recorded", "&state=closed"])
def test_lists_cost_the_same_whatever_the_rows(
    world: World, clerk: Actor, name: str, query: str
) -> None:
    case = at_step(world, "issue")
    row = Meeting.objects.get() if name == "meetings" else PublicNotice.objects.get()
    counts = [queries_of(clerk, name, query)]
    for more in (2, 47, 30):
        multiply(row, more)
        counts.append(queries_of(clerk, name, query))
    assert max(counts) <= LIST_BUDGET, counts
    assert case.step == "issue"


@pytest.mark.parametrize("name", ["meeting-new", "notice-new"])
def test_choosing_costs_the_same_whatever_waits(world: World, clerk: Actor, name: str) -> None:
    case = at_step(world, {"meeting-new": "meeting", "notice-new": "public_notice"}[name])
    counts = [queries_of(clerk, name)]
    towns = multiply(make_town(world.regions["141033"], "众镇"), 49, name="'镇' || n")
    filed = multiply(
        Application.objects.get(), 49, number="'N' || n", town_id=f"{towns.start - 1} + n"
    )
    multiply(case, 49, number="'N' || n", application_id=f"{filed.start - 1} + n")
    counts.append(queries_of(clerk, name))
    assert max(counts) <= LIST_BUDGET, counts
    assert len(list(waiting_for(clerk, Mode(name.split("-")[0])))) == 50
