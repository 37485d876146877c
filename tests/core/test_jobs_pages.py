"""Pages of long work: whose it is, what they show while it runs, and the file at the end."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from portal.core import clock, jobs
from portal.core.actor import Actor
from portal.core.constants import JobState
from portal.core.models import Job
from portal.core.web import office_url
from tests.factories import World, client_of, make_world
from towns.exports import RosterFilter
from towns.tasks import request_roster

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def job(world: World) -> Job:
    """An export the province's clerk asked for."""
    return request_roster(world.actor("sx.clerk"), RosterFilter())


def page(actor: Actor, name: str, *args: object, **headers: str) -> tuple[int, str]:
    """Status and text of a page."""
    response = client_of(actor).get(office_url(actor, name, *args), headers=headers)
    return response.status_code, b"".join(response).decode(errors="replace")


def test_job_belongs_to_who_started_it(world: World, job: Job) -> None:
    jobs.run(job.pk)
    assert page(world.actor("sx.clerk"), "job", job.pk)[0] == 200
    for name in ("sx.checker", "puxian.clerk", "sx.system_admin"):
        actor = world.actor(name)
        assert job.label not in page(actor, "jobs")[1]
        for address in ("job", "job-progress", "job-file"):
            status, _ = page(actor, address, job.pk, **{"HX-Request": "true"})
            assert status == 404, (name, address)


def test_running_job_asks_again_and_a_finished_one_does_not(world: World, job: Job) -> None:
    clerk = world.actor("sx.clerk")
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, progress_done=20, progress_total=80, message="已写入 20 行"
    )
    status, part = page(clerk, "job-progress", job.pk, **{"HX-Request": "true"})
    assert status == 200
    assert "<html" not in part
    for words in ("hx-get", "已写入 20 行", "20 / 80", office_url(clerk, "job-progress", job.pk)):
        assert words.replace("&", "&amp;") in part
    Job.objects.filter(pk=job.pk).update(state=JobState.QUEUED)
    jobs.run(job.pk)
    _, part = page(clerk, "job-progress", job.pk, **{"HX-Request": "true"})
    assert "hx-get" not in part
    assert office_url(clerk, "job-file", job.pk) in part


def test_without_javascript_progress_is_the_whole_page(world: World, job: Job) -> None:
    clerk = world.actor("sx.clerk")
    response = client_of(clerk).get(office_url(clerk, "job-progress", job.pk))
    assert response.status_code == 302
    assert response["Location"] == office_url(clerk, "job", job.pk)


def test_file_is_there_only_when_the_job_is_done(world: World, job: Job) -> None:
    clerk = world.actor("sx.clerk")
    assert page(clerk, "job-file", job.pk)[0] == 404
    jobs.run(job.pk)
    response = client_of(clerk).get(office_url(clerk, "job-file", job.pk))
    assert response.status_code == 200
    assert response["Content-Disposition"].startswith("attachment")
    assert b"".join(response.streaming_content).startswith(b"PK")  # type: ignore[attr-defined]


def test_failed_job_tells_why_and_can_be_started_again(world: World, job: Job) -> None:
    clerk = world.actor("sx.clerk")
    Job.objects.filter(pk=job.pk).update(
        state=JobState.FAILED, reason="名单中有无法写入的字符。", finished_at=clock.now()
    )
    assert "名单中有无法写入的字符。" in page(clerk, "job", job.pk)[1]
    assert clerk.post is not None
    address = office_url(clerk, "job", job.pk)
    answer = client_of(clerk).post(address, {"acting_post": clerk.post.pk})
    assert (answer.status_code, answer["Location"]) == (302, address)
    job.refresh_from_db()
    assert (job.state, job.reason) == (JobState.QUEUED, "")


def test_list_by_state_and_its_cost(world: World, job: Job) -> None:
    clerk = world.actor("sx.clerk")
    client, address = client_of(clerk), office_url(clerk, "jobs")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    one = cost()
    Job.objects.bulk_create(
        Job(
            kind=job.kind,
            label=f"导出 {number}",
            key=f"copy:{number}",
            created_by=clerk.user,
            office=clerk.office,
            post=clerk.post,
            created_at=clock.now(),
            state=JobState.DONE,
        )
        for number in range(60)
    )
    assert cost() == one <= 8
    assert "共 60 项" in page_text(client, f"{address}&state=done")
    assert "共 1 项" in page_text(client, f"{address}&state=queued")


def page_text(client: Client, address: str) -> str:
    """The text of a page."""
    return client.get(address).content.decode()


def test_no_jobs_says_what_will_be_here(world: World) -> None:
    assert "没有任务" in page(world.actor("puxian.filer"), "jobs")[1]
