"""How a page names a row that was counted."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from portal.core.formatting import iso_date, quantity
from towns.constants import ROLE_CHOICES, SERVICE_FUNCTIONS
from towns.counting.books import Books
from towns.figure_queries import Ranked
from towns.honours import HONOUR_KINDS, HONOUR_LEVELS
from towns.models import Honour, Membership, Platform, TownFunction

ROLES = dict(ROLE_CHOICES)
FUNCTIONS = dict(SERVICE_FUNCTIONS)


class CountedRow(NamedTuple):
    """A row that was counted: what it is, its key, its name, the rest in words.

    ``subject``: enterprise, honour, function or platform; ``pk`` that of the row, and
    ``enterprise_id`` of the enterprise concerned, if any.
    """

    subject: str
    pk: int
    label: str
    note: str = ""
    since: date | None = None
    enterprise_id: int | None = None


def describe_member(_books: Books, row: Membership) -> CountedRow:
    """An enterprise in its role."""
    parts = (ROLES[row.role], row.enterprise.get_entity_display())
    return CountedRow(
        "enterprise", row.pk, row.enterprise.name, "，".join(parts), row.since, row.enterprise_id
    )


def describe_honour(_books: Books, row: Honour) -> CountedRow:
    """An honour with its level, holder, part and number."""
    kind = HONOUR_KINDS.get(row.kind)
    level = "" if kind is not None and kind.level else HONOUR_LEVELS.get(row.level, "")
    label = f"{level}{row.get_kind_display()}"
    parts = [str(row.holder), row.get_part_display() if row.part else "", row.number]
    return CountedRow(
        "honour",
        row.pk,
        f"{label}：{row.title}" if row.title else label,
        "，".join(part for part in parts if part),
        row.awarded_on,
        row.enterprise_id,
    )


def describe_function(_books: Books, row: TownFunction) -> CountedRow:
    """A function with the platform that has it."""
    return CountedRow("function", row.pk, FUNCTIONS.get(row.key, row.key), row.platform, row.since)


def describe_platform(_books: Books, row: Platform) -> CountedRow:
    """A platform with its kind."""
    return CountedRow("platform", row.pk, row.name, row.get_kind_display(), row.since)


def describe_ranked(books: Books, row: Ranked) -> CountedRow:
    """An enterprise with its place by revenue."""
    return CountedRow(
        "enterprise",
        row.enterprise_id,
        f"第 {row.rank} 名　{row.name}",
        f"{books.last_year} 年营业收入 {quantity(row.value, '元')}",
        None,
        row.enterprise_id,
    )


def since_words(row: CountedRow) -> str:
    """From when the row counts, as far as it is on record."""
    return iso_date(row.since) if row.since else "未载明"
