"""Who may appoint whom, to what, from when to when; ending, taking back, succession."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction

from portal.core import clock
from portal.core.actions.appointments import (
    appoint,
    end_appointment,
    revoke_appointment,
    succeed,
)
from portal.core.actor import SYSTEM, Actor
from portal.core.constants import POST_KINDS
from portal.core.errors import Refused, Stale
from portal.core.models import Appointment, LedgerEntry, Post, User
from portal.core.policies.organisation import may_appoint
from portal.core.seats import seats_of
from tests.factories import SINCE, World, make_person, make_world

pytestmark = pytest.mark.django_db


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


def vacate(world: World, name: str) -> Post:
    """A post whose holder left yesterday."""
    yesterday = clock.today() - timedelta(days=1)
    Appointment.objects.filter(post=post_of(world, name)).update(valid_to=yesterday)
    return post_of(world, name)


def complaint(error: pytest.ExceptionInfo[ValidationError]) -> dict[str, list[str]]:
    """The messages of a complaint by field."""
    return error.value.message_dict


# --- who appoints -------------------------------------------------------------------------------

WHO_APPOINTS = [
    ("puxian.office_director", "puxian.clerk", True),
    ("puxian.office_deputy_director", "puxian.signer", True),
    ("puxian.office_director", "puxian.member", True),
    ("puxian.office_director", "puxian.filer", True),
    ("puxian.office_director", "xixian.clerk", False),
    ("puxian.office_director", "xixian.filer", False),
    ("puxian.office_director", "linfen.clerk", False),
    ("linfen.office_director", "puxian.clerk", False),
    ("linfen.office_director", "puxian.member", False),
    ("linfen.office_director", "puxian.filer", False),
    ("puxian.office_director", "puxian.system_admin", False),
    ("puxian.office_director", "puxian.security_admin", False),
    ("puxian.office_director", "puxian.auditor", False),
    ("puxian.system_admin", "puxian.auditor", False),
    ("linfen.system_admin", "puxian.auditor", True),
    ("puxian.system_admin", "puxian.office_director", True),
    ("puxian.system_admin", "puxian.filer", True),
    ("puxian.system_admin", "xixian.clerk", False),
    ("puxian.system_admin", "linfen.clerk", False),
    ("linfen.system_admin", "puxian.system_admin", True),
    ("linfen.system_admin", "zezhou.system_admin", False),
    ("sx.system_admin", "zezhou.filer", True),
    ("puxian.leader", "puxian.clerk", False),
    ("puxian.clerk", "puxian.checker", False),
    ("puxian.auditor", "puxian.clerk", False),
    ("puxian.security_admin", "puxian.clerk", False),
    ("puxian.member", "puxian.member2", False),
    ("puxian.filer", "puxian.submitter", False),
]


@pytest.mark.parametrize(("who", "whose", "may"), WHO_APPOINTS)
def test_who_may_appoint_to_which_post(world: World, who: str, whose: str, may: bool) -> None:
    verdict = may_appoint(world.actor(who), post_of(world, whose))
    assert verdict.ok is may
    assert may or "由" in verdict.reason, "a refusal says who could do it instead"


def test_nobody_appoints_himself(world: World) -> None:
    post = vacate(world, "puxian.clerk")
    director = world.actor("puxian.office_director")
    with pytest.raises(Refused, match="不能任命本人"):
        appoint(actor=director, post=post, user=user_of(world, "puxian.office_director"),
                since=clock.today())  # fmt: skip
    with pytest.raises(Refused, match="不能任命本人"):
        succeed(actor=director, post=post_of(world, "puxian.checker"),
                user=user_of(world, "puxian.office_director"), since=clock.today())  # fmt: skip
    assert not Appointment.objects.held().filter(post=post).exists()


def test_appointing_gives_the_seat_and_one_entry(world: World) -> None:
    post, person = vacate(world, "puxian.clerk"), make_person("newcomer", "新来")
    assert seats_of(person) == []
    row = appoint(
        actor=world.actor("puxian.office_director"),
        post=post,
        user=person,
        since=clock.today(),
        source="蒲专镇办〔2026〕1号",
    )
    assert row.holder_name == "新来"
    assert [seat.post for seat in seats_of(person)] == [post]
    entry = LedgerEntry.objects.get(verb="appoint")
    assert entry.chain == f"core.post:{post.pk}"
    assert "新来" in entry.summary
    assert "蒲专镇办〔2026〕1号" in entry.after
    assert entry.scope_code == "141033"
    person.refresh_from_db()
    assert person.home_office == post.office


def test_second_click_is_stale_and_changes_nothing(world: World) -> None:
    post, person = vacate(world, "puxian.clerk"), make_person("newcomer")
    director = world.actor("puxian.office_director")
    appoint(actor=director, post=post, user=person, since=clock.today())
    with pytest.raises(Stale, match="无需重复办理"):
        appoint(actor=director, post=post, user=person, since=clock.today())
    assert Appointment.objects.filter(post=post, user=person).count() == 1


def test_people_of_another_region_are_not_appointed(world: World) -> None:
    post, stranger = vacate(world, "puxian.clerk"), user_of(world, "xixian.leader")
    with pytest.raises(ValidationError) as error:
        appoint(actor=world.actor("puxian.office_director"), post=post, user=stranger,
                since=clock.today())  # fmt: skip
    assert "上级机构的系统管理员" in complaint(error)["user"][0]
    appoint(actor=world.actor("linfen.system_admin"), post=post, user=stranger,
            since=clock.today())  # fmt: skip


def test_disabled_accounts_are_not_appointed(world: World) -> None:
    post, person = vacate(world, "puxian.clerk"), make_person("gone")
    User.objects.filter(pk=person.pk).update(is_active=False)
    with pytest.raises(ValidationError) as error:
        appoint(actor=world.actor("puxian.office_director"), post=post, user=person,
                since=clock.today())  # fmt: skip
    assert "已停用" in complaint(error)["user"][0]


# --- periods ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("since", "until", "field"),
    [(-10, None, "since"), (0, None, "since"), (-40, -31, "since"), (5, 20, "since"),
     (30, 20, "until")],
)  # fmt: skip
def test_periods_of_one_post_do_not_overlap(
    world: World, since: int, until: int | None, field: str
) -> None:
    """The post is held from 35 days ago to 10 days ahead, and is vacant before and after."""
    today, post = clock.today(), post_of(world, "puxian.clerk")

    def day(distance: int) -> date:
        return today + timedelta(days=distance)

    Appointment.objects.filter(post=post).update(valid_from=day(-35), valid_to=day(10))
    with pytest.raises(ValidationError) as error:
        appoint(
            actor=world.actor("puxian.office_director"),
            post=post,
            user=make_person("newcomer"),
            since=day(since),
            until=None if until is None else day(until),
        )
    assert list(complaint(error)) == [field]


def test_vacant_days_before_and_after_may_be_filled(world: World) -> None:
    today, post = clock.today(), post_of(world, "puxian.clerk")
    begin, end = today - timedelta(days=35), today + timedelta(days=10)
    Appointment.objects.filter(post=post).update(valid_from=begin, valid_to=end)
    director = world.actor("puxian.office_director")
    appoint(actor=director, post=post, user=make_person("before"), since=begin - timedelta(days=9),
            until=begin - timedelta(days=1))  # fmt: skip
    appoint(actor=director, post=post, user=make_person("after"), since=end + timedelta(days=1))
    assert Appointment.objects.filter(post=post).count() == 3


def test_a_post_is_not_filled_before_it_stands_nor_after_it_ends(world: World) -> None:
    today, post = clock.today(), vacate(world, "puxian.clerk")
    begin, end = today - timedelta(days=3), today + timedelta(days=3)
    Post.objects.filter(pk=post.pk).update(valid_from=begin, valid_to=end)
    director = world.actor("puxian.office_director")
    Appointment.objects.filter(post=post).delete()
    for since, until, field in (
        (begin - timedelta(days=1), end, "since"),
        (end + timedelta(days=1), None, "since"),
        (today, end + timedelta(days=1), "until"),
    ):
        with pytest.raises(ValidationError) as error:
            appoint(actor=director, post=post, user=make_person(f"p{since}{field}"), since=since,
                    until=until)  # fmt: skip
        assert list(complaint(error)) == [field]


# --- the three kept apart -----------------------------------------------------------------------

EXCLUSIVE = [kind.key for kind in POST_KINDS.values() if kind.exclusive]


@pytest.mark.parametrize("first", EXCLUSIVE)
@pytest.mark.parametrize("second", EXCLUSIVE)
def test_three_administrators_are_three_people_anywhere(
    world: World, first: str, second: str
) -> None:
    person = user_of(world, f"puxian.{first}")
    post = vacate(world, f"linfen.{second}")
    admin = world.actor("sx.system_admin")
    if first == second:
        assert appoint(actor=admin, post=post, user=person, since=clock.today()).pk
        return
    with pytest.raises(ValidationError) as error:
        appoint(actor=admin, post=post, user=person, since=clock.today())
    assert "不能由同一人担任" in complaint(error)["user"][0]
    with pytest.raises(ValidationError):
        succeed(actor=admin, post=post_of(world, f"zezhou.{second}"), user=person,
                since=clock.today())  # fmt: skip


def test_one_after_the_other_is_allowed(world: World) -> None:
    admin = world.actor("sx.system_admin")
    held = held_by(world, "puxian.auditor")
    end_appointment(actor=admin, appointment=held, on=clock.today(), reason="换岗")
    post = vacate(world, "puxian.security_admin")
    tomorrow = clock.today() + timedelta(days=1)
    with pytest.raises(ValidationError):
        appoint(actor=admin, post=post, user=held.user, since=clock.today())
    assert appoint(actor=admin, post=post, user=held.user, since=tomorrow).valid_from == tomorrow


@pytest.mark.django_db(transaction=True)
def test_two_administrators_appoint_one_person_at_once(world: World) -> None:
    """Both have checked nothing yet when they meet at the person's lock: the second is refused."""
    person = make_person("both")
    posts = [vacate(world, "puxian.auditor"), vacate(world, "linfen.security_admin")]
    outcomes: list[str] = []

    def work(post: Post) -> None:
        try:
            appoint(actor=world.actor("sx.system_admin"), post=post, user=person,
                    since=clock.today())  # fmt: skip
            outcomes.append("appointed")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    at_once(person, [lambda post=post: work(post) for post in posts])  # type: ignore[misc]
    assert sorted(outcomes) == ["appointed", "refused"]
    assert Appointment.objects.filter(user=person).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_people_are_appointed_to_one_post_at_once(world: World) -> None:
    post = vacate(world, "puxian.clerk")
    people = [make_person("one"), make_person("two")]
    outcomes: list[str] = []

    def work(user: User) -> None:
        try:
            appoint(actor=world.actor("puxian.office_director"), post=post, user=user,
                    since=clock.today(), until=clock.today())  # fmt: skip
            outcomes.append("appointed")
        except ValidationError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    at_once(post, [lambda user=user: work(user) for user in people])  # type: ignore[misc]
    assert sorted(outcomes) == ["appointed", "refused"]


