"""The ledger: append-only in both databases, chained, and read only by those it is for."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.ledger import first_broken_link, record
from portal.core.models import LedgerEntry, Office, OfficialDocument, Rendition, StoredFile
from portal.core.triggers import missing_triggers
from portal.core.web import office_url
from portal.workspace.verbs import VERBS
from tests.factories import World, client_of, make_world
from tests.scenario import drive, file
from tests.services import ROOT

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def chain_of(world: World, length: int = 4) -> tuple[Office, str]:
    """An office with a chain of entries."""
    actor = world.actor("puxian.clerk")
    office = world.offices["puxian"]
    for number in range(length):
        record(actor, "open_round", office, f"第 {number} 条", data={"number": number})
    return office, f"core.office:{office.pk}"


def tamper(statement: str, values: list[str]) -> None:
    """What somebody with the database's own password could do: switch the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


# --- append-only --------------------------------------------------------------------------------


def test_postgresql_refuses_to_change_or_delete_an_entry(world: World) -> None:
    _, chain = chain_of(world)
    for change in (
        lambda: LedgerEntry.objects.filter(chain=chain).update(summary="改过"),
        lambda: LedgerEntry.objects.filter(chain=chain).delete(),
    ):
        with pytest.raises(IntegrityError, match="台账只增不改"), transaction.atomic():
            change()
    assert LedgerEntry.objects.filter(chain=chain, summary="改过").count() == 0
    assert LedgerEntry.objects.filter(chain=chain).count() == 4


def test_postgresql_refuses_to_change_a_stored_rendition(world: World) -> None:
    office = world.offices["puxian"]
    stored = StoredFile.objects.create(
        name="a.pdf",
        content_type="application/pdf",
        size=1,
        sha256="0" * 64,
        created_at=clock.now(),
    )
    document = OfficialDocument.objects.create(
        office=office,
        kind="certification_notice",
        title="通知",
        addressees="各乡镇",
        body="正文",
        state="issued",
        number="蒲专镇办〔2026〕1号",
        issued_on=date(2026, 11, 1),
        created_at=clock.now(),
    )
    rendition = Rendition.objects.create(
        document=document, kind="unsigned", file=stored, created_at=clock.now()
    )
    for row, values in ((rendition, {"kind": "signed"}), (document, {"title": "改过"})):
        with pytest.raises(IntegrityError, match="不可更改"), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**values)
    assert missing_triggers() == []


