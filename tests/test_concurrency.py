"""Two people press a button at the same moment: HTTP requests on two real connections.

A lock held by the test keeps both requests waiting at the action's own lock, after both have read
the page's state and passed every check that reads without a lock; then it lets them go.
"""

from __future__ import annotations

import re
import threading
import time
from typing import Any

import pytest
from django.db import connection, connections, models, transaction
from django.http import HttpResponse

from portal.core import clock
from portal.core.actor import Actor
from portal.core.models import Job, LedgerEntry, Notification, NumberSeries, OfficialDocument
from portal.core.web import office_url
from reviews.models import Case, StepRun
from tests import scenario
from tests.factories import World, client_of, grant_town, make_post, make_town, make_world
from towns.models import Application, Certification, Submission

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


def wait_until_blocked(count: int) -> None:
    """Wait until so many connections wait for a lock that this one holds."""
    deadline = time.monotonic() + 20
    blocked = 0
    while blocked < count:
        assert time.monotonic() < deadline, f"{blocked} of {count} requests reached the lock"
        time.sleep(0.02)
        with connection.cursor() as cursor:
            # Not pg_stat_activity: a transaction keeps its first look at that one.
            cursor.execute("SELECT COUNT(DISTINCT pid) FROM pg_locks WHERE NOT granted")
            blocked = int(cursor.fetchone()[0])


def post_at_once(
    held: models.Model,
    requests: list[tuple[Actor, str, dict[str, Any]]],
    allowed: frozenset[int] = frozenset({200, 409}),
) -> list[HttpResponse]:
    """Send every request from a connection of its own while the row is held, then release it.

    ``allowed``: what may be answered; a refusal of the second is 403.
    """
    answers: list[Any] = [None] * len(requests)
    clients = [client_of(actor) for actor, _, _ in requests]

    def send(place: int) -> None:
        actor, url, data = requests[place]
        assert actor.post is not None
        try:
            answers[place] = clients[place].post(
                url, {**data, "acting_post": actor.post.pk}, follow=True
            )
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send, args=(place,)) for place in range(len(requests))]
    try:
        with transaction.atomic():
            type(held)._default_manager.select_for_update().get(pk=held.pk)
            for thread in threads:
                thread.start()
            wait_until_blocked(len(threads))
    finally:
        for thread in threads:
            thread.join(timeout=60)
    assert all(answer is not None for answer in answers)
    assert {answer.status_code for answer in answers} <= allowed
    return answers


def pages(answers: list[HttpResponse]) -> list[str]:
    """What each person reads, without markup."""
    return [re.sub(r"<[^>]+>|\s+", "", answer.content.decode()) for answer in answers]


def test_two_people_decide_one_step(world: World) -> None:
    case = scenario.file(world, "county")
    run = scenario.open_run(case)
    first, second = world.actor("puxian.clerk"), world.actor("puxian.office_director")
    accept = {"run": run.pk, "outcome": "accept", "opinion": "材料齐全"}
    back = {"run": run.pk, "section": ["facts"], "opinion": "请补充佐证"}
    answers = post_at_once(
        case,
        [
            (first, office_url(first, "case-decide", case.pk), accept),
            (second, office_url(second, "case-return", case.pk), back),
        ],
    )
    run.refresh_from_db()
    assert run.outcome in ("accept", "return")
    late = [page for page in pages(answers) if "无需重复办理" in page]
    assert len(late) == 1, "one of the two is told that the other was faster"
    assert f"已由{run.decided_name}于" in late[0]
    assert late[0].count("无需重复办理") == 1
    assert StepRun.objects.filter(case=case, step=run.step).count() == 1
    decisions = LedgerEntry.objects.filter(
        chain=f"reviews.case:{case.pk}", verb__startswith="decide:"
    )
    assert [entry.verb for entry in decisions] == [f"decide:{run.outcome}"]


