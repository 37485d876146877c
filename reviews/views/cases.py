"""The list of cases, the case page, and the evidence behind it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from criteria.explaining import Explanation
from criteria.queries import indicators, spec_of
from criteria.tables import explained
from portal.core.constants import Can
from portal.core.paging import paginate
from portal.core.web import OfficeView
from reviews import queries
from reviews.chain import OUTCOMES, Mode
from reviews.forms.cases import CaseFilterForm, DecisionForm
from reviews.models import Case, ScoreSheet, StepRun, UnitOpinion
from reviews.policies import Reading, may_decide, may_withdraw, reading_of, sees_inside
from reviews.tables import cases as shown
from reviews.tables import material
from reviews.tables.scores import score_panel
from towns.models import Evidence
from towns.owners import files_of
from towns.tables.filing import ENTERPRISE_COLUMNS, enterprise_rows, function_items

OWN_PAGE = (Mode.DECIDE, Mode.OPINIONS, Mode.SCORES)
Context = dict[str, Any]


class CaseListView(OfficeView):
    """Cases: those that wait for the acting post, and all it sees."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, filtered by the query string."""
        form = CaseFilterForm(
            request.GET,
            rounds=queries.round_choices(self.actor),
            regions=queries.region_choices(self.actor),
        )
        chosen = form.chosen
        queue = queries.has_queue(self.actor)
        waiting = queue and request.GET.get("tab") != "all"
        found = queries.filter_cases(self.actor, queries.CaseFilter(**chosen), waiting=waiting)
        page = paginate(found.select_related("round", "office"), request.GET, counted=found)
        tab = "mine" if waiting else "all"
        address = self.url("cases")
        return self.page(
            "reviews/case_list.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("办件", None)],
                "form": form,
                "page": page,
                "columns": shown.CASE_COLUMNS,
                "rows": shown.case_rows(page.items, self.actor, waiting=waiting),
                "tabs": self.tabs(tab, queue),
                "active": [
                    {"label": f"{label}：{words}", "remove_url": self.without(name, chosen, tab)}
                    for name, label, words in form.labels
                ],
                "clear_url": f"{address}&tab={tab}" if chosen else "",
                "count_text": f"共 {page.count_text} 件",
                "waiting": waiting,
                "empty_text": shown.empty_text(self.actor, waiting=waiting),
                "all_url": f"{address}&tab=all",
            },
        )

    def tabs(self, tab: str, queue: bool) -> list[Context]:
        """待我办理 and 全部 where there is a queue; filers see their own cases only."""
        address = self.url("cases")
        if not queue:
            return [{"label": "我的办件", "url": address, "active": True}]
        return [
            {"label": "待我办理", "url": f"{address}&tab=mine", "active": tab == "mine"},
            {"label": "全部", "url": f"{address}&tab=all", "active": tab == "all"},
        ]

    def without(self, name: str, chosen: dict[str, str], tab: str) -> str:
        """The list without one of its conditions."""
        kept = {key: value for key, value in chosen.items() if key != name}
        return f"{self.url('cases')}&{urlencode({'tab': tab, **kept})}"


