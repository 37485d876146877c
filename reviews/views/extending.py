"""Extending the limit of a member unit's answer: a page of its own, with the reason."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.queries import spec_of
from portal.core import clock
from portal.core.calendar import missing_ahead
from portal.core.errors import require
from portal.core.formatting import cn_date
from portal.core.typed import Words
from portal.core.web import add_errors
from reviews.actions.extending import LONGEST_DAYS, extend_opinion
from reviews.forms.inquiries import ExtendForm
from reviews.models import Case, UnitOpinion
from reviews.policies import may_take_step
from reviews.tables.consulting import criteria_of
from reviews.term_policies import may_extend_opinion
from reviews.views.cases import CasePage


class OpinionExtendView(CasePage):
    """By how many working days, and why."""

    word_fields: ClassVar[Words] = {"reason": "延长理由"}

    def get(self, request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
        """The empty form."""
        case, row = self.find(pk, opinion)
        return self.show(case, row, ExtendForm(initial={"run": row.run_id, "due": row.due_on}))

    def post(self, request: HttpRequest, pk: int, opinion: int) -> HttpResponse:
        """Extend it, or show what has to be corrected first."""
        case, row = self.find(pk, opinion)
        form = ExtendForm({**request.POST.dict(), "run": row.run_id})
        if form.is_valid():
            sent = form.cleaned_data
            try:
                row = extend_opinion(
                    actor=self.actor,
                    case_id=case.pk,
                    opinion_id=row.pk,
                    due_on=sent["due"],
                    days=sent["days"],
                    reason=sent["reason"],
                )
            except ValidationError as error:
                add_errors(form, error)
        if form.errors:
            return self.show(case, row, form)
        messages.success(request, f"{row.organ}的答复期限已延长至{cn_date(row.due_on)}，已通知。")
        return redirect(self.url("case", case.pk) + "#opinions")

    def find(self, pk: int, opinion: int) -> tuple[Case, UnitOpinion]:
        """The case and what was asked, for whoever may extend it; 404 for another case's."""
        case = self.fetch(pk)
        require(may_take_step(self.actor, case, case.current))
        rows = UnitOpinion.objects.select_related("run", "office").filter(case=case)
        row = get_object_or_404(rows, pk=opinion)
        require(may_extend_opinion(self.actor, case, row))
        return case, row

    def show(self, case: Case, row: UnitOpinion, form: ExtendForm) -> HttpResponse:
        """The page, with what was typed."""
        spec = spec_of(case.application.criteria_set)
        context = {
            "breadcrumbs": self.crumbs(case, ("延长答复期限", None)),
            "case": case,
            "form": form,
            "items": [
                {"label": "成员单位", "value": row.organ},
                {"label": "征求意见的条款", "value": criteria_of(row, spec)},
                {"label": "现在的期限", "value": cn_date(row.due_on)},
            ],
            "missing": missing_ahead(clock.today(), LONGEST_DAYS),
            "case_url": self.url("case", case.pk),
        }
        status = 422 if form.errors else 200
        return self.page("reviews/opinion_extend.html", context, status=status)
