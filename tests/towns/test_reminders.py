"""Reminders: to those concerned only, once a town and day, at 7, 3 and 1 working days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from portal.core import clock
from portal.core.actions.notifications import mark_read
from portal.core.calendar import add_working_days
from portal.core.errors import Refused
from portal.core.models import CalendarDay, LedgerEntry, Notification, Region
from portal.core.web import office_url
from tests.factories import World, client_of
from tests.rounds_world import add_application, add_towns, certify, hold
from towns.actions import remind_towns
from towns.actions.due_reminders import remind_of_terms
from towns.cockpit_queries import CLOSING, CORRECTING, reminders_of
from towns.models import Correction, Extension, Round, Town, TownGrant
from towns.reminding import CLOSING_MARKS, DUE_MARKS, mark_of
from towns.tasks import remind

pytestmark = pytest.mark.django_db


def told(kind: str) -> list[tuple[str, str]]:
    """(office, title) of the notifications of a kind, in the order they were given."""
    rows = Notification.objects.filter(kind=kind).order_by("pk")
    return list(rows.values_list("office__slug", "title"))


def at(day: date, hour: int, minute: int = 0) -> datetime:
    """A moment in Beijing."""
    return timezone.make_aware(datetime.combine(day, time(hour, minute)))


def morning(day: date) -> datetime:
    """The moment at which the clock reminds."""
    return at(day, 8, 20)


def alone(world: World, slug: str = "puxian") -> Town:
    """Only this county's town stands and is held by a filing unit; the other grants end."""
    Town.objects.exclude(pk=world.towns[slug].pk).update(closed_on=clock.today())
    TownGrant.objects.exclude(content_object=world.towns[slug]).update(revoked_at=clock.now())
    return world.towns[slug]


@pytest.mark.parametrize(
    ("left", "closing", "due"),
    [
        (30, None, None),
        (8, None, None),
        (7, 7, None),
        (4, 7, None),
        (3, 3, 3),
        (2, 3, 3),
        (1, 1, 1),
        (0, 1, 1),
        (-1, None, None),
    ],
)
def test_a_missed_mark_is_made_up_for_until_the_next(
    left: int, closing: int | None, due: int | None
) -> None:
    assert (mark_of(left, CLOSING_MARKS), mark_of(left, DUE_MARKS)) == (closing, due)


def test_reminding_by_hand(world: World) -> None:
    call, clerk = world.rounds["province"], world.actor("sx.clerk")
    begun, handed, filed, certified, unheld = add_towns(world, "puxian", 5)
    hold(world, "puxian", begun, handed, filed, certified)
    add_application(world, begun, call)
    add_application(world, handed, call, "ready")
    add_application(world, filed, call, "submitted")
    add_application(world, certified, call)
    certify(certified)
    # Its own county first, and of that only those that have begun.
    county = world.actor("puxian.clerk")
    done = remind_towns(actor=county, call=call, whom="filling")
    assert done == (2, 0, 0, 0)
    assert told("round-reminded") == [
        ("puxian-filing", f"请抓紧申报：{begun.name}"),
        ("puxian-filing", f"请抓紧申报：{handed.name}"),
    ]
    entry = LedgerEntry.objects.filter(verb="remind_towns").get()
    assert "提醒蒲县 2 个专业镇" in entry.summary
    # The province the same day: the two are not told again, the town without a unit goes to Pu.
    done = remind_towns(actor=clerk, call=call, region=Region.objects.get(code="141000"))
    assert done == (2, 2, 1, 2)
    rows = told("round-reminded")[2:]
    assert ("puxian-filing", "请抓紧申报：蒲县肉牛专业镇") in rows
    assert ("xixian-filing", "请抓紧申报：隰县玉露香梨专业镇") in rows
    assert ("puxian", f"没有填报单位：{unheld.name}") in rows
    assert [title for slug, title in rows if slug == "puxian"][
        -1
    ] == "已提醒辖区 1 个专业镇抓紧申报"
    assert not [row for row in rows if row[0].startswith(("zezhou", "gaoping"))]
    again = client_of(clerk).post(
        office_url(clerk, "round-remind", call.pk),
        {"acting_post": clerk.post.pk, "whom": "all", "region": "141033"},  # type: ignore[union-attr]
        follow=True,
    )
    assert "4 个专业镇今天已经通知过，没有重复通知" in again.content.decode()
    # A county reminds no other region, whatever its form says; the ledger names its own.
    beyond = client_of(county).post(
        office_url(county, "round-remind", call.pk),
        {"acting_post": county.post.pk, "whom": "all", "region": "140000"},  # type: ignore[union-attr]
        follow=True,
    )
    assert "只能提醒本辖区的专业镇" in beyond.content.decode()
    assert not LedgerEntry.objects.filter(verb="remind_towns", summary__contains="山西省").exists()
    # Whether the unit has opened it is said without a name.
    assert not reminders_of(call, [begun])[begun.pk].read
    row = Notification.objects.get(title=f"请抓紧申报：{begun.name}")
    assert row.url_name == "application"
    mark_read(actor=world.actor("puxian.filer"), pk=row.pk)
    assert reminders_of(call, [begun])[begun.pk].read
    page = client_of(clerk).get(f"{office_url(clerk, 'round-towns')}&round={call.pk}&q=蒲县")
    text = page.content.decode()
    assert "已读" in text and "未读" in text and world.actor("puxian.filer").name not in text
    with clock.at(clock.now() + timedelta(days=1)):
        assert remind_towns(actor=county, call=call).told == 3


