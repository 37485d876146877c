"""Paper copies (纸质件) of a case: ticked off by the office that handles it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.errors import require
from portal.core.names import knows_people_of
from portal.core.web import OfficeView
from reviews.actions import receive_paper_copies, undo_paper_copies
from reviews.actions.paper_copies import REQUEST, pieces_on_paper
from reviews.models import Case
from reviews.policies import may_receive_paper
from towns.evidence_queries import evidence_index, paper_copies, pieces_of
from towns.tables.evidence import paper_words


class PaperCopiesView(OfficeView):
    """The list with a box for each piece: 收到 and 撤销, any number of times."""

    def fetch(self, pk: int) -> Case:
        """The case, for the office that handles it."""
        rows = Case.objects.visible_to(self.actor).select_related(
            "application__town__county",
            "application__round",
            "application__criteria_set",
            "office__region",
        )
        case: Case = get_object_or_404(rows, pk=pk)
        require(may_receive_paper(self.actor, case))
        return case

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list."""
        return self._show(self.fetch(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Tick off what was chosen, or take it back."""
        case = self.fetch(pk)
        pieces = {int(text) for text in request.POST.getlist("pieces") if _is_key(text)}
        try:
            if "undo" in request.POST:
                rows = undo_paper_copies(actor=self.actor, case_id=pk, pieces=pieces)
                words = f"已撤销 {len(rows)} 份纸质件的登记。"
            else:
                rows = receive_paper_copies(
                    actor=self.actor,
                    case_id=pk,
                    pieces=pieces,
                    note=request.POST.get("note", ""),
                )
                words = f"已登记收到 {len(rows)} 份纸质件。"
        except ValidationError as error:
            problems = [{"text": text, "href": "#pieces"} for text in error.messages]
            return self._show(case, problems, pieces, request.POST.get("note", ""), 422)
        messages.success(request, words if rows else "所选材料此前已经办过，没有变化。")
        return redirect(self.url("case-paper-copies", pk))

    def get_stale_url(self) -> str:
        """The list of cases, when this one has gone elsewhere."""
        return self.url("cases")

    def _show(
        self,
        case: Case,
        errors: list[dict[str, str]] | None = None,
        chosen: set[int] | frozenset[int] = frozenset(),
        note: str = "",
        status: int = 200,
    ) -> HttpResponse:
        application = case.application
        declared = list(application.snapshot.get("evidence", []))
        index = evidence_index(application, declared, pieces_of(declared))
        copies = paper_copies(application)
        places = [(row.id, row.number, row.title, row.reference) for row in index.rows]
        if REQUEST in pieces_on_paper(case):
            places.insert(0, (REQUEST, "", "申报请示（盖章件）", ""))
        rows: list[dict[str, Any]] = []
        for key, number, title, reference in places:
            here = copies.get(key, [])
            rows.append(
                {
                    "key": key,
                    "number": number,
                    "title": title,
                    "reference": reference,
                    "mine": any(row.office_id == case.office_id for row in here),
                    "words": [
                        paper_words(row, named=knows_people_of(self.actor, row.office))
                        for row in here
                    ],
                    "checked": key in chosen,
                }
            )
        return self.page(
            "reviews/paper_copies.html",
            {
                "breadcrumbs": [
                    ("办件", self.url("cases")),
                    (f"{case.number} {case.town_name}", self.url("case", case.pk)),
                    ("纸质件", None),
                ],
                "case": case,
                "rows": rows,
                "received": sum(row["mine"] for row in rows),
                "errors": errors or [],
                "note": note,
                "index_url": self.url("application-evidence", application.pk),
            },
            status=status,
        )


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
