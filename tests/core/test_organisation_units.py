"""Units and posts: adding, renaming, merging, splitting, closing, and what passes on with them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from portal.core import clock
from portal.core.actions.appointments import appoint, end_appointment
from portal.core.actions.offices import (
    add_unit,
    close_office,
    create_post,
    merge_offices,
    rename_office,
    split_office,
)
from portal.core.errors import Refused, Stale
from portal.core.models import (
    Appointment,
    LedgerEntry,
    Office,
    OfficeChange,
    OfficialDocument,
    Post,
)
from portal.core.queries import leading_group_on
from portal.core.seats import seats_of
from portal.core.web import office_url
from reviews.actions import ask_units, give_opinion
from reviews.models import Case, UnitOpinion
from reviews.queries import units_to_ask
from tests import scenario
from tests.factories import World, client_of, make_person, make_world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
SOURCE = "蒲编发〔2026〕3号"


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def vacate(world: World, name: str) -> None:
    """End a named actor's appointment as from today."""
    Appointment.objects.filter(post=world.actor(name).post).update(valid_to=clock.today() - DAY)


def asked(world: World, case: Case) -> dict[str, UnitOpinion]:
    """Both member units of the county are asked for their opinion on a case."""
    offices = [world.offices[slug] for slug in ("puxian-unit", "puxian-unit2")]
    rows = ask_units(
        actor=world.actor("puxian.clerk"), case_id=case.pk, office_ids=[o.pk for o in offices]
    )
    return {row.office.slug: row for row in rows}


# --- units and posts ----------------------------------------------------------------------------


def test_a_new_unit_gets_a_post_and_a_person(world: World) -> None:
    director, parent = world.actor("puxian.office_director"), world.offices["puxian"]
    unit = add_unit(actor=director, parent=parent, name="蒲县林业局", kind="member_unit",
                    source=SOURCE)  # fmt: skip
    post = create_post(actor=director, office=unit, kind="member", title="林业局局长")
    person = make_person("forester")
    appoint(actor=director, post=post, user=person, since=clock.today())
    assert [seat.office for seat in seats_of(person)] == [unit]
    assert [(s.title, s.unit) for s in leading_group_on(parent, clock.today())][-1] == (
        "林业局局长",
        "蒲县林业局",
    )
    verbs = LedgerEntry.objects.filter(verb__in=("add_unit", "create_post"))
    assert {entry.chain for entry in verbs} == {f"core.office:{unit.pk}"}
    with pytest.raises(ValidationError, match="已有名为"):
        add_unit(actor=director, parent=parent, name="蒲县林业局", kind="member_unit",
                 source=SOURCE)  # fmt: skip
    with pytest.raises(ValidationError, match="已有“林业局局长”"):
        create_post(actor=director, office=unit, kind="member", title="林业局局长")


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"name": " "}, "name"),
        ({"source": ""}, "source"),
        ({"kind": "leading_group_office"}, "kind"),
    ],
)
def test_a_unit_needs_a_name_a_kind_and_a_document(
    world: World, values: dict[str, Any], field: str
) -> None:
    good = {"name": "蒲县林业局", "kind": "member_unit", "source": SOURCE}
    with pytest.raises(ValidationError) as error:
        add_unit(actor=world.actor("puxian.office_director"), parent=world.offices["puxian"],
                 **{**good, **values})  # fmt: skip
    assert list(error.value.message_dict) == [field]


def test_kinds_of_post_fit_their_office(world: World) -> None:
    director = world.actor("puxian.office_director")
    with pytest.raises(ValidationError) as error:
        create_post(actor=director, office=world.offices["puxian-unit"], kind="clerk", title="经办")
    assert list(error.value.message_dict) == ["kind"]
    with pytest.raises(Refused, match="系统管理员"):
        create_post(
            actor=director, office=world.offices["puxian"], kind="auditor", title="审计员二"
        )
    beside, above = world.actor("puxian.system_admin"), world.actor("linfen.system_admin")
    wanted: dict[str, Any] = {"office": world.offices["puxian"], "kind": "auditor"}
    with pytest.raises(Refused, match="上一级机构的系统管理员"):
        create_post(actor=beside, title="审计员二", **wanted)
    assert create_post(actor=above, title="审计员二", **wanted)


