"""Sending an issued document to offices inside the portal, and reminding those to read it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents.delivering import deliver_document, remind_unread
from portal.core.constants import OfficeKind
from portal.core.document_forms.process import DeliverForm
from portal.core.document_register_queries import offices_found, standing_offices, standing_organs
from portal.core.errors import require
from portal.core.models import Office
from portal.core.policies.documents import may_deliver
from portal.core.views.documents.base import DocumentPage
from portal.core.web import add_errors

DESKS = (OfficeKind.LEADING_GROUP_OFFICE.value,)


class DocumentDeliverView(DocumentPage):
    """Choose offices: city by city with one tick each, units of the office, or found by name."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The offices; ``q`` finds others by their names."""
        require(may_deliver(self.actor, self.load(pk)))
        words = request.GET.get("q", "").strip()
        return self.show(DeliverForm(initial={"q": words}), set(), set(), words)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send it; ``search`` looks for more and keeps what is ticked."""
        document = self.load(pk)
        require(may_deliver(self.actor, document))
        ticked = {int(text) for text in request.POST.getlist("offices") if _is_key(text)}
        cities = set(request.POST.getlist("cities"))
        desks = list(standing_organs(DESKS))
        form = DeliverForm(
            request.POST,
            offices=standing_offices(ticked).values_list("pk", flat=True),
            cities={row.region.code for row in desks},
        )
        words = request.POST.get("q", "").strip()
        if "search" in request.POST or not form.is_valid():
            return self.show(form, ticked, cities, words, 200 if "search" in request.POST else 422)
        ranges = [row.region.scope for row in desks if row.region.code in cities]
        keys = ticked | {row.pk for row in desks if any(row.region.code in part for part in ranges)}
        try:
            sent = deliver_document(actor=self.actor, document_id=pk, office_ids=sorted(keys))
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, ticked, cities, words, 422)
        messages.success(request, f"已分发给 {len(sent)} 个单位，并在平台内通知。")
        return redirect(self.url("document", pk) + "#deliveries")

    def show(
        self,
        form: DeliverForm,
        ticked: set[int],
        cities: set[str],
        words: str,
        status: int = 200,
    ) -> HttpResponse:
        """The page."""
        document = self.document
        have = set(document.deliveries.values_list("office_id", flat=True))
        shown: set[int] = {document.office_id}

        def boxes(offices: Iterable[Office]) -> list[dict[str, Any]]:
            rows = [row for row in offices if row.pk not in shown]
            shown.update(row.pk for row in rows)
            return [
                {"pk": row.pk, "name": row.name, "has": row.pk in have, "checked": row.pk in ticked}
                for row in rows
            ]

        found = boxes(offices_found(words)) if words else []
        kept = boxes(standing_offices(ticked - have)) if ticked else []
        organs = list(standing_organs())
        desks = [row for row in organs if row.kind in DESKS]
        own = document.office
        groups = []
        below = [row for row in desks if row.region.code in own.region.scope]
        for head in (row for row in below if row.region.kind == "city"):
            members = boxes(row for row in desks if row.region.code in head.region.scope)
            if members:
                groups.append(
                    {
                        "code": head.region.code,
                        "name": head.region.name,
                        "boxes": members,
                        "checked": head.region.code in cities,
                        "open": any(box["checked"] for box in members),
                    }
                )
        return self.page(
            "core/documents/deliver.html",
            {
                "breadcrumbs": self.crumbs("分发"),
                "document": document,
                "form": form,
                "q": words,
                "found": found,
                "kept": kept,
                "groups": groups,
                "units": boxes(row for row in organs if row.parent_id == own.pk),
                "rest": boxes(desks),
            },
            status=status,
        )


class DocumentRemindView(DocumentPage):
    """Remind the offices in which nobody has opened the document."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remind them."""
        require(may_deliver(self.actor, self.load(pk)))
        count = remind_unread(actor=self.actor, document_id=pk)
        messages.success(request, f"已催阅，通知未查阅的 {count} 个单位；同一单位每天只提醒一次。")
        return redirect(self.url("document", pk) + "#deliveries")


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