def test_sqlite_refuses_the_same(tmp_path: Path) -> None:
    """A migrated embedded database, written to from outside the portal."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PORTAL_")}
    environment["PORTAL_DATA_DIR"] = str(tmp_path)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=300,
    )
    with sqlite3.connect(tmp_path / "portal.sqlite3") as database:
        database.execute(
            "INSERT INTO core_ledgerentry (chain, seq, at, verb, summary, actor_name, office_name,"
            " office_code, post_label, address, outcome, subject, scope_code, audience, payload,"
            " before, after, scheme, algorithm, previous, digest) VALUES ('x:1', 1, '2026-11-01',"
            " 'v', 's', 'a', '', '', '', '', 'ok', '', '', '', '{}', '', '', 2, 'sm3', '', 'd')"
        )
        for statement in (
            "UPDATE core_ledgerentry SET summary = 'changed'",
            "DELETE FROM core_ledgerentry",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="台账只增不改"):
                database.execute(statement)
        assert database.execute("SELECT summary FROM core_ledgerentry").fetchall() == [("s",)]


# --- the chain ----------------------------------------------------------------------------------


def test_untouched_chain_holds(world: World) -> None:
    _, chain = chain_of(world)
    entries = list(LedgerEntry.objects.filter(chain=chain).order_by("seq"))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries[1:]] == [entry.digest for entry in entries[:-1]]
    assert first_broken_link(chain) is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("summary", "改过"),
        ("payload", '{"number":9}'),
        ("actor_name", "别人"),
        ("post_label", "主任"),
        ("at", "2020-01-01 00:00+08"),
        ("previous", "0" * 64),
    ],
)
def test_tampering_shows_at_the_entry(world: World, column: str, value: str) -> None:
    _, chain = chain_of(world)
    tamper(
        f'UPDATE core_ledgerentry SET "{column}" = %s WHERE chain = %s AND seq = 2', [value, chain]
    )
    assert first_broken_link(chain) == 2


def test_a_missing_entry_shows(world: World) -> None:
    _, chain = chain_of(world)
    tamper("DELETE FROM core_ledgerentry WHERE chain = %s AND seq = 3", [chain])
    assert first_broken_link(chain) == 3


def test_every_chain_of_a_whole_case_holds(world: World) -> None:
    drive(world, file(world, "county"))
    chains = set(LedgerEntry.objects.values_list("chain", flat=True))
    assert len(chains) >= 3
    assert {chain: first_broken_link(chain) for chain in chains} == dict.fromkeys(chains)


@pytest.mark.django_db(transaction=True)
def test_an_entry_belongs_to_a_transaction() -> None:
    world = make_world()
    with pytest.raises(RuntimeError, match="transaction"):
        record(world.actor("puxian.clerk"), "open_round", world.offices["puxian"], "没有事务")
    assert not LedgerEntry.objects.filter(summary="没有事务").exists()


def test_every_verb_that_is_written_has_a_name(world: World) -> None:
    drive(world, file(world, "province"))
    written = set(LedgerEntry.objects.values_list("verb", flat=True))
    assert len(written) > 10
    assert written <= set(VERBS)


# --- reading it ---------------------------------------------------------------------------------


def ledger_page(world: World, name: str, query: str = "") -> str:
    """The ledger as a person sees it."""
    actor = world.actor(name)
    response = client_of(actor).get(office_url(actor, "ledger") + query)
    assert response.status_code == 200
    return response.content.decode()


def test_a_lower_office_does_not_read_what_an_upper_one_keeps_to_itself(world: World) -> None:
    drive(world, file(world, "province"), "meeting")
    county = ledger_page(world, "puxian.clerk", "&search=SX")
    for words in ("会审意见", "提交专家评分", "指派", "征求"):
        assert words not in county.split("<tbody>")[1]
    assert "省级受理" in county
    province = ledger_page(world, "sx.clerk")
    assert "提交专家评分" in province
    assert "会审意见：同意" in province or "会审意见:同意" in province


def test_an_office_reads_its_own_working_notes(world: World) -> None:
    drive(world, file(world, "county"), "meeting")
    assert "提交专家评分" in ledger_page(world, "puxian.clerk")


def test_a_neighbour_reads_nothing_of_it(world: World) -> None:
    case = file(world, "province")
    assert case.number in ledger_page(world, "puxian.clerk")
    assert case.number not in ledger_page(world, "xixian.clerk")
    assert case.number not in ledger_page(world, "puxian.auditor")


def test_ledger_filters(world: World) -> None:
    case = file(world, "province")
    today = clock.today().isoformat()
    assert case.number in ledger_page(world, "puxian.clerk", "&verb=submit_application")
    assert case.number in ledger_page(world, "puxian.clerk", f"&since={today}&until={today}")
    assert "没有符合条件的记录" in ledger_page(world, "puxian.clerk", "&until=2020-01-01")
    assert "没有符合条件的记录" in ledger_page(world, "puxian.clerk", "&search=没有这样的词")
    # A date that is none is said beside its field, and what was typed stays.
    wrong = ledger_page(world, "puxian.clerk", "&since=昨天")
    assert "昨天" in wrong
    assert "field-message" in wrong


def test_ledger_page_costs_the_same_whatever_the_rows(world: World) -> None:
    actor = world.actor("puxian.clerk")
    client, address = client_of(actor), office_url(actor, "ledger")

    def cost(query: str = "") -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address + query).status_code == 200
        return len(queries)

    chain_of(world, 1)
    one = cost()
    chain_of(world, 120)
    assert cost() == one <= 8
    assert cost("&at=last") == one
    assert cost("&search=第") == one
