"""The public self-check: choose a set in force, enter figures, read the verdict of each clause."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.views import View

from criteria.assessment import Origin
from criteria.models import CriteriaSet, CriteriaSetQuerySet, Indicator
from criteria.queries import assessor_of, spec_of
from criteria.scoring import score
from criteria.standing import standing, standing_as
from criteria.tables.explained import cards, explained, score_items, summary
from portal.core import clock
from portal.core.actor import PUBLIC, Actor
from portal.core.constants import Can
from portal.core.models import Region
from portal.core.paging import paginate
from portal.core.web import PublicView, office_url, seats_of_request
from portal.workspace.self_check import CHECK, ChooseForm, SelfCheckForm
from towns.forms.carrying import CARRY
from towns.models import Town
from towns.views.figures import in_bounds

TITLE = "自测"
COLUMNS = (
    {"label": "标准", "kind": "name"},
    {"label": "级别"},
    {"label": "适用地区"},
    {"label": "类别", "kind": "name"},
    {"label": "操作"},
)


def in_force() -> CriteriaSetQuerySet:
    """The sets that new rounds may rest on today."""
    rows = CriteriaSet.objects.visible_to(PUBLIC)
    return standing_as(rows, "in_force") | standing_as(rows, "unstated")


class SelfCheckView(PublicView):
    """Which set; then its figures, and what they come to. Nothing is kept."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The choice, the form, or the form with its answer."""
        key = request.GET.get("set", "")
        if not key:
            return self.choose()
        rows = CriteriaSet.objects.visible_to(PUBLIC).select_related("region")
        found = get_object_or_404(rows, key=key)
        stands = standing(found)
        if not stands.in_force:
            return self.choose(f"《{found.title}》{stands.label}，不能用于自测，请另选现行标准。")
        return self.check(found)

    # --- which set --------------------------------------------------------------------------------

    def choose(self, notice: str = "") -> HttpResponse:
        """The sets in force."""
        form = ChooseForm(self.request.GET, auto_id="filter_%s")
        chosen = form.cleaned_data if form.is_valid() else {}
        rows = in_force()
        if chosen.get("level"):
            rows = rows.filter(level=chosen["level"])
        if chosen.get("search"):
            words = chosen["search"].strip()
            rows = rows.filter(Q(title__contains=words) | Q(region__name__contains=words))
        page = paginate(rows.select_related("region"), self.request.GET, counted=rows)
        return self.page(
            "public/self_check_choose.html",
            {
                "form": form,
                "notice": notice,
                "clear_url": reverse("self-check") if form.has_changed() else "",
                "columns": COLUMNS,
                "page": page,
                "rows": [{"id": row.pk, "cells": self._cells(row)} for row in page.items],
            },
        )

    def _cells(self, row: CriteriaSet) -> list[Any]:
        return [
            {
                "text": row.title,
                "url": reverse("public-criteria", args=[row.key]),
                "note": row.document_number,
            },
            {"text": row.level_adjective, "note": row.kind_label},
            row.region.name,
            "、".join(item["name"] for item in row.categories) or "不分类别",
            {"text": "开始自测", "url": f"{reverse('self-check')}?{urlencode({'set': row.key})}"},
        ]

    # --- figures and verdict ----------------------------------------------------------------------

    def check(self, found: CriteriaSet) -> HttpResponse:
        """The form, and once it was sent the verdict of each clause."""
        spec = spec_of(found)
        category = self.request.GET.get("category", "")
        if not any(category == key for key, _ in spec.categories):
            category = spec.categories[0][0] if spec.categories else ""
        asked = CHECK in self.request.GET
        form = SelfCheckForm(
            self.request.GET if asked else None,
            initial=None if asked else self.request.GET.dict(),
            spec=spec,
            category=category,
            catalogue={
                row.key: row
                for row in Indicator.objects.visible_to(PUBLIC).filter(key__in=spec.indicators)
            },
        )
        right = asked and form.is_valid()
        context = {
            "set": found,
            "form": form,
            "category": category,
            "category_name": dict(spec.categories).get(category, ""),
            "tabs": self._tabs(found, category) if len(spec.categories) > 1 else [],
            "set_url": reverse("public-criteria", args=[found.key]),
            "breadcrumbs": [(TITLE, reverse("self-check")), (found.title, None)],
            **(self._answer(found, form, category) if right else {}),
        }
        answer = self.page("public/self_check.html", context)
        answer.status_code = 422 if asked and not right else 200
        return answer

    def _tabs(self, found: CriteriaSet, category: str) -> list[dict[str, Any]]:
        """One tab a category; what was typed goes along."""
        given = self.request.GET.copy()
        given.pop(CHECK, None)
        tabs = []
        for item in found.categories:
            given["category"] = item["key"]
            url = f"{reverse('self-check')}?{given.urlencode()}"
            tabs.append({"label": item["name"], "url": url, "active": item["key"] == category})
        return tabs

    def _answer(self, found: CriteriaSet, form: SelfCheckForm, category: str) -> dict[str, Any]:
        values = form.values()
        origins = {figure: Origin(None, "entered") for figure in values}
        verdicts = assessor_of(found).assess(
            category, values, answered=form.answered(), origins=origins
        )
        told = explained(found, verdicts, category, values)
        carried = urlencode([("set", found.key), *form.typed()])
        return {
            "summary": summary(told),
            "verdicts": cards(told, found),
            "scores": score_items(spec_of(found), score(spec_of(found), verdicts)),
            "carry_url": f"{reverse('self-check-carry')}?{carried}",
        }


