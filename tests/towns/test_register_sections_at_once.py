"""Two people saving one section of figures at the same moment, on two real connections."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.db import connection, connections, transaction

from portal.core import clock
from portal.core.merging import Overtaken
from tests.factories import World, make_world
from towns.actions import (
    copy_application,
    record_figures,
    save_register_section,
    set_functions,
    start_application,
)
from towns.models import Application, TownFigure, TownFunction
from towns.sections import find_section, texts, working

pytestmark = pytest.mark.django_db(transaction=True)
YEAR = clock.today().year - 1


@pytest.fixture
def world() -> World:
    with transaction.atomic():
        return make_world()


def at_once(works: list[Callable[[], object]]) -> list[object]:
    """Start all at one moment, each on a connection of its own; results or what was raised."""
    barrier = threading.Barrier(len(works))
    results: list[object] = [None] * len(works)

    def run(place: int) -> None:
        try:
            barrier.wait(timeout=20)
            results[place] = works[place]()
        except Overtaken as late:
            results[place] = late
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert not any(thread.is_alive() for thread in threads)
    return results


def waits_for_a_lock() -> bool:
    """Whether some connection stands still behind another."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def test_what_the_town_reports_at_the_same_moment_stays(world: World) -> None:
    """Figures and functions are read behind the lock: only what was typed here is written."""
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    application = start_application(actor=filer, town=town, call=world.rounds["province"])
    works: list[tuple[str, dict[str, str], Callable[[], object]]] = [
        (
            "figures",
            {f"{YEAR}.tax": "8100"},
            lambda: record_figures(
                actor=filer,
                town=town,
                year=YEAR,
                values={"revenue": Decimal(77_000_000)},
                source="县统计局",
            ),
        ),
        (
            "functions",
            {"platform_testing": "检验中心"},
            lambda: set_functions(
                actor=filer, town=town, states={"testing": "building"}, platforms={}
            ),
        ),
    ]
    for key, typed, report in works:

        def save(key: str = key, typed: dict[str, str] = typed) -> None:
            try:
                save_register_section(
                    actor=filer,
                    application=application,
                    key=key,
                    opened=None,
                    below=None,
                    typed=typed,
                )
            finally:
                connections.close_all()

        late = threading.Thread(target=save)
        with transaction.atomic():
            report()
            late.start()
            deadline = time.monotonic() + 20
            while not waits_for_a_lock():
                assert time.monotonic() < deadline
                time.sleep(0.02)
        late.join(timeout=30)
        assert not late.is_alive()
    rows = TownFigure.objects.filter(town=town, year=YEAR)
    assert rows.get(indicator__key="revenue").value == Decimal(77_000_000)
    assert rows.get(indicator__key="tax").value == Decimal(81_000_000)
    assert rows.get(indicator__key="tax").source == "县统计局"
    testing = TownFunction.objects.on().get(town=town, key="testing")
    assert (testing.state, testing.platform) == ("building", "检验中心")


def test_of_two_savers_the_second_sees_the_first_and_copies_are_one(world: World) -> None:
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    application = start_application(actor=filer, town=town, call=world.rounds["province"])
    section = find_section(application, "figures")
    assert section is not None
    below, opened = section.stored(application), texts(working(application, section))
    name = f"{YEAR}.tax"

    def save(text: str) -> Callable[[], object]:
        return lambda: save_register_section(
            actor=filer,
            application=application,
            key="figures",
            opened=opened,
            below=below,
            typed={name: text},
        )

    results = at_once([save("8100"), save("8200")])
    late = [row for row in results if isinstance(row, Overtaken)]
    assert len(late) == 1
    assert results.count(True) == 1
    won = "8100" if results[0] is True else "8200"
    assert late[0].theirs[name] == won
    value = TownFigure.objects.get(town=town, year=YEAR, indicator__key="tax").value
    assert value == Decimal(won) * 10_000

    source = Application.objects.get(pk=application.pk)
    Application.objects.filter(pk=source.pk).update(
        state="withdrawn", submitted_at=clock.now(), snapshot={"summary": "上次概述"}
    )

    def copy() -> object:
        return copy_application(
            actor=filer, town=town, call=world.rounds["province"], source=source
        )

    made = at_once([copy, copy])
    assert len({row.application.pk for row in made}) == 1  # type: ignore[attr-defined]
    assert sorted(row.begun for row in made) == [False, True]  # type: ignore[attr-defined]
    again = Application.objects.exclude(pk=source.pk).get(town=town)
    assert (again.summary, again.copied_from_id) == ("上次概述", source.pk)
