"""Nothing leaves or changes the ledger by way of the database, on PostgreSQL and SQLite alike."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, IntegrityError, connection, models, transaction

from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry, LedgerSeal, SealedTail
from portal.core.sealing import complete_seal, plan_seal, write_export
from portal.core.triggers import GUARDS, install_triggers, missing_triggers
from tests.core.ledgers import moment, write, write_days
from tests.embedded import environment_of, place_database
from tests.factories import World, make_world
from tests.services import ROOT

pytestmark = pytest.mark.django_db
EMPTIED = (
    "CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $$BEGIN RETURN OLD; END$$"
    " LANGUAGE plpgsql"
)
GUARDED: list[type[models.Model]] = [
    LedgerEntry, AccessEntry, LedgerAnchor, LedgerSeal, SealedTail,
]  # fmt: skip


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def filled(world: World, tmp_path: Path) -> World:
    """A row and more in every guarded table."""
    write_days(world, moment(2020, 3, 1))
    plan = plan_seal(moment(2026, 11, 1))
    assert plan is not None
    complete_seal(plan, write_export(plan, tmp_path))
    write(world)
    return world


@pytest.mark.parametrize("model", GUARDED)
def test_update_delete_and_truncate_are_refused(filled: World, model: type[models.Model]) -> None:
    table = model._meta.db_table
    rows = model._default_manager.order_by("pk")
    before = list(rows.values())
    assert before
    column = model._meta.concrete_fields[-1].column
    for statement in (
        f'UPDATE {table} SET "{column}" = "{column}"',
        f"DELETE FROM {table}",
        f"TRUNCATE {table} CASCADE",
    ):
        with (
            pytest.raises(IntegrityError, match=r"不可更改|只增不改"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {statement}")
    assert list(rows.values()) == before


@pytest.mark.parametrize(
    "spoil",
    [
        "ALTER TABLE {table} DISABLE TRIGGER {name}",
        "ALTER TABLE {table} ENABLE REPLICA TRIGGER {name}",
        "DROP TRIGGER {name} ON {table}",
        EMPTIED,
    ],
    ids=["switched off", "for replicas", "dropped", "emptied"],
)
@pytest.mark.parametrize("event", ["update", "delete", "truncate"])
def test_the_check_misses_what_is_gone_off_or_altered(spoil: str, event: str) -> None:
    guard = GUARDS[0]
    name = f"{guard.name}_{event}"
    assert missing_triggers() == []
    with connection.cursor() as cursor:
        cursor.execute(spoil.format(table=guard.table, name=name))
    assert missing_triggers() == [name]
    assert [m.id for m in run_checks(databases=["default"]) if name in m.msg] == ["portal.W001"]
    install_triggers()
    assert missing_triggers() == []


def test_every_table_of_the_ledger_is_guarded() -> None:
    assert {guard.table for guard in GUARDS} >= {model._meta.db_table for model in GUARDED}


def test_a_seal_of_days_that_were_not_anchored_or_are_recent_is_refused(world: World) -> None:
    """Whoever would make a way for deletion by a false seal."""
    recent = moment(2026, 11, 1)
    [anchor] = write_days(world, recent)

    def seal(**changes: object) -> Callable[[], LedgerSeal]:
        values = {
            "day_from": anchor.day,
            "day_to": anchor.day,
            "ledger_to": anchor.ledger_to,
            "access_to": anchor.access_to,
            "ledger_count": 6,
            "access_count": 6,
            "file_name": "x",
            "algorithm": "sm3",
            "file_digest": "0" * 64,
            "sealed_at": recent,
        }
        return lambda: LedgerSeal.objects.create(**(values | changes))

    for attempt in (seal(), seal(ledger_to=10**9), seal(day_to=moment(2019, 1, 1).date())):
        with pytest.raises(IntegrityError, match="满半年的已锚定整日"), transaction.atomic():
            attempt()
    with pytest.raises(DatabaseError, match="只增不改"), transaction.atomic():
        LedgerEntry.objects.all().delete()


# --- SQLite -------------------------------------------------------------------------------------

ON_SQLITE = """
import json
from datetime import datetime, timedelta
from django.core.management.sql import emit_post_migrate_signal, emit_pre_migrate_signal
from django.db import IntegrityError, connection, transaction
from django.db.migrations import Migration
from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.anchors import anchor_days
from portal.core.ledger import record
from portal.core.models import *
from portal.core.sealing import check_file, complete_seal, plan_seal, write_export
from portal.core.stream import note
from portal.core.triggers import GUARDS, missing_triggers
from portal.core.verification import verify
from django.utils import timezone

