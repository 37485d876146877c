"""What waits to be confirmed, confirming and returning it; what stands behind a counted number."""

from __future__ import annotations

from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from portal.core import clock
from portal.core.constants import Can
from portal.core.errors import require
from portal.core.formatting import quantity
from portal.core.listing import Listing
from portal.core.listing.views import ListView
from portal.core.web import OfficeView, add_errors
from towns.actions import confirm_figures, return_figures
from towns.counting import RULES, count_indicator
from towns.figure_policies import may_confirm_figures, may_judge_figures
from towns.figure_queries import (
    WAITING,
    WAITS,
    asked_indicators,
    corrections_since,
    figures_around,
    figures_waiting,
    states_of_year,
)
from towns.forms import JudgeFiguresForm
from towns.lists.figures import FIGURES, FiguresFilter, shown_years
from towns.models import Town, TownYear
from towns.tables import figures as tables


class TownDataPage(OfficeView):
    """A page under a town's 年度数据."""

    @cached_property
    def town(self) -> Town:
        """The town, if the actor sees it."""
        rows = Town.objects.visible_to(self.actor).select_related("county__parent")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def data_url(self) -> str:
        """The town's years side by side."""
        return self.url("town-data", self.town.pk)

    def crumbs(self, label: str) -> list[tuple[str, str | None]]:
        """The pages above."""
        return [
            ("专业镇", self.url("towns")),
            (self.town.name, self.url("town", self.town.pk)),
            ("年度数据", self.data_url()),
            (label, None),
        ]


class FiguresCheckView(TownDataPage):
    """A year as the office above sees it: last year's values, leaps, corrections, a decision."""

    @cached_property
    def row(self) -> TownYear:
        """The year, once it was reported."""
        rows = TownYear.objects.visible_to(self.actor)
        return get_object_or_404(rows, town=self.town, year=self.kwargs["year"])

    def get_stale_url(self) -> str:
        """The page as it stands now."""
        return self.url("figures-check", self.town.pk, self.kwargs["year"])

    def _show(self, form: JudgeFiguresForm, status: int = 200) -> HttpResponse:
        town, row = self.town, self.row
        stored, last = figures_around(town, row.year)
        self.viewed(town)
        return self.page(
            "towns/figures_check.html",
            {
                "breadcrumbs": self.crumbs(f"核对 {row.year} 年度数据"),
                "town": town,
                "row": row,
                "year": row.year,
                "source": stored.source,
                "lines": tables.judged_rows(
                    asked_indicators(town, (row.year,), stored.values),
                    stored.values,
                    last.values,
                    corrections_since(row),
                ),
                "form": form,
                "waits": row.state in WAITING,
                "may_confirm": may_confirm_figures(self.actor, town, row),
                "back_url": self.data_url(),
            },
            status=status,
        )

    def get(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """The figures and the question."""
        require(may_judge_figures(self.actor, self.town))
        seen = self.row.reported_at
        return self._show(JudgeFiguresForm(initial={"seen": seen.isoformat() if seen else ""}))

    def post(self, request: HttpRequest, pk: int, year: int) -> HttpResponse:
        """Confirm or return; what was typed stays."""
        town = self.town
        require(may_judge_figures(self.actor, town))
        form = JudgeFiguresForm(request.POST)
        if form.is_valid():
            seen = form.cleaned_data["seen"]
            try:
                if form.cleaned_data["decision"] == "confirm":
                    confirm_figures(actor=self.actor, town=town, year=year, seen=seen)
                    done = "已确认"
                else:
                    reason = form.cleaned_data["reason"]
                    return_figures(actor=self.actor, town=town, year=year, reason=reason, seen=seen)
                    done = "已退回填报单位"
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"{town.name} {year} 年度数据{done}。")
                return redirect(self.data_url())
        return self._show(form, 422)


class DayForm(forms.Form):
    """The day as of which a number is counted."""

    post = forms.CharField(widget=forms.HiddenInput, required=False)
    on = forms.DateField(
        label="截至日期",
        required=False,
        error_messages={"invalid": "请填写日期，例如 2025-12-31。"},
    )


class TownCountedView(TownDataPage):
    """A counted number: its rule in words with the clause, and the rows behind it, on any day."""

    def get(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """The page; ``?on=`` names the day."""
        rule = RULES.get(key)
        if rule is None:
            raise Http404("没有这个计算指标。")
        town = self.town
        given = request.GET.copy()
        if not given.get("on"):
            given["on"] = str(clock.today())
        form = DayForm(given, auto_id="filter_%s")
        day: date = (form.is_valid() and form.cleaned_data["on"]) or clock.today()
        found = count_indicator(town, key, day)
        self.viewed(town)
        context: dict[str, Any] = {
            "breadcrumbs": self.crumbs(rule.name),
            "town": town,
            "rule": rule,
            "form": form,
            "day": day,
            "is_today": day == clock.today(),
            "today_url": "" if day == clock.today() else self.url("town-counted", town.pk, key),
            "value": quantity(found.value, rule.unit),
            "columns": tables.counted_columns(rule, found.rows),
            "rows": tables.behind_rows(self.actor, town, found.rows),
        }
        return self.page("towns/counted.html", context)


class FiguresListView(ListView):
    """The towns of the region and how far their figures of a year are."""

    spec = FIGURES
    template = "towns/figures_list.html"

    @cached_property
    def year(self) -> int:
        """The year the list shows."""
        asked = self.request.GET.get("year", "")
        return int(asked if asked in dict(shown_years()) else shown_years()[0][0])

    @cached_property
    def waiting(self) -> set[int]:
        """The towns whose figures of the year wait for this office."""
        rows = figures_waiting(self.actor).filter(year=self.year)
        return set(rows.values_list("town_id", flat=True))

    def row_actions(self, row: Town) -> list[dict[str, str]]:
        """Checking what waits, looking at the rest."""
        if row.pk in self.waiting:
            url = self.url("figures-check", row.pk, self.year)
            return [{"text": "核对", "url": url, "label": f"核对：{row.name}"}]
        url = self.url("town-data", row.pk)
        return [{"text": "查看", "url": url, "label": f"查看：{row.name}"}]

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """The states side by side, each with the number of towns the other conditions leave."""
        chosen = dict(listing.chosen)
        form = cast("FiguresFilter", listing.form)
        counts = states_of_year(form.whatever_state, self.actor, int(chosen["year"]))
        base = self.url(self.spec.url_name)
        everything = listing.address(base, without="state")
        tabs = [("", "全部", counts.total() - counts[WAITS])]
        if self.actor.can(Can.CONFIRM):
            tabs.append((WAITS, "待本办公室确认", counts[WAITS]))
        tabs += [(key, word, counts[key]) for key, word in tables.STATE_WORDS.items()]
        return {
            "states": [
                {
                    "label": word,
                    "url": f"{everything}&{urlencode({'state': key})}" if key else everything,
                    "active": (chosen["state"] or "") == key,
                    "count": number,
                }
                for key, word, number in tabs
            ]
        }
