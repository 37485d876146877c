"""The page of one town."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from portal.core.web import OfficeView
from towns.models import (
    Application,
    Certification,
    Round,
    Town,
)
from towns.policies import may_maintain_town
from towns.queries import current_memberships, figure_rows, reporting_years
from towns.tables import registers
from towns.views.back import application_behind, back_parameter


class TownView(OfficeView):
    """One town: facts, figures, enterprises, applications, certifications."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        town = get_object_or_404(
            Town.objects.visible_to(self.actor).select_related("county__parent"), pk=pk
        )
        self.viewed(town)
        years = reporting_years()
        behind = application_behind(request, self.actor, town)
        back = back_parameter(behind)
        editable = may_maintain_town(self.actor, town).ok
        members = list(current_memberships(town))
        return self.page(
            "towns/town.html",
            {
                "breadcrumbs": [("专业镇", self.url("towns")), (town.name, None)],
                "town": town,
                "stage": registers.stage_tag(town),
                "facts": self._facts(town),
                "years": years,
                "figures": figure_rows(town, years),
                "groups": registers.member_groups(members, self.actor, editable, back),
                "member_columns": registers.MEMBER_COLUMNS,
                "member_count": len(members),
                "editable": editable,
                "behind": behind,
                "back": back,
                **self._filings(town),
            },
        )

    def _facts(self, town: Town) -> list[dict[str, Any]]:
        further = "、".join(region.name for region in town.further_counties.all())
        city = town.county.parent
        place = f"{city.name if city else ''}{town.county.name}"
        return [
            {"label": "所在县(市、区)", "value": place},
            {"label": "跨县域", "value": further or "无"},
            {"label": "主导产业", "value": town.industry},
            {"label": "主导产品", "value": town.products},
            {"label": "类别", "value": town.get_category_display()},
            {"label": "牵头部门", "value": town.lead_bureau},
            {"label": "依据", "value": town.source},
        ]

    def _filings(self, town: Town) -> dict[str, Any]:
        applications = (
            Application.objects.visible_to(self.actor)
            .filter(town=town)
            .select_related("town", "round")
        )
        certifications = (
            Certification.objects.visible_to(self.actor)
            .filter(town=town)
            .select_related("document")
        )
        return {
            "application_columns": registers.APPLICATION_COLUMNS,
            "applications": registers.application_rows(applications, self.actor),
            "certification_columns": registers.CERTIFICATION_COLUMNS,
            "certifications": registers.certification_rows(certifications),
            "rounds_url": self.url("rounds"),
            "has_rounds": Round.objects.visible_to(self.actor).exists(),
        }
