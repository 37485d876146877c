"""The gap of a town to the next tier (梯次培育), and the towns of a region by how near they are."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property

from criteria.queries import names_of
from portal.core.listing import Listing
from portal.core.listing.views import ListView
from towns.gaps import Tier, gaps_of
from towns.lists.gaps import GAPS
from towns.models import Town
from towns.queries import reporting_years
from towns.tables import gaps as tables
from towns.views.pages import TownTab


class TownGapView(TownTab):
    """County, city and province side by side; what is missing for the next tier in sentences."""

    tab = "town-gap"

    @cached_property
    def year(self) -> int:
        """The year whose figures are compared: the last complete one unless another is asked."""
        asked = self.request.GET.get("year", "")
        years = reporting_years()
        return next((year for year in years if str(year) == asked), years[0])

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        town = self.town
        gap = gaps_of([town], self.year)[town.pk]
        following = gap.following
        address = self.url(self.tab, town.pk)
        return self.show(
            "towns/town_gap.html",
            {
                "year": self.year,
                "years": [
                    {
                        "label": f"{year}年",
                        "url": f"{address}&year={year}",
                        "active": year == self.year,
                    }
                    for year in reporting_years()
                ],
                "standing": tables.standing_sentence(gap),
                "following": following,
                "following_words": tables.following_sentence(following) if following else "",
                "missing": self._missing(following),
                "heads": [tables.tier_head(self.actor, tier, gap) for tier in gap.tiers],
                "rows": tables.indicator_rows(gap),
                "outcomes": [tables.outcome_cell(tier) for tier in gap.tiers],
                "judged": [
                    {"label": tier.adjective, "titles": tables.judged_titles(tier)}
                    for tier in gap.tiers
                    if tables.judged_titles(tier)
                ],
            },
        )

    @staticmethod
    def _missing(tier: Tier | None) -> list[str]:
        if tier is None or tier.criteria_set is None:
            return []
        return tables.missing_sentences(tier, names_of(tier.criteria_set))


class GapListView(ListView):
    """The towns of the region before their next tier, the nearest first."""

    spec = GAPS
    template = "towns/gaps.html"

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """The year whose figures are compared."""
        return {"year": reporting_years()[0]}

    def row_actions(self, row: Town) -> list[dict[str, str]]:
        """The three levels side by side."""
        url = self.url("town-gap", row.pk)
        return [{"text": "对照", "url": url, "label": f"各级标准对照：{row.name}"}]