@pytest.mark.parametrize(
    "name", ["xixian.office_director", "linfen.office_director", "puxian.clerk", "puxian.auditor",
             "xixian.system_admin"],
)  # fmt: skip
def test_others_change_nothing_here(world: World, name: str) -> None:
    actor, parent, today = world.actor(name), world.offices["puxian"], clock.today()
    units = [world.offices["puxian-unit"], world.offices["puxian-unit2"]]
    attempts: list[Any] = [
        lambda: add_unit(actor=actor, parent=parent, name="某局", kind="member_unit", source="据"),
        lambda: create_post(actor=actor, office=parent, kind="clerk", title="经办二"),
        lambda: rename_office(actor=actor, office=units[0], name="某局", on=today, source="据"),
        lambda: merge_offices(actor=actor, offices=units, name="某局", on=today, source="据"),
        lambda: split_office(
            actor=actor, office=units[0], names=["甲", "乙"], on=today, source="据"
        ),
        lambda: close_office(actor=actor, office=units[0], on=today, source="据"),
    ]
    for attempt in attempts:
        with pytest.raises(Refused):
            attempt()
    assert Office.objects.filter(name__in=["某局", "甲", "乙"]).count() == 0
    assert OfficeChange.objects.count() == 0


# --- names --------------------------------------------------------------------------------------


def test_renamed_office_keeps_its_old_name_in_all_that_is_past(world: World) -> None:
    """A case certified under the old name shows it still: page, notice, document, ledger."""
    case = scenario.drive(world, scenario.file(world, "county"))
    office, clerk = world.offices["puxian"], world.actor("puxian.clerk")
    old, new = office.name, "蒲县专业镇高质量发展领导小组办公室"
    document = OfficialDocument.objects.get(office=office)
    pages = {
        name: client_of(clerk).get(office_url(clerk, name, pk))
        for name, pk in (("case", case.pk), ("document", document.pk))
    }
    assert all(old in page.content.decode() for page in pages.values())
    rename_office(actor=world.actor("puxian.office_director"), office=office, name=new,
                  on=clock.today(), source=SOURCE)  # fmt: skip
    office.refresh_from_db()
    document.refresh_from_db()
    assert (office.name, document.organ) == (new, old)
    assert office.name_on(clock.today() - DAY) == old
    assert office.name_on(clock.today()) == new
    for name, pk in (("case", case.pk), ("document", document.pk)):
        text = client_of(clerk).get(office_url(clerk, name, pk)).content.decode()
        assert old in text.split("</header>")[-1], name
    run = case.runs.select_related("office").order_by("ordinal").first()
    assert run is not None
    assert run.organ == old
    assert LedgerEntry.objects.filter(chain=f"reviews.case:{case.pk}", office_name=new).count() == 0
    change = OfficeChange.objects.get()
    assert (change.kind, change.source) == ("rename", SOURCE)
    assert old in change.summary


def test_names_by_day_over_several_renames(world: World) -> None:
    unit, admin = world.offices["puxian-unit"], world.actor("puxian.system_admin")
    first, today = unit.name, clock.today()
    for name, ago in (("蒲县工信科技局", 30), ("蒲县工科局", 10)):
        rename_office(actor=admin, office=unit, name=name, on=today - DAY * ago, source=SOURCE)
    unit.refresh_from_db()
    borne = [unit.name_on(today - DAY * ago) for ago in (31, 30, 11, 10, 0)]
    assert borne == [first, "蒲县工信科技局", "蒲县工信科技局", "蒲县工科局", "蒲县工科局"]
    with pytest.raises(ValidationError) as error:
        rename_office(actor=admin, office=unit, name="又一名", on=today - DAY * 20, source=SOURCE)
    assert "上一次更名" in error.value.message_dict["on"][0]
    with pytest.raises(ValidationError) as error:
        rename_office(actor=admin, office=unit, name="又一名", on=today + DAY, source=SOURCE)
    assert "不能晚于今天" in error.value.message_dict["on"][0]
    with pytest.raises(Stale):
        rename_office(actor=admin, office=unit, name="蒲县工科局", on=today, source=SOURCE)
    with pytest.raises(ValidationError) as error:
        rename_office(actor=admin, office=unit, name="蒲县财政局", on=today, source=SOURCE)
    assert list(error.value.message_dict) == ["name"]


# --- mergers ------------------------------------------------------------------------------------


