"""Kill -9 the worker in the middle of a preview: every page once, nothing half, nothing left."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from PIL import Image

from portal.core.actor import SYSTEM
from portal.core.constants import JobState, Preview
from portal.core.files import store_bytes
from portal.core.models import FilePage
from portal.core.previews.making import request_preview
from tests.conftest import MakeWorker
from tests.core.test_previews import pdf
from tests.test_kill import LEASE, environment_of, start_beat, wait_for

if TYPE_CHECKING:
    from pytest_django import Settings

PAGES = 80


@pytest.fixture
def short_lease(settings: Settings) -> None:
    """Jobs made by the test itself are as impatient as its workers."""
    settings.PORTAL_JOB_LEASE_SECONDS = int(LEASE)


def programs(pk: int) -> list[str]:
    """Processes that work on this file's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue  # it has ended meanwhile
        if f"/previews/{pk}-" in command:
            found.append(command)
    return found


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_preview_survives_the_death_of_its_worker(
    make_worker: MakeWorker, short_lease: None, tmp_path: Path
) -> None:
    environment = environment_of("redis", tmp_path)
    worker = make_worker(**environment)
    beat = start_beat(tmp_path, environment)
    try:
        stored = store_bytes(pdf(PAGES), "长.pdf", "application/pdf", SYSTEM)
        job = request_preview(stored)
        assert job is not None
        job = wait_for(job, lambda row: stored.page_images.count() >= 3)
        worker.kill()
        job.refresh_from_db()
        before = list(stored.page_images.values_list("pk", flat=True))
        assert job.state == JobState.RUNNING, "the worker finished before it was killed"
        assert 3 <= len(before) < PAGES
        deadline = time.monotonic() + 90
        while programs(stored.pk):
            assert time.monotonic() < deadline, "the program goes on without its worker"
            time.sleep(0.05)
        worker.start()
        job = wait_for(job, lambda row: row.is_finished)
    finally:
        beat.stop()
    stored.refresh_from_db()
    assert (job.state, job.reason, job.attempts) == (JobState.DONE, "", 2)
    assert (stored.preview, stored.pages) == (Preview.READY, PAGES)
    pages = list(FilePage.objects.filter(source=stored))
    assert [page.number for page in pages] == list(range(1, PAGES + 1))
    assert [page.pk for page in pages[: len(before)]] == before, "what was there stays"
    for page in pages:
        with page.image.open("rb") as content, Image.open(content) as image:
            image.load()
            assert image.size == (page.width, page.height)
    folder = str(Path(str(pages[0].image)).parent)
    assert len(stored.file.storage.listdir(folder)[1]) == PAGES
    assert not list((Path(settings.PORTAL_DATA_DIR) / "previews").glob(f"{stored.pk}-*"))