def test_submitting_twice_at_once_makes_one_case(world: World) -> None:
    application = scenario.ready(world, "county")
    submitter = world.actor("puxian.submitter")
    url = office_url(submitter, "application-submit", application.pk)
    promise = {"pledge": "on", "accept_unmet": "on"}
    # A double click, another browser of the same person, and a second submitter of the town.
    assert submitter.office is not None
    second = make_post(submitter.office, "submitter", "puxian.submitter2")
    grant_town(second, world.towns["puxian"])
    other = office_url(second, "application-submit", application.pk)
    presses = [(submitter, url, promise), (submitter, url, promise), (second, other, promise)]
    answers = post_at_once(application, presses)
    case = Case.objects.get()
    application.refresh_from_db()
    assert application.revision == 1
    assert StepRun.objects.count() == 1
    assert Submission.objects.count() == 1
    assert NumberSeries.objects.get(kind="receipt").last == 1
    assert all(case.number in page for page in pages(answers))
    assert sum("无需重复提交" in page for page in pages(answers)) == len(presses) - 1
    assert Notification.objects.filter(kind__in=("submission", "receipt")).count() == 2


def test_a_return_and_a_withdrawal_at_once_never_wait_for_each_other(world: World) -> None:
    """Both lock the case and its application: in one order, or one of them would fail."""
    case = scenario.file(world, "county")
    clerk, submitter = world.actor("puxian.clerk"), world.actor("puxian.submitter")
    run = scenario.open_run(case).pk
    back = {"run": run, "section": ["facts"], "opinion": "请补充佐证"}
    post_at_once(
        case,
        [
            (clerk, office_url(clerk, "case-return", case.pk), back),
            (submitter, office_url(submitter, "case-withdraw", case.pk), {"reason": "另行申报"}),
        ],
    )
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "withdrawn")
    assert Application.objects.get().state == "withdrawn"


def test_two_people_issue_one_document(world: World) -> None:
    case = scenario.drive(world, scenario.file(world, "county"), "issue")
    document = scenario.ready_to_issue(world, scenario.draft_notice(world, case))
    people = [world.actor("puxian.signer"), world.actor("puxian.office_director")]
    data = {"issued_on": clock.today().isoformat(), "confirmed": "on"}
    answers = post_at_once(
        document,
        [(who, office_url(who, "document-issue", document.pk), data) for who in people],
    )
    document.refresh_from_db()
    assert (document.state, document.serial) == ("issued", 1)
    assert NumberSeries.objects.get(kind="document").last == 1
    assert Certification.objects.count() == 1
    assert Job.objects.filter(key=f"render:{document.pk}").count() == 1
    assert sum("无需重复办理" in page for page in pages(answers)) == 1
    assert all(document.number in page for page in pages(answers))


def test_two_documents_of_one_office_take_two_numbers(world: World) -> None:
    documents = []
    for number in range(2):
        town = make_town(world.offices["puxian"].region, f"蒲县第{number}专业镇")
        for kind in ("filer", "submitter"):
            grant_town(world.actor(f"puxian.{kind}"), town)
        world.towns["puxian"] = town
        case = scenario.drive(world, scenario.file(world, "county"), "issue")
        documents.append(scenario.ready_to_issue(world, scenario.draft_notice(world, case)))
    series = NumberSeries.objects.create(
        office=world.offices["puxian"],
        kind="document",
        word=documents[0].word,
        year=clock.today().year,
        last=6,
    )
    people = [world.actor("puxian.signer"), world.actor("puxian.office_director")]
    data = {"issued_on": clock.today().isoformat(), "confirmed": "on"}
    post_at_once(
        series,
        [
            (who, office_url(who, "document-issue", document.pk), data)
            for who, document in zip(people, documents, strict=True)
        ],
    )
    serials = OfficialDocument.objects.filter(state="issued").values_list("serial", flat=True)
    assert set(serials) == {7, 8}


def test_starting_twice_at_once_makes_one_draft(world: World) -> None:
    filer, town = world.actor("puxian.filer"), world.towns["puxian"]
    url = office_url(filer, "application-start", town.pk, world.rounds["county"].pk)
    post_at_once(town, [(filer, url, {})] * 2)
    assert Application.objects.count() == 1
