"""Consulting member units: whom an office asks on what, and the page on which a unit answers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.queries import spec_of
from criteria.specs import SetSpec
from portal.core import clock
from portal.core.calendar import missing_ahead
from portal.core.errors import require
from portal.core.merging import Changed, digest
from portal.core.models import Office
from portal.core.standing import differing, refuse_unseen, sent_again
from portal.core.typed import Words
from portal.core.web import add_errors
from reviews import queries
from reviews.actions import ask_units, give_opinion, reconfirm_opinion
from reviews.actions.consulting import LONGEST_TERM
from reviews.chain import Mode
from reviews.consulting_queries import (
    days_left,
    fields_of_units,
    may_be_kept,
    narrowed,
    role_on,
    said_by,
    standing_of,
    without_people,
)
from reviews.forms.consulting import OpinionForm, UnitsForm
from reviews.models import Case, StepRun, UnitOpinion
from reviews.policies import may_give_opinion
from reviews.tables import consulting as told
from reviews.views.cases import CasePage
from reviews.views.gathering import GatheringPage

Context = dict[str, Any]


class AskUnitsView(GatheringPage):
    """Choose the member units whose opinion is asked, and on what."""

    mode = Mode.OPINIONS

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The units that have not been asked yet, those with a field of their own first."""
        case, run = self.gather(pk)
        return self.show(case, self.form(case, run))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask them."""
        case, run = self.gather(pk)
        form = self.form(case, run, request.POST)
        if not form.is_valid():
            return self.show(case, form)
        try:
            asked = ask_units(
                actor=self.actor,
                case_id=case.pk,
                office_ids=form.cleaned_data["offices"],
                due_on=form.cleaned_data["due_on"],
                days=form.cleaned_data["days"],
                fields=form.asking,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, form)
        messages.success(request, f"已向 {len(asked)} 个成员单位征求意见。")
        return redirect(self.url("case", case.pk))

    def form(self, case: Case, run: StepRun, data: Any = None) -> UnitsForm:
        """The form with what the office set for each unit."""
        criteria_set = case.application.criteria_set
        units = queries.units_to_ask(case, run)
        return UnitsForm(
            data,
            offices=units,
            unheld=without_people(units),
            days=days_left(run),
            criteria=spec_of(criteria_set).criteria,
            fields=fields_of_units(case.office, criteria_set),
        )

    def show(self, case: Case, form: UnitsForm) -> HttpResponse:
        """The page, with what was typed."""
        rows = form.rows()
        return self.page(
            "reviews/units.html",
            {
                "case": case,
                "form": form,
                "divided": [row for row in rows if row["set"]],
                "others": [row for row in rows if not row["set"]],
                "missing": missing_ahead(clock.today(), LONGEST_TERM),
                "breadcrumbs": self.crumbs(case, ("征求成员单位意见", None)),
                "case_url": self.url("case", case.pk),
                "division_url": self.url("criterion-units", case.application.criteria_set_id),
            },
            status=422 if form.errors else 200,
        )


class OpinionPart(CasePage):
    """What the pages of one opinion share."""

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


class OpinionView(OpinionPart):
    """A member unit answers; it may correct its answer until the step is finished."""

    word_fields: ClassVar[Words] = {"text_": "对条款的具体意见", "text": "具体意见"}

    def get(self, request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
        """The form, or what was answered once the step is over."""
        case, row = self.find(pk, opinion)
        self.viewed(f"会审意见 {case}")
        return self.show(case, row, self.form(case, row, initial=told.answer_of(row)))

    def post(self, request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
        """Answer."""
        case, row = self.find(pk, opinion)
        form = self.form(case, row, request.POST)
        if "phrase" in request.POST:
            require(may_give_opinion(self.actor, row))
            typed = self.helped(request.POST, form.worded, row.run.step)
            return self.show(case, row, self.form(case, row, initial=typed))
        if not form.is_valid():
            return self.show(case, row, form)
        try:
            give_opinion(
                actor=self.actor,
                case_id=case.pk,
                opinion_id=row.pk,
                verdict=form.cleaned_data.get("verdict", ""),
                text=form.cleaned_data["text"],
                points=form.points,
                seen=form.cleaned_data["seen"] or None,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, row, form)
        except Changed as changed:
            return self.compared(pk, opinion, changed)
        messages.success(request, f"对{case.town_name}的会审意见已提交。")
        return redirect(self.url("case", case.pk))

    def compared(self, pk: int, opinion: int, changed: Changed) -> HttpResponse:
        """What was typed, beside what stands now; sent again it replaces that."""
        case, row = self.find(pk, opinion)
        form = self.form(case, row, sent_again(self.request.POST, seen=digest(said_by(row))))
        refuse_unseen(form, changed)
        names = {f"text_{one.key}": f"对“{one.title}”的具体意见" for one in form.criteria}
        standing = differing(form, told.answer_of(row), names)
        return self.show(case, row, form, status=409, standing=standing)

    def spec(self, case: Case, row: UnitOpinion) -> SetSpec:
        """The criteria that this opinion is asked on; none where it is asked on the whole."""
        return narrowed(spec_of(case.application.criteria_set), row.criteria)

    def form(self, case: Case, row: UnitOpinion, data: Any = None, **options: Any) -> OpinionForm:
        """The form of the whole, or of each criterion."""
        return OpinionForm(data, criteria=self.spec(case, row).criteria, **options)

    def show(
        self, case: Case, row: UnitOpinion, form: OpinionForm, *, status: int = 0, **more: Any
    ) -> HttpResponse:
        """The page, with what was typed."""
        verdict = may_give_opinion(self.actor, row)
        spec = self.spec(case, row)
        found = self.asked(case, spec) if row.criteria else {"parts": []}
        for part in found["parts"]:
            part["verdict"] = form[f"verdict_{part['key']}"]
            part["text"] = form[f"text_{part['key']}"]
            part["role"] = told.ROLES.get(role_on(row, part["key"]), "")
        kept = may_be_kept(case, row) if verdict.ok else None
        return self.page(
            "reviews/opinion.html",
            {
                "case": case,
                "opinion": row,
                "form": form,
                "role": told.role_of(row),
                "late": standing_of(row) in ("silent", "late"),
                "points": told.own_points(row, spec),
                "closed": "" if verdict.ok else verdict.reason,
                "kept": kept,
                "kept_points": told.own_points(kept, spec) if kept else [],
                "reconfirm_url": self.url("opinion-reconfirm", case.pk, row.pk) if kept else "",
                "breadcrumbs": self.crumbs(case, ("会审意见", None)),
                "case_url": self.url("case", case.pk),
                **(self.phrases(case.chain.step(row.run.step)) if verdict.ok else {}),
                **found,
                **more,
            },
            status=status or (422 if form.errors else 200),
        )


class ReconfirmView(OpinionPart):
    """材料无变化，维持原意见: the earlier answer once more, with one button."""

    def post(self, request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
        """Keep it; back to the form where something has changed."""
        case, row = self.find(pk, opinion)
        try:
            reconfirm_opinion(actor=self.actor, case_id=case.pk, opinion_id=row.pk)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.url("opinion", case.pk, row.pk))
        messages.success(request, f"对{case.town_name}维持原会审意见，已提交。")
        return redirect(self.url("case", case.pk))
