"""Kill -9 the site while sections are saved: what was confirmed is there; two lose nothing."""

from __future__ import annotations

import json
import random
import threading
import time
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import transaction

from portal.core.actor import acting_seat
from portal.core.merging import Overtaken
from portal.core.models import LedgerEntry
from portal.core.web import office_url
from tests.factories import World, grant_town, make_post, make_world
from tests.test_kill_uploads import Person, Site
from tests.towns.test_figures_at_once import at_once
from towns.actions import start_application
from towns.actions.drafting import Autosaved, autosave_section, save_section
from towns.models import Application

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
KILLS = 2
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def world() -> World:
    with transaction.atomic():
        made = make_world()
        unit = made.actor("puxian.filer").office
        assert unit is not None
        made.actors["puxian.filer2"] = make_post(unit, "filer", "puxian.filer2")
        grant_town(made.actors["puxian.filer2"], made.towns["puxian"])
    return made


def begin(world: World) -> Application:
    """A draft of the county's town."""
    return start_application(
        actor=world.actor("puxian.filer"),
        town=world.towns["puxian"],
        call=world.rounds["province"],
    )


class Typing(threading.Thread):
    """Types on and on: by itself and by the button; notes what was sent and what was confirmed."""

    def __init__(self, person: Person, addresses: tuple[str, str], seat: int) -> None:
        super().__init__(daemon=True)
        self.person, self.addresses, self.seat = person, addresses, seat
        self.known = self.sent = self.confirmed = ""
        self.count, self.stop, self.lost = 0, False, 0

    def run(self) -> None:
        """Until it is told to stop; a lost answer is asked for again with the same text."""
        while not self.stop:
            self.sent = f"第{self.count}次"
            if self.one(self.sent):
                self.known = self.confirmed = self.sent
                self.count += 1
            else:
                self.lost += 1
                time.sleep(0.05)

    def one(self, text: str) -> bool:
        """One save; whether it was confirmed."""
        autosave, page = self.addresses
        fields = json.dumps({"summary": [self.known, text]})
        data = {"acting_post": self.seat, "page": "p1", "fields": fields}
        headers = {**self.person.headers, "Content-Type": FORM, "Accept": "application/json"}
        address = autosave
        if self.count % 3 == 2:
            data = {"acting_post": self.seat, "summary": text, "save": "1"}
            address = page
        status, body = self.person.site.ask("POST", address, urlencode(data).encode(), headers)
        if address == page:
            return status == 302
        return status == 200 and json.loads(body)["kept"] == ["summary"]


def test_a_site_killed_while_saving_keeps_everything_it_confirmed(
    world: World, tmp_path: Path
) -> None:
    application, filer = begin(world), world.actor("puxian.filer")
    site = Site(tmp_path)
    site.start()
    person = Person(site, filer)
    addresses = (
        office_url(filer, "application-autosave", application.pk, "facts"),
        office_url(filer, "application-overview", application.pk),
    )
    typing = Typing(person, addresses, acting_seat(filer).pk)
    typing.start()
    rng = random.Random(5)
    for _ in range(KILLS):
        before = typing.count
        deadline = time.monotonic() + 180
        while typing.count < before + rng.randint(4, 9):
            assert time.monotonic() < deadline, site.text()[-2000:]
            time.sleep(0.01)
        site.kill()
        # What is there is what was confirmed last, or what was on its way when the line broke.
        time.sleep(0.3)
        application.refresh_from_db()
        assert application.summary in (typing.confirmed, typing.sent)
        site.start()
    before = typing.count
    while typing.count < before + 3:
        time.sleep(0.01)
    typing.stop = True
    typing.join(timeout=30)
    application.refresh_from_db()
    assert application.summary == typing.confirmed
    assert typing.lost
    site.stop()
    entries = LedgerEntry.objects.filter(verb="save_section")
    assert entries.count() >= typing.count // 3


def test_two_saving_at_once_never_lose_one_side(world: World) -> None:
    application = begin(world)
    both = [world.actor("puxian.filer"), world.actor("puxian.filer2")]

    def keep(number: int, name: str, opened: str, text: str) -> Autosaved:
        return autosave_section(
            actor=both[number],
            application=application,
            key="facts",
            opened={name: opened},
            typed={name: text},
        )

    for turn in range(5):
        before = Application.objects.get(pk=application.pk).summary
        results = at_once(
            partial(keep, 0, "summary", before, f"甲{turn}"),
            partial(keep, 1, "summary", before, f"乙{turn}"),
        )
        kept = [bool(row.kept) for row in results if isinstance(row, Autosaved)]
        assert sorted(kept) == [False, True], results
        stands = Application.objects.get(pk=application.pk).summary
        assert stands == (f"甲{turn}" if kept[0] else f"乙{turn}")
        [conflict] = results[kept.index(False)].conflicts  # type: ignore[attr-defined]
        assert conflict.theirs == stands
    # Different fields disturb nobody.
    results = at_once(
        lambda: keep(0, "contact", "", "张三"), lambda: keep(1, "contact_phone", "", "0357")
    )
    assert all(isinstance(row, Autosaved) and row.kept for row in results)

    def save(number: int, text: str) -> object:
        return save_section(
            actor=both[number],
            application=application,
            key="industry",
            opened={"industry_text": ""},
            typed={"industry_text": text},
        )

    results = at_once(lambda: save(0, "甲"), lambda: save(1, "乙"))
    [late] = [row for row in results if isinstance(row, Overtaken)]
    [done] = [row for row in results if isinstance(row, dict)]
    assert late.theirs == done
    application.refresh_from_db()
    assert application.industry_text == done["industry_text"]
