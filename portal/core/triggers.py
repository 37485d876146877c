"""Database triggers that refuse changes to what must never change.

SQLite remakes a table on AlterField and silently drops its triggers, and a failed restore may leave
them switched off, so they are installed by one idempotent function after every migrate, and a
system check says when one is missing, switched off or not what this module writes.
"""

from __future__ import annotations

from typing import NamedTuple

from django.apps import apps
from django.db import connections

NEVER = "1=1"


class Guard(NamedTuple):
    """Rows of ``model`` that refuse update and delete while a condition holds of the old row.

    ``delete`` is the condition for deletion where it differs; ``insert`` is one on the new row:
    SQLite's REPLACE removes the old row without asking its triggers, so no row takes another's
    place.
    """

    model: str
    name: str
    condition: str
    message: str
    delete: str = ""
    insert: str = ""

    @property
    def table(self) -> str:
        """The guarded table."""
        return apps.get_model(self.model)._meta.db_table

    def events(self, vendor: str) -> list[str]:
        """What is refused in a kind of database."""
        return [
            "update",
            "delete",
            *(["insert"] if self.insert else []),
            *(["truncate"] if vendor == "postgresql" else []),
        ]

    def refused(self, event: str, vendor: str) -> str:
        """The condition under which an event is refused, in a database's own words."""
        conditions = {"delete": self.delete or self.condition, "insert": self.insert}
        return conditions.get(event, self.condition).replace(
            "HALF_A_YEAR_AGO",
            "now() - interval '180 days'"
            if vendor == "postgresql"
            else "datetime('now', '-180 days')",
        )


def _fixed(key: str) -> str:
    """Whether a criteria set was ever published."""
    return (
        f"EXISTS (SELECT 1 FROM criteria_criteriaset s WHERE s.id = {key}"  # noqa: S608
        " AND s.state IN ('published', 'withdrawn'))"
    )


def _fixed_criterion(key: str) -> str:
    """The same of the set that a criterion belongs to."""
    return (
        "EXISTS (SELECT 1 FROM criteria_criteriaset s"  # noqa: S608
        " JOIN criteria_criterion c ON c.criteria_set_id = s.id"
        f" WHERE c.id = {key} AND s.state IN ('published', 'withdrawn'))"
    )


def _used_in_law(key: str) -> str:
    """Whether a condition of a set that is proposed or was ever published looks at an indicator.

    Grounds, priorities and bands name theirs in JSON: those are held by the action alone.
    """
    return (
        "EXISTS (SELECT 1 FROM criteria_condition d"  # noqa: S608
        " JOIN criteria_criterion c ON c.id = d.criterion_id"
        " JOIN criteria_criteriaset s ON s.id = c.criteria_set_id"
        f" WHERE d.indicator_id = {key} AND s.state IN ('proposed', 'published', 'withdrawn'))"
    )


# What an indicator is once law looks at it; its options may grow, and it may be retired.
MEANING_COLUMNS = ("id", "key", "name", "unit", "type", "subject", "source")
REDEFINED = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in MEANING_COLUMNS)

# What a published set keeps when it is withdrawn: everything but that it was withdrawn.
KEPT_COLUMNS = (
    "id", "key", "kind", "level", "region_id", "version", "title", "document_number",
    "document_title", "scope_clause", "issued_on", "effective_from", "effective_to", "categories",
    "silent", "tiers", "notes", "pass_rule", "pass_points", "digits", "copied_from_id", "editors",
    "revision", "content_sha256", "created_at", "changed_at", "changed_name", "proposed_at",
    "proposed_by_id", "proposed_name", "proposal_note", "return_reason", "published_at",
    "published_name",
)  # fmt: skip
CHANGED = "NEW.state <> 'withdrawn' OR NEW.withdrawn_on IS NULL OR " + " OR ".join(
    f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in KEPT_COLUMNS
)