def test_who_may_not_remind_and_when(world: World) -> None:
    call = world.rounds["province"]
    for who in ("sx.leader", "puxian.filer", "sx.auditor"):
        with pytest.raises(Refused):
            remind_towns(actor=world.actor(who), call=call)
    clerk, before = world.actor("sx.clerk"), Notification.objects.count()
    town = alone(world)
    Round.objects.filter(pk=call.pk).update(closes_on=clock.today() - timedelta(days=1))
    with pytest.raises(Refused, match="已截止"):
        remind_towns(actor=clerk, call=call)
    Extension.objects.create(
        round=call,
        town=town,
        until=clock.now() + timedelta(days=2),
        reason="停电",
        approver="主任",
        granted_at=clock.now(),
    )
    assert remind_towns(actor=clerk, call=call).told == 1
    later = {"opens_on": clock.today() + timedelta(days=2), "closes_on": date(2099, 1, 1)}
    Round.objects.filter(pk=call.pk).update(**later)
    with pytest.raises(Refused, match="尚未开始"):
        remind_towns(actor=clerk, call=call)
    Round.objects.filter(pk=call.pk).update(trial=True)
    with pytest.raises(Refused, match="试运行"):
        remind_towns(actor=clerk, call=call)
    assert Notification.objects.count() == before + 2


def test_the_clock_reminds_across_a_holiday(world: World) -> None:
    """Closing on Thursday 8 October 2026: the holidays are 1 to 7, Saturday 10 is worked."""
    town, call = alone(world), world.rounds["province"]
    Round.objects.exclude(pk=call.pk).delete()
    closes = date(2026, 10, 8)
    Round.objects.filter(pk=call.pk).update(opens_on=date(2026, 9, 1), closes_on=closes)
    CalendarDay.objects.all().delete()
    CalendarDay.objects.bulk_create(
        CalendarDay(day=date(2026, 10, day), working=False) for day in range(1, 8)
    )
    CalendarDay.objects.create(day=date(2026, 9, 27), working=True)  # a Sunday that is worked
    begun, filed, withdrawn, returned, entered = add_towns(world, "puxian", 5)
    hold(world, "puxian", begun, filed, withdrawn, returned)
    add_application(world, begun, call)
    add_application(world, filed, call, "submitted")
    add_application(world, withdrawn, call, "withdrawn")
    add_application(world, returned, call, "returned")
    # Entered by an office for a unit without network: that office is told.
    add_application(world, entered, call, entered_by=world.offices["puxian"])
    found: dict[date, int] = {}
    day = date(2026, 9, 21)
    while day <= date(2026, 10, 12):
        for _ in range(2):  # the later hours of a day find nothing to do
            with clock.at(morning(day)):
                count = remind_of_terms()[0]
            if count:
                assert day not in found
                found[day] = count
        day += timedelta(days=1)
    # 8 October is one working day after 30 September; 27 September counts as one.
    assert found == {date(2026, 9, 23): 3, date(2026, 9, 28): 3, date(2026, 9, 30): 3}
    rows = Notification.objects.filter(kind=CLOSING).order_by("pk")
    assert {(row.office.slug, row.title) for row in rows.select_related("office")} == {
        ("puxian-filing", f"申报即将截止：{town.name}"),
        ("puxian-filing", f"申报即将截止：{begun.name}"),
        ("puxian", f"申报即将截止：{entered.name}"),
    }
    assert [row.text for row in rows if begun.name in row.title and "3 个工作日" in row.text]
    assert LedgerEntry.objects.filter(verb="remind_of_closing").count() == 3


