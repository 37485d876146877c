"""Models of the ground floor, split by subject."""

from portal.core.models.accounts import ActivationCode, PasswordRecord, User
from portal.core.models.audit import AccessEntry, LedgerAnchor, LedgerSeal, SealedTail
from portal.core.models.calendar import CalendarDay
from portal.core.models.documents import NumberSeries, OfficialDocument, Rendition
from portal.core.models.files import FilePage, StoredFile, Upload
from portal.core.models.grants import Grant, GrantQuerySet
from portal.core.models.imports import ImportRun, ImportTurn
from portal.core.models.jobs import Job
from portal.core.models.ledger import LedgerEntry
from portal.core.models.lists import SavedView
from portal.core.models.notifications import Notification, NotificationMail, NotificationRead
from portal.core.models.offices import Office, OfficeChange, OfficeName
from portal.core.models.paperwork import (
    Cosigner,
    Delivery,
    DeliveryRead,
    DocumentBatch,
    DocumentBatchItem,
    DocumentLink,
    DocumentNumber,
    DocumentTemplate,
    NumberRule,
    SheetEntry,
)
from portal.core.models.posts import Appointment, Leave, Post, PostGrant, PostMove
from portal.core.models.regions import Region
from portal.core.models.scoped import ScopedQuerySet, hold_in_scope

__all__ = [
    "AccessEntry",
    "ActivationCode",
    "Appointment",
    "CalendarDay",
    "Cosigner",
    "Delivery",
    "DeliveryRead",
    "DocumentBatch",
    "DocumentBatchItem",
    "DocumentLink",
    "DocumentNumber",
    "DocumentTemplate",
    "FilePage",
    "Grant",
    "GrantQuerySet",
    "ImportRun",
    "ImportTurn",
    "Job",
    "Leave",
    "LedgerAnchor",
    "LedgerEntry",
    "LedgerSeal",
    "Notification",
    "NotificationMail",
    "NotificationRead",
    "NumberRule",
    "NumberSeries",
    "Office",
    "OfficeChange",
    "OfficeName",
    "OfficialDocument",
    "PasswordRecord",
    "Post",
    "PostGrant",
    "PostMove",
    "Region",
    "Rendition",
    "SavedView",
    "ScopedQuerySet",
    "SealedTail",
    "SheetEntry",
    "StoredFile",
    "Upload",
    "User",
    "hold_in_scope",
]
