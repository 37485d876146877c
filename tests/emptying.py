"""How the tables are emptied after a test that commits what it writes."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from tests.keeping import filled_of

OPEN_TRANSACTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
  AND backend_type = 'client backend' AND xact_start IS NOT NULL
"""
# Deleting leaves dead rows until the server sweeps them: not for tables of more than this.
LARGE = 4_000_000
Empty = Callable[[Any, Iterable[str]], None]


def wait_for_open_transactions(seconds: float = 20) -> None:
    """Let the requests that a page had under way at the end of a test finish.

    Emptying the tables under them ends in a deadlock, of either side.
    """
    deadline = time.monotonic() + seconds
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(OPEN_TRANSACTIONS)
            row = cursor.fetchone()
            assert row is not None, "a count has a row"
            if not row[0]:
                return
            time.sleep(0.02)


def without_triggers(empty_tables: Empty) -> Empty:
    """Django's way of emptying all tables, past the triggers that protect rows, and quicker.

    Only the emptying of tables between tests runs without the triggers; the tests themselves meet
    every one. Truncating a table makes its files anew, with those of its indexes: for all tables
    that takes a second, when hardly one in ten holds a row.
    """

    def empty(operations: Any, statements: Iterable[str]) -> None:
        wait_for_open_transactions()
        tables = connection.introspection.django_table_names(True, include_views=False)
        filled = filled_of(tables)
        if not _large(filled):
            statements = [f"DELETE FROM {operations.quote_name(table)}" for table in filled]
        empty_tables(operations, ["SET LOCAL session_replication_role = replica", *statements])

    return empty


def _large(tables: list[str]) -> bool:
    """Whether one of the tables is too large for deleting."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT MAX(pg_relation_size(name)) FROM unnest(%s::text[]) name", [tables])
        row = cursor.fetchone()
    return bool(row and row[0] and row[0] > LARGE)