# What a template in use keeps when another takes its place.
WORDING = ("office_id", "kind", "version", "title", "addressees", "body", "copy_to", "note")

GUARDS: tuple[Guard, ...] = (
    Guard(
        "core.LedgerEntry",
        "ledger_append_only",
        NEVER,
        "台账只增不改",
        delete="NOT EXISTS (SELECT 1 FROM core_ledgerseal s WHERE s.ledger_to >= OLD.id)",
        insert="EXISTS (SELECT 1 FROM core_ledgerentry o WHERE o.id = NEW.id"
        " OR (o.chain = NEW.chain AND o.seq = NEW.seq))",
    ),
    Guard(
        "core.AccessEntry",
        "stream_append_only",
        NEVER,
        "访问记录只增不改",
        delete="NOT EXISTS (SELECT 1 FROM core_ledgerseal s WHERE s.access_to >= OLD.id)",
        insert="EXISTS (SELECT 1 FROM core_accessentry o WHERE o.id = NEW.id)",
    ),
    Guard(
        "core.LedgerAnchor",
        "anchor_immutable",
        NEVER,
        "日锚不可更改",
        insert="EXISTS (SELECT 1 FROM core_ledgeranchor o WHERE o.id = NEW.id OR o.day = NEW.day)",
    ),
    Guard(
        "core.LedgerSeal",
        "seal_immutable",
        NEVER,
        "封存记录不可更改；只能封存满半年的已锚定整日",
        insert="NOT EXISTS (SELECT 1 FROM core_ledgeranchor a WHERE a.day = NEW.day_to"
        " AND a.ledger_to = NEW.ledger_to AND a.access_to = NEW.access_to"
        " AND a.created_at <= HALF_A_YEAR_AGO)"
        " OR EXISTS (SELECT 1 FROM core_ledgerseal o WHERE o.id = NEW.id)",
    ),
    Guard(
        "core.SealedTail",
        "tail_immutable",
        NEVER,
        "封存链尾不可更改",
        insert="EXISTS (SELECT 1 FROM core_sealedtail o WHERE o.id = NEW.id"
        " OR (o.seal_id = NEW.seal_id AND o.chain = NEW.chain))",
    ),
    Guard("core.Rendition", "rendition_immutable", NEVER, "版式件不可更改"),
    Guard("core.DocumentNumber", "number_immutable", NEVER, "发文字号不可更改"),
    Guard(
        "core.SheetEntry",
        "sheet_append_only",
        NEVER,
        "发文稿纸只增不改",
        delete="EXISTS (SELECT 1 FROM core_officialdocument d WHERE d.id = OLD.document_id"
        " AND d.state = 'issued')",
    ),
    Guard(
        "core.DocumentTemplate",
        "used_template_immutable",
        "OLD.state = 'retired' OR (OLD.state = 'current' AND (NEW.state <> 'retired' OR "
        + " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in WORDING)
        + "))",
        "在用和停用的公文模板不可更改",
        delete="OLD.state IN ('current', 'retired')",
    ),
    Guard(
        "core.OfficialDocument",
        "issued_document_immutable",
        "OLD.state = 'issued'",
        "已印发公文不可更改",
    ),
    Guard(
        "criteria.CriteriaSet",
        "published_set_immutable",
        f"OLD.state = 'withdrawn' OR (OLD.state = 'published' AND ({CHANGED}))",
        "已发布的认定标准不可更改",
        delete="OLD.state IN ('published', 'withdrawn')",
    ),
    Guard(
        "criteria.Criterion",
        "published_criterion_immutable",
        f"{_fixed('OLD.criteria_set_id')} OR {_fixed('NEW.criteria_set_id')}",
        "已发布的认定标准不可更改",
        delete=_fixed("OLD.criteria_set_id"),
        insert=_fixed("NEW.criteria_set_id"),
    ),
    Guard(
        "criteria.Condition",
        "published_condition_immutable",
        f"{_fixed_criterion('OLD.criterion_id')} OR {_fixed_criterion('NEW.criterion_id')}",
        "已发布的认定标准不可更改",
        delete=_fixed_criterion("OLD.criterion_id"),
        insert=_fixed_criterion("NEW.criterion_id"),
    ),
    Guard(
        "criteria.Indicator",
        "used_indicator_immutable",
        f"({REDEFINED}) AND {_used_in_law('OLD.id')}",
        "标准使用的指标不可更改",
        delete=_used_in_law("OLD.id"),
        insert="EXISTS (SELECT 1 FROM criteria_indicator o"  # noqa: S608
        f" WHERE (o.id = NEW.id OR o.key = NEW.key) AND {_used_in_law('o.id')})",
    ),
)


