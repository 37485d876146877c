"""试评: how a criteria set, draft or published, assesses one town now. Nothing is stored."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from criteria.assessment import assess
from criteria.models import CriteriaSet
from criteria.queries import spec_of
from criteria.specs import SetSpec
from portal.core.formatting import count
from portal.core.paging import capped_count
from portal.core.web import OfficeView
from towns.counting import RULES
from towns.forms.trial import TrialForm
from towns.models import Town
from towns.models.towns import TownQuerySet
from towns.queries import origins_of, reporting_years, values_of
from towns.tables import trial as tables

MOST_TOWNS = 20


class TrialView(OfficeView):
    """Choose a town of the scope and read the verdict of each clause."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The search, and the result once a town is chosen."""
        criteria_set = get_object_or_404(
            CriteriaSet.objects.visible_to(self.actor).select_related("region"), key=key
        )
        spec = spec_of(criteria_set)
        form = TrialForm(request.GET, years=reporting_years(), categories=spec.categories)
        asked = form.cleaned_data if form.is_valid() else {}
        context: dict[str, Any] = {
            "set": criteria_set,
            "form": form,
            "clear_url": self.url("criteria-trial", key)
            if asked.get("town") or asked.get("search")
            else "",
            "set_url": self.url("criteria-set", key),
            "breadcrumbs": [
                ("认定标准", self.url("criteria")),
                (criteria_set.title, self.url("criteria-set", key)),
                ("试评", None),
            ],
        }
        towns = self.towns(criteria_set)
        if asked.get("town") and not asked.get("search"):
            town = get_object_or_404(towns.select_related("county"), pk=asked["town"])
            context |= self.result(criteria_set, spec, town, asked)
        else:
            context |= self.choice(towns, asked.get("search", ""), key)
        return self.page("towns/trial.html", context, status=422 if form.errors else 200)

    def towns(self, criteria_set: CriteriaSet) -> TownQuerySet:
        """The towns that the actor sees and the set's region covers."""
        region = criteria_set.region
        return (
            Town.objects.visible_to(self.actor)
            .standing()
            .filter(scope_code__gte=region.scope_from, scope_code__lt=region.scope_to)
        )

    def choice(self, towns: TownQuerySet, search: str, key: str) -> dict[str, Any]:
        """The towns that match, the first of them."""
        if search:
            towns = towns.filter(Q(name__contains=search) | Q(industry__contains=search))
        number, capped = capped_count(towns)
        address = self.url("criteria-trial", key)
        shown = towns.select_related("county")[:MOST_TOWNS]
        return {
            "town_columns": tables.TOWN_COLUMNS,
            "town_rows": tables.town_rows(shown, lambda pk: f"{address}&town={pk}"),
            "count_text": f"共 {count(number, capped=capped)} 个",
            "more": number > MOST_TOWNS,
        }

    def result(
        self, criteria_set: CriteriaSet, spec: SetSpec, town: Town, asked: dict[str, Any]
    ) -> dict[str, Any]:
        """The assessment of one town by the figures of a year and today's registers."""
        self.viewed(f"试评 {criteria_set} {town}")
        year = asked.get("year") or reporting_years()[0]
        category = asked.get("category") or self.category(criteria_set, town)
        values = values_of(town, year, spec.figures)
        verdicts = assess(
            spec,
            category,
            values,
            # Nobody has written a statement: what people judge is shown as waiting for them.
            answered=[row.key for row in spec.criteria],
            origins=origins_of(town, year, values),
        )
        return {
            "town": town,
            "year": year,
            "category": dict(spec.categories).get(category) or town.get_category_display(),
            **tables.trial(criteria_set, spec, category, verdicts, values, self.counted(town)),
        }

    @staticmethod
    def category(criteria_set: CriteriaSet, town: Town) -> str:
        """The category on record for the level of the set, else the town's own."""
        own = town.categories.filter(level=criteria_set.level).first()
        return own.category if own else town.category

    def counted(self, town: Town) -> tables.Address:
        """Where the rows behind a computed figure stand."""
        return lambda key: self.url("town-counted", town.pk, key) if key in RULES else ""