def at_once(held: Any, works: list[Callable[[], None]]) -> None:
    """Run every work on a connection of its own, held back at a row's lock until all wait."""
    threads = [threading.Thread(target=work) for work in works]
    try:
        with transaction.atomic():
            type(held)._default_manager.select_for_update().get(pk=held.pk)
            for thread in threads:
                thread.start()
            blocked = 0
            for _ in range(1000):
                with connection.cursor() as cursor:
                    cursor.execute("SELECT COUNT(DISTINCT pid) FROM pg_locks WHERE NOT granted")
                    blocked = int(cursor.fetchone()[0])
                if blocked >= len(threads):
                    break
                threading.Event().wait(0.02)
            assert blocked >= len(threads)
    finally:
        for thread in threads:
            thread.join(timeout=60)


# --- succession ---------------------------------------------------------------------------------


def test_successor_begins_as_the_other_ends(world: World) -> None:
    old, post = world.actor("puxian.clerk"), post_of(world, "puxian.clerk")
    assert old.user is not None
    person = make_person("next", "继任")
    row = succeed(
        actor=world.actor("puxian.office_director"),
        post=post,
        user=person,
        since=clock.today(),
        source="县政府任免通知",
        reason="工作调动",
    )
    before = held_by(world, "puxian.clerk")
    assert before.valid_to == clock.today() - timedelta(days=1)
    assert before.ended_reason == "工作调动"
    assert (row.valid_from, row.valid_to) == (clock.today(), None)
    assert seats_of(old.user) == []
    assert [seat.post for seat in seats_of(person)] == [post]
    entry = LedgerEntry.objects.get(verb="succeed")
    assert "蒲县经办" in entry.before
    assert "继任" in entry.after


