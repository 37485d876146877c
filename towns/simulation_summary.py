"""What the rows of a simulation come to: numbers by change, outcome, clause, city and category."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from criteria.constants import OUTCOMES, Outcome, Status
from portal.core.models import Region
from towns.constants import SIMULATION_CHANGE_CHOICES, SIMULATION_SUBJECT_CHOICES
from towns.models import Simulation

CHANGES = tuple(key for key, _ in SIMULATION_CHANGE_CHOICES)
PASSED = (Outcome.QUALIFIES.value, Outcome.TO_JUDGE.value)
# Status of an unmet criterion -> its number in the row of a clause.
UNMET_NUMBERS = {
    Status.NOT_MET.value: "not_met",
    Status.MISSING.value: "missing",
    Status.MAY_RELAX.value: "may_relax",
}


def counts_of(simulation: Simulation) -> dict[str, Any]:
    """Subject -> total, changes, outcomes before and after; the clauses that are met least."""
    found: dict[str, Any] = {
        key: {
            "total": 0,
            "changes": dict.fromkeys(CHANGES, 0),
            "before": dict.fromkeys(OUTCOMES, 0),
            "after": dict.fromkeys(OUTCOMES, 0),
        }
        for key, _ in SIMULATION_SUBJECT_CHOICES
    }
    rows = simulation.rows.order_by().values_list("subject", "change", "before", "after")
    for subject, change, before, after, number in rows.annotate(number=Count("pk")):
        part = found[subject]
        part["total"] += number
        part["changes"][change] += number
        part["after"][after] += number
        if before:
            part["before"][before] += number
    found["clauses"] = clauses_of(simulation)
    return found


def clauses_of(simulation: Simulation) -> list[dict[str, Any]]:
    """The clauses that towns do not meet, the most frequent first."""
    found: dict[str, dict[str, Any]] = {}
    rows = simulation.rows.order_by().exclude(failing=[])
    for subject, change, failing in rows.values_list("subject", "change", "failing").iterator():
        for key, clause, title, status in failing:
            row = found.setdefault(
                key,
                {
                    "key": key,
                    "clause": clause,
                    "title": title,
                    "total": 0,
                    **dict.fromkeys(UNMET_NUMBERS.values(), 0),
                    "loses": 0,
                    "applications": 0,
                },
            )
            if subject == "application":
                row["applications"] += 1
                continue
            row["total"] += 1
            row[UNMET_NUMBERS[status]] += 1
            row["loses"] += change == "loses"
    return sorted(found.values(), key=lambda row: (-row["total"], -row["applications"]))


def summary_of(simulation: Simulation, place: str) -> list[dict[str, Any]]:
    """Rows by city or county and category: how many, before and after, gained and lost."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    rows = simulation.rows.order_by().filter(subject="town")
    grouped = rows.values_list(place, "category", "change", "before", "after")
    for code, category, change, before, after, number in grouped.annotate(number=Count("pk")):
        row = found.setdefault(
            (code, category),
            {
                "place": code,
                "category": category,
                "total": 0,
                "before": 0,
                "after": 0,
                **dict.fromkeys(CHANGES, 0),
                "outcomes": {},
            },
        )
        row["total"] += number
        row["before"] += number if before in PASSED else 0
        row["after"] += number if after in PASSED else 0
        row[change] += number
        row["outcomes"][after] = row["outcomes"].get(after, 0) + number
    names = dict(
        Region.objects.filter(code__in={code for code, _ in found}).values_list("code", "name")
    )
    return [
        {**found[key], "name": names.get(key[0], key[0])}
        for key in sorted(found, key=lambda pair: pair)
    ]
