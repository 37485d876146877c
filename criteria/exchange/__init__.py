"""Exchange of a criteria set as a JSON file; the format is described in docs/criteria-file.md.

``read`` takes bytes apart, ``validate`` names everything wrong by its clause, ``content_of`` and
``write_content`` go between the database and the file, ``digest_of`` pins a content.
"""

from __future__ import annotations

from typing import Any

from criteria.exchange.catalogue import known_categories, known_indicators
from criteria.exchange.content import (
    IDENTITY,
    content_of,
    digest_of,
    file_of,
    spec_of_content,
    write_content,
)
from criteria.exchange.reading import read
from criteria.exchange.rules import problems_of
from criteria.exchange.shape import FORMAT, FORMAT_VERSION, MAX_BYTES, Problem
from portal.core.models import Region

__all__ = [
    "FORMAT",
    "FORMAT_VERSION",
    "IDENTITY",
    "MAX_BYTES",
    "Problem",
    "content_of",
    "digest_of",
    "file_of",
    "read",
    "spec_of_content",
    "validate",
    "write_content",
]


def validate(content: Any, region: Region | None = None) -> list[Problem]:
    """Everything wrong with the data of a file, by clause, in Chinese; empty when it may be used.

    ``region``: of the office that reads it, whose own indicators and categories count with those
    of the regions above; None: all of them.
    """
    return problems_of(content, known_indicators(region), known_categories(region))
