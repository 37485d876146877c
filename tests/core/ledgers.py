"""Writing ledgers for tests, and tampering with them as only the database's owner could."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from portal.core import clock
from portal.core.anchors import anchor_days
from portal.core.ledger import chain_of, record
from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry, Office
from portal.core.stream import note
from tests.factories import World


def moment(year: int, month: int, day: int, hour: int = 10) -> datetime:
    """An hour of a day in Asia/Shanghai."""
    return datetime(year, month, day, hour, tzinfo=timezone.get_default_timezone())


def write(world: World, number: int = 3, *, slug: str = "puxian") -> list[LedgerEntry]:
    """Append entries to the chain of an office, and one to the stream for each."""
    actor, office = world.actor(f"{slug}.clerk"), world.offices[slug]
    entries = []
    for position in range(number):
        entries.append(
            record(
                actor,
                "open_round",
                office,
                f"第 {position} 条",
                data={"number": position},
                before={"title": "旧"},
                after={"title": "新"},
            )
        )
        note(actor, "view", subject=f"第 {position} 页", path="/x/", summary="查阅")
    return entries


def write_days(world: World, *days: datetime, number: int = 3) -> list[LedgerAnchor]:
    """On each day write in two chains; anchor each day when the next one has begun."""
    anchors = []
    for day in days:
        with clock.at(day):
            write(world, number)
            write(world, number, slug="xixian")
        anchors += anchor_days(day + timedelta(days=1))
    return anchors


def stream() -> list[AccessEntry]:
    """The stream, oldest first."""
    return list(AccessEntry.objects.order_by("id"))


def chain(office: Office) -> list[LedgerEntry]:
    """The chain of an office, oldest first."""
    return list(LedgerEntry.objects.filter(chain=chain_of(office)).order_by("seq"))


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def as_owner(statement: str, *values: Any) -> None:
    """Run a statement with the triggers switched off, which takes the database's own password."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def tamper(row: models.Model, **changes: Any) -> None:
    """Change columns of one row directly."""
    columns = ", ".join(f'"{name}" = %s' for name in changes)
    as_owner(f"UPDATE {row._meta.db_table} SET {columns} WHERE id = %s", *changes.values(), row.pk)


def remove(row: models.Model) -> None:
    """Delete one row directly."""
    as_owner(f"DELETE FROM {row._meta.db_table} WHERE id = %s", row.pk)
