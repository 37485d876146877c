"""Two imports at once on real connections: neither a deadlock nor a row twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connection, connections, transaction

from portal.core import jobs
from portal.core.actions.workbooks import commit_import, start_import
from portal.core.actor import Actor
from portal.core.constants import ImportState, JobState
from portal.core.models import ImportRun, ImportTurn, LedgerEntry
from tests.core.sheets import upload_of
from tests.factories import World, make_world, uscc
from tests.test_concurrency import wait_until_blocked
from towns.actions import add_member
from towns.models import Enterprise, EnterpriseFigure, Membership

pytestmark = pytest.mark.django_db(transaction=True)

HEADER = ("统一社会信用代码", "企业名称", "企业角色", "数据年度", "营业收入（万元）")
COUNT = 40


@pytest.fixture
def world() -> World:
    return make_world()


def rows(revenue: int) -> list[list[Any]]:
    """The same enterprises, in an order of its own for each revenue."""
    made = [
        [uscc(900_000_000 + number), f"企业{number}", "骨干", 2024, revenue]
        for number in range(COUNT)
    ]
    return made if revenue % 2 else made[::-1]


def ready(actor: Actor, lines: Sequence[Sequence[Any]]) -> ImportRun:
    """A rehearsed workbook whose commit is queued."""
    run = start_import(actor=actor, kind="enterprises", upload=upload_of(HEADER, *lines))
    assert jobs.run(run.job_id or 0) == JobState.DONE
    return commit_import(actor=actor, run=run)


def at_once(kind: str, works: Sequence[Callable[[], object]]) -> list[object]:
    """Begin all while the turn of their kind is held, so that they meet there; then let go."""
    found: list[object] = [None] * len(works)

    def do(place: int) -> None:
        try:
            found[place] = works[place]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(works))]
    ImportTurn.objects.get_or_create(kind=kind)
    try:
        with transaction.atomic():
            ImportTurn.objects.select_for_update().get(kind=kind)
            for thread in threads:
                thread.start()
            wait_until_blocked(len(works))
    finally:
        for thread in threads:
            thread.join(timeout=60)
    return found


def one_of_each() -> None:
    """Every enterprise once, one present membership in the town, one figure."""
    codes = [row[0] for row in rows(1)]
    entered = Enterprise.objects.filter(uscc__in=codes)
    assert entered.count() == COUNT
    assert EnterpriseFigure.objects.filter(enterprise__in=entered).count() == COUNT
    seats = Membership.objects.filter(enterprise__in=entered, until=None)
    assert seats.count() == seats.values("town", "enterprise").distinct().count()


def test_two_workbooks_of_the_same_enterprises(world: World) -> None:
    """Of one town, in opposite orders: the second finds what the first has entered."""
    filer = world.actor("puxian.filer")
    first, second = ready(filer, rows(1)), ready(filer, rows(2))
    found = at_once(
        "enterprises",
        [lambda: jobs.run(first.job_id or 0), lambda: jobs.run(second.job_id or 0)],
    )
    assert found == [JobState.DONE, JobState.DONE]
    for run in (first, second):
        run.refresh_from_db()
        assert run.state == ImportState.COMMITTED
    one_of_each()
    assert {run.counts["add"] for run in (first, second)} == {0, COUNT}
    assert {run.counts["change"] for run in (first, second)} == {0, COUNT}
    assert LedgerEntry.objects.filter(verb="import_enterprises").count() == 2


def test_two_counties_with_the_same_enterprises(world: World) -> None:
    """The slower one learns that another county has stated other figures; it is turned back."""
    runs = [
        ready(world.actor("puxian.filer"), rows(1)),
        ready(world.actor("xixian.filer"), rows(2)),
    ]
    at_once("enterprises", [lambda run=run: jobs.run(run.job_id) for run in runs])  # type: ignore[misc]
    for run in runs:
        run.refresh_from_db()
    assert sorted(run.state for run in runs) == [ImportState.COMMITTED, ImportState.REHEARSED]
    one_of_each()
    late = next(run for run in runs if run.state == ImportState.REHEARSED)
    assert late.counts["refuse"] == COUNT
    assert "整份没有导入" in late.problem


def test_one_job_run_by_two_workers_enters_once(world: World) -> None:
    run = ready(world.actor("puxian.filer"), rows(1))
    found = at_once("enterprises", [lambda: jobs.run(run.job_id or 0)])
    assert (found, jobs.run(run.job_id or 0)) == ([JobState.DONE], None)
    one_of_each()
    assert LedgerEntry.objects.filter(verb="import_enterprises").count() == 1


def test_a_page_enters_one_of_the_same_enterprises_meanwhile(world: World) -> None:
    """The page's row is not committed when the import checks: it waits for it, then looks again."""
    filer = world.actor("xixian.filer")
    run = ready(world.actor("puxian.filer"), rows(1))
    done: list[object] = []

    def work() -> None:
        try:
            done.append(jobs.run(run.job_id or 0))
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    code, name = rows(1)[7][:2]
    with transaction.atomic():
        add_member(
            actor=filer,
            town=world.towns["xixian"],
            uscc=code,
            name=name,
            entity="enterprise",
            role="supporting",
        )
        thread.start()
        wait_until_blocked(1)
    thread.join(timeout=60)
    assert done == [JobState.DONE]
    run.refresh_from_db()
    assert (run.state, run.problem) == (ImportState.COMMITTED, "")
    one_of_each()
    assert Membership.objects.filter(enterprise__uscc=code, until=None).count() == 2
    assert connection.in_atomic_block is False
