"""评定说明 of a case: the assessment explained, to print and to file with it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from criteria.queries import spec_of
from criteria.stored import from_json
from reviews import queries
from reviews.consulting_queries import asked_of
from reviews.views.cases import CasePage
from towns.tables.explaining import explanation_page


class CaseExplanationView(CasePage):
    """The assessment stored when the application was last submitted; for whoever sees the case."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        case = self.fetch(pk)
        self.viewed(f"评定说明 {case}")
        application, record = case.application, queries.assessment_of(case)
        spec, asked = spec_of(application.criteria_set), asked_of(self.actor, case)
        verdicts = [
            row
            for row in (from_json(spec, record.verdicts) if record else ())
            if asked is None or row.key in asked
        ]
        context = explanation_page(application, verdicts, application.snapshot, record, case.number)
        return self.page(
            "towns/explanation.html",
            {
                **context,
                "case": case,
                "paper_url": self.url("paper", "explanation", case.pk),
                "breadcrumbs": self.crumbs(case, ("评定说明", None)),
            },
        )
