"""The daily anchor: every day one, over everything written, whoever asks and however often."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from io import StringIO

import pytest
from celery.schedules import crontab
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.anchors import anchor_days
from portal.core.ledger import record
from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry, Office
from portal.core.stream import note
from portal.core.tasks import anchor_ledger
from portal.core.verification import verify
from tests.core.ledgers import moment, write, write_days
from tests.factories import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_an_anchor_covers_what_was_written_since_the_last(world: World) -> None:
    before = LedgerEntry.objects.count()
    first, second = write_days(world, moment(2026, 3, 1), moment(2026, 3, 2))
    assert [first.day, second.day] == [date(2026, 3, 1), date(2026, 3, 2)]
    assert (first.ledger_count, first.access_count) == (before + 6, 6)
    assert (second.ledger_count, second.access_count) == (6, 6)
    assert (first.ledger_from, first.access_from, first.previous) == (1, 1, "")
    assert (second.ledger_from, second.access_from) == (first.ledger_to + 1, first.access_to + 1)
    assert second.ledger_to == LedgerEntry.objects.latest("id").pk
    assert second.access_to == AccessEntry.objects.latest("id").pk
    assert second.previous == first.digest
    assert len({first.digest, second.digest}) == 2
    assert len(first.digest) == 64


def test_repeating_changes_nothing(world: World) -> None:
    write_days(world, moment(2026, 3, 1))
    before = list(LedgerAnchor.objects.values())
    for now in (moment(2026, 3, 2, 0), moment(2026, 3, 2, 23), moment(2026, 3, 1, 5)):
        assert anchor_days(now) == []
    assert list(LedgerAnchor.objects.values()) == before


def test_the_day_is_that_of_shanghai(world: World) -> None:
    """Midnight in Shanghai is four in the afternoon of the day before in Greenwich."""
    write(world)
    midnight = moment(2026, 3, 2, 0)
    assert [row.day for row in anchor_days(midnight - timedelta(minutes=1))] == [date(2026, 2, 28)]
    assert [row.day for row in anchor_days(midnight)] == [date(2026, 3, 1)]


def test_days_that_were_missed_and_days_without_entries_have_an_anchor(world: World) -> None:
    write_days(world, moment(2026, 3, 1))
    made = anchor_days(moment(2026, 3, 3))
    assert [(row.day, row.ledger_count, row.access_count) for row in made] == [
        (date(2026, 3, 2), 0, 0)
    ]
    write(world)
    made = anchor_days(moment(2026, 3, 7))
    assert [(row.day.day, row.ledger_count) for row in made] == [(3, 0), (4, 0), (5, 0), (6, 3)]
    assert verify().first is None


def test_keys_decide_and_not_the_moment_an_entry_states(world: World) -> None:
    """Demonstration data is written with earlier dates."""
    write_days(world, moment(2026, 3, 1))
    with clock.at(moment(2025, 1, 1)):
        late = write(world, 2)
    [anchor] = anchor_days(moment(2026, 3, 3))
    assert (anchor.day, anchor.ledger_count) == (date(2026, 3, 2), 2)
    assert anchor.ledger_to == late[-1].pk
    assert verify().first is None


def test_by_command_and_by_beat(world: World) -> None:
    write(world)
    out = StringIO()
    call_command("anchor_ledger", stdout=out)
    [anchor] = LedgerAnchor.objects.all()
    assert anchor.day == clock.today() - timedelta(days=1)
    assert f"台账 {anchor.ledger_count} 条，访问记录 3 条，sm3 {anchor.digest}" in out.getvalue()
    call_command("anchor_ledger", stdout=out)
    assert "均已锚定" in out.getvalue()
    anchor_ledger()
    assert LedgerAnchor.objects.count() == 1
    with clock.at(timezone.now() + timedelta(days=1)):
        anchor_ledger()
    assert LedgerAnchor.objects.count() == 2


def test_beat_anchors_soon_after_midnight() -> None:
    row = settings.CELERY_BEAT_SCHEDULE["anchor-ledger"]
    assert row["task"] == anchor_ledger.name
    assert row["schedule"] == crontab(minute="10", hour="*")
    assert settings.CELERY_TIMEZONE == "Asia/Shanghai"


# --- at once ------------------------------------------------------------------------------------


def in_thread(work: Callable[[], object]) -> threading.Thread:
    """Work on a connection of its own."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def small_office() -> Office:
    """An office without anybody."""
    return make_world().offices["sx"]


@pytest.mark.django_db(transaction=True)
def test_two_at_once_make_one_anchor() -> None:
    office = small_office()
    with transaction.atomic():
        record(SYSTEM, "open_round", office, "一条")
    made: list[LedgerAnchor] = []
    barrier = threading.Barrier(4)

    def anchor() -> None:
        barrier.wait()
        made.extend(anchor_days(moment(2026, 3, 2)))

    threads = [in_thread(anchor) for _ in range(4)]
    for thread in threads:
        thread.join()
    assert len(made) == 1
    assert LedgerAnchor.objects.get() == made[0]
    assert verify().first is None


@pytest.mark.django_db(transaction=True)
def test_an_entry_still_being_written_is_waited_for() -> None:
    """A lower key that commits after a higher one would stay outside every anchor."""
    office, other = small_office(), Office.objects.get(slug="puxian")
    written, end = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            record(SYSTEM, "open_round", office, "慢")
            note(SYSTEM, "view", subject="慢")
            written.set()
            end.wait(30)

    made: list[LedgerAnchor] = []
    writer = in_thread(slow)
    assert written.wait(30)
    with transaction.atomic():
        fast = record(SYSTEM, "open_round", other, "快")
    anchoring = in_thread(lambda: made.extend(anchor_days(moment(2026, 3, 2))))
    time.sleep(0.5)
    assert anchoring.is_alive()
    assert not LedgerEntry.objects.filter(summary="慢").exists()
    end.set()
    for thread in (writer, anchoring):
        thread.join()
    slow_entry = LedgerEntry.objects.get(summary="慢")
    assert slow_entry.pk < fast.pk
    assert made[0].ledger_count == LedgerEntry.objects.count()
    assert made[0].access_count == 1
    assert verify().first is None
