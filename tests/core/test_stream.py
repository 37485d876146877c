"""The unchained stream: what is looked at, taken out and refused is noted, and breaks nothing."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from portal.core import jobs
from portal.core.actor import Actor
from portal.core.digests import stream_digest
from portal.core.models import AccessEntry, Job, LedgerEntry, OfficialDocument
from portal.core.web import office_url
from reviews.actions import ask_units, assign_experts
from reviews.models import Case, Meeting
from tests.factories import World, client_of, make_world
from tests.scenario import drive, file, fresh

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def certified(world: World) -> Case:
    """A certified case whose document is stored."""
    case = fresh(drive(world, file(world, "county")))
    job = Job.objects.get(key=f"render:{OfficialDocument.objects.get().pk}")
    jobs.run(job.pk)
    return case


def read(actor: Actor, name: str, *args: object) -> int:
    """The status of a page or file, read to its end."""
    response = client_of(actor).get(office_url(actor, name, *args))
    assert b"".join(response)
    return int(response.status_code)


def noted(**conditions: object) -> list[AccessEntry]:
    """Entries of the stream, oldest first."""
    return list(AccessEntry.objects.filter(**conditions).order_by("pk"))


def looked_at(actor: Actor, name: str, *args: int) -> AccessEntry:
    """The one entry that opening a page left."""
    before = len(noted())
    assert read(actor, name, *args) == 200, name
    entries = noted()[before:]
    assert [row.kind for row in entries] == ["view"], name
    return entries[0]


def test_pages_with_what_concerns_somebody_are_noted_once_each(
    world: World, certified: Case
) -> None:
    meeting, document = Meeting.objects.get(), OfficialDocument.objects.get()
    entry = LedgerEntry.objects.get(chain=f"reviews.case:{certified.pk}", seq=1)
    pages: list[tuple[str, str, int, str]] = [
        ("puxian.clerk", "case", certified.pk, certified.number),
        ("puxian.clerk", "town", certified.application.town_id, certified.town_name),
        ("puxian.clerk", "meeting", meeting.pk, meeting.title),
        ("puxian.clerk", "document", document.pk, document.number),
        ("puxian.clerk", "application-check", certified.application_id, certified.town_name),
        ("puxian.filer", "application", certified.application_id, certified.town_name),
        ("puxian.clerk", "api-case", certified.pk, certified.number),
        ("puxian.auditor", "ledger-entry", entry.pk, entry.subject),
    ]
    for who, name, pk, word in pages:
        actor = world.actor(who)
        assert actor.office is not None
        seen = looked_at(actor, name, pk)
        assert word in seen.subject, name
        assert (seen.actor, seen.post, seen.address) == (actor.user, actor.post, "127.0.0.1")
        assert seen.path == reverse(name, args=[actor.office.slug, pk])
        assert seen.digest == stream_digest(seen)


@pytest.mark.parametrize(
    ("step", "who", "name", "word"),
    [
        ("unit_opinions", "puxian.member", "opinion", "会审意见"),
        ("expert_scoring", "puxian.expert", "sheet", "评分表"),
    ],
)
def test_forms_of_judges_are_noted(world: World, step: str, who: str, name: str, word: str) -> None:
    case = drive(world, file(world, "county"), step)
    clerk, judge = world.actor("puxian.clerk"), world.actor(who)
    assert judge.office is not None
    assert judge.post is not None
    if name == "opinion":
        [row] = ask_units(actor=clerk, case_id=case.pk, office_ids=[judge.office.pk])
        pk = row.pk
    else:
        [sheet] = assign_experts(actor=clerk, case_id=case.pk, post_ids=[judge.post.pk])
        pk = sheet.pk
    seen = looked_at(judge, name, case.pk, pk)
    assert word in seen.subject
    assert case.number in seen.subject


def test_lists_and_the_progress_of_a_job_are_not_noted(world: World, certified: Case) -> None:
    clerk = world.actor("puxian.clerk")
    client = client_of(clerk)
    document = OfficialDocument.objects.get()
    job = Job.objects.get(key=f"render:{document.pk}")
    assert job.created_by is not None
    signer = world.actor("puxian.signer")
    for name in ("workspace", "cases", "towns", "documents", "jobs", "ledger"):
        assert client.get(office_url(clerk, name)).status_code == 200
    for address in (office_url(signer, "job-progress", job.pk), office_url(signer, "document", 1)):
        client_of(signer).get(address, headers={"HX-Request": "true"})
    poll = office_url(clerk, "document", document.pk)
    assert client.get(poll, headers={"HX-Request": "true"}).status_code == 200
    assert noted() == []


def test_what_is_not_there_is_not_noted(world: World, certified: Case) -> None:
    stranger = world.actor("xixian.clerk")
    assert client_of(stranger).get(office_url(stranger, "case", certified.pk)).status_code == 404
    assert noted() == []


def test_every_download_is_noted_with_its_digest(world: World, certified: Case) -> None:
    document = OfficialDocument.objects.get()
    rendition = document.renditions.get()
    evidence = certified.application.evidence.get()
    job = Job.objects.get(key=f"render:{document.pk}")
    downloads: list[tuple[str, str, list[int], str]] = [
        ("puxian.clerk", "document-file", [document.pk], rendition.file.sha256),
        ("puxian.clerk", "case-evidence-file", [certified.pk, evidence.pk], evidence.file.sha256),
        ("puxian.filer", "evidence-file", [certified.application_id, evidence.pk],
         evidence.file.sha256),
        ("puxian.signer", "job-file", [job.pk], rendition.file.sha256),
    ]  # fmt: skip
    for who, name, args, digest in downloads:
        assert read(world.actor(who), name, *args) == 200, name
        entry = noted()[-1]
        assert (entry.kind, entry.actor) == ("download", world.actor(who).user), name
        assert digest in entry.summary, name
    assert len(noted()) == len(downloads)


def test_public_downloads_are_noted_with_the_address(world: World, certified: Case) -> None:
    document = OfficialDocument.objects.get()
    address = reverse("public-document-file", args=[document.pk])
    assert b"".join(Client(REMOTE_ADDR="203.0.113.9").get(address)).startswith(b"%PDF")
    [entry] = noted()
    assert (entry.kind, entry.actor, entry.actor_name) == ("download", None, "公众")
    assert (entry.address, entry.path) == ("203.0.113.9", address)


def test_refusals_are_noted_with_the_reason_shown(world: World) -> None:
    case = file(world, "county")
    leader = world.actor("puxian.leader")
    address = office_url(leader, "document-new")
    answer = client_of(leader).get(address)
    assert answer.status_code == 403
    [entry] = noted()
    assert (entry.kind, entry.outcome) == ("refused", "refused")
    assert entry.summary in answer.content.decode()
    assert entry.path == address.partition("?")[0]
    assert entry.post == leader.post
    assert case.state == "open"


def test_exports_are_noted_when_they_are_asked_for(world: World) -> None:
    clerk = world.actor("puxian.clerk")
    assert clerk.post is not None
    answer = client_of(clerk).post(
        office_url(clerk, "roster-export"), {"acting_post": clerk.post.pk, "level": "county"}
    )
    assert answer.status_code == 302
    [entry] = noted()
    assert (entry.kind, entry.subject, entry.summary) == ("export", "专业镇名单", "层级：县级")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_takes_no_writes_keeps_nobody_from_reading(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """As when the embedded database is locked for longer than it waits: the page is shown."""

    def full(execute: object, sql: str, params: object, many: bool, context: object) -> object:
        if sql.startswith("INSERT INTO") and AccessEntry._meta.db_table in sql:
            raise OperationalError("database is locked")
        assert callable(execute)
        return execute(sql, params, many, context)

    clerk = world.actor("puxian.clerk")
    with connection.execute_wrapper(full):
        assert read(clerk, "town", world.towns["puxian"].pk) == 200
    assert noted() == []
    assert "not noted" in caplog.text
