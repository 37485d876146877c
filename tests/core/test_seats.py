"""What gives a person a seat today, what takes it away without any job, and what is then said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.actions.appointments import (
    appoint,
    deputise,
    end_appointment,
    end_deputy,
    end_leave,
    record_leave,
    revoke_appointment,
    succeed,
)
from portal.core.actions.offices import close_post
from portal.core.errors import Refused, Stale
from portal.core.models import Appointment, LedgerEntry, Office, Post, PostGrant, User
from portal.core.queries import why_nothing
from portal.core.seats import seat_of, seats_of
from portal.core.web import office_url
from reviews.actions import decide_step
from tests import scenario
from tests.factories import World, client_of, make_person, make_world

pytestmark = pytest.mark.django_db
TODAY = clock.today
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def post_of(world: World, name: str) -> Post:
    """The post of a named actor."""
    post = world.actor(name).post
    assert post is not None
    return post


def user_of(world: World, name: str) -> User:
    """The person of a named actor."""
    user = world.actor(name).user
    assert user is not None
    return user


def held_by(world: World, name: str) -> Appointment:
    """The appointment of a named actor."""
    return Appointment.objects.get(post=post_of(world, name), user=user_of(world, name))


def lend(world: World, post: str, deputy: str, **dates: int) -> PostGrant:
    """A deputy for a period, given in days from today."""
    return deputise(
        actor=world.actor(f"{post.partition('.')[0]}.system_admin"),
        post=post_of(world, post),
        deputy=post_of(world, deputy),
        since=TODAY() + DAY * dates.get("since", 0),
        until=TODAY() + DAY * dates.get("until", 5),
        reason="出差",
    )


# --- leave --------------------------------------------------------------------------------------


def test_leave_takes_the_seat_for_its_days_only(world: World) -> None:
    row, user = held_by(world, "puxian.clerk"), user_of(world, "puxian.clerk")
    record_leave(
        actor=world.actor("puxian.office_director"),
        appointment=row,
        kind="training",
        since=TODAY() + DAY,
        until=TODAY() + DAY * 3,
        reason="省委党校",
    )
    assert len(seats_of(user)) == 1
    for distance, seats in ((1, 0), (3, 0), (4, 1)):
        with clock.at(TODAY() + DAY * distance):
            assert len(seats_of(user)) == seats
    with clock.at(TODAY() + DAY * 2):
        assert "学习培训至" in why_nothing(user)[0]
    entry = LedgerEntry.objects.get(verb="record_leave")
    assert "学习培训" in entry.summary


def test_back_from_leave_acts_that_very_day(world: World) -> None:
    director, row = world.actor("puxian.office_director"), held_by(world, "puxian.clerk")
    leave = record_leave(actor=director, appointment=row, kind="leave", since=TODAY(), until=None,
                         reason="病假")  # fmt: skip
    assert seats_of(row.user) == []
    assert "返岗日期未定" in why_nothing(row.user)[0]
    end_leave(actor=director, leave=leave, on=TODAY())
    assert len(seats_of(row.user)) == 1
    with pytest.raises(Stale, match="已经结束"):
        end_leave(actor=director, leave=leave, on=TODAY())
    with clock.at(TODAY() - DAY * 4):
        early = record_leave(actor=director, appointment=row, kind="leave", since=TODAY(),
                             until=TODAY() + DAY * 9, reason="病假")  # fmt: skip
    end_leave(actor=director, leave=early, on=TODAY())
    early.refresh_from_db()
    assert early.valid_to == TODAY() - DAY
    assert len(seats_of(row.user)) == 1


def test_leave_that_cannot_be(world: World) -> None:
    director, row = world.actor("puxian.office_director"), held_by(world, "puxian.clerk")
    good = {"kind": "leave", "since": TODAY(), "until": TODAY() + DAY * 3, "reason": "病假"}
    for change, field in (
        ({"kind": "holiday"}, "kind"),
        ({"until": TODAY() - DAY}, "until"),
        ({"reason": ""}, "reason"),
        ({"since": row.valid_from - DAY}, "since"),
    ):
        with pytest.raises(ValidationError) as error:
            record_leave(actor=director, appointment=row, **{**good, **change})  # type: ignore[arg-type]
        assert list(error.value.message_dict) == [field]
    record_leave(actor=director, appointment=row, **good)  # type: ignore[arg-type]
    with pytest.raises(Stale):
        record_leave(actor=director, appointment=row, **good)  # type: ignore[arg-type]
    with pytest.raises(ValidationError) as error:
        record_leave(actor=director, appointment=row, **{**good, "since": TODAY() + DAY})  # type: ignore[arg-type]
    assert "重叠" in error.value.message_dict["since"][0]
    with pytest.raises(Refused):
        record_leave(actor=world.actor("xixian.office_director"), appointment=row, **good)  # type: ignore[arg-type]


# --- deputies -----------------------------------------------------------------------------------


def test_deputy_acts_for_the_period_and_is_marked(world: World) -> None:
    checker = user_of(world, "puxian.checker")
    lend(world, "puxian.clerk", "puxian.checker", since=1, until=3)
    assert len(seats_of(checker)) == 1, "the period has not begun"
    with clock.at(TODAY() + DAY):
        own, lent = seats_of(checker)
        assert (own.deputy, lent.deputy) == (False, True)
        assert lent.post_label == "经办（代理）"
        assert lent.post == post_of(world, "puxian.clerk")
    with clock.at(TODAY() + DAY * 4):
        assert [seat.deputy for seat in seats_of(checker)] == [False], "no job had to run"
        assert seat_of(checker, post_of(world, "puxian.clerk")) is None


def test_deputy_loses_it_with_the_own_post(world: World) -> None:
    checker = user_of(world, "puxian.checker")
    lend(world, "puxian.clerk", "puxian.checker")
    assert len(seats_of(checker)) == 2
    end_appointment(actor=world.actor("puxian.office_director"),
                    appointment=held_by(world, "puxian.checker"), on=TODAY() - DAY,
                    reason="调离")  # fmt: skip
    assert seats_of(checker) == []


def test_successor_of_the_deputy_is_the_deputy(world: World) -> None:
    lend(world, "puxian.clerk", "puxian.checker")
    person = make_person("next")
    succeed(actor=world.actor("puxian.office_director"), post=post_of(world, "puxian.checker"),
            user=person, since=TODAY())  # fmt: skip
    assert [seat.deputy for seat in seats_of(person)] == [False, True]
    assert seats_of(user_of(world, "puxian.checker")) == []


def test_deputy_ended_early_is_out_at_the_next_request(world: World) -> None:
    grant, case = lend(world, "puxian.clerk", "puxian.checker"), scenario.file(world, "county")
    checker = world.actor("puxian.checker")
    seat = seat_of(user_of(world, "puxian.checker"), post_of(world, "puxian.clerk"))
    assert seat is not None
    address = office_url(seat, "case", case.pk)
    client = client_of(checker)
    assert client.get(address).status_code == 200
    end_deputy(actor=world.actor("puxian.office_director"), grant=grant, reason="提前返岗")
    assert client.get(address).status_code == 404
    with pytest.raises(Stale):
        end_deputy(actor=world.actor("puxian.office_director"), grant=grant, reason="再次")
    again = lend(world, "puxian.clerk", "puxian.checker", until=9)
    assert again.pk == grant.pk
    assert client.get(address).status_code == 200
    entries = LedgerEntry.objects.filter(verb__in=("deputise", "end_deputy")).order_by("pk")
    assert [entry.verb for entry in entries] == ["deputise", "end_deputy", "deputise"]
    assert "提前返岗" in entries[2].before, "the ledger keeps what the row no longer says"


NEVER = [
    ("puxian.system_admin", "puxian.clerk", Refused),
    ("puxian.clerk", "puxian.auditor", Refused),
    ("puxian.expert", "puxian.clerk", Refused),
    ("puxian.clerk", "puxian.expert", Refused),
    ("puxian.clerk", "xixian.clerk", Refused),
    ("xixian.clerk", "puxian.clerk", Refused),
    ("puxian.clerk", "linfen.clerk", Refused),
    ("puxian.clerk", "puxian.clerk", ValidationError),
]


@pytest.mark.parametrize(("post", "deputy", "error"), NEVER)
def test_deputies_that_cannot_be(
    world: World, post: str, deputy: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        lend(world, post, deputy)
    assert not PostGrant.objects.exists()


def test_deputy_needs_both_days_a_reason_and_somebody_else(world: World) -> None:
    director = world.actor("puxian.office_director")
    post, deputy = post_of(world, "puxian.clerk"), post_of(world, "puxian.checker")
    good = {"since": TODAY(), "until": TODAY() + DAY, "reason": "出差"}
    for change, field in (
        ({"until": None}, "until"),
        ({"since": None}, "until"),
        ({"until": TODAY() - DAY}, "until"),
        ({"since": TODAY() - DAY * 9, "until": TODAY() - DAY * 3}, "until"),
        ({"reason": " "}, "reason"),
    ):
        with pytest.raises(ValidationError) as error:
            deputise(actor=director, post=post, deputy=deputy, **{**good, **change})  # type: ignore[arg-type]
        assert list(error.value.message_dict) == [field]
    own = post_of(world, "puxian.office_director")
    with pytest.raises(ValidationError) as error:
        deputise(actor=director, post=post, deputy=own, **good)  # type: ignore[arg-type]
    assert "不能指定本人代理" in error.value.message_dict["deputy"][0]
    with pytest.raises(Refused):
        deputise(actor=world.actor("puxian.clerk"), post=post, deputy=deputy, **good)  # type: ignore[arg-type]


def test_deputy_does_not_recommend_what_he_accepted(world: World) -> None:
    """Four eyes are two users: a second post, even a borrowed one, is no second person."""
    lend(world, "puxian.clerk", "puxian.checker")
    case = scenario.drive(world, scenario.file(world, "province"), "county_accept")
    seat = seat_of(user_of(world, "puxian.checker"), post_of(world, "puxian.clerk"))
    assert seat is not None
    decide_step(actor=seat, case_id=case.pk, run_id=scenario.open_run(case).pk, outcome="accept",
                opinion="齐全")  # fmt: skip
    entry = LedgerEntry.objects.get(verb="decide:accept")
    assert entry.post_label == "经办（代理）"
    run = scenario.open_run(case)
    with pytest.raises(Refused, match="两人办理"):
        decide_step(actor=world.actor("puxian.checker"), case_id=case.pk, run_id=run.pk,
                    outcome="recommend", opinion="推荐")  # fmt: skip
    decide_step(actor=world.actor("puxian.office_director"), case_id=case.pk, run_id=run.pk,
                outcome="recommend", opinion="推荐")  # fmt: skip


# --- what is said to somebody without a seat ----------------------------------------------------


def test_everybody_without_a_seat_is_told_why(world: World) -> None:
    director, admin = world.actor("puxian.office_director"), world.actor("puxian.system_admin")
    assert "还没有任何岗位" in why_nothing(make_person("never"))[0]
    assert why_nothing(user_of(world, "puxian.clerk")) == []
    row, today = held_by(world, "puxian.clerk"), TODAY()
    end_appointment(actor=director, appointment=row, on=today - DAY, reason="调离")
    assert f"任职已于 {today - DAY} 结束" in why_nothing(row.user)[0]
    appoint(actor=director, post=row.post, user=row.user, since=today + DAY * 2)
    assert f"自 {today + DAY * 2} 起生效" in why_nothing(row.user)[0]
    assert len(why_nothing(row.user)) == 2, "several reasons are all listed"

    wrong = held_by(world, "puxian.signer")
    revoke_appointment(actor=admin, appointment=wrong, reason="登记有误")
    assert "登记有误" in why_nothing(wrong.user)[0]

    post = post_of(world, "puxian.member")
    Office.objects.filter(pk=post.office_id).update(valid_to=today - DAY)
    assert f"该机构已于 {today - DAY} 撤销" in why_nothing(user_of(world, "puxian.member"))[0]
    post = post_of(world, "puxian.member2")
    Post.objects.filter(pk=post.pk).update(valid_to=today - DAY)
    assert f"该岗位已于 {today - DAY} 撤销" in why_nothing(user_of(world, "puxian.member2"))[0]

    disabled = user_of(world, "puxian.leader")
    User.objects.filter(pk=disabled.pk).update(is_active=False)
    disabled.refresh_from_db()
    assert "已停用" in why_nothing(disabled)[0]


def test_a_deputy_whose_period_ran_out_is_told_so(world: World) -> None:
    lend(world, "puxian.clerk", "puxian.checker", until=1)
    row = held_by(world, "puxian.checker")
    record_leave(actor=world.actor("puxian.office_director"), appointment=row, kind="leave",
                 since=TODAY(), until=TODAY() + DAY * 9, reason="病假")  # fmt: skip
    with clock.at(TODAY() + DAY * 3):
        reasons = why_nothing(row.user)
    assert any("请假至" in reason for reason in reasons)
    assert any("代理" in reason and "到期" in reason for reason in reasons)


def test_closed_offices_and_posts_give_no_seat_to_deputies_either(world: World) -> None:
    lend(world, "puxian.member", "puxian.clerk")
    clerk = user_of(world, "puxian.clerk")
    assert len(seats_of(clerk)) == 2
    Office.objects.filter(pk=post_of(world, "puxian.member").office_id).update(
        valid_to=TODAY() - DAY
    )
    assert len(seats_of(clerk)) == 1


def test_closed_post_needs_nobody_in_it(world: World) -> None:
    director, post = world.actor("puxian.office_director"), post_of(world, "puxian.clerk")
    with pytest.raises(ValidationError) as error:
        close_post(actor=director, post=post, on=TODAY(), reason="精简")
    assert "蒲县经办" in error.value.message_dict["on"][0]
    end_appointment(actor=director, appointment=held_by(world, "puxian.clerk"), on=TODAY(),
                    reason="精简")  # fmt: skip
    close_post(actor=director, post=post, on=TODAY(), reason="精简")
    assert not Post.objects.standing(TODAY() + DAY).filter(pk=post.pk).exists()
    with pytest.raises(Stale):
        close_post(actor=director, post=post, on=TODAY(), reason="精简")
    with pytest.raises(ValidationError) as error:
        appoint(actor=director, post=post, user=make_person("late"), since=TODAY() + DAY)
    assert "不能再任命" in error.value.message_dict["since"][0]


def test_seats_cost_one_query_and_one_more_for_a_deputy(world: World) -> None:
    lend(world, "puxian.clerk", "puxian.checker")
    with CaptureQueriesContext(connection) as queries:
        assert len(seats_of(user_of(world, "puxian.checker"))) == 2
    assert len(queries) == 2
    with CaptureQueriesContext(connection) as queries:
        assert len(seats_of(user_of(world, "puxian.signer"))) == 1
    assert len(queries) == 1
