"""Yearly figures: a town's years side by side, entering and correcting them, an enterprise's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from criteria.indicator_queries import Demand
from criteria.queries import indicators
from portal.core import clock
from portal.core.errors import require
from portal.core.web import OfficeView, add_errors
from towns.actions import correct_figures, record_enterprise_figures, record_figures
from towns.counting import Books, count_all
from towns.figure_policies import may_judge_figures
from towns.figure_queries import (
    asked_indicators,
    confirming_office,
    corrections_of,
    demands_on,
    enterprise_figures_around,
    figures_around,
    is_sealed,
    town_charts,
    years_of,
)
from towns.figure_rules import FIRST_YEAR
from towns.forms import FiguresForm
from towns.forms.carrying import carried_values
from towns.models import Enterprise, Town, TownYear
from towns.policies import may_maintain_town
from towns.queries import figure_rows, reporting_years
from towns.tables import figures as tables
from towns.tables.section_fields import demanded_of
from towns.views.back import back_parameter, part_behind
from towns.views.keeping import TownPage
from towns.views.pages import TownTab

SPANS = (3, 5, 10)
MOST_CORRECTIONS = 50


class TownDataView(TownTab):
    """The years side by side, who reported and confirmed them, corrections, what is counted."""

    tab = "town-data"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page; ``?years=`` says how many."""
        town = self.town
        asked = request.GET.get("years", "")
        span = next((each for each in SPANS if str(each) == asked), SPANS[0])
        newest = clock.today().year - 1
        years = reporting_years(span=span)
        stored = years_of(town, (newest + 1, *years))
        if newest + 1 in stored:
            years = (newest + 1, *years[:-1])
        judges = may_judge_figures(self.actor, town).ok
        address = self.url(self.tab, town.pk)
        return self.show(
            "towns/town_data.html",
            {
                "years": years,
                "heads": [
                    tables.year_head(
                        self.actor, town, year, stored.get(year), keeps=self.editable, judges=judges
                    )
                    for year in years
                ],
                "figures": figure_rows(town, years),
                "wide": span > SPANS[0],
                "spans": [
                    {
                        "label": f"近 {each} 年",
                        "url": f"{address}&years={each}",
                        "active": each == span,
                    }
                    for each in SPANS
                ],
                "next_year": newest,
                "correction_columns": tables.CORRECTION_COLUMNS,
                "corrections": tables.correction_rows(corrections_of(town)[:MOST_CORRECTIONS]),
                "counted_columns": tables.COUNTED_COLUMNS,
                "counted": tables.counted_rows(self.actor, town, count_all(Books(town))),
                "charts": town_charts(town),
            },
        )


def year_tabs(address: Any, year: int, more: Iterable[int] = ()) -> list[dict[str, Any]]:
    """The last complete years side by side, and ``more``; ``address`` makes the address of one."""
    newest = clock.today().year - 1
    shown = sorted({year, *range(newest - 2, newest + 1), *more}, reverse=True)
    return [{"label": f"{each}年", "url": address(each), "active": each == year} for each in shown]


def in_bounds(year: int) -> bool:
    """Whether a year has begun and does not lie before all figures."""
    return FIRST_YEAR <= year <= clock.today().year


def in_range(year: int) -> None:
    """404 for a year that has not begun or lies before all figures."""
    if not in_bounds(year):
        raise Http404("没有这个年度。")


