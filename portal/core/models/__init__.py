"""Models of the ground floor, split by subject."""

from portal.core.models.calendar import CalendarDay
from portal.core.models.documents import NumberSeries, OfficialDocument, Rendition, StoredFile
from portal.core.models.grants import Grant, GrantQuerySet
from portal.core.models.jobs import Job
from portal.core.models.ledger import LedgerEntry
from portal.core.models.offices import Appointment, Office, Post, User
from portal.core.models.regions import Region
from portal.core.models.scoped import ScopedQuerySet, hold_in_scope

__all__ = [
    "Appointment",
    "CalendarDay",
    "Grant",
    "GrantQuerySet",
    "Job",
    "LedgerEntry",
    "NumberSeries",
    "Office",
    "OfficialDocument",
    "Post",
    "Region",
    "Rendition",
    "ScopedQuerySet",
    "StoredFile",
    "User",
    "hold_in_scope",
]