said = {"engine": connection.vendor, "at first": missing_triggers()}

def alter(model, name):
    old = model._meta.get_field(name)
    new = old.clone()
    new.max_length = 500
    new.set_attributes_from_name(name)
    new.model = model
    with connection.schema_editor() as editor:
        editor.alter_field(model, old, new)

alter(LedgerEntry, "summary")
said["after remaking"] = missing_triggers()
emit_post_migrate_signal(0, False, "default")
said["after migrate"] = missing_triggers()
# A table that the triggers of other tables name can be remade, too.
emit_pre_migrate_signal(0, False, "default", plan=[(Migration("0099_x", "core"), False)])
alter(LedgerSeal, "file_name")
alter(LedgerAnchor, "digest")
emit_post_migrate_signal(0, False, "default", plan=[])
said["after a migration of seals"] = missing_triggers()
emit_pre_migrate_signal(0, False, "default", plan=[])
said["nothing to migrate"] = missing_triggers()

region = Region.objects.create(code="140000", name="山西省", kind="province")
office = Office.objects.create(slug="sx", name="省", kind="leading_group_office", region=region)
day = timezone.make_aware(datetime(2020, 3, 1, 10))
with clock.at(day), transaction.atomic():
    for number in range(3):
        record(SYSTEM, "open_round", office, str(number))
        note(SYSTEM, "view", subject=str(number))
anchor_days(day + timedelta(days=1))
said["verified"] = str(verify().first)

def refusals():
    found = []
    for guard in GUARDS[:5]:
        rows = guard.table
        for statement in (
            f"UPDATE {rows} SET id = id",
            f"DELETE FROM {rows}",
            f"REPLACE INTO {rows} SELECT * FROM {rows}",
        ):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(statement)
            except IntegrityError as error:
                found.append(str(error))
    return found

plan = plan_seal(clock.now())
path = write_export(plan, FOLDER)
seal = complete_seal(plan, path)
said["sealed"] = [seal.ledger_count, seal.access_count, LedgerEntry.objects.count()]
with transaction.atomic():
    said["goes on at"] = record(SYSTEM, "open_round", office, "后来").seq
    note(SYSTEM, "view", subject="后来")
said["refusals"] = refusals()
said["file"] = str(check_file(path).first)
said["verified after"] = str(verify().first)
with connection.cursor() as cursor:
    cursor.execute("DROP TRIGGER ledger_append_only_update")
    cursor.execute("UPDATE core_ledgerentry SET summary = 'x' WHERE verb = 'open_round'")
said["off"] = missing_triggers()
said["tampered"] = str(verify().first)
print(json.dumps(said))
"""


def test_sqlite_refuses_survives_migrations_and_seals(tmp_path: Path) -> None:
    """The embedded database, from its first migration to a tampered entry."""
    environment = environment_of(tmp_path)
    place_database(tmp_path)

    def manage(*arguments: str, code: int = 0) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        assert done.returncode == code, done.stderr[-3000:]
        return done.stdout + done.stderr

    checked = ("check", "--database", "default", "--tag", "database", "--fail-level", "WARNING")
    manage(*checked)
    script = f"FOLDER = __import__('pathlib').Path({str(tmp_path)!r})\n{ON_SQLITE}"
    said = json.loads(manage("shell", "--verbosity", "0", "-c", script).splitlines()[0])
    tampered, refusals = said.pop("tampered"), said.pop("refusals")
    assert said == {
        "engine": "sqlite",
        "at first": [],
        "after remaking": [
            "ledger_append_only_update",
            "ledger_append_only_delete",
            "ledger_append_only_insert",
        ],
        "after migrate": [],
        "after a migration of seals": [],
        "nothing to migrate": [],
        "verified": "None",
        "sealed": [3, 3, 1],
        "goes on at": 4,
        "file": "None",
        "verified after": "None",
        "off": ["ledger_append_only_update"],
    }
    assert len(refusals) == 15
    assert {text.split("；")[0] for text in refusals} == {
        "台账只增不改", "访问记录只增不改", "日锚不可更改", "封存记录不可更改", "封存链尾不可更改",
    }  # fmt: skip
    assert "第 4 条" in tampered
    assert "内容被改动" in tampered
    # A missing trigger fails the check and keeps nobody from the migrate that puts it back.
    assert "ledger_append_only_update is missing" in manage(*checked, code=1)
    manage("migrate", "--verbosity", "0")
    manage(*checked)
