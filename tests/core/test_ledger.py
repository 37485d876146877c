"""The ledger: append-only in both databases, chained, and read only by those it is for."""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from portal.core import clock
from portal.core.errors import Refused
from portal.core.ledger import first_broken_link, record
from portal.core.models import LedgerEntry, Office, OfficialDocument, Rendition, StoredFile
from portal.core.triggers import missing_triggers
from portal.core.web import office_url
from portal.workspace.verbs import VERBS
from tests.core.ledgers import chain, remove, tamper
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


# --- append-only --------------------------------------------------------------------------------


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


# --- the chain ----------------------------------------------------------------------------------


def test_untouched_chain_holds(world: World) -> None:
    _, chain = chain_of(world)
    entries = list(LedgerEntry.objects.filter(chain=chain).order_by("seq"))
    assert [entry.seq for entry in entries] == [1, 2, 3, 4]
    assert [entry.previous for entry in entries[1:]] == [entry.digest for entry in entries[:-1]]
    assert first_broken_link(chain) is None


def test_a_broken_link_is_numbered(world: World) -> None:
    office, name = chain_of(world)
    tamper(chain(office)[1], summary="改过")
    assert first_broken_link(name) == 2


def test_a_missing_entry_shows(world: World) -> None:
    office, name = chain_of(world)
    remove(chain(office)[2])
    assert first_broken_link(name) == 3


def test_every_chain_of_a_whole_case_holds(world: World) -> None:
    drive(world, file(world, "county"))
    chains = set(LedgerEntry.objects.values_list("chain", flat=True))
    assert len(chains) >= 3
    assert {chain: first_broken_link(chain) for chain in chains} == dict.fromkeys(chains)


def test_an_entry_costs_two_queries(world: World) -> None:
    """The link it follows from, and itself; for a new chain as for an old one."""
    actor, office = world.actor("puxian.clerk"), world.offices["puxian"]
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            record(actor, "open_round", office, "一条")
        assert len(queries) == 2, [query["sql"] for query in queries]


def test_what_left_the_scope_rolls_the_whole_action_back(world: World) -> None:
    actor, town = world.actor("puxian.clerk"), world.towns["puxian"]
    before = LedgerEntry.objects.count()
    neighbour = world.regions["141031"]

    @transaction.atomic
    def move_town() -> None:
        town.name = "迁走的专业镇"
        town.county = neighbour
        town.scope_code = neighbour.code
        town.save()
        record(actor, "register_town", town, "改名")
        record(actor, "register_town", town, "迁走", scope_code=town.scope_code)

    with pytest.raises(Refused, match="辖区"):
        move_town()
    town.refresh_from_db()
    assert (town.name, town.county_id) == ("蒲县肉牛专业镇", world.regions["141033"].pk)
    assert LedgerEntry.objects.count() == before


def test_an_entry_says_who_where_from_and_what_changed(world: World) -> None:
    actor = replace(world.actor("puxian.clerk"), address="10.1.2.3")
    entry = record(
        actor,
        "open_round",
        world.offices["puxian"],
        "改标题",
        before={"title": "旧", "quota": None},
        after={"title": "新", "on": date(2026, 11, 1)},
        outcome="refused",
    )
    entry.refresh_from_db()
    assert (entry.actor, entry.post, entry.post_label) == (actor.user, actor.post, "经办")
    assert (entry.office_code, entry.address, entry.outcome) == ("141033", "10.1.2.3", "refused")
    assert entry.before == '{"quota":null,"title":"旧"}'
    assert entry.after == '{"on":"2026-11-01","title":"新"}'


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


def test_every_verb_that_the_source_names_has_a_name() -> None:
    """Whatever is passed to ``record`` in so many words is Chinese on the pages of the ledger."""
    named = {
        node.args[1].value
        for app in ("portal", "criteria", "towns", "subsidies", "reviews")
        for path in (ROOT / app).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "record"
        and len(node.args) > 1
        and isinstance(node.args[1], ast.Constant)
    }
    assert len(named) > 70
    assert named <= set(VERBS)


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
    assert case.number not in ledger_page(world, "xixian.auditor")


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
