"""Writing the rows of a simulation: a batch as a whole, in place of an earlier attempt's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection, transaction

from towns.models import Simulation, SimulationRow


class Judged(NamedTuple):
    """A row to be written; the names are the table's columns."""

    simulation_id: int
    subject: str
    town_id: int
    application_id: int | None
    town_name: str
    scope_code: str
    city_code: str
    category: str
    before: str
    after: str
    change: str
    failing: list[list[str]]
    points: Decimal | None


TABLE = SimulationRow._meta.db_table
FAILING = Judged._fields.index("failing")


def replace_rows(simulation: Simulation, key: str, rows: Sequence[Judged]) -> None:
    """Write the rows of one kind; ``key``: the column that the batch runs along without a gap."""
    keys = [getattr(row, key) for row in rows]
    between: dict[str, Any] = {f"{key}__gte": min(keys), f"{key}__lte": max(keys)}
    with transaction.atomic():
        Simulation.objects.select_for_update().get(pk=simulation.pk)
        simulation.rows.filter(subject=rows[0].subject, **between).delete()
        if connection.vendor == "postgresql":
            _copy(rows)
        else:
            SimulationRow.objects.bulk_create([SimulationRow(**row._asdict()) for row in rows])


def _copy(rows: Sequence[Judged]) -> None:
    columns = ", ".join(f'"{name}"' for name in Judged._fields)
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {TABLE} ({columns}) FROM STDIN") as copy,
    ):
        for row in rows:
            failing = json.dumps(row.failing, ensure_ascii=False)
            copy.write_row((*row[:FAILING], failing, *row[FAILING + 1 :]))
