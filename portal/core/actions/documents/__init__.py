"""Every write of official documents, split by subject: drafting, sheet, numbers, issue, links."""

from portal.core.actions.documents.drafting import (
    Draft,
    begin_document,
    discard_document,
    lock_document,
    revise_document,
)
from portal.core.actions.documents.issuing import issue_document, request_preview, request_rendition
from portal.core.actions.documents.linking import draft_on
from portal.core.actions.documents.numbering import set_number_rule, void_number
from portal.core.actions.documents.renditions import add_rendition, store_rendition
from portal.core.actions.documents.sheet import (
    check_document,
    cosign_document,
    recall_document,
    return_for_revision,
    send_for_check,
    set_cosigners,
)

__all__ = [
    "Draft",
    "add_rendition",
    "begin_document",
    "check_document",
    "cosign_document",
    "discard_document",
    "draft_on",
    "issue_document",
    "lock_document",
    "recall_document",
    "request_preview",
    "request_rendition",
    "return_for_revision",
    "revise_document",
    "send_for_check",
    "set_cosigners",
    "set_number_rule",
    "store_rendition",
    "void_number",
]
