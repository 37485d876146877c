"""Kill -9 the site while it takes a submission: submitted once with its case, or not at all."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.db import connection, transaction

from portal.core.actor import Actor, acting_office, acting_seat
from portal.core.models import Notification, NumberSeries
from reviews.actions.filing import digest_of_declaration
from reviews.models import Case, StepRun
from tests import scenario
from tests.factories import World, client_of, make_world
from tests.test_kill_uploads import Site
from towns.models import Application, Submission
from towns.queries import declared_now

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
COUNTIES = ("puxian", "xixian", "zezhou")


class Submitter:
    """Somebody who presses 提交申报, and again when no answer comes."""

    def __init__(self, site: Site, actor: Actor, application: Application) -> None:
        self.site = site
        office, post = acting_office(actor).slug, acting_seat(actor).pk
        self.address = f"/o/{office}/applications/{application.pk}/submit/?post={post}"
        session = client_of(actor).cookies[settings.SESSION_COOKIE_NAME].value
        token = "a" * 32
        self.headers = {
            "Cookie": f"{settings.SESSION_COOKIE_NAME}={session}; csrftoken={token}",
            "X-CSRFToken": token,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        seen = digest_of_declaration(declared_now(application))
        fields = {"acting_post": post, "pledge": "on", "accept_unmet": "on", "seen": seen}
        self.body = urlencode(fields).encode()

    def press(self) -> int:
        """The status of the answer, 0 when it is lost."""
        return self.site.ask("POST", self.address, self.body, self.headers)[0]

    def press_and_leave(self) -> threading.Thread:
        """Press without waiting for the answer."""
        thread = threading.Thread(target=self.press)
        thread.start()
        return thread


def settled(application: Application) -> Application:
    """The application once no transaction of a dead process holds it."""
    with transaction.atomic():
        return Application.objects.select_for_update().get(pk=application.pk)


def submitted_once_or_not_at_all(application: Application) -> bool:
    """Whether it is submitted; everything that belongs to it is there exactly then."""
    application = settled(application)
    whole = int(application.state == "submitted")
    case = Case.objects.filter(application=application)
    assert application.revision == whole
    assert bool(application.number) == bool(whole)
    assert Submission.objects.filter(application=application).count() == whole
    assert application.assessments.count() == whole
    assert case.count() == whole
    assert StepRun.objects.filter(case__in=case).count() == whole
    told = Notification.objects.filter(key__endswith=f":{application.pk}:1")
    assert told.filter(kind="submission").count() == whole
    assert told.filter(kind="receipt").count() == whole
    return bool(whole)


def test_a_site_killed_while_submitting_leaves_one_case_or_none(tmp_path: Path) -> None:
    world: World = make_world()
    filed = {name: scenario.ready(world, "province", name) for name in COUNTIES}
    site = Site(tmp_path)
    site.start()
    try:
        people = {
            name: Submitter(site, world.actor(f"{name}.submitter"), filed[name])
            for name in COUNTIES
        }
        # At the very end of the transaction: everything is written and nothing is confirmed.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE core_ledgerentry IN EXCLUSIVE MODE")
            pressed = people["puxian"].press_and_leave()
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            deadline = time.monotonic() + 90
            waiting = 0
            while not waiting and time.monotonic() < deadline:
                cursor.execute(waits)
                (waiting,) = cursor.fetchone() or (0,)
                time.sleep(0.02)
            assert waiting, site.text()[-2000:]
            site.kill()
        pressed.join()
        assert not submitted_once_or_not_at_all(filed["puxian"])
        site.start()
        # Somewhere in between, wherever it falls: once or not at all.
        pressed = people["xixian"].press_and_leave()
        time.sleep(0.06)
        site.kill()
        pressed.join()
        submitted_once_or_not_at_all(filed["xixian"])
        site.start()
        # The answer is lost behind the server: the person presses again, twice at once.
        assert people["zezhou"].press() == 302
        assert submitted_once_or_not_at_all(filed["zezhou"])
        for name in COUNTIES:
            again = [people[name].press_and_leave() for _ in range(2)]
            for thread in again:
                thread.join()
            assert people[name].press() == 302
            assert submitted_once_or_not_at_all(filed[name])
    finally:
        site.stop()
    numbers = {Application.objects.get(pk=row.pk).number for row in filed.values()}
    assert len(numbers) == len(COUNTIES)
    assert NumberSeries.objects.get(kind="receipt").last == len(COUNTIES)
