"""Asking member units, their opinions, assigning experts, their score sheets."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.queries import spec_of
from criteria.scoring import by_experts
from criteria.specs import CriterionSpec
from criteria.tables.explained import rubric_rows
from portal.core.errors import Stale, require
from portal.core.models import Office
from portal.core.web import add_errors
from reviews import queries
from reviews.actions import ask_units, assign_experts, give_opinion, save_scores
from reviews.actions.moving import open_run
from reviews.chain import Mode
from reviews.forms.cases import ExpertsForm, OpinionForm, SheetForm, UnitsForm
from reviews.models import Case, ScoreSheet, StepRun, UnitOpinion
from reviews.policies import may_give_opinion, may_score, may_take_step
from reviews.queries import tops_of
from reviews.tables import material
from reviews.tables.scores import tops_text
from reviews.views.cases import CasePage
from towns.owners import files_of


class _GatheringPage(CasePage):
    """Choosing who is asked, at a step of one mode."""

    mode: Mode

    def gather(self, pk: int) -> tuple[Case, StepRun]:
        """The case and its open run, which must be at this page's step."""
        case = self.fetch(pk)
        step = case.current
        require(may_take_step(self.actor, case, step))
        run = open_run(case, reader=self.actor)
        if step.mode != self.mode:
            raise Stale(f"办件当前在“{step.name}”环节。")
        return case, run


class AskUnitsView(_GatheringPage):
    """Choose the member units whose opinion is asked."""

    mode = Mode.OPINIONS

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The units that have not been asked yet."""
        case, run = self.gather(pk)
        return self.show(case, UnitsForm(offices=queries.units_to_ask(case, run)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask them."""
        case, run = self.gather(pk)
        form = UnitsForm(request.POST, offices=queries.units_to_ask(case, run))
        if not form.is_valid():
            return self.show(case, form)
        try:
            asked = ask_units(
                actor=self.actor,
                case_id=case.pk,
                office_ids=form.cleaned_data["offices"],
                due_on=form.cleaned_data["due_on"],
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, form)
        messages.success(request, f"已向 {len(asked)} 个成员单位征求意见。")
        return redirect(self.url("case", case.pk))

    def show(self, case: Case, form: UnitsForm) -> HttpResponse:
        """The page, with what was typed."""
        return self.page(
            "reviews/units.html",
            {
                "case": case,
                "form": form,
                "breadcrumbs": self.crumbs(case, ("征求成员单位意见", None)),
                "case_url": self.url("case", case.pk),
                "offered": bool(list(form["offices"].subwidgets)),
            },
            status=422 if form.errors else 200,
        )


