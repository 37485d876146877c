"""What every page of one document begins with."""

from __future__ import annotations

from django.http import Http404

from portal.core.document_queries import find_document
from portal.core.models import OfficialDocument, Rendition
from portal.core.web import OfficeView


class DocumentPage(OfficeView):
    """A page of one document; ``self.document`` is what the actor may read."""

    document: OfficialDocument

    def load(self, pk: int) -> OfficialDocument:
        """The document, or 404; a second person's action leads back to its page."""
        found = find_document(self.actor, pk)
        if found is None:
            raise Http404("没有这份公文。")
        self.document = found
        self.stale_url = self.url("document", pk)
        return found

    @property
    def seen(self) -> dict[str, int]:
        """What a form begins with: the revision of the text on the page."""
        return {"revision": self.document.revision}

    def crumbs(self, last: str) -> list[tuple[str, str | None]]:
        """The way to a page below the document."""
        return [
            ("工作台", self.url("workspace")),
            ("公文", self.url("documents")),
            (self.document.number or self.document.title, self.url("document", self.document.pk)),
            (last, None),
        ]

    def rendition(self) -> Rendition | None:
        """The stored PDF."""
        return self.document.renditions.filter(kind="unsigned").select_related("file").first()
