"""The first page of a town: how it stands, what is registered of it, and what can be done."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse

from criteria.queries import sets_in_force
from towns.constants import ROLE_CHOICES, SERVICE_FUNCTIONS
from towns.figure_queries import town_charts
from towns.filling_posts import filling_posts
from towns.models import Honour, Membership, TownFunction
from towns.policies import may_change_town, may_grant_town, may_keep_register
from towns.queries import FigureRow, figure_rows, reporting_years
from towns.register_queries import regions_of, stage_on
from towns.tables import town_page
from towns.views.back import application_behind, back_parameter
from towns.views.pages import TABS, TownTab

# The figures drawn over the years; the first three are shown above.
HEADLINES = ("output_value", "revenue", "employment", "tax")
KEEPING = (
    ("更名", "town-rename", "secondary"),
    ("合并", "town-merge", "secondary"),
    ("分设", "town-split", "secondary"),
    ("退出培育库", "town-strike-off", "danger"),
)


class TownView(TownTab):
    """Key figures, facts, categories by level; enterprises until they have a page of their own."""

    tab = "town"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        town, years = self.town, reporting_years()
        behind = application_behind(request, self.actor, town)
        back = back_parameter(behind)
        figures = figure_rows(town, years)
        keeps = may_keep_register(self.actor, town).ok and may_change_town(town).ok
        return self.show(
            "towns/town.html",
            {
                "keeps": keeps,
                **self._filling(keeps),
                "keeping": [
                    {"text": text, "url": self.url(name, town.pk), "tone": tone}
                    for text, name, tone in KEEPING
                ],
                "cards": [*self._headlines(figures), *self._counts()],
                "figures_note": f"{years[0]}年数据，与上年比较",
                "facts": town_page.town_facts(town, stage_on(town)),
                "category_columns": town_page.CATEGORY_COLUMNS,
                "categories": town_page.category_rows(
                    town, sets_in_force(regions_of(town.county)), self.actor
                ),
                "charts": [
                    chart
                    for chart in town_charts(town)
                    if chart.key in {f"town-{key.replace('_', '-')}" for key in HEADLINES}
                ],
                "years": years,
                "behind": behind,
                "back": back,
            },
        )

    def _filling(self, keeps: bool) -> dict[str, Any]:
        """Who fills it, for the offices that keep the register and those who give it to posts."""
        may = may_grant_town(self.actor, self.town)
        if not keeps and not may.ok:
            return {}
        given = f"&town={self.town.pk}"
        return {
            "may_grant": may.ok,
            "filling_reason": may.reason,
            "filling": [
                {
                    "post": row.post,
                    "holder": row.holder,
                    "given": row.given,
                    "url": self.url("town-grant", row.post.pk) + given if may.ok else "",
                }
                for row in filling_posts(self.actor, self.town)
            ],
            "offices_url": self.url("offices"),
        }

    def _headlines(self, figures: list[FigureRow]) -> list[dict[str, Any]]:
        """The first figures of the last year, each with the year before."""
        rows = {row.key: row for row in figures}
        found: list[dict[str, Any]] = []
        for key in HEADLINES[:3]:
            row = rows.get(key)
            if row is None:
                continue
            value, previous = row.values[0], row.values[1]
            card: dict[str, Any] = {"label": row.name, "url": self._tab("town-data")}
            if value is None:
                found.append({**card, "text": "未填报"})
            else:
                found.append({**card, "value": value, "unit": row.unit, "previous": previous})
        return found

    def _counts(self) -> list[dict[str, Any]]:
        """Enterprises by role, honours in force, functions in place."""
        town = self.town
        seats = Membership.objects.visible_to(self.actor).on().filter(town=town).order_by()
        roles = dict(seats.values_list("role").annotate(number=Count("pk")))
        honours = (
            Honour.objects.visible_to(self.actor)
            .standing_on()
            .filter(enterprise__in=seats.values("enterprise"))
            .count()
            + Honour.objects.visible_to(self.actor).standing_on().filter(town=town).count()
        )
        present = TownFunction.objects.on().filter(town=town, state="present").count()
        words = "，".join(f"{label} {roles.get(role, 0)}" for role, label in ROLE_CHOICES)
        return [
            {
                "label": "企业",
                "value": Decimal(sum(roles.values())),
                "unit": "家",
                "note": words,
                "url": self._tab("town-enterprises"),
            },
            {
                "label": "有效荣誉、标准、品牌",
                "value": Decimal(honours),
                "unit": "项",
                "url": self._tab("town-honours"),
            },
            {
                "label": "公共服务功能",
                "text": f"{present} / {len(SERVICE_FUNCTIONS)} 项",
                "url": self._tab("town-services"),
            },
        ]

    def _tab(self, name: str) -> str:
        return self.url(name, self.town.pk) if name in dict(TABS) else ""