class TownFiguresView(TownPage):
    """The figures of one year: reported, or corrected once they have been confirmed."""

    def back_url(self) -> str:
        """The application's section or task list, or the town's figures."""
        if self.behind is not None:
            return super().back_url()
        return self.url("town-data", self.town.pk)

    @cached_property
    def row(self) -> TownYear | None:
        """How far this year is."""
        rows = TownYear.objects.visible_to(self.actor)
        return rows.filter(town=self.town, year=self.kwargs["year"]).first()

    @cached_property
    def correcting(self) -> bool:
        """Whether the year was confirmed before."""
        return self.row is not None and is_sealed(self.row)

    @cached_property
    def demands(self) -> dict[str, Demand]:
        """Indicator -> the years that clauses of the town's sets in force name."""
        return demands_on(self.town)

    def _form(self, year: int, data: Any = None) -> FiguresForm:
        stored, last = figures_around(self.town, year)
        catalogue = asked_indicators(self.town, (year,), stored.values)
        return FiguresForm(
            data,
            catalogue=catalogue,
            values=stored.values,
            last=last.values,
            source=stored.source,
            correcting=self.correcting,
            demands={key: row[year] for key, row in self.demands.items() if year in row},
            carried=carried_values(self.request.GET, catalogue) if data is None else None,
        )

    def _show(self, form: FiguresForm, year: int, status: int = 200) -> HttpResponse:
        back = back_parameter(self.behind, part_behind(self.request))
        row = self.row
        return self.show(
            "towns/figures.html",
            f"{year}年度数据",
            status,
            form=form,
            year=year,
            previous_year=year - 1,
            unfinished=year >= clock.today().year,
            demanded=demanded_of(self.behind, year),
            row=row,
            correcting=self.correcting,
            title=f"{self.town.name} {year}年度数据",
            submit_text="更正年度数据" if self.correcting else "保存年度数据",
            next_text=self._next(),
            carried=any(line.carried for line in form.rows),
            years=year_tabs(
                lambda each: self.url("town-figures", self.town.pk, each) + back,
                year,
                {each for row in self.demands.values() for each in row if in_bounds(each)},
            ),
        )

    def _next(self) -> str:
        verb = "更正" if self.correcting else "保存"
        again = self.correcting and self.row is not None and self.row.state == "returned"
        return (
            ("数值核对无误的，写明原因后可以原样重新提交。" if again else "")
            + f"{verb}后由{confirming_office(self.town)}核对确认，确认后只能更正。"
            "申报的评定结果随之更新；已提交的申报不受影响。"
        )

    def get(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """The form with what was reported."""
        in_range(year)
        return self._show(self._form(year), year)

    def post(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """Report or correct the figures."""
        in_range(year)
        town = self.town
        form = self._form(year, request.POST)
        if form.is_valid():
            given = {"values": form.values(), "source": form.cleaned_data["source"]}
            try:
                if self.correcting:
                    reason = form.cleaned_data["reason"]
                    correct_figures(actor=self.actor, town=town, year=year, reason=reason, **given)
                else:
                    record_figures(actor=self.actor, town=town, year=year, **given)
            except ValidationError as error:
                add_errors(form, error)
            else:
                done = "已更正，待重新确认" if self.correcting else "已保存"
                messages.success(request, f"{town.name} {year} 年度数据{done}。")
                return redirect(self.back_url())
        return self._show(form, year, 422)


class EnterpriseFiguresView(OfficeView):
    """The figures of an enterprise of one year, kept by the filer of its town."""

    @cached_property
    def enterprise(self) -> Enterprise:
        """The enterprise, if the actor sees it."""
        rows = Enterprise.objects.visible_to(self.actor)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def town(self) -> Town:
        """The town through which the actor keeps it."""
        rows = Town.objects.visible_to(self.actor).filter(memberships__enterprise=self.enterprise)
        town = rows.select_related("county").standing_first().first()
        if town is None:
            raise Http404("没有这家企业。")
        require(may_maintain_town(self.actor, town))
        return town

    def _form(self, year: int, data: Any = None) -> FiguresForm:
        stored, last = enterprise_figures_around(self.enterprise, year)
        return FiguresForm(
            data,
            catalogue=indicators("enterprise", "reported"),
            values=stored.values,
            last=last.values,
            source=stored.source,
        )

    def _show(self, form: FiguresForm, year: int, status: int = 200) -> HttpResponse:
        enterprise, back = self.enterprise, self.url("enterprise", self.enterprise.pk)
        return self.page(
            "towns/figures.html",
            {
                "breadcrumbs": [
                    ("专业镇", self.url("towns")),
                    (self.town.name, self.url("town", self.town.pk)),
                    (enterprise.name, back),
                    (f"{year}年度数据", None),
                ],
                "title": f"{enterprise.name} {year}年度数据",
                "form": form,
                "year": year,
                "previous_year": year - 1,
                "unfinished": year >= clock.today().year,
                "back_url": back,
                "submit_text": "保存年度数据",
                "next_text": "保存后，企业在镇内的营业收入排名随之更新。",
                "years": year_tabs(
                    lambda each: self.url("enterprise-figures", enterprise.pk, each), year
                ),
            },
            status=status,
        )

    def get(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """The form with what was recorded."""
        in_range(year)
        require(may_maintain_town(self.actor, self.town))
        return self._show(self._form(year), year)

    def post(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """Record the figures."""
        in_range(year)
        town, enterprise = self.town, self.enterprise
        form = self._form(year, request.POST)
        if form.is_valid():
            try:
                record_enterprise_figures(
                    actor=self.actor,
                    town=town,
                    enterprise=enterprise,
                    year=year,
                    values=form.values(),
                    source=form.cleaned_data["source"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"{enterprise.name} {year} 年度数据已保存。")
                return redirect(self.url("enterprise", enterprise.pk))
        return self._show(form, year, 422)
