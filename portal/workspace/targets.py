"""Numbers of specialty towns that the documents set for a region, read once from the fixtures."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings

# What a target of the documents counts: certified towns of a level.
COUNTED = {
    "省级专业镇数量": "province",
    "市级专业镇数量": "city",
    "县级专业镇数量": "county",
}


class Target(NamedTuple):
    """A number that a document sets for a region and a year, with its words."""

    region: str
    year: int
    indicator: str
    level: str
    value: int
    unit: str
    document: str
    clause: str
    quote: str


@lru_cache(maxsize=1)
def all_targets() -> tuple[Target, ...]:
    """Every target of the documents."""
    folder = settings.PORTAL_FIXTURES_DIR
    sources = json.loads((folder / "sources" / "index.json").read_text())
    numbers = {row["key"]: row["document_number"] for row in sources}
    return tuple(
        Target(
            region=row["region"],
            year=row["year"],
            indicator=row["indicator"],
            level=COUNTED.get(row["indicator"], ""),
            value=int(row["value"]),
            unit=row["unit"],
            document=numbers[row["source"]],
            clause=row["clause"],
            quote=row["quote"],
        )
        for row in json.loads((folder / "targets.json").read_text())
    )


def targets_of(region_code: str) -> list[Target]:
    """Targets of a region that count certified towns."""
    return [row for row in all_targets() if row.region == region_code and row.level]