def test_merged_units_hand_on_people_and_asked_opinions(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "unit_opinions")
    opinions = asked(world, case)
    units = [world.offices["puxian-unit"], world.offices["puxian-unit2"]]
    director, member = world.actor("puxian.office_director"), world.actor("puxian.member")
    into = merge_offices(actor=director, offices=units, name="蒲县经济和财政局", on=clock.today(),
                         source=SOURCE)  # fmt: skip
    assert member.user is not None
    seat = seats_of(member.user)[0]
    assert seat.office == into
    assert Case.objects.awaiting(seat).get() == case, "once, though both units were asked"
    assert units_to_ask(case, scenario.open_run(case)) == []
    for unit in units:
        unit.refresh_from_db()
        assert (unit.valid_to, unit.successor) == (clock.today() - DAY, into)
    client = client_of(member)
    for opinion in opinions.values():
        assert client.get(office_url(seat, "opinion", case.pk, opinion.pk)).status_code == 200
        give_opinion(actor=seat, case_id=case.pk, opinion_id=opinion.pk, verdict="agree", text="")
    rows = UnitOpinion.objects.filter(case=case).select_related("office")
    assert {row.organ for row in rows} == {"蒲县工信局", "蒲县财政局"}
    assert client.get(office_url(member, "case", case.pk)).status_code == 404, "the unit is gone"
    change = OfficeChange.objects.get()
    assert set(change.before.all()) == set(units)
    assert list(change.after.all()) == [into]


def test_merged_into_one_of_them(world: World) -> None:
    director = world.actor("puxian.office_director")
    unit, other = world.offices["puxian-unit"], world.offices["puxian-unit2"]
    into = merge_offices(actor=director, offices=[unit, other], name=unit.name, on=clock.today(),
                         source=SOURCE)  # fmt: skip
    other.refresh_from_db()
    assert into == unit
    assert other.successor == unit
    assert Post.objects.filter(office=unit).count() == 2
    with pytest.raises(ValidationError):
        merge_offices(actor=director, offices=[unit], name=unit.name, on=clock.today(),
                      source=SOURCE)  # fmt: skip


def test_what_cannot_be_merged_split_or_closed(world: World) -> None:
    admin, today = world.actor("linfen.system_admin"), clock.today()
    office, unit = world.offices["puxian"], world.offices["puxian-unit"]
    for attempt in (
        lambda: merge_offices(actor=admin, offices=[office, world.offices["xixian"]], name="合",
                              on=today, source=SOURCE),
        lambda: split_office(actor=admin, office=office, names="甲乙", on=today, source=SOURCE),
        lambda: close_office(actor=admin, office=office, on=today, source=SOURCE),
    ):  # fmt: skip
        with pytest.raises(Refused, match="只能更名"):
            attempt()
    with pytest.raises(ValidationError) as error:
        merge_offices(actor=admin, offices=[unit, world.offices["xixian-unit"]], name="合",
                      on=today, source=SOURCE)  # fmt: skip
    assert "同一领导小组" in error.value.message_dict["offices"][0]
    with pytest.raises(ValidationError) as error:
        merge_offices(actor=admin, offices=[unit, world.offices["puxian-unit2"]], name="合",
                      on=today + DAY, source=SOURCE)  # fmt: skip
    assert list(error.value.message_dict) == ["on"]


def test_chain_of_mergers_leads_to_the_last_office(world: World) -> None:
    director, today = world.actor("puxian.office_director"), clock.today()
    parent = world.offices["puxian"]
    third = add_unit(actor=director, parent=parent, name="蒲县三局", kind="member_unit",
                     source=SOURCE, since=today - DAY * 90)  # fmt: skip
    units = [world.offices["puxian-unit"], world.offices["puxian-unit2"]]
    middle = merge_offices(actor=director, offices=units, name="蒲县中局", on=today - DAY * 30,
                           source=SOURCE)  # fmt: skip
    last = merge_offices(actor=director, offices=[middle, third], name="蒲县大局", on=today,
                         source=SOURCE)  # fmt: skip
    for unit in (*units, middle, third):
        unit.refresh_from_db()
        assert unit.successor == last
    member = next(s for s in leading_group_on(parent, today - DAY * 40) if s.role == "成员")
    assert member.unit == "蒲县工信局"
    by_day = {
        ago: {s.unit for s in leading_group_on(parent, today - DAY * ago) if s.role == "成员"}
        for ago in (0, 1, 31)
    }
    assert by_day == {0: {"蒲县大局"}, 1: {"蒲县中局"}, 31: {"蒲县工信局", "蒲县财政局"}}


