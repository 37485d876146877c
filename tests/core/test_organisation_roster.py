"""The leading group as at any day, its workbook, and an office's people and grants."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from portal.core import clock
from portal.core.actions.appointments import (
    appoint,
    deputise,
    end_appointment,
    end_deputy,
    record_leave,
    succeed,
)
from portal.core.actions.offices import merge_offices, rename_office
from portal.core.exports import leading_group_file_name, leading_group_workbook
from portal.core.models import Appointment, Office, Post
from portal.core.queries import VACANT, GroupSeat, grants_of, leading_group_on, people_of
from reviews.actions import assign_experts
from tests import scenario
from tests.factories import SINCE, World, make_person, make_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def seat(office: Office, day: date, role: str) -> GroupSeat:
    """The first seat of a role in a leading group on a day."""
    return next(row for row in leading_group_on(office, day) if row.role == role)


def cost(work: Callable[[], object]) -> int:
    """How many queries a read takes."""
    with CaptureQueriesContext(connection) as queries:
        work()
    return len(queries)


def post_of(world: World, name: str) -> Post:
    """The post of a named actor."""
    post = world.actor(name).post
    assert post is not None
    return post


def test_heads_members_and_office_in_their_order(world: World) -> None:
    rows = leading_group_on(world.offices["puxian"], clock.today())
    assert [row.role for row in rows] == [
        "组长", "副组长", "办公室主任", "办公室副主任", "成员", "成员",
    ]  # fmt: skip
    assert [row.unit for row in rows[-2:]] == ["蒲县工信局", "蒲县财政局"]
    assert rows[0].holder == "蒲县组长"
    assert not any(row.vacant for row in rows)


def test_roster_as_at_any_day_after_a_succession(world: World) -> None:
    office, today = world.offices["puxian"], clock.today()
    admin, post = world.actor("puxian.system_admin"), post_of(world, "puxian.leader")
    succeed(actor=admin, post=post, user=make_person("second", "甲县长"), since=today - DAY * 20)
    succeed(actor=admin, post=post, user=make_person("third", "乙县长"), since=today + DAY * 5)
    borne = [seat(office, today + DAY * distance, "组长").holder for distance in (-21, -20, 4, 5)]
    assert borne == ["蒲县组长", "甲县长", "甲县长", "乙县长"]
    assert seat(office, SINCE - DAY, "组长").holder == VACANT
    vice = Appointment.objects.get(post=post_of(world, "puxian.deputy_leader"))
    end_appointment(actor=admin, appointment=vice, on=today - DAY, reason="退休")
    assert seat(office, today - DAY, "副组长").holder == "蒲县副组长"
    empty = seat(office, today, "副组长")
    assert (empty.holder, empty.vacant, empty.since) == (VACANT, True, None)


def test_remarks_say_who_is_away_and_who_stands_in(world: World) -> None:
    office, today = world.offices["puxian"], clock.today()
    admin, post = world.actor("puxian.system_admin"), post_of(world, "puxian.office_director")
    row = Appointment.objects.get(post=post)
    record_leave(actor=admin, appointment=row, kind="training", since=today, until=today + DAY * 9,
                 reason="党校学习")  # fmt: skip
    grant = deputise(actor=admin, post=post, deputy=post_of(world, "puxian.office_deputy_director"),
                     since=today, until=today + DAY * 9, reason="学习期间代理")  # fmt: skip
    on_leave = seat(office, today + DAY, "办公室主任")
    assert on_leave.holder == "蒲县办公室主任", "the holder stays the holder"
    assert on_leave.remarks[0] == f"学习培训（至 {today + DAY * 9}）"
    assert on_leave.remarks[1].startswith("由蒲县办公室副主任代理")
    assert seat(office, today - DAY, "办公室主任").remarks == ()
    assert seat(office, today + DAY * 10, "办公室主任").remarks == ()
    with clock.at(today + DAY * 3):
        end_deputy(actor=admin, grant=grant, reason="提前返岗")
    assert len(seat(office, today + DAY * 2, "办公室主任").remarks) == 2, "history stays readable"
    assert len(seat(office, today + DAY * 3, "办公室主任").remarks) == 1


def test_units_bear_the_name_of_the_day(world: World) -> None:
    office, today = world.offices["puxian"], clock.today()
    rename_office(actor=world.actor("puxian.system_admin"), office=world.offices["puxian-unit"],
                  name="蒲县工科局", on=today, source="蒲编发〔2026〕3号")  # fmt: skip
    assert seat(office, today - DAY, "成员").unit == "蒲县工信局"
    assert seat(office, today, "成员").unit == "蒲县工科局"


def test_head_whose_unit_was_merged_comes_from_the_successor(world: World) -> None:
    office, today = world.offices["puxian"], clock.today()
    units = [world.offices["puxian-unit"], world.offices["puxian-unit2"]]
    Post.objects.filter(pk=post_of(world, "puxian.office_director").pk).update(unit=units[0])
    merge_offices(actor=world.actor("puxian.system_admin"), offices=units, name="蒲县经济局",
                  on=today, source="蒲编发〔2026〕3号")  # fmt: skip
    assert seat(office, today - DAY, "办公室主任").unit == "蒲县工信局"
    assert seat(office, today, "办公室主任").unit == "蒲县经济局"


def test_cost_does_not_grow_with_the_group(world: World) -> None:
    office, today = world.offices["puxian"], clock.today()
    few = cost(lambda: leading_group_on(office, today))
    unit = world.offices["puxian-unit"]
    for number in range(30):
        group = Group.objects.create(name=f"more-{number}")
        post = Post.objects.create(office=unit, kind="member", title=f"副局长{number}", unit=unit,
                                   group=group)  # fmt: skip
        Appointment.objects.create(post=post, user=make_person(f"m{number}"), valid_from=SINCE)
    assert len(leading_group_on(office, today)) == 36
    assert cost(lambda: leading_group_on(office, today)) <= few + 1 <= 12
    assert cost(lambda: people_of(unit)) <= 6
    assert cost(lambda: grants_of(unit)) <= 6


def test_workbook_has_a_title_the_day_its_source_and_every_seat(world: World) -> None:
    office, today = world.offices["puxian"], clock.today()
    admin = world.actor("puxian.system_admin")
    vice = Appointment.objects.get(post=post_of(world, "puxian.deputy_leader"))
    end_appointment(actor=admin, appointment=vice, on=today - DAY, reason="退休")
    content = leading_group_workbook(admin, office, today)
    sheet = load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    cells = [[str(cell) for cell in row if cell is not None] for row in sheet.values]
    assert cells[0] == ["蒲县专业镇发展领导小组组成人员名单"]
    assert f"截至日期：{today}" in cells[1][0]
    assert "依据：测试" in cells[1][0]
    assert admin.label in cells[2][0]
    assert cells[3][:3] == ["序号", "组内职务", "姓名"]
    assert [row[2] for row in cells[4:6]] == ["蒲县组长", VACANT]
    assert len(cells) == 4 + 6
    assert leading_group_file_name(office, date(2026, 1, 2)) == "蒲县领导小组名单-20260102.xlsx"


def test_people_of_an_office_with_who_comes_next(world: World) -> None:
    office, today = world.offices["puxian"], clock.today()
    director, post = world.actor("puxian.office_director"), post_of(world, "puxian.clerk")
    succeed(actor=director, post=post, user=make_person("next", "赵接任"), since=today + DAY)
    rows = {row.post.pk: row for row in people_of(office)}
    assert rows[post.pk].holder == "蒲县经办"
    assert rows[post.pk].remarks == (f"自 {today + DAY} 起由赵接任接任",)
    assert rows[post.pk].last_sign_in is None
    Post.objects.filter(pk=post.pk).update(valid_to=today - DAY)
    assert post.pk not in {row.post.pk for row in people_of(office)}


def test_grants_of_an_office_are_those_in_force(world: World) -> None:
    filing = grants_of(world.offices["puxian-filing"])
    assert {(row.kind, row.subject) for row in filing} == {("填报授权", "蒲县肉牛专业镇")}
    assert len(filing) == 2
    case = scenario.drive(world, scenario.file(world, "county"), "expert_scoring")
    expert = post_of(world, "puxian.expert")
    assign_experts(actor=world.actor("puxian.clerk"), case_id=case.pk, post_ids=[expert.pk])
    deputise(actor=world.actor("puxian.system_admin"), post=post_of(world, "puxian.clerk"),
             deputy=post_of(world, "puxian.checker"), since=clock.today(),
             until=clock.today() + DAY, reason="出差")  # fmt: skip
    rows = grants_of(world.offices["puxian"])
    assert {(row.kind, row.post) for row in rows} == {
        ("评审授权", expert),
        ("代理授权", post_of(world, "puxian.checker")),
    }
    with clock.at(clock.today() + DAY * 2):
        assert [row.kind for row in grants_of(world.offices["puxian"])] == ["评审授权"]


def test_appointing_again_after_a_gap_shows_both_periods(world: World) -> None:
    office, today, admin = (
        world.offices["puxian"],
        clock.today(),
        world.actor("linfen.system_admin"),
    )
    row = Appointment.objects.get(post=post_of(world, "puxian.leader"))
    end_appointment(actor=admin, appointment=row, on=today - DAY * 10, reason="调离")
    appoint(actor=admin, post=row.post, user=row.user, since=today)
    held = [seat(office, today - DAY * ago, "组长").vacant for ago in (10, 9, 1, 0)]
    assert held == [False, True, True, False]
