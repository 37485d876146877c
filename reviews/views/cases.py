"""The case page, and the evidence behind it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from criteria.explaining import Explanation
from criteria.queries import spec_of
from criteria.specs import SetSpec
from criteria.tables import explained
from portal.core.constants import Can
from portal.core.web import OfficeView
from reviews import queries
from reviews.chain import step_names
from reviews.consulting_queries import asked_of, narrowed
from reviews.forms.cases import DecisionForm
from reviews.forms.working import NoteForm
from reviews.models import Case, ScoreSheet, StepRun, UnitOpinion
from reviews.policies import Reading, reading_of
from reviews.tables import case_page, consulting, material
from reviews.tables import cases as shown
from reviews.tables.scores import score_panel
from reviews.views.desk import DeskPart
from reviews.views.panels import panels_of
from reviews.views.queue import beside
from towns.models import Evidence
from towns.owners import files_of
from towns.tables.corrections import ask_panel
from towns.tables.filing import ENTERPRISE_COLUMNS, enterprise_rows, function_items

Context = dict[str, Any]


class CasePage(DeskPart):
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

    def case_page(
        self,
        case: Case,
        form: DecisionForm | None = None,
        *,
        lost: Context | None = None,
        note: NoteForm | None = None,
    ) -> HttpResponse:
        """The whole page; ``form`` or ``note`` came back, ``lost`` is what was not done and why.

        ``lost``: { title, message, typed, status }. A member unit that was asked about some
        criteria gets these alone, however it came here.
        """
        keys = asked_of(self.actor, case)
        if keys is not None:
            return self.asked_page(case, keys)
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
            "reason": lost["message"] if lost else "",
            **self.nearby(case),
            **self.declared(case, told, masked=masked),
            **self.judged(case, told, runs, open_run),
        }
        if masked:
            context["steps"] = shown.masked_stepper(case)
        else:
            context |= self.decision(case, runs, open_run, form)
            context |= self.corrected(case, runs)
            context["panels"] = panels_of(self, case, runs)
            context["steps"] = shown.stepper(case, runs, self.actor)
            decided = shown.decided_rows(case, runs, self.actor)
            context["decided"] = case_page.decided(decided, case, runs, self.actor)
            entries = queries.timeline_of(self.actor, case)
            context["timeline"] = case_page.timeline(entries, self.actor)
            context |= self.notes(case, note)
        wrong = any(sent is not None and sent.errors for sent in (form, note))
        status = lost.get("status", 409) if lost else 422 if wrong else 200
        return self.page("reviews/case.html", context, status=status)

    def asked_page(self, case: Case, keys: Collection[str]) -> HttpResponse:
        """What a member unit reads: the criteria it is asked about, and nothing else."""
        opinions = queries.opinions_for(self.actor, case, [])
        return self.page(
            "reviews/asked.html",
            {
                "case": case,
                "breadcrumbs": self.crumbs(case),
                "facts": shown.facts(case, masked=True),
                "town_items": material.town_items(case.application.snapshot, masked=True)[:2],
                "own_opinions": [self.own_opinion(case, row) for row in opinions],
                "explanation_url": self.url("case-explanation", case.pk) if keys else "",
                "steps": shown.masked_stepper(case),
                **self.nearby(case),
                **self.asked(case, narrowed(spec_of(case.application.criteria_set), keys)),
            },
        )

    def asked(self, case: Case, spec: SetSpec) -> Context:
        """The parts of these criteria for ``reviews/_asked.html``."""
        keys = {row.key for row in spec.criteria}
        verdicts = [row for row in queries.stored_verdicts(case) if row.key in keys]
        return {
            "parts": consulting.asked_parts(
                case,
                self.actor,
                spec,
                material.explanation_of(case, verdicts),
                queries.relaxations_of(case),
                files_of(case.application.snapshot),
            ),
            **consulting.asked_context(case.application.snapshot),
        }

    def corrected(self, case: Case, runs: list[StepRun]) -> Context:
        """The last return: what was asked, and old and new beside it once it was answered."""
        asks = self.asks_of(case, runs)
        if not asks:
            return {}
        last = asks[-1]
        measured = {row.key: row for row in self.measured}
        fields = self.fields_of(case)
        step = step_names().get(last.correction.step, "")
        return {
            "ask": ask_panel(last, fields, measured, step),
            "asks": len(asks),
            "asked_late": last.answer is not None and last.overdue,
            "first_step": case.chain.steps[0].name,
            "corrections_url": self.url("application-corrections", case.application_id),
        }

    def nearby(self, case: Case) -> Context:
        """The neighbours in the queue that the case was opened from."""
        return beside(self, case)

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
                queries.relaxations_of(case) if snapshot.get("relaxations") else {},
                files_of(snapshot),
            ),
            "criteria_set": case.application.criteria_set,
            "assessment": explained.summary(told),
            "explanation_url": self.url("case-explanation", case.pk),
            "summary": snapshot.get("summary", ""),
            "town_items": material.town_items(snapshot, masked=masked),
            "figure_columns": material.figure_columns(int(snapshot.get("year", 0))),
            "figure_rows": material.figure_rows(snapshot, self.measured),
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
            "consulted": consulting.consulted(
                case, self.actor, opinions, open_run.pk if open_run else None
            ),
            **score_panel(case, spec, told, scored, whole=whole),
        }

    def own_opinion(self, case: Case, opinion: UnitOpinion) -> Context:
        """A unit's own opinion with the way to its form."""
        return {"row": opinion, "url": self.url("opinion", case.pk, opinion.pk)}

    def own_sheet(self, case: Case, sheet: ScoreSheet) -> Context:
        """An expert's own sheet with the way to it."""
        return {"row": sheet, "url": self.url("sheet", case.pk, sheet.pk)}


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
        asked = asked_of(self.actor, case)
        declared = {
            row["id"]
            for row in case.application.snapshot.get("evidence", [])
            if asked is None or row["criterion"] in asked
        }
        if evidence not in declared:
            raise Http404("该办件没有这份佐证材料。")
        row = get_object_or_404(
            Evidence.objects.select_related("file"), application=case.application_id, pk=evidence
        )
        return self.send(row.file, case)