def test_succession_announced_for_a_later_day_needs_no_job(world: World) -> None:
    old, post = user_of(world, "puxian.clerk"), post_of(world, "puxian.clerk")
    person, day = make_person("next"), clock.today() + timedelta(days=5)
    succeed(actor=world.actor("puxian.office_director"), post=post, user=person, since=day)
    assert [seat.post for seat in seats_of(old)] == [post]
    assert seats_of(person) == []
    with clock.at(day - timedelta(days=1)):
        assert len(seats_of(old)) == 1
    with clock.at(day):
        assert seats_of(old) == []
        assert [seat.post for seat in seats_of(person)] == [post]


def test_successions_that_cannot_be(world: World) -> None:
    director, post = world.actor("puxian.office_director"), post_of(world, "puxian.clerk")
    holder, today = held_by(world, "puxian.clerk"), clock.today()
    person = make_person("next")
    Appointment.objects.filter(pk=holder.pk).update(valid_from=today)
    with pytest.raises(ValidationError) as error:
        succeed(actor=director, post=post, user=person, since=today)
    assert "登记有误" in complaint(error)["since"][0]
    Appointment.objects.filter(pk=holder.pk).update(valid_from=SINCE)
    with pytest.raises(Stale, match="无需重复办理"):
        succeed(actor=director, post=post, user=holder.user, since=today)
    succeed(actor=director, post=post, user=person, since=today + timedelta(days=9))
    with pytest.raises(ValidationError) as error:
        succeed(actor=director, post=post, user=make_person("third"), since=today)
    assert "任职期不能重叠" in complaint(error)["since"][0]
    with pytest.raises(Stale, match="请直接办理任命"):
        succeed(actor=director, post=vacate(world, "puxian.checker"), user=make_person("x"),
                since=today)  # fmt: skip


