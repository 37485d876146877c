"""Reads of on-site visits: what a record says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.merging import digest
from reviews.models import Visit


def kept(visit: Visit) -> dict[str, Any]:
    """The record as it is kept, by the fields of its form; ``seen``: its digest."""
    names = ("held_on", "place", "people", "met", "summary")
    found: dict[str, Any] = {name: getattr(visit, name) for name in names}
    for row in visit.findings.all():
        found |= {f"finding_{row.criterion}": row.finding, f"text_{row.criterion}": row.text}
    return {**found, "seen": digest(said_in(visit))}


def said_in(visit: Visit) -> dict[str, Any]:
    """What the record of a visit says now, as plain data."""
    columns = {name: getattr(visit, name) for name in ("held_on", "place", "people", "met")}
    findings = {row.criterion: (row.finding, row.text) for row in visit.findings.all()}
    return told_of(columns, visit.summary, visit.state, findings)


def told_of(
    columns: Mapping[str, Any], summary: str, state: str, findings: Mapping[str, tuple[str, str]]
) -> dict[str, Any]:
    """What a record with these contents says; lines end alike however they were sent."""
    said = {**columns, "summary": summary.strip(), "state": state}
    return {
        **{name: _lines(str(value)) for name, value in said.items()},
        "findings": {key: [finding, _lines(text)] for key, (finding, text) in findings.items()},
    }


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
