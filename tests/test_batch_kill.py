"""Kill -9 the worker in the middle of a batch: it goes on after the last paper that is stored."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from portal.core.actions.documents.batches import start_batch
from portal.core.constants import JobState
from portal.core.models import DocumentBatch, LedgerEntry, StoredFile
from tests.conftest import MakeWorker
from tests.factories import make_world, multiply
from tests.scenario import drive, file
from tests.test_kill import environment_of, short_lease, start_beat, wait_for
from towns.models import Certification

__all__ = ["short_lease"]

MORE = 29


@pytest.mark.slow
def test_a_batch_survives_the_death_of_its_worker(
    make_worker: MakeWorker, short_lease: None, tmp_path: Path
) -> None:
    environment = environment_of("redis", tmp_path)
    world = make_world()
    drive(world, file(world, "county"))
    row = Certification.objects.get()
    towns = multiply(row.town, MORE, name="'第' || n || '专业镇'")
    multiply(
        row, MORE, town_id=f"{towns.start - 1} + n", application_id="NULL",
        town_name="'蒲县第' || n || '专业镇'",
    )  # fmt: skip
    batch = start_batch(
        actor=world.actor("puxian.clerk"),
        kind="certificate",
        arguments={"what": f"document:{row.document_id}"},
        key="kill",
    )
    job = batch.job
    assert job is not None
    worker = make_worker(**environment)
    beat = start_beat(tmp_path, environment)
    try:
        job = wait_for(job, lambda found: found.progress_done > 3)
        worker.kill()
        job.refresh_from_db()
        assert job.state == JobState.RUNNING, "the worker finished before it was killed"
        kept = dict(batch.items.filter(state="done").values_list("pk", "file_id"))
        assert 0 < len(kept) <= MORE
        worker.start()
        job = wait_for(job, lambda found: found.is_finished)
    finally:
        beat.stop()
    assert (job.state, job.reason) == (JobState.DONE, "")
    assert job.attempts > 1
    batch = DocumentBatch.objects.select_related("bundle", "merged").get(pk=batch.pk)
    files = dict(batch.items.filter(state="done").values_list("pk", "file_id"))
    assert len(set(files.values())) == MORE + 1
    assert {pk: files[pk] for pk in kept} == kept, "what was stored is not made again"
    made = StoredFile.objects.filter(pk__gte=min(files.values()))
    assert made.count() == MORE + 3, "one file each, the zip and the merged one"
    assert batch.bundle is not None
    with batch.bundle.file.open("rb") as handle:
        names = zipfile.ZipFile(io.BytesIO(handle.read())).namelist()
    assert len(names) == len(set(names)) == MORE + 1
    assert LedgerEntry.objects.filter(verb="start_batch").count() == 1
