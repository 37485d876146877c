"""Whoever tampers directly in the database is found, and the first broken entry is named."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import CaptureQueriesContext

from portal.core.digests import ledger_digest
from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry, LedgerSeal
from portal.core.sealing import complete_seal, plan_seal, write_export
from portal.core.verification import CHANGED, PUT_BACK, Finding, verify
from tests.core.ledgers import chain, moment, remove, stream, tamper, undone, write, write_days
from tests.factories import World, make_world

pytestmark = pytest.mark.django_db
DAYS = (moment(2020, 3, 1), moment(2020, 3, 2))


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def anchors(world: World) -> list[LedgerAnchor]:
    """Two anchored days with two chains, and some entries of today."""
    made = write_days(world, *DAYS)
    write(world, 1)
    return made


def command(*arguments: str) -> str:
    """What the command prints when everything holds."""
    out = StringIO()
    call_command("verify_ledger", *arguments, stdout=out)
    return out.getvalue()


def first() -> Finding:
    """The first finding, which is what the command ends with, too."""
    found = verify().first
    assert found is not None
    with pytest.raises(CommandError) as ended:
        command()
    assert str(found) in str(ended.value)
    assert ended.value.returncode == 1
    return found


def another(row: models.Model, column: models.Field[Any, Any]) -> Any:
    """Another value that the column takes."""
    value = getattr(row, column.attname)
    if column.attname == "scheme":
        return 1
    if column.attname == "algorithm":
        return "sha256"
    if isinstance(column, models.ForeignKey):
        return None
    if isinstance(column, models.DateTimeField):
        return moment(2019, 1, 1)
    if isinstance(column, models.DateField):
        return moment(2019, 1, 1).date()
    if isinstance(column, models.IntegerField):
        return value + 40
    return {64: "0" * 64}.get(column.max_length or 0, "x")


def columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """Every column but the key."""
    return [field for field in model._meta.concrete_fields if field.name != "id"]


def test_an_untouched_ledger_holds(anchors: list[LedgerAnchor]) -> None:
    ledger, access = LedgerEntry.objects.count(), AccessEntry.objects.count()
    said = f"台账完好：台账 {ledger} 条，访问记录 {access} 条，日锚 2 个，封存 0 次"
    assert said in command()
    assert ledger > access == 13


def test_a_change_of_any_field_names_the_entry(world: World, anchors: list[LedgerAnchor]) -> None:
    entry, visit = chain(world.offices["puxian"])[2], stream()[4]
    rows: list[tuple[str, models.Model]] = [("台账", entry), ("访问记录", visit)]
    for where, row in rows:
        for column in columns(type(row)):
            with undone():
                tamper(row, **{column.attname: another(row, column)})
                found = first()
            assert (found.where, found.pk, found.wrong) == (where, row.pk, CHANGED), column.name


def test_a_changed_anchor_is_named(anchors: list[LedgerAnchor]) -> None:
    anchor = anchors[0]
    for column in columns(LedgerAnchor):
        with undone():
            value = another(anchor, column)
            tamper(anchor, **{column.attname: value})
            found = first()
        day = value if column.name == "day" else anchor.day
        assert (found.where, found.at) == ("日锚", day), column.name


def test_an_entry_missing_in_the_middle_is_missed_at_the_next(
    world: World, anchors: list[LedgerAnchor]
) -> None:
    entries = chain(world.offices["puxian"])
    remove(entries[1])
    found = first()
    assert (found.pk, found.chain, found.seq) == (entries[2].pk, entries[2].chain, 3)
    assert found.wrong == "其前缺少第 2 条"
    assert "2020-03-01 10:00:00" in str(found)


def test_several_missing_entries_are_counted(world: World) -> None:
    entries = write(world, 6)
    for entry in entries[1:4]:
        remove(entry)
    assert first().wrong == "其前缺少第 2 至 4 条"


def test_the_last_entry_of_a_chain_is_missed_by_the_anchor(
    world: World, anchors: list[LedgerAnchor]
) -> None:
    last = LedgerEntry.objects.filter(id__lte=anchors[1].ledger_to).latest("id")
    assert last == chain(world.offices["xixian"])[-1]
    remove(last)
    found = first()
    assert (found.where, found.at) == ("日锚", anchors[1].day)
    assert "台账应为 6 条，实有 5 条" in found.wrong


def test_a_whole_chain_is_missed_by_the_anchor(world: World, anchors: list[LedgerAnchor]) -> None:
    for entry in chain(world.offices["xixian"]):
        remove(entry)
    assert (first().where, first().at) == ("日锚", anchors[0].day)


def test_an_entry_taken_from_the_stream_is_missed_by_the_anchor(
    anchors: list[LedgerAnchor],
) -> None:
    remove(stream()[2])
    found = first()
    assert (found.where, found.at) == ("日锚", anchors[0].day)
    assert "访问记录应为 6 条，实有 5 条" in found.wrong


def test_a_forged_entry_at_the_end_is_named(world: World) -> None:
    entries = write(world)
    forged = LedgerEntry.objects.get(pk=entries[-1].pk)
    forged.pk, forged.seq, forged.summary = None, 4, "伪造"
    forged.save(force_insert=True)
    assert (first().pk, first().wrong) == (forged.pk, CHANGED)
    # With a digest that fits, it still does not follow from the entry before.
    tamper(forged, digest=ledger_digest(forged))
    assert (first().pk, first().wrong[:8]) == (forged.pk, "与前一条不相接，")


def test_a_forged_entry_in_an_anchored_day_is_missed_by_the_anchor(
    world: World, anchors: list[LedgerAnchor]
) -> None:
    """One that keeps to every rule, under a key that somebody had left free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('core_ledgerentry_id_seq')")
        [free] = cursor.fetchone()
    late = write_days(world, moment(2020, 3, 3))[0]
    assert late.ledger_from <= free <= late.ledger_to
    assert verify().first is None
    forged = LedgerEntry(
        pk=free, chain="core.office:0", seq=1, at=moment(2020, 3, 3), verb="open_round",
        summary="伪造", actor_name="无", subject="无", payload="{}", scheme=2, algorithm="sm3",
    )  # fmt: skip
    forged.digest = ledger_digest(forged)
    forged.save(force_insert=True)
    found = first()
    assert (found.where, found.at) == ("日锚", late.day)
    assert "实有 8 条" in found.wrong


