"""评定说明 of an application: the assessment explained, to print and to file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from towns.queries import declaration_of
from towns.tables.explaining import explanation_page
from towns.views.filing import ApplicationPage


class ApplicationExplanationView(ApplicationPage):
    """The stored assessment; of a draft, the one of the moment."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        application = self.fetch(pk)
        self.viewed(f"评定说明 {application}")
        declared = declaration_of(application, self.actor)
        record = (
            application.assessments.filter(criteria_set=application.criteria_set_id).first()
            if declared.frozen
            else None
        )
        context = explanation_page(
            application, declared.verdicts, declared.data, record, application.number
        )
        return self.page(
            "towns/explanation.html",
            {**context, "breadcrumbs": self.crumbs(application, "评定说明")},
        )