class CasePage(OfficeView):
    """What the case page and the pages that come back to it share."""

    def fetch(self, pk: int) -> Case:
        """The case, or 404 when it is not among what the actor sees."""
        case: Case = get_object_or_404(queries.page_of(self.actor), pk=pk)
        self.stale_url = self.url("case", case.pk)
        return case

    def crumbs(self, case: Case, *here: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        """The way to a page of the case."""
        case_url = self.url("case", case.pk) if here else None
        return [
            ("工作台", self.url("workspace")),
            ("办件", self.url("cases")),
            (case.town_name, case_url),
            *here,
        ]

    def decision_form(self, case: Case, run: StepRun, data: Any = None) -> DecisionForm:
        """The form of the step that is open."""
        step = case.chain.step(run.step)
        return DecisionForm(
            data,
            outcomes=shown.outcome_choices(case, step),
            reason_for=[OUTCOMES[key].label for key in step.outcomes if OUTCOMES[key].needs_reason],
            run=run.pk,
        )

    def case_page(
        self, case: Case, form: DecisionForm | None = None, *, lost: Context | None = None
    ) -> HttpResponse:
        """The whole page; ``form`` came back with errors, ``lost`` is what came too late."""
        runs = queries.runs_of(case)
        reading = reading_of(self.actor, case)
        masked = reading == Reading.MATERIAL
        open_run = runs[-1] if runs and runs[-1].finished_at is None else None
        told = material.explanation_of(case, queries.stored_verdicts(case))
        context: Context = {
            "case": case,
            "masked": masked,
            "breadcrumbs": self.crumbs(case),
            "facts": shown.facts(case, masked=masked),
            "lost": lost,
            **self.nearby(case),
            **self.declared(case, told, masked=masked),
            **self.judged(case, told, runs, open_run),
        }
        if masked:
            context["steps"] = shown.masked_stepper(case)
        else:
            context |= self.decision(case, runs, open_run, form)
            context["steps"] = shown.stepper(case, runs, self.actor)
            context["decided"] = shown.decided_rows(case, runs, self.actor)
            entries = queries.timeline_of(self.actor, case)
            context["timeline"] = shown.timeline(entries, self.actor)
        status = 409 if lost else 422 if form is not None and form.errors else 200
        return self.page("reviews/case.html", context, status=status)

    def nearby(self, case: Case) -> Context:
        """The neighbours in the acting post's queue."""
        newer, older = queries.neighbours(self.actor, case)
        return {
            "list_url": self.url("cases"),
            "previous_url": self.url("case", newer) if newer else "",
            "next_url": self.url("case", older) if older else "",
        }

    def declared(self, case: Case, told: Explanation, *, masked: bool) -> Context:
        """The assessment and the declaration as submitted."""
        snapshot = case.application.snapshot
        spec = spec_of(case.application.criteria_set)
        enterprises = enterprise_rows(snapshot)
        return {
            "parts": material.criterion_parts(
                case,
                self.actor,
                spec,
                told,
                queries.relaxations_of(case),
                files_of(snapshot),
            ),
            "criteria_set": case.application.criteria_set,
            "assessment": explained.summary(told),
            "explanation_url": self.url("case-explanation", case.pk),
            "summary": snapshot.get("summary", ""),
            "town_items": material.town_items(snapshot, masked=masked),
            "figure_columns": material.figure_columns(int(snapshot.get("year", 0))),
            "figure_rows": material.figure_rows(snapshot, indicators("town")),
            "enterprise_columns": ENTERPRISE_COLUMNS,
            "enterprise_rows": enterprises,
            "functions": function_items(snapshot),
        }

    def judged(
        self, case: Case, told: Explanation, runs: list[StepRun], open_run: StepRun | None
    ) -> Context:
        """Opinions and scores for those who may see inside; their own for units and experts."""
        opinions = queries.opinions_for(self.actor, case, runs)
        sheets = queries.sheets_for(self.actor, case, runs)
        if self.actor.can(Can.OPINE):
            return {"own_opinions": [self.own_opinion(case, row) for row in opinions]}
        if self.actor.can(Can.SCORE):
            return {"own_sheets": [self.own_sheet(case, row) for row in sheets]}
        scored = [sheet for sheet in sheets if sheet.run_id == sheets[-1].run_id]
        spec = spec_of(case.application.criteria_set)
        whole = reading_of(self.actor, case) == Reading.WHOLE
        return {
            "opinion_columns": shown.OPINION_COLUMNS,
            "opinion_rows": shown.opinion_rows(opinions, open_run),
            **score_panel(case, spec, told, scored, whole=whole),
        }

    def own_opinion(self, case: Case, opinion: UnitOpinion) -> Context:
        """A unit's own opinion with the way to its form."""
        return {"row": opinion, "url": self.url("opinion", case.pk, opinion.pk)}

    def own_sheet(self, case: Case, sheet: ScoreSheet) -> Context:
        """An expert's own sheet with the way to it."""
        return {"row": sheet, "url": self.url("sheet", case.pk, sheet.pk)}

    def decision(
        self, case: Case, runs: list[StepRun], open_run: StepRun | None, form: DecisionForm | None
    ) -> Context:
        """What can be done now by the acting post, or who else does it."""
        context: Context = {
            "withdraw_url": self.url("case-withdraw", case.pk)
            if may_withdraw(self.actor, case).ok
            else "",
            "return_reason": case.application.return_reason if case.state == "returned" else "",
            "is_filer": self.actor.can(Can.FILL) or self.actor.can(Can.SUBMIT),
        }
        if open_run is None or not sees_inside(self.actor, open_run):
            return context
        step, verdict = case.current, may_decide(self.actor, case, open_run)
        context |= {"step": step, "waits_for": "" if verdict.ok else verdict.reason}
        if not verdict.ok:
            return context
        if step.mode in OWN_PAGE:
            context["decision_form"] = form or self.decision_form(case, open_run)
            context["units_url"] = (
                self.url("case-units", case.pk) if step.mode == Mode.OPINIONS else ""
            )
            context["experts_url"] = (
                self.url("case-experts", case.pk) if step.mode == Mode.SCORES else ""
            )
        else:
            place = queries.collective_place(case, runs)
            context["refused_form"] = form
            context["collective"] = shown.collective_link(case, self.actor, place)
        return context


class CaseView(CasePage):
    """A case: where it stands, what is needed to decide now, and everything declared."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        case = self.fetch(pk)
        self.viewed(case)
        return self.case_page(case)


class EvidenceFileView(OfficeView):
    """A file of the submitted declaration, for everybody who sees the case."""

    def get(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
        """The file as a download; only what the last submission contains."""
        case = get_object_or_404(
            Case.objects.visible_to(self.actor).select_related("application"), pk=pk
        )
        declared = {row["id"] for row in case.application.snapshot.get("evidence", [])}
        if evidence not in declared:
            raise Http404("该办件没有这份佐证材料。")
        row = get_object_or_404(
            Evidence.objects.select_related("file"), application=case.application_id, pk=evidence
        )
        return self.send(row.file, case)
