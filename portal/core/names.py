"""Whose names a reader learns: the one place that decides, for every page, file and timeline.

Offices read names of the offices of their region, auditors those of the region they audit. Member
units and filing units read those of their own unit, all others those of their own post: applicants
never learn reviewers' names, experts never each other's. Everybody else is shown the office alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.core.constants import OfficeKind

if TYPE_CHECKING:
    from portal.core.actor import Actor
    from portal.core.models import LedgerEntry, Office

UNITS = (OfficeKind.MEMBER_UNIT, OfficeKind.FILING_UNIT)


def knows_inside(reader: Actor, entry: LedgerEntry) -> bool:
    """Whether an entry's person, and what it says beyond its summary, are for the reader.

    Fetch entries with their ``post``. What the portal itself did names nobody.
    """
    if reader.is_system or (entry.actor_id is None and entry.post_id is None):
        return True
    scope = reader.jurisdiction if reader.audits else reader.scope
    if scope is not None:
        return entry.office_code in scope
    if entry.post is None or reader.post is None:
        return False
    return entry.post == reader.post or _same_unit(reader, entry.post.office_id)


def knows_people_of(reader: Actor, office: Office) -> bool:
    """Whether names of an office's people are for the reader; fetch it with its region."""
    if reader.is_system:
        return True
    scope = reader.jurisdiction if reader.audits else reader.scope
    if scope is not None:
        return office.region.code in scope
    return _same_unit(reader, office.pk)


def knows_address(reader: Actor, entry: LedgerEntry) -> bool:
    """Network addresses are for auditors and for the office that acted."""
    if not knows_inside(reader, entry):
        return False
    if reader.is_system or reader.audits or entry.post is None:
        return True
    return reader.office is not None and entry.post.office_id == reader.office.pk


def _same_unit(reader: Actor, office_id: int) -> bool:
    unit = reader.kind is not None and reader.kind.office_kind in UNITS
    return unit and reader.office is not None and reader.office.pk == office_id


def who_did(reader: Actor, entry: LedgerEntry) -> str:
    """Post and name of an entry as the reader may know them; nothing otherwise."""
    if not knows_inside(reader, entry):
        return ""
    return " · ".join(part for part in (entry.post_label, entry.actor_name) if part)
