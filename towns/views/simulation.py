"""Trying out a criteria set on the towns: what will be compared, the progress, what was found."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import cached_property

from criteria.models import CriteriaSet
from criteria.queries import sets_in_force
from criteria.simulation_policies import may_simulate
from portal.core.constants import LEVELS, JobState
from portal.core.errors import require
from portal.core.listing import Listing
from portal.core.listing.views import ListView
from portal.core.web import OfficeView, add_errors
from towns.actions import start_simulation
from towns.forms.simulation import SimulateForm
from towns.lists.common import regions_below
from towns.lists.simulations import SIMULATION_ROWS, SIMULATIONS, SimulationRowFilter, state_of
from towns.models import Simulation
from towns.simulating import applications_of, digest_of_rules, towns_of
from towns.tables import simulation as tables

RECENT = 5


class SimulateView(OfficeView):
    """Before the start: the year, what is compared, what it does and does not do."""

    @cached_property
    def criteria_set(self) -> CriteriaSet:
        """The set, if the actor sees it."""
        rows = CriteriaSet.objects.visible_to(self.actor).select_related("region")
        return get_object_or_404(rows, key=self.kwargs["key"])

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The question."""
        require(may_simulate(self.actor, self.criteria_set))
        return self.show(SimulateForm())

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Start it and go to its page."""
        found = self.criteria_set
        require(may_simulate(self.actor, found))
        form = SimulateForm(request.POST)
        if form.is_valid():
            try:
                simulation = start_simulation(
                    actor=self.actor, criteria_set=found, year=form.cleaned_data["year"]
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "已开始模拟，不影响任何办件。")
                return redirect(self.url("simulation", simulation.pk))
        return self.show(form, 422)

    def show(self, form: SimulateForm, status: int = 200) -> HttpResponse:
        """The page."""
        found = self.criteria_set
        base = sets_in_force({found.level: found.region}, kind=found.kind).get(found.level)
        earlier = Simulation.objects.visible_to(self.actor).filter(criteria_set=found)
        towns = towns_of(self.actor, found).count()
        filed = applications_of(self.actor, found).count()
        return self.page(
            "towns/simulate.html",
            {
                "breadcrumbs": [
                    ("认定标准", self.url("criteria")),
                    (found.title, self.url("criteria-set", found.key)),
                    ("模拟", None),
                ],
                "set": found,
                "form": form,
                "facts": [
                    {"label": "模拟的标准", "value": found.title, "note": found.version_label},
                    {
                        "label": "对比的现行标准",
                        "value": base.title if base is not None else "本级没有现行标准",
                        "note": _base_note(found, base),
                    },
                    {"label": "在库专业镇", "value": f"{towns} 个"},
                    {"label": "在办申报", "value": f"{filed} 件"},
                ],
                "earlier": [
                    {
                        "text": f"{row.year}年数据",
                        "url": self.url("simulation", row.pk),
                        "at": row.started_at,
                        "name": row.started_name,
                        "state": state_of(row),
                    }
                    for row in earlier.select_related("job")[:RECENT]
                ],
                "cancel_url": self.url("criteria-set", found.key),
            },
            status=status,
        )


def _base_note(found: CriteriaSet, base: CriteriaSet | None) -> str:
    if base is None:
        return "只列出模拟标准下的结果"
    if base.pk == found.pk:
        return "与模拟的是同一套标准，结果前后相同"
    return base.version_label


class SimulationView(OfficeView):
    """One simulation: its progress, then what it found."""

    @cached_property
    def simulation(self) -> Simulation:
        """The simulation, if it is the acting office's."""
        rows = Simulation.objects.visible_to(self.actor).select_related(
            "criteria_set__region", "base", "job"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page; for htmx the progress alone, and the whole page anew when it is done."""
        found = self.simulation
        job = found.job
        progress = {
            "job": job,
            "actor": self.actor,
            "poll_url": self.url("simulation", found.pk),
            "retry_url": self._retry_url(found),
        }
        running = job is not None and job.state in (JobState.QUEUED, JobState.RUNNING)
        if getattr(request, "htmx", False):
            answer = render(request, "components/job_progress.html", progress)
            if not running:
                answer["HX-Refresh"] = "true"
            return answer
        self.viewed(found)
        criteria_set = found.criteria_set
        return self.page(
            "towns/simulation.html",
            {
                **progress,
                "breadcrumbs": [
                    ("认定标准", self.url("criteria")),
                    ("标准模拟", self.url("simulations")),
                    (criteria_set.title, None),
                ],
                "simulation": found,
                "set": criteria_set,
                "state": state_of(found),
                "done": found.finished_at is not None,
                "changed": digest_of_rules(criteria_set) != found.content_sha256,
                "again_url": self._again_url(found),
                "facts": self._facts(found),
                **(self._found(found) if found.finished_at is not None else {}),
            },
        )

    def _retry_url(self, found: Simulation) -> str:
        """Who started it may start it again as a job; others start one of their own."""
        failed = found.job is not None and found.job.state == JobState.FAILED
        mine = self.actor.user is not None and self.actor.user.pk == found.started_by_id
        return self.url("job", found.job_id) if failed and mine else ""

    def _again_url(self, found: Simulation) -> str:
        if not may_simulate(self.actor, found.criteria_set).ok:
            return ""
        return self.url("criteria-simulate", found.criteria_set.key)

    def _facts(self, found: Simulation) -> list[dict[str, Any]]:
        base = found.base
        return [
            {
                "label": "模拟的标准",
                "value": found.criteria_set.title,
                "url": self.url("criteria-set", found.criteria_set.key),
                "note": found.criteria_set.version_label,
            },
            {
                "label": "对比的现行标准",
                "value": base.title if base is not None else "发起时本级没有现行标准",
                "url": self.url("criteria-set", base.key) if base is not None else "",
                "note": base.version_label if base is not None else "",
            },
            {"label": "数据年度", "value": f"{found.year}年"},
            {"label": "发起人", "value": found.started_name},
        ]

    def _found(self, found: Simulation) -> dict[str, Any]:
        """Numbers, clauses, places; every number leads to its rows."""
        rows_url = f"{self.url('simulation-rows')}&simulation={found.pk}"
        offered = {row.code for row in regions_below(self.actor)}
        found.summary = [{**row, "linked": row["place"] in offered} for row in found.summary]
        by_city = found.criteria_set.level == next(reversed(LEVELS))
        place = "市" if by_city else "县（市、区）"
        return {
            "headline": tables.headline(found),
            "rows_url": rows_url,
            "gains_url": tables.with_conditions(rows_url, change="gains"),
            "loses_url": tables.with_conditions(rows_url, change="loses"),
            "outcome_columns": tables.OUTCOME_COLUMNS,
            "outcomes": tables.outcome_rows(found),
            "clause_columns": tables.CLAUSE_COLUMNS,
            "clauses": tables.clause_rows(found, rows_url),
            "clause_bars": tables.clause_bars(found),
            "place_head": place,
            "place_columns": [{"label": place, "kind": "name"}, *tables.PLACE_COLUMNS],
            "places": tables.place_rows(found, rows_url),
            "place_bars": tables.place_bars(found),
        }


class SimulationListView(ListView):
    """The simulations of the acting office."""

    spec = SIMULATIONS


class SimulationRowListView(ListView):
    """The rows of one simulation: whom it would change and by which clause."""

    spec = SIMULATION_ROWS
    template = "towns/simulation_rows.html"

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """The simulation whose rows these are."""
        form = listing.form
        found = form.meant if isinstance(form, SimulationRowFilter) else None
        return {
            "simulation": found,
            "back_url": self.url("simulation", found.pk) if found is not None else "",
        }
