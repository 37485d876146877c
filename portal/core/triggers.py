"""Database triggers that refuse changes to what must never change.

SQLite remakes a table on AlterField and silently drops its triggers, so they are installed by one
idempotent function after every migrate, and a system check says when one is missing.
"""

from __future__ import annotations

from typing import NamedTuple

from django.apps import apps
from django.db import connections


class Guard(NamedTuple):
    """Rows of ``model`` that refuse update and delete while ``condition`` holds of the old row."""

    model: str
    name: str
    condition: str
    message: str


GUARDS: tuple[Guard, ...] = (
    Guard("core.LedgerEntry", "ledger_append_only", "1=1", "台账只增不改"),
    Guard("core.Rendition", "rendition_immutable", "1=1", "版式件不可更改"),
    Guard(
        "core.OfficialDocument",
        "issued_document_immutable",
        "OLD.state = 'issued'",
        "已印发公文不可更改",
    ),
    Guard(
        "criteria.CriteriaSet",
        "published_set_immutable",
        "OLD.state = 'published'",
        "已发布的认定标准不可更改",
    ),
    Guard(
        "criteria.Criterion",
        "published_criterion_immutable",
        "EXISTS (SELECT 1 FROM criteria_criteriaset s"
        " WHERE s.id = OLD.criteria_set_id AND s.state = 'published')",
        "已发布的认定标准不可更改",
    ),
    Guard(
        "criteria.Condition",
        "published_condition_immutable",
        "EXISTS (SELECT 1 FROM criteria_criteriaset s"
        " JOIN criteria_criterion c ON c.criteria_set_id = s.id"
        " WHERE c.id = OLD.criterion_id AND s.state = 'published')",
        "已发布的认定标准不可更改",
    ),
)


def install_triggers(using: str = "default") -> None:
    """Install every guard; safe to repeat. Tables that do not exist yet are left for later."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for guard in GUARDS:
            table = apps.get_model(guard.model)._meta.db_table
            if table not in present:
                continue
            for statement in _statements(connection.vendor, guard, table):
                cursor.execute(statement)


def missing_triggers(using: str = "default") -> list[str]:
    """Names of guards that the database does not have although it has their table."""
    connection = connections[using]
    present = set(connection.introspection.table_names())
    query = (
        "SELECT tgname FROM pg_trigger"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        names = {row[0] for row in cursor.fetchall()}
    return [
        f"{guard.name}_{event}"
        for guard in GUARDS
        if apps.get_model(guard.model)._meta.db_table in present
        for event in ("update", "delete")
        if f"{guard.name}_{event}" not in names
    ]


def _statements(vendor: str, guard: Guard, table: str) -> list[str]:
    # Every part of these statements is a constant of this module or a table name of a model.
    statements: list[str] = []
    if vendor == "postgresql":
        statements.append(
            f"CREATE OR REPLACE FUNCTION {guard.name}() RETURNS trigger AS $$ BEGIN "
            f"IF {guard.condition} THEN RAISE EXCEPTION '{guard.message}' "
            "USING ERRCODE = '23514'; END IF; "
            "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$ LANGUAGE plpgsql"
        )
        for event in ("update", "delete"):
            name = f"{guard.name}_{event}"
            statements.append(
                f"CREATE OR REPLACE TRIGGER {name} BEFORE {event.upper()} ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {guard.name}()"
            )
        return statements
    for event in ("update", "delete"):
        name = f"{guard.name}_{event}"
        statements.append(f"DROP TRIGGER IF EXISTS {name}")
        statements.append(
            f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {table} WHEN {guard.condition} "
            f"BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
        )
    return statements
