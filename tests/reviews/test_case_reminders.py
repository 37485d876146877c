"""Reminders of terms: three and one working days before and once overdue, to the right people."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import add_working_days, working_days_between
from portal.core.models import Leave, Notification
from portal.core.queries import unread_notifications
from portal.core.seats import person_of, seats_of
from portal.core.web import office_url
from reviews.actions import ask_units
from reviews.actions.due_reminders import ANSWER, OPINION, TERM, WINDOW, remind_of_cases
from reviews.actions.inquiries import ask_information
from reviews.models import Case, UnitOpinion
from reviews.tasks import remind
from tests.core.test_seats import lend
from tests.factories import World, client_of, make_post, make_world
from tests.scenario import drive, file, fresh, publish
from tests.towns.test_reminders import morning

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def told(kind: str) -> list[tuple[str, str, str]]:
    """(office, title, mark) of what was told, in order."""
    rows = Notification.objects.filter(kind=kind).order_by("pk").select_related("office")
    found = [
        (row.office.slug, row.title.partition("：")[0], row.key.split(":")[-1]) for row in rows
    ]
    return list(dict.fromkeys(found))


def posts_told(kind: str, mark: str) -> list[str]:
    """Kinds of the posts that were told of a mark; "" for a whole office."""
    rows = Notification.objects.filter(kind=kind, key__endswith=f":{mark}").select_related("post")
    return sorted(row.post.kind if row.post else "" for row in rows)


HANDLING = ["checker", "clerk", "office_deputy_director", "office_director"]


def test_every_mark_is_told_once_and_to_the_handling_office_alone(world: World) -> None:
    case = fresh(drive(world, file(world, "province"), "city_review"))
    due, today = case.due_on, clock.today()
    assert due is not None
    day = today
    while day <= due + timedelta(days=12):
        with clock.at(morning(day)):
            remind()
            remind_of_cases()
        day += timedelta(days=1)
    rows = Notification.objects.filter(kind=TERM).order_by("pk")
    assert told(TERM) == [
        ("linfen", "办理期限即将到期", "3"),
        ("linfen", "办理期限即将到期", "1"),
        ("linfen", "办理期限已逾期", "overdue"),
    ]
    # Nobody has claimed it: each post that can take the step is told, no leader and no signer.
    for mark in ("3", "1", "overdue"):
        assert posts_told(TERM, mark) == HANDLING
    for who in ("leader", "deputy_leader", "signer"):
        mine = Notification.objects.visible_to(world.actor(f"linfen.{who}"))
        assert not mine.filter(kind=TERM)
    assert "还有 3 个工作日" in rows[0].text and "“市级审核”" in rows[0].text
    last, day = rows.latest("pk"), due + timedelta(days=1)
    late = working_days_between(due, day)
    assert f"，已逾期{f' {late} 个工作日' if late else ''}。" in last.text
    # The town learns nothing of an office's term, however late.
    assert not Notification.objects.filter(office=world.offices["puxian-filing"], kind=TERM)
    # Extended or paused, another day is another term.
    with clock.at(morning(due + timedelta(days=20))):
        Case.objects.filter(pk=case.pk).update(paused_on=today)
        assert remind_of_cases() == 0
        Case.objects.filter(pk=case.pk).update(paused_on=None, due_on=due + timedelta(days=21))
        assert remind_of_cases() == len(HANDLING)
    Case.objects.filter(pk=case.pk).update(state="returned", due_on=today)
    assert remind_of_cases() == 0


def test_who_has_it_in_hand_is_told_alone(world: World) -> None:
    case = fresh(drive(world, file(world, "province"), "city_review"))
    clerk, checker = world.actor("linfen.clerk"), world.actor("linfen.checker")
    assert clerk.post is not None and clerk.user is not None and checker.user is not None
    held = {"holder": clerk.post, "held_by": clerk.user, "held_name": clerk.name}
    Case.objects.filter(pk=case.pk).update(due_on=clock.today(), **held)
    assert remind_of_cases() == 1
    notice = Notification.objects.get(kind=TERM)
    assert notice.post == clerk.post
    assert unread_notifications(clerk) != "" and not Notification.objects.visible_to(
        checker
    ).filter(kind=TERM)
    # The head of a page counts the same.
    unread = {}
    for actor in (clerk, checker):
        person = person_of(actor.user.pk)  # type: ignore[union-attr]
        assert person is not None
        seat = next(seat for seat in seats_of(person) if seat.post == actor.post)
        unread[actor.name] = vars(seat.post)["unread"]
        shown = Notification.objects.visible_to(actor).unread_by(actor.user)  # type: ignore[arg-type]
        assert unread[actor.name] == shown.count()
    assert unread[clerk.name] == unread[checker.name] + 1
    page = client_of(checker).get(office_url(checker, "notifications")).content.decode()
    assert "办理期限" not in page
    assert (
        client_of(checker).get(office_url(checker, "notification-open", notice.pk)).status_code
        == 404
    )
    # Nobody acts from the post today: those who can take it over are told of the same mark.
    away(clerk)
    assert remind_of_cases() == len(HANDLING) - 1
    assert posts_told(TERM, "1") == HANDLING
    # Who it is handed to was told already; a successor's successor is told as well.
    second = make_post(world.offices["linfen"], "clerk", "linfen.clerk9")
    assert second.post is not None
    Case.objects.filter(pk=case.pk).update(holder=checker.post)
    assert remind_of_cases() == 0
    Case.objects.filter(pk=case.pk).update(holder=second.post)
    assert remind_of_cases() == 1
    assert Notification.objects.filter(kind=TERM).latest("pk").post == second.post


def away(actor: Actor) -> None:
    """The holder of a post is on leave for a month."""
    assert actor.post is not None
    today = clock.today()
    Leave.objects.create(
        appointment=actor.post.appointments.get(),
        kind="leave",
        valid_from=today,
        valid_to=today + timedelta(days=30),
    )


def test_a_deputy_counts_and_an_office_without_posts_is_told(world: World) -> None:
    case = fresh(drive(world, file(world, "province"), "city_review"))
    Case.objects.filter(pk=case.pk).update(due_on=clock.today())
    kinds = ("clerk", "checker", "office_director", "office_deputy_director")
    for kind in kinds:
        away(world.actor(f"linfen.{kind}"))
    lend(world, "linfen.clerk", "linfen.signer")
    assert remind_of_cases() == 1
    assert posts_told(TERM, "1") == ["clerk"]
    # The deputy is away as well: nobody acts from the post, and the office is told.
    away(world.actor("linfen.signer"))
    assert remind_of_cases() == 1
    assert posts_told(TERM, "1") == ["", "clerk"]
    assert remind_of_cases() == 0


@pytest.mark.parametrize("term", [2, None])
def test_a_notice_is_not_late_on_the_first_day_it_can_be_closed(
    world: World, term: int | None
) -> None:
    case = fresh(drive(world, file(world, "county"), "public_notice"))
    case.round.step_days = {"public_notice": term} if term else {}
    case.round.save(update_fields=["step_days"])
    clerk, notice = world.actor("puxian.clerk"), publish(world, case, days_ago=0)
    case, run = fresh(case), case.runs.get(finished_at=None)
    assert case.due_on == run.due_on
    assert case.due_on == (add_working_days(notice.ends_on, term) if term else None)
    day = clock.today()
    while day <= notice.ends_on:
        with clock.at(morning(day)):
            remind_of_cases()
        day += timedelta(days=1)
    assert not Notification.objects.filter(key__endswith=":overdue")
    assert not told(WINDOW)
    with clock.at(morning(add_working_days(notice.ends_on, 1))):
        remind_of_cases()
        remind_of_cases()
        assert told(WINDOW) == [("puxian", "公示期满待办结", "ended")]
        assert "leader" not in posts_told(WINDOW, "ended") and posts_told(WINDOW, "ended")
        assert not Notification.objects.filter(key__endswith=":overdue")
        page = client_of(clerk).get(office_url(clerk, "case", case.pk)).content.decode()
        assert "已逾期" not in page
        assert ("还剩 1 个工作日" if term else "办理时限未载明") in page


def test_units_and_towns_are_reminded_of_their_own(world: World) -> None:
    case = fresh(drive(world, file(world, "province"), "unit_opinions"))
    clerk, member = world.actor("sx.clerk"), world.actor("sx.member")
    assert member.office is not None
    ask_units(actor=clerk, case_id=case.pk, office_ids=[member.office.pk])
    today = clock.today()
    UnitOpinion.objects.update(due_on=add_working_days(today, 1))
    ask_information(actor=clerk, case_id=case.pk, question="请说明。", days=1)
    with clock.at(morning(today)):
        remind_of_cases()
    assert told(OPINION) == [(member.office.slug, "会审意见即将到期", "1")]
    assert told(ANSWER) == [("puxian-filing", "补充说明即将到期", "1")]
    with clock.at(morning(add_working_days(today, 2))):
        remind_of_cases()
    assert told(ANSWER)[1:] == [
        ("puxian-filing", "补充说明已逾期", "overdue"),
        ("sx", "补充说明已逾期", "overdue"),
    ]
    assert posts_told(ANSWER, "overdue") == ["", *HANDLING]
    assert ("linfen", "补充说明已逾期", "overdue") not in told(ANSWER)