class SelfCheckCarryView(LoginRequiredMixin, View):
    """After signing in: the towns and years into which the person may carry what was entered."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Each leads to the figures' form with the values filled in, not saved."""
        rows = CriteriaSet.objects.visible_to(PUBLIC).select_related("region")
        found = rows.filter(key=request.GET.get("set", "")).first()
        lines = [
            line
            for actor in seats_of_request(request)
            if actor.can(Can.FILL)
            for line in self._lines(actor, found.region if found is not None else None)
        ]
        return render(
            request,
            "public/self_check_carry.html",
            {
                "breadcrumbs": [(TITLE, reverse("self-check")), ("带入申报填报", None)],
                "lines": lines,
                "set": found,
                "years": self.by_year,
            },
        )

    @cached_property
    def by_year(self) -> dict[int, list[tuple[str, str]]]:
        """Year -> names and texts: those without a year are of the last complete one."""
        years: dict[int, list[tuple[str, str]]] = {}
        for name, text in self.request.GET.items():
            if name in ("set", CARRY, "post"):
                continue
            key, _, rest = name.partition("__")
            stated, _, unit = rest.partition("_")
            year = int(stated) if stated.isdecimal() and len(stated) == 4 else None
            place = year or clock.today().year - 1
            if not in_bounds(place):
                continue
            own = f"{key}_{unit}" if year and unit else key if year else name
            years.setdefault(place, []).append((own, str(text)))
        return dict(sorted(years.items(), reverse=True))

    def _lines(self, actor: Actor, region: Region | None) -> list[dict[str, Any]]:
        towns = Town.objects.visible_to(actor).standing().select_related("county")
        lines = []
        for town in towns.order_by("scope_code", "name"):
            covered = region is None or town.scope_code in region.scope
            links = [
                {
                    "text": f"{year}年度数据",
                    "count": sum(not name.endswith("_unit") for name, _ in pairs),
                    "url": office_url(actor, "town-figures", town.pk, year)
                    + "&"
                    + urlencode([(CARRY, "1"), *pairs]),
                }
                for year, pairs in self.by_year.items()
            ]
            lines.append({"town": town, "actor": actor, "covered": covered, "links": links})
        return lines
