"""Which rows of the registers an indicator counts: pure, over any rows that look like these.

The same function reads the rows of models, for the page that names what was counted, and light
rows, for the numbers of many towns at once. A rule never asks the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any, Protocol

from towns.honours import (
    AWARD,
    BRAND,
    HONOUR_KINDS,
    NAMED_KINDS,
    PRIORITY_KINDS,
    PROVINCIAL_OR_ABOVE,
    STANDARD,
    standard_number,
)

PRIORITY_LEVELS = ("national", "province")


class MemberRow(Protocol):
    """An enterprise in its role."""

    @property
    def role(self) -> str:
        """leading, backbone or supporting."""

    @property
    def enterprise_id(self) -> int:
        """The enterprise."""


class HonourRow(Protocol):
    """An honour, standard or brand in force."""

    @property
    def pk(self) -> Any:
        """Its key."""

    @property
    def enterprise_id(self) -> int | None:
        """The enterprise that holds it."""

    @property
    def town_id(self) -> int | None:
        """The town that holds it."""

    @property
    def kind(self) -> str:
        """Key of HONOUR_KINDS."""

    @property
    def level(self) -> str:
        """The level on record."""

    @property
    def title(self) -> str:
        """Name of the product, standard or brand."""

    @property
    def number(self) -> str:
        """Its number."""


class FunctionRow(Protocol):
    """One of the eight functions."""

    @property
    def state(self) -> str:
        """present, building or absent."""


class PlatformRow(Protocol):
    """A platform that has not closed."""

    @property
    def state(self) -> str:
        """present, building or absent."""

    @property
    def since(self) -> date | None:
        """The day it was built."""


class Registers(Protocol):
    """A town's registers as they stood on a day."""

    day: date

    @property
    def members(self) -> Sequence[MemberRow]:
        """Members of the day."""

    @property
    def honours(self) -> Sequence[HonourRow]:
        """Honours in force, of the members and of the town; the latest first."""

    @property
    def functions(self) -> Sequence[FunctionRow]:
        """The functions, whatever their state."""

    @property
    def platforms(self) -> Sequence[PlatformRow]:
        """Platforms that run or are being built."""


Select = Callable[[Any], Sequence[Any]]


def level_of_honour(row: HonourRow) -> str:
    """The level on record, or the one that the kind itself says."""
    kind = HONOUR_KINDS.get(row.kind)
    return row.level or (kind.level if kind else "")


def members_by_role(*roles: str) -> Select:
    """Members in one of these roles."""

    def select(books: Registers) -> list[MemberRow]:
        return [row for row in books.members if row.role in roles]

    return select


def priority_honours(books: Registers) -> list[HonourRow]:
    """National and provincial honours of members that give priority."""
    return _once(
        (
            row
            for row in books.honours
            if row.enterprise_id is not None
            and row.kind in PRIORITY_KINDS
            and level_of_honour(row) in PRIORITY_LEVELS
        ),
        _holding,
    )


def honours_of_group(group: str, *kinds: str, provincial: bool = False) -> Select:
    """Honours of a group, or of some of its kinds; of provincial level or above where asked."""
    chosen = frozenset(kinds) or frozenset(
        key for key, kind in HONOUR_KINDS.items() if kind.group == group
    )
    same = {AWARD: _holding, STANDARD: _standard, BRAND: _brand}[group]

    def select(books: Registers) -> list[HonourRow]:
        found = (
            row
            for row in books.honours
            if row.kind in chosen
            and (not provincial or level_of_honour(row) in PROVINCIAL_OR_ABOVE)
        )
        return _once(found, same)

    return select


def functions_present(books: Registers) -> list[FunctionRow]:
    """Functions that the town has."""
    return [row for row in books.functions if row.state == "present"]


def platforms_in_place(books: Registers) -> list[PlatformRow]:
    """Platforms that were built by the day."""
    return [
        row
        for row in books.platforms
        if row.state == "present" and (row.since is None or row.since <= books.day)
    ]


def _once(
    rows: Iterable[HonourRow], what: Callable[[HonourRow], tuple[object, ...]]
) -> list[HonourRow]:
    """Rows about the same thing count once: the latest stands for the renewals before it."""
    found: dict[tuple[object, ...], HonourRow] = {}
    for row in rows:
        found.setdefault(what(row), row)
    return list(found.values())


def _holding(row: HonourRow) -> tuple[object, ...]:
    title = row.title if row.kind in NAMED_KINDS else ""
    return row.enterprise_id, row.town_id, row.kind, row.level, title


def _standard(row: HonourRow) -> tuple[object, ...]:
    """Two members that took part in one standard have written one standard."""
    return row.kind, standard_number(row.number) or row.title or row.pk


def _brand(row: HonourRow) -> tuple[object, ...]:
    return row.kind, row.level, row.title or row.pk