class Trigger(NamedTuple):
    """A trigger as it should be; ``body`` is what the database stores of it."""

    name: str
    table: str
    body: str
    statements: tuple[str, ...]


def install_triggers(using: str = "default") -> None:
    """Install every trigger that is not as it should be; safe to repeat.

    Tables that do not exist yet are left for later.
    """
    connection = connections[using]
    missing = set(missing_triggers(using))
    with connection.cursor() as cursor:
        for trigger in _triggers(using):
            if trigger.name in missing:
                for statement in trigger.statements:
                    cursor.execute(statement)


def remove_triggers(using: str = "default") -> None:
    """Take SQLite's triggers away for the time of a migration.

    SQLite refuses to rename a table while a trigger of another one names it, and remaking a table
    ends with such a renaming.
    """
    connection = connections[using]
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        for trigger in _triggers(using):
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger.name}")


def missing_triggers(using: str = "default") -> list[str]:
    """Names of triggers that are missing, switched off or altered although their table exists."""
    connection = connections[using]
    query = (
        # Not tgenabled 'D' (switched off) or 'R' (fires for a replica only).
        "SELECT t.tgname, c.relname, p.prosrc FROM pg_trigger t"
        " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND pg_table_is_visible(c.oid)"
        if connection.vendor == "postgresql"
        else "SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        present = {tuple(row) for row in cursor.fetchall()}
    return [
        trigger.name
        for trigger in _triggers(using)
        if (trigger.name, trigger.table, trigger.body) not in present
    ]


def _triggers(using: str) -> list[Trigger]:
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    build = _postgresql if connection.vendor == "postgresql" else _sqlite
    return [
        build(guard, event)
        for guard in GUARDS
        if guard.table in tables
        for event in guard.events(connection.vendor)
    ]


# Every part of the statements below is a constant of this module or a table name of a model.


def _postgresql(guard: Guard, event: str) -> Trigger:
    name = f"{guard.name}_{event}"
    refuse = f"RAISE EXCEPTION '{guard.message}' USING ERRCODE = '23514';"
    if event == "truncate":
        each, body = "STATEMENT", f"BEGIN {refuse} END"
    else:
        condition, row = guard.refused(event, "postgresql"), "OLD" if event == "delete" else "NEW"
        each, body = "ROW", f"BEGIN IF {condition} THEN {refuse} END IF; RETURN {row}; END"
    function = f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger AS $${body}$$ LANGUAGE plpgsql"
    trigger = (
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {event.upper()} ON {guard.table}"
        f" FOR EACH {each} EXECUTE FUNCTION {name}()"
    )
    enable = f"ALTER TABLE {guard.table} ENABLE TRIGGER {name}"
    return Trigger(name, guard.table, body, (function, trigger, enable))


def _sqlite(guard: Guard, event: str) -> Trigger:
    name = f"{guard.name}_{event}"
    condition = guard.refused(event, "sqlite")
    body = (
        f"CREATE TRIGGER {name} BEFORE {event.upper()} ON {guard.table} WHEN {condition}"
        f" BEGIN SELECT RAISE(ABORT, '{guard.message}'); END"
    )
    return Trigger(name, guard.table, body, (f"DROP TRIGGER IF EXISTS {name}", body))
