"""Files are looked into and scanned while nothing is locked, and only for those who may send them.

A scan may take half a minute. In a transaction, everybody else who writes would wait for it, or be
turned away where the database has one writer at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections

from portal.core.actions.uploads import WrongOffset, append_chunk, begin_upload, finish_upload
from portal.core.actions.workbooks import start_import
from portal.core.actor import Actor
from portal.core.constants import Scan
from portal.core.errors import Refused, Stale
from portal.core.models import ImportRun, LedgerEntry, StoredFile, Upload
from portal.core.uploads.parts import part_of
from tests import scenario
from tests.core.clamd import Scanner, scanner
from tests.factories import World, make_world
from tests.importing import upload as workbook
from tests.importing import xlsx
from tests.papers import PDF
from towns.actions import (
    add_honour,
    add_paper,
    amend_honour,
    attach_evidence,
    attach_files,
)
from towns.actions.honours import HonourFacts
from towns.models import Evidence, TownPaper

pytestmark = pytest.mark.django_db(transaction=True)
FACTS = HonourFacts("technology_centre", "province", number="晋企技2021-9")
LATER = HonourFacts(
    "technology_centre", "province", number="晋企技2021-9", awarded_on=date(2021, 11, 15)
)


@pytest.fixture
def world() -> World:
    """A small world."""
    return make_world()


@pytest.fixture
def clamd(settings: Any) -> Iterator[Scanner]:
    """A scanner that is asked about everything."""
    with scanner() as running:
        settings.PORTAL_CLAMD_SOCKET = running.address
        yield running


def file(mark: bytes = b"") -> SimpleUploadedFile:
    """A file as a form brings it."""
    return SimpleUploadedFile("证明.pdf", PDF + b"%" + mark, "application/pdf")


def whole(actor: Actor) -> Upload:
    """An upload whose bytes have all arrived."""
    upload = begin_upload(actor=actor, name="报告.pdf", size=len(PDF))
    return append_chunk(actor=actor, upload=upload, offset=0, content=PDF)


def finishing(world: World, actor: Actor) -> Callable[[], object]:
    upload = whole(actor)
    return lambda: finish_upload(actor=actor, upload=upload)


def importing(world: World, actor: Actor) -> Callable[[], object]:
    book = workbook(xlsx([["统一社会信用代码", "企业名称"]]))
    return lambda: start_import(actor=actor, kind="enterprises", upload=book)


def adding_a_paper(world: World, actor: Actor) -> Callable[[], object]:
    town = world.towns["puxian"]
    return lambda: add_paper(actor=actor, town=town, kind="policy", title="方案", upload=file())


def adding_an_honour(world: World, actor: Actor) -> Callable[[], object]:
    town = world.towns["puxian"]
    return lambda: add_honour(actor=actor, town=town, facts=FACTS, certificate=file())


def amending_an_honour(world: World, actor: Actor) -> Callable[[], object]:
    town = world.towns["puxian"]
    honour = add_honour(actor=world.actor("puxian.filer"), town=town, facts=FACTS)
    return lambda: amend_honour(actor=actor, honour=honour, facts=LATER, certificate=file())


def evidence(world: World, actor: Actor) -> Callable[[], object]:
    draft = scenario.draft(world, "county", evidence=False)
    return lambda: attach_evidence(
        actor=actor, application=draft, criterion="scale", title="证明", upload=file()
    )


def many_files(world: World, actor: Actor) -> Callable[[], object]:
    draft = scenario.draft(world, "county", evidence=False)
    return lambda: attach_files(
        actor=actor, application=draft, criterion="scale", files=[file(b"1"), file(b"2")]
    )


# Way -> (who may, who may not).
WAYS = {
    finishing: ("puxian.filer", ""),
    importing: ("puxian.filer", "puxian.clerk"),
    adding_a_paper: ("puxian.clerk", "puxian.filer"),
    adding_an_honour: ("puxian.filer", "puxian.clerk"),
    amending_an_honour: ("puxian.filer", "puxian.clerk"),
    evidence: ("puxian.filer", "puxian.clerk"),
    many_files: ("puxian.filer", "puxian.clerk"),
}


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_a_file_is_scanned_outside_the_transaction(way: Any, world: World, clamd: Scanner) -> None:
    act = way(world, world.actor(WAYS[way][0]))
    ours, inside = connections["default"], []
    clamd.during = lambda: inside.append(ours.in_atomic_block)
    act()
    assert inside and not any(inside)
    assert StoredFile.objects.filter(scan=Scan.CLEAN).count() == len(clamd.seen)


@pytest.mark.parametrize("way", [way for way in WAYS if WAYS[way][1]], ids=lambda way: way.__name__)
def test_who_is_refused_costs_no_scan(way: Any, world: World, clamd: Scanner) -> None:
    act = way(world, world.actor(WAYS[way][1]))
    seen, stored = list(clamd.seen), StoredFile.objects.count()
    with pytest.raises(Refused):
        act()
    assert clamd.seen == seen
    assert StoredFile.objects.count() == stored


def test_two_requests_finish_one_upload(world: World, clamd: Scanner, settings: Any) -> None:
    filer = world.actor("puxian.filer")
    upload, quick = whole(filer), []

    def another() -> None:
        # The other request has its answer while this one waits for its own.
        settings.PORTAL_CLAMD_SOCKET = ""
        try:
            quick.append(finish_upload(actor=filer, upload=upload))
        finally:
            connections.close_all()

    clamd.during = another
    slow = finish_upload(actor=filer, upload=upload)
    assert quick[0].stored is not None and slow.stored == quick[0].stored
    assert slow.problem == ""
    stored = StoredFile.objects.get()
    with stored.file.open("rb") as kept:
        assert kept.read() == PDF
    assert not part_of(upload.pk).exists()
    assert finish_upload(actor=filer, upload=upload).stored == stored


def test_an_upload_given_up_while_it_is_scanned_keeps_nothing(world: World, clamd: Scanner) -> None:
    filer = world.actor("puxian.filer")
    upload = whole(filer)

    def ended() -> None:
        try:
            Upload.objects.filter(pk=upload.pk).delete()
        finally:
            connections.close_all()

    clamd.during = ended
    with pytest.raises(Upload.DoesNotExist):
        finish_upload(actor=filer, upload=upload)
    assert not StoredFile.objects.exists()


def test_an_upload_that_is_not_whole_is_not_looked_into(world: World, clamd: Scanner) -> None:
    filer = world.actor("puxian.filer")
    upload = begin_upload(actor=filer, name="报告.pdf", size=len(PDF))
    upload = append_chunk(actor=filer, upload=upload, offset=0, content=PDF[:100])
    with pytest.raises(WrongOffset):
        finish_upload(actor=filer, upload=upload)
    assert clamd.seen == []


def test_who_loses_the_right_while_a_file_is_scanned_is_refused(
    world: World, clamd: Scanner
) -> None:
    clerk, town = world.actor("puxian.clerk"), world.towns["puxian"]

    def struck_off() -> None:
        try:
            type(town).objects.filter(pk=town.pk).update(closed_on=date(2026, 1, 1))
        finally:
            connections.close_all()

    clamd.during = struck_off
    entries = LedgerEntry.objects.count()
    with pytest.raises(Stale):
        add_paper(actor=clerk, town=town, kind="policy", title="方案", upload=file())
    assert not TownPaper.objects.exists() and not StoredFile.objects.exists()
    assert LedgerEntry.objects.count() == entries


def test_a_second_press_while_a_workbook_is_scanned_is_one_import(
    world: World, clamd: Scanner, settings: Any
) -> None:
    filer = world.actor("puxian.filer")
    content = xlsx([["统一社会信用代码", "企业名称"]])
    quick = []

    def another() -> None:
        settings.PORTAL_CLAMD_SOCKET = ""
        try:
            quick.append(start_import(actor=filer, kind="enterprises", upload=workbook(content)))
        finally:
            connections.close_all()

    clamd.during = another
    assert start_import(actor=filer, kind="enterprises", upload=workbook(content)) == quick[0]
    assert ImportRun.objects.count() == 1 and StoredFile.objects.count() == 1


def test_a_wrong_criterion_keeps_no_file(world: World) -> None:
    draft = scenario.draft(world, "county", evidence=False)
    before = StoredFile.objects.count()
    with pytest.raises(ValidationError):
        attach_files(
            actor=world.actor("puxian.filer"),
            application=draft,
            criterion="nothing",
            files=[file()],
        )
    assert not Evidence.objects.exists() and StoredFile.objects.count() == before