def test_a_history_written_anew_is_missed_by_the_anchor(
    world: World, anchors: list[LedgerAnchor]
) -> None:
    """A change with every later digest of the chain made to fit."""
    previous = ""
    for entry in chain(world.offices["puxian"]):
        entry.summary, entry.previous = "改写", previous
        previous = ledger_digest(entry)
        tamper(entry, summary="改写", previous=entry.previous, digest=previous)
    found = first()
    assert (found.where, found.at) == ("日锚", anchors[0].day)
    assert "校验值" in found.wrong


def test_a_missing_anchor_is_named_by_the_next(anchors: list[LedgerAnchor]) -> None:
    remove(anchors[0])
    later = LedgerAnchor.objects.get()
    assert (first().where, first().at) == ("日锚", later.day)


def test_an_anchor_missing_in_the_middle_is_named_by_the_next(world: World) -> None:
    made = write_days(world, *DAYS, moment(2020, 3, 3))
    remove(made[1])
    assert (first().where, first().at) == ("日锚", made[2].day)
    assert "其前缺少 2020-03-02 的日锚" in first().wrong


def test_the_first_of_several_is_named_and_all_on_demand(
    world: World, anchors: list[LedgerAnchor]
) -> None:
    late, early = chain(world.offices["puxian"])[4], chain(world.offices["xixian"])[1]
    tamper(late, summary="改过")
    tamper(early, summary="改过")
    assert first().pk == early.pk
    err = StringIO()
    with pytest.raises(CommandError, match=f"第 {early.pk} 号"):
        call_command("verify_ledger", all=True, stderr=err)
    assert len(err.getvalue().splitlines()) == 2
    assert f"第 {late.pk} 号" in err.getvalue()


def test_one_chain_alone(world: World, anchors: list[LedgerAnchor]) -> None:
    whole, broken = chain(world.offices["puxian"]), chain(world.offices["xixian"])
    tamper(broken[3], summary="改过")
    assert "台账 7 条" in command("--chain", whole[0].chain)
    with pytest.raises(CommandError, match=f"链 {broken[0].chain} 第 4 条"):
        command("--chain", broken[0].chain)
    with pytest.raises(CommandError, match="没有链"):
        command("--chain", "core.office:0")


def test_queries_do_not_grow_with_the_entries(world: World) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert verify().first is None
        return len(queries)

    write(world, 3)
    few = cost()
    write(world, 60)
    write(world, 60, slug="xixian")
    assert cost() == few <= 8


# --- what a seal left behind --------------------------------------------------------------------


@pytest.fixture
def sealed(world: World, anchors: list[LedgerAnchor], tmp_path: Path) -> LedgerSeal:
    """Both anchored days in a seal; a chain goes on after it."""
    plan = plan_seal(moment(2026, 11, 1))
    assert plan is not None
    seal = complete_seal(plan, write_export(plan, tmp_path))
    assert verify().first is None
    return seal


def test_a_changed_seal_is_named(sealed: LedgerSeal) -> None:
    stated = {"day_from", "day_to", "ledger_to", "access_to", "ledger_count", "access_count"}
    changed = [column for column in columns(LedgerSeal) if column.name in stated]
    assert len(changed) == len(stated)
    for column in changed:
        with undone():
            tamper(sealed, **{column.attname: another(sealed, column)})
            assert (first().where, first().pk) == ("封存", sealed.pk), column.name


def test_a_changed_tail_is_found_at_the_entry_that_follows_it(
    world: World, sealed: LedgerSeal
) -> None:
    [entry] = chain(world.offices["puxian"])
    tamper(sealed.tails.get(chain=entry.chain), digest="0" * 64)
    assert (first().pk, first().wrong[:8]) == (entry.pk, "与前一条不相接，")


def test_a_chain_begun_anew_after_its_seal_is_named(world: World, sealed: LedgerSeal) -> None:
    forged = LedgerEntry(
        chain=sealed.tails.get(chain__endswith=f":{world.offices['xixian'].pk}").chain,
        seq=1, at=moment(2026, 11, 1), verb="open_round", summary="伪造", actor_name="无",
        subject="无", payload="{}", scheme=2, algorithm="sm3",
    )  # fmt: skip
    forged.digest = ledger_digest(forged)
    forged.save(force_insert=True)
    assert (first().pk, first().wrong) == (forged.pk, "序号重复，不接续前一条")


def test_what_is_put_back_below_a_seal_is_named(world: World, sealed: LedgerSeal) -> None:
    [entry] = chain(world.offices["puxian"])
    entry.pk, entry.chain = 1, "core.office:0"
    entry.save(force_insert=True)
    visit = stream()[0]
    visit.pk = 1
    visit.save(force_insert=True)
    assert (first().where, first().pk, first().wrong) == ("台账", 1, PUT_BACK)
    remove(entry)
    assert (first().where, first().pk, first().wrong) == ("访问记录", 1, PUT_BACK)