class OpinionView(CasePage):
    """A member unit answers; it may correct its answer until the step is finished."""

    def find(self, pk: int, opinion: int) -> tuple[Case, UnitOpinion]:
        """The unit's own opinion on a case it was given; 404 for any other."""
        case = self.fetch(pk)
        row = get_object_or_404(
            UnitOpinion.objects.select_related("run", "office"),
            case=case,
            pk=opinion,
            office__in=Office.objects.answered_by(self.actor),
        )
        return case, row

    def get(self, request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
        """The form, or what was answered once the step is over."""
        case, row = self.find(pk, opinion)
        self.viewed(f"会审意见 {case}")
        return self.show(case, row, OpinionForm(initial={"verdict": row.verdict, "text": row.text}))

    def post(self, request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
        """Answer."""
        case, row = self.find(pk, opinion)
        form = OpinionForm(request.POST)
        if not form.is_valid():
            return self.show(case, row, form)
        try:
            give_opinion(
                actor=self.actor,
                case_id=case.pk,
                opinion_id=row.pk,
                verdict=form.cleaned_data["verdict"],
                text=form.cleaned_data["text"],
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, row, form)
        messages.success(request, f"对{case.town_name}的会审意见已提交。")
        return redirect(self.url("case", case.pk))

    def show(self, case: Case, row: UnitOpinion, form: OpinionForm) -> HttpResponse:
        """The page, with what was typed."""
        verdict = may_give_opinion(self.actor, row)
        return self.page(
            "reviews/opinion.html",
            {
                "case": case,
                "opinion": row,
                "form": form,
                "closed": "" if verdict.ok else verdict.reason,
                "breadcrumbs": self.crumbs(case, ("会审意见", None)),
                "case_url": self.url("case", case.pk),
            },
            status=422 if form.errors else 200,
        )


class AssignExpertsView(_GatheringPage):
    """Choose the experts who score the case."""

    mode = Mode.SCORES

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The experts who have no sheet yet."""
        case, run = self.gather(pk)
        return self.show(case, ExpertsForm(experts=queries.experts_to_assign(case, run)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Assign them."""
        case, run = self.gather(pk)
        form = ExpertsForm(request.POST, experts=queries.experts_to_assign(case, run))
        if not form.is_valid():
            return self.show(case, form)
        try:
            made = assign_experts(
                actor=self.actor, case_id=case.pk, post_ids=form.cleaned_data["experts"]
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, form)
        messages.success(request, f"已指派 {len(made)} 位专家评分。")
        return redirect(self.url("case", case.pk))

    def show(self, case: Case, form: ExpertsForm) -> HttpResponse:
        """The page, with what was chosen."""
        return self.page(
            "reviews/experts.html",
            {
                "case": case,
                "form": form,
                "breadcrumbs": self.crumbs(case, ("指派专家", None)),
                "case_url": self.url("case", case.pk),
                "offered": bool(list(form["experts"].subwidgets)),
            },
            status=422 if form.errors else 200,
        )


class SheetView(CasePage):
    """An expert's score sheet: own alone, editable until the step closes."""

    def find(self, pk: int, sheet: int) -> tuple[Case, ScoreSheet, tuple[CriterionSpec, ...]]:
        """The expert's own sheet; 404 for anybody else's."""
        case = self.fetch(pk)
        row = get_object_or_404(
            ScoreSheet.objects.select_related("run").prefetch_related("scores"),
            case=case,
            pk=sheet,
            post=self.actor.post,
        )
        return case, row, by_experts(spec_of(case.application.criteria_set).criteria)

    def get(self, request: HttpRequest, pk: int, sheet: int) -> HttpResponse:
        """The sheet with what was saved so far."""
        case, row, criteria = self.find(pk, sheet)
        self.viewed(f"评分表 {case}")
        saved: dict[str, Any] = {"comment": row.comment}
        for score in row.scores.all():
            saved[f"score_{score.criterion}"] = score.score
            saved[f"reason_{score.criterion}"] = score.reason
        form = SheetForm(criteria=criteria, tops=tops_of(case), initial=saved)
        return self.show(case, row, form)

    def post(self, request: HttpRequest, pk: int, sheet: int) -> HttpResponse:
        """Save the draft, or hand the sheet in."""
        case, row, criteria = self.find(pk, sheet)
        submit = request.POST.get("action") == "submit"
        form = SheetForm(request.POST, criteria=criteria, tops=tops_of(case), draft=not submit)
        if not form.is_valid():
            return self.show(case, row, form)
        try:
            save_scores(
                actor=self.actor,
                case_id=case.pk,
                sheet_id=row.pk,
                scores=form.scores,
                comment=form.cleaned_data["comment"],
                submit=submit,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, row, form)
        if submit:
            messages.success(request, f"对{case.town_name}的评分已提交。评分环节结束前仍可修改。")
            return redirect(self.url("case", case.pk))
        messages.success(request, "评分已暂存，尚未提交。")
        return redirect(self.url("sheet", case.pk, row.pk))

    def show(self, case: Case, row: ScoreSheet, form: SheetForm) -> HttpResponse:
        """The page, with what was typed."""
        verdict = may_score(self.actor, row)
        spec = spec_of(case.application.criteria_set)
        parts = material.criterion_parts(
            case,
            self.actor,
            spec,
            material.explanation_of(case, queries.stored_verdicts(case)),
            queries.relaxations_of(case),
            files_of(case.application.snapshot),
        )
        specs = {item.key: item for item in spec.criteria}
        asked = {item.key for item in form.criteria}
        for part in parts:
            part["rubric"] = rubric_rows(specs[part["key"]])
            if part["key"] in asked:
                part["score"] = form[f"score_{part['key']}"]
                part["reason"] = form[f"reason_{part['key']}"]
        return self.page(
            "reviews/sheet.html",
            {
                "case": case,
                "sheet": row,
                "form": form,
                "parts": parts,
                "tops": tops_text(case, spec),
                "closed": "" if verdict.ok else verdict.reason,
                "breadcrumbs": self.crumbs(case, ("评分表", None)),
                "case_url": self.url("case", case.pk),
            },
            status=422 if form.errors else 200,
        )
