"""The lists of documents: the register, what waits for a person, what was received."""

from __future__ import annotations

from typing import Any

from portal.core.document_lists import RECEIVED, REGISTER, WAITING
from portal.core.listing.listing import Listing
from portal.core.listing.views import ListView
from portal.core.policies.documents import may_begin_document

TABS = (
    ("documents", "发文登记簿"),
    ("documents-waiting", "待我办理"),
    ("documents-received", "收到的公文"),
)


class DocumentListView(ListView):
    """One of the three, with the others as tabs."""

    template = "core/documents/list.html"

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """The tabs, the way here, and whether the actor drafts."""
        return {
            "tabs": [
                {"label": label, "url": self.url(name), "active": name == self.spec.url_name}
                for name, label in TABS
            ],
            "may_draft": may_begin_document(self.actor),
            "breadcrumbs": [("工作台", self.url("workspace")), (self.spec.title, None)],
        }


class RegisterView(DocumentListView):
    """Documents of the office, and issued ones of its region."""

    spec = REGISTER


class WaitingView(DocumentListView):
    """What the person checks, cosigns, signs or revises next."""

    spec = WAITING


class ReceivedView(DocumentListView):
    """What other offices sent, unread first."""

    spec = RECEIVED