def test_second_of_two_successors_hears_who_was_faster(world: World) -> None:
    director, post = world.actor("puxian.office_director"), post_of(world, "puxian.clerk")
    shown = held_by(world, "puxian.clerk").pk
    yesterday = clock.today() - timedelta(days=1)
    succeed(actor=director, post=post, user=make_person("a", "甲"), since=yesterday,
            replacing=shown)  # fmt: skip
    with pytest.raises(Stale, match="现由甲担任"):
        succeed(actor=director, post=post, user=make_person("b", "乙"), since=clock.today(),
                replacing=shown)  # fmt: skip


# --- ending and taking back ---------------------------------------------------------------------


def test_ending_is_the_last_day_and_yesterday_is_at_once(world: World) -> None:
    director, row = world.actor("puxian.office_director"), held_by(world, "puxian.clerk")
    today = clock.today()
    end_appointment(actor=director, appointment=row, on=today + timedelta(days=3), reason="退休")
    assert len(seats_of(row.user)) == 1
    with pytest.raises(ValidationError) as error:
        end_appointment(actor=director, appointment=row, on=today + timedelta(days=4), reason="退")
    assert "不能延后" in complaint(error)["on"][0]
    with pytest.raises(ValidationError) as error:
        end_appointment(actor=director, appointment=row, on=today, reason=" ")
    assert list(complaint(error)) == ["reason"]
    end_appointment(actor=director, appointment=row, on=today - timedelta(days=1), reason="调离")
    assert seats_of(row.user) == []
    with pytest.raises(Stale, match="卸任"):
        end_appointment(actor=director, appointment=row, on=today, reason="再次")


def test_who_began_today_is_taken_back_not_ended(world: World) -> None:
    director, post = world.actor("puxian.office_director"), vacate(world, "puxian.clerk")
    wrong = appoint(actor=director, post=post, user=make_person("wrong"), since=clock.today())
    with pytest.raises(ValidationError) as error:
        end_appointment(actor=director, appointment=wrong,
                        on=clock.today() - timedelta(days=1), reason="错")  # fmt: skip
    assert "撤销登记" in complaint(error)["on"][0]
    revoke_appointment(actor=director, appointment=wrong, reason="登记有误")
    assert seats_of(wrong.user) == []
    right = appoint(actor=director, post=post, user=make_person("right"), since=clock.today())
    assert len(seats_of(right.user)) == 1
    with pytest.raises(Stale, match="已撤销"):
        revoke_appointment(actor=director, appointment=wrong, reason="再次")


def test_appointment_somebody_acted_from_is_not_taken_back(world: World) -> None:
    director, row = world.actor("puxian.office_director"), held_by(world, "puxian.office_director")
    admin = world.actor("puxian.system_admin")
    with clock.at(clock.today() - timedelta(days=2)):
        end_appointment(actor=director, appointment=held_by(world, "puxian.clerk"),
                        on=clock.today(), reason="调离")  # fmt: skip
    with pytest.raises(ValidationError, match="请办理卸任"):
        revoke_appointment(actor=admin, appointment=row, reason="登记有误")
    assert seats_of(row.user)


@pytest.mark.parametrize("name", ["puxian.clerk", "xixian.office_director", "xixian.system_admin"])
def test_others_end_and_take_back_nothing(world: World, name: str) -> None:
    actor, row = world.actor(name), held_by(world, "puxian.checker")
    with pytest.raises(Refused):
        end_appointment(actor=actor, appointment=row, on=clock.today(), reason="无")
    with pytest.raises(Refused):
        revoke_appointment(actor=actor, appointment=row, reason="无")
    with pytest.raises(Refused):
        succeed(actor=actor, post=row.post, user=make_person("x"), since=clock.today())
    assert not LedgerEntry.objects.filter(chain__startswith="core.post").exists()


def test_the_system_appoints_the_first_administrator(world: World) -> None:
    post = vacate(world, "sx.system_admin")
    row = appoint(actor=SYSTEM, post=post, user=make_person("first"), since=clock.today())
    seat = seats_of(row.user)[0]
    assert isinstance(seat, Actor)
    assert seat.post == post