def test_the_clock_tells_the_county_of_a_town_that_no_unit_holds(world: World) -> None:
    call, today = world.rounds["province"], clock.today()
    alone(world)
    (unheld,) = add_towns(world, "puxian", 1)
    Round.objects.filter(pk=call.pk).update(closes_on=add_working_days(today, 2))
    for _ in range(2):
        remind_of_terms()
    rows = Notification.objects.filter(kind=CLOSING, office__slug="puxian")
    row = rows.get(title=f"没有填报单位：{unheld.name}")
    assert "请先办理填报授权" in row.text
    assert (row.url_name, row.url_args) == ("town", [unheld.pk])


def test_the_clock_catches_up_and_follows_extensions(world: World) -> None:
    town, call = alone(world), world.rounds["province"]
    Round.objects.exclude(pk=call.pk).delete()
    CalendarDay.objects.all().delete()
    closes = date(2026, 9, 18)  # a Friday
    Round.objects.filter(pk=call.pk).update(opens_on=date(2026, 9, 1), closes_on=closes)
    other = add_towns(world, "puxian", 1)[0]
    hold(world, "puxian", other)
    Extension.objects.create(
        round=call,
        town=other,
        until=at(date(2026, 9, 30), 18),
        reason="停电",
        approver="主任",
        granted_at=clock.now(),
    )

    def run(day: date, hour: int = 9) -> list[str]:
        before = set(Notification.objects.values_list("pk", flat=True))
        with clock.at(at(day, hour)):
            remind()  # what the beat calls
        rows = Notification.objects.exclude(pk__in=before)
        return [f"{row.title} {row.key.rpartition(':')[2]}" for row in rows]

    # Nothing ran when seven working days were left: five are, and it says so, once.
    assert run(date(2026, 9, 11)) == [f"申报即将截止：{town.name} 7"]
    assert Notification.objects.filter(text__contains="还有 5 个工作日").count() == 1
    assert run(date(2026, 9, 14)) == []
    # Nothing again until the last day: only what is left is said, the town with more time waits.
    assert run(date(2026, 9, 18)) == [f"申报即将截止：{town.name} 1"]
    assert Notification.objects.filter(text__contains="今天是最后一天").count() == 1
    # Past the end nobody is told of it any more; the other has its own seven days.
    assert run(date(2026, 9, 19)) == []
    assert run(date(2026, 9, 21)) == [f"申报即将截止：{other.name} 7"]
    assert run(date(2026, 9, 30), 17) == [f"申报即将截止：{other.name} 1"]
    assert run(date(2026, 9, 30), 20) == []
    Extension.objects.update(until=at(date(2026, 10, 15), 18))
    Round.objects.update(trial=True)
    assert run(date(2026, 10, 15)) == []


def test_corrections_are_reminded_of(world: World) -> None:
    town, call, today = alone(world), world.rounds["province"], clock.today()
    # What is due is corrected after the round has closed, too.
    Round.objects.filter(pk=call.pk).update(closes_on=today - timedelta(days=20))
    Round.objects.exclude(pk=call.pk).delete()
    application = add_application(world, town, call, "returned")
    due = add_working_days(today, 8)
    correction = Correction.objects.create(
        application=application,
        revision=1,
        due_on=due,
        office=world.offices["linfen"],
        asked_at=clock.now(),
    )
    days, day = {}, today
    while day <= due + timedelta(days=6):
        with clock.at(morning(day)):
            before = len(told(CORRECTING))
            remind_of_terms()
            remind_of_terms()
            if new := told(CORRECTING)[before:]:
                days[day] = new
        day += timedelta(days=1)
    soon, late = f"补正即将到期：{town.name}", f"补正已逾期：{town.name}"
    assert list(days.values()) == [
        [("puxian-filing", soon)],
        [("puxian-filing", soon)],
        [("puxian-filing", late), ("linfen", late)],
    ]
    assert list(days) == [
        add_working_days(today, 5),
        add_working_days(today, 7),
        due + timedelta(days=1),
    ]
    # One that was answered is left alone; so is the round's closing for a town that has submitted.
    Notification.objects.all().delete()
    Correction.objects.filter(pk=correction.pk).update(resolved_at=clock.now())
    with clock.at(morning(due)):
        assert remind_of_terms() == (0, 0)
