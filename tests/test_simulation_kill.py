"""Kill -9 the worker in the middle of a simulation: it goes on, and every town is there once."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.core import clock
from portal.core.constants import JobState
from portal.core.models import Job, LedgerEntry
from tests.conftest import MakeWorker
from tests.factories import make_draft, make_world, multiply
from tests.test_kill import environment_of, short_lease, start_beat, wait_for
from towns.actions import start_simulation
from towns.models import Simulation, Town, TownFigure

__all__ = ["short_lease"]

TOWNS = 12_000


@pytest.mark.slow
def test_a_simulation_survives_the_death_of_its_worker(
    make_worker: MakeWorker, short_lease: None, tmp_path: Path
) -> None:
    environment = environment_of("redis", tmp_path)
    world = make_world()
    town = world.towns["puxian"]
    added = multiply(town, TOWNS, name="'第' || n || '专业镇'")
    year = clock.today().year - 1
    figure = TownFigure.objects.get(town=town, year=year, indicator__key="output_value")
    multiply(figure, TOWNS, town_id=f"{added.start - 1} + n", value="(n * 200000::bigint)")
    total = Town.objects.filter(scope_code="141033").count()
    found = start_simulation(
        actor=world.actor("puxian.clerk"),
        criteria_set=make_draft(world.offices["puxian"]),
        year=year,
    )
    job = Job.objects.get(kind="towns.simulate")
    worker = make_worker(**environment)
    beat = start_beat(tmp_path, environment)
    try:
        job = wait_for(job, lambda row: row.progress_done > 0)
        worker.kill()
        job.refresh_from_db()
        assert job.state == JobState.RUNNING, "the worker finished before it was killed"
        kept = found.rows.count()
        assert 0 < kept < total
        first = found.rows.earliest("pk").pk
        worker.start()
        job = wait_for(job, lambda row: row.is_finished)
    finally:
        beat.stop()
    assert (job.state, job.reason) == (JobState.DONE, "")
    assert job.attempts > 1
    found = Simulation.objects.get(pk=found.pk)
    towns = found.rows.values_list("town_id", flat=True)
    assert len(towns) == len(set(towns)) == total == found.counts["town"]["total"]
    assert found.rows.filter(pk=first).exists(), "what was done is not done again"
    qualifying = found.rows.filter(after="qualifies").count()
    assert qualifying == found.counts["town"]["after"]["qualifies"]
    assert LedgerEntry.objects.filter(verb="start_simulation").count() == 1
