"""Assessments as stored data: small rows that are read together with their criteria set.

A stored assessment keeps what was decided (status, points) and what it was decided on (value, year,
source). Texts and thresholds stand in the published set, which never changes, so they are not
written again. A row ends with more only where there is more to say: that the statement is not
written, which figures of a relaxation are missing. Rows of the first format (a list, with every
text in it) are read as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from criteria.assessment import CriterionVerdict, Finding, Origin, distance
from criteria.constants import Status
from criteria.specs import SetSpec

FORMAT = 2


def to_json(verdicts: Iterable[CriterionVerdict]) -> dict[str, Any]:
    """Verdicts as plain data: decimals as text, in the order of the criteria."""
    return {
        "format": FORMAT,
        "criteria": [
            [
                spec.key,
                status,
                overridable,
                priority,
                None if points is None else str(points),
                [
                    [
                        row[0].key,
                        None if row[1] is None else str(row[1]),
                        row[2],
                        row[4],
                        row[5].year,
                        row[5].source,
                        *([list(row[6])] if row[6] else ()),
                    ]
                    for row in findings
                ],
                *((True,) if unstated else ()),
            ]
            for spec, status, overridable, priority, findings, points, unstated in verdicts
        ],
    }


def from_json(spec: SetSpec, data: Any) -> tuple[CriterionVerdict, ...]:
    """Verdicts back from stored data, in the order of the set."""
    rows = data["criteria"] if isinstance(data, Mapping) else _first_format(data)
    stored = {row[0]: row for row in rows}
    found = []
    for criterion in spec.criteria:
        row = stored.get(criterion.key)
        if row is None:
            continue
        _, status, overridable, priority, points, findings, *unstated = row
        conditions = {item.key: item for item in criterion.conditions}
        found.append(
            CriterionVerdict(
                spec=criterion,
                status=Status(status),
                overridable=overridable,
                priority=priority,
                findings=tuple(
                    _finding(conditions[item[0]], item)
                    for item in findings
                    if item[0] in conditions
                ),
                points=None if points is None else Decimal(points),
                unstated=bool(unstated),
            )
        )
    return tuple(found)


def _finding(condition: Any, item: list[Any]) -> Finding:
    _, text, status, overridable, year, source, *lacking = item
    value = None if text is None else Decimal(text)
    return Finding(
        spec=condition,
        value=value,
        status=Status(status),
        distance=None
        if value is None
        else distance(condition.operator, value, condition.threshold),
        overridable=overridable,
        origin=Origin(year, source),
        lacking=tuple(lacking[0]) if lacking else (),
    )


def _first_format(rows: Iterable[Mapping[str, Any]]) -> list[list[Any]]:
    return [
        [
            row["key"],
            row["status"],
            row["overridable"],
            row["priority"],
            None,
            [
                [item["condition"], item["value"], item["status"], item["overridable"], None, ""]
                for item in row["findings"]
            ],
        ]
        for row in rows
    ]
