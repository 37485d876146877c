"""Sending a draft for its check, with the organs that sign it jointly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents import send_for_check
from portal.core.actions.documents.sheet import Organ, organs_of
from portal.core.document_forms.process import OrganFormSet, SendForm
from portal.core.document_register_queries import standing_organs
from portal.core.errors import require
from portal.core.field_rendering import error_links
from portal.core.policies.documents import may_draft
from portal.core.views.documents.issuing import StepPage
from portal.core.web import add_errors

ROWS, MORE = 3, 3


class DocumentSendView(StepPage):
    """The drafter says who signs jointly and hands the text over."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The organs asked so far, and empty lines for more."""
        document = self.load(pk)
        require(may_draft(self.actor, document))
        rows: list[dict[str, Any]] = [
            {"name": organ.name, "joint": organ.joint, "place": place}
            for place, organ in enumerate(organs_of(document), 1)
        ]
        return self.show(SendForm(initial=self.seen), self.lines(rows))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand it over; ``more`` adds empty lines and keeps what was typed."""
        document = self.load(pk)
        form, organs = SendForm(request.POST), OrganFormSet(request.POST, prefix="organ")
        if not organs.is_valid() or not form.is_valid():
            return self.show(form, organs, 422)
        if "more" in request.POST:
            rows = [row.cleaned_data for row in organs]
            return self.show(SendForm(initial=form.cleaned_data), self.lines(rows, MORE))
        try:
            send_for_check(
                actor=self.actor,
                document_id=document.pk,
                opinion=form.cleaned_data["opinion"],
                organs=self.chosen(organs),
                revision=form.seen,
            )
        except ValidationError as error:
            wrong = error.message_dict.get("organs", []) if hasattr(error, "error_dict") else []
            if not wrong:
                add_errors(form, error)
            return self.show(form, organs, 422, wrong)
        messages.success(request, f"《{document.title}》已送核稿，由本办公室审核或主任岗位办理。")
        return redirect(self.url("document", pk))

    @staticmethod
    def lines(rows: list[dict[str, Any]], more: int = 0) -> Any:
        """The lines as typed, and at least ``ROWS`` in all."""
        empty = max(ROWS - len(rows), more)
        return OrganFormSet(initial=[*rows, *({} for _ in range(empty))], prefix="organ")

    def chosen(self, lines: Any) -> list[Organ]:
        """The organs of the lines in their order; a name of the portal is that organ.

        A line without a number stands at its own place.
        """
        placed = [
            (row.cleaned_data.get("place") or place, row.cleaned_data)
            for place, row in enumerate(lines, 1)
            if row.cleaned_data.get("name")
        ]
        typed = [row for _, row in sorted(placed, key=lambda pair: pair[0])]
        names = [row["name"].strip() for row in typed]
        known = {row.name: row for row in standing_organs().filter(name__in=names)}
        return [
            Organ(name, known.get(name), bool(row.get("joint")))
            for name, row in zip(names, typed, strict=True)
        ]

    def show(
        self, form: SendForm, organs: Any, status: int = 200, wrong: Sequence[str] = ()
    ) -> HttpResponse:
        """The page."""
        own = self.actor.office.pk if self.actor.office else None
        known = [row.name for row in standing_organs() if row.pk != own]
        summary: list[Any] = [{"text": text, "href": "#organ-lines"} for text in wrong]
        if organs.is_bound:
            summary += error_links(organs)
        context = {
            "form": form,
            "organs": organs,
            "known": known,
            "organ_errors": wrong,
            "organ_links": summary,
        }
        return self.step("core/documents/send.html", "送核稿", context, status)