# --- splits and closing -------------------------------------------------------------------------


def test_split_unit_sends_each_post_to_a_named_unit(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "unit_opinions")
    opinion = asked(world, case)["puxian-unit"]
    director, unit = world.actor("puxian.office_director"), world.offices["puxian-unit"]
    second = create_post(actor=director, office=unit, kind="member", title="分管副局长")
    member = world.actor("puxian.member")
    assert member.post is not None
    assert member.user is not None
    made = split_office(actor=director, office=unit, names=["蒲县工业局", "蒲县信息局"],
                        on=clock.today(), source=SOURCE,
                        posts={member.post.pk: "蒲县信息局"})  # fmt: skip
    second.refresh_from_db()
    seat = seats_of(member.user)[0]
    assert (second.office, seat.office) == (made[0], made[1])
    give_opinion(actor=seat, case_id=case.pk, opinion_id=opinion.pk, verdict="agree", text="")
    opinion.refresh_from_db()
    assert opinion.organ == "蒲县工信局"
    unit.refresh_from_db()
    assert unit.successor == made[0]
    with pytest.raises(Stale, match="已于"):
        split_office(actor=director, office=unit, names=["甲", "乙"], on=clock.today(),
                     source=SOURCE)  # fmt: skip


@pytest.mark.parametrize("names", [["蒲县工业局"], ["甲", "甲"], ["蒲县财政局", "乙"]])
def test_split_needs_two_new_names(world: World, names: list[str]) -> None:
    with pytest.raises(ValidationError) as error:
        split_office(actor=world.actor("puxian.office_director"),
                     office=world.offices["puxian-unit"], names=names, on=clock.today(),
                     source=SOURCE)  # fmt: skip
    assert list(error.value.message_dict) == ["names"]


def test_unit_is_closed_once_nobody_is_in_it(world: World) -> None:
    director, unit = world.actor("puxian.office_director"), world.offices["puxian-unit"]
    with pytest.raises(ValidationError) as error:
        close_office(actor=director, office=unit, on=clock.today(), source=SOURCE)
    assert "成员蒲县成员" in error.value.message_dict["on"][0], "it says who stands in the way"
    row = Appointment.objects.get(post=world.actor("puxian.member").post)
    end_appointment(actor=director, appointment=row, on=clock.today(), reason="机构改革")
    close_office(actor=director, office=unit, on=clock.today(), source=SOURCE)
    assert len(seats_of(row.user)) == 1, "the last day is a day of work"
    with clock.at(clock.today() + DAY):
        assert seats_of(row.user) == []
        assert not Office.objects.standing().filter(pk=unit.pk).exists()
    with pytest.raises(Stale):
        close_office(actor=director, office=unit, on=clock.today(), source=SOURCE)


def test_closed_units_are_not_asked(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "unit_opinions")
    unit = world.offices["puxian-unit"]
    Office.objects.filter(pk=unit.pk).update(valid_to=clock.today() - DAY)
    run = scenario.open_run(case)
    assert [row.slug for row in units_to_ask(case, run)] == ["puxian-unit2"]
    with pytest.raises(ValidationError) as error:
        ask_units(actor=world.actor("puxian.clerk"), case_id=case.pk, office_ids=[unit.pk])
    assert list(error.value.message_dict) == ["offices"]


def test_closed_unit_that_was_asked_does_not_hold_up_the_case(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "unit_opinions")
    second = asked(world, case)["puxian-unit2"]
    give_opinion(actor=world.actor("puxian.member2"), case_id=case.pk, opinion_id=second.pk,
                 verdict="agree", text="")  # fmt: skip
    with pytest.raises(ValidationError, match="蒲县工信局"):
        scenario.decide(world, case, "conclude")
    director, yesterday = world.actor("puxian.office_director"), clock.today() - DAY
    vacate(world, "puxian.member")
    close_office(actor=director, office=world.offices["puxian-unit"], on=yesterday, source=SOURCE)
    assert scenario.decide(world, case, "conclude").step == "expert_scoring"
