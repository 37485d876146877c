"""Assigning experts, and their score sheets."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.queries import spec_of
from criteria.scoring import by_experts
from criteria.specs import CriterionSpec
from criteria.tables.explained import rubric_rows
from portal.core.typed import Words
from portal.core.web import add_errors
from reviews import queries
from reviews.actions import assign_experts, save_scores
from reviews.chain import Mode
from reviews.forms.cases import ExpertsForm, SheetForm
from reviews.models import Case, ScoreSheet
from reviews.policies import may_score
from reviews.queries import tops_of
from reviews.tables import material
from reviews.tables.scores import tops_text
from reviews.views.cases import CasePage
from reviews.views.gathering import GatheringPage
from towns.owners import files_of


class AssignExpertsView(GatheringPage):
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

    word_fields: ClassVar[Words] = {"score_": "评分", "reason_": "评分理由", "comment": "总体评价"}

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
