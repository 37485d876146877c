"""What a town filed and what it was certified as."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from towns.models import Application, Certification, Round
from towns.tables import registers
from towns.tables.town_page import certification_rows
from towns.views.pages import TownTab


class TownFilingsView(TownTab):
    """Applications and certifications, those of the time before the portal included."""

    tab = "town-filings"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        applications = (
            Application.objects.visible_to(self.actor)
            .filter(town=self.town)
            .select_related("town", "round")
        )
        certifications = list(
            Certification.objects.visible_to(self.actor)
            .filter(town=self.town)
            .select_related("document", "source_file")
        )
        return self.show(
            "towns/town_filings.html",
            {
                "application_columns": registers.APPLICATION_COLUMNS,
                "applications": registers.application_rows(applications, self.actor),
                "certification_columns": registers.CERTIFICATION_COLUMNS,
                "certifications": certification_rows(certifications, self.actor),
                "sources": [row for row in certifications if row.source_file is not None],
                "rounds_url": self.url("rounds"),
                "has_rounds": Round.objects.visible_to(self.actor).exists(),
            },
        )
