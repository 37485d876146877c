"""Taking a decision back: a page of its own, and the way to it on the case page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.formatting import iso_datetime
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews.actions import reverse_step
from reviews.actions.reversing import last_decision
from reviews.models import Case, StepRun
from reviews.policies import may_reverse
from reviews.views.cases import CasePage
from reviews.views.panels import CASE_PANELS, Panel


class ReverseForm(forms.Form):
    """Why a decision is taken back."""

    run = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="撤销理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="记入办理记录，原办理结果和意见保留。",
        error_messages={"required": "请填写撤销的理由。"},
    )


class ReverseView(CasePage):
    """The question with its reason, then the case at the step that begins anew."""

    word_fields: ClassVar[Words] = {"reason": "撤销理由"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What would be taken back."""
        case = self.fetch(pk)
        run = self.decided(case)
        require(may_reverse(self.actor, case, run))
        return self.show(case, run, ReverseForm(initial={"run": run.pk}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back."""
        case = self.fetch(pk)
        run = self.decided(case)
        require(may_reverse(self.actor, case, run))
        form = ReverseForm(request.POST)
        if not form.is_valid():
            return self.show(case, run, form)
        chosen = form.cleaned_data
        try:
            reverse_step(
                actor=self.actor, case_id=case.pk, run_id=chosen["run"], reason=chosen["reason"]
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, run, form)
        done = f"已撤销“{run.get_step_display()}”的办理结果，该环节重新办理。"
        messages.success(request, f"{case.town_name}：{done}")
        return redirect(self.url("case", case.pk))

    def decided(self, case: Case) -> StepRun:
        """The decision in question; 404 where there is none, or it is not this office's to know."""
        run = last_decision(case)
        if run is None:
            raise Http404("该办件没有可以撤销的办理结果。")
        return run

    def show(self, case: Case, run: StepRun, form: ReverseForm) -> HttpResponse:
        """The page, with what was typed."""
        return self.page(
            "reviews/reverse.html",
            {
                "case": case,
                "form": form,
                "items": [
                    {"label": "环节", "value": run.get_step_display()},
                    {"label": "办理结果", "value": run.get_outcome_display()},
                    {"label": "办理人", "value": run.decided_name},
                    {"label": "办理时间", "value": iso_datetime(run.finished_at)},
                    {"label": "意见", "value": run.opinion or "（无）"},
                ],
                "case_url": self.url("case", case.pk),
                "breadcrumbs": self.crumbs(case, ("撤销办理", None)),
            },
            status=422 if form.errors else 200,
        )


def read(view: OfficeView, case: Case, runs: Sequence[StepRun]) -> dict[str, Any] | None:
    """The newest decision, where the acting post may still take it back."""
    decided = [run for run in runs if run.finished_at is not None]
    run = decided[-1] if decided else None
    if run is None or view.actor.office is None or run.office_id != view.actor.office.pk:
        return None
    if not may_reverse(view.actor, case, run).ok:
        return None
    return {
        "step": run.get_step_display(),
        "word": run.get_outcome_display(),
        "url": view.url("case-reverse", case.pk),
    }


CASE_PANELS.append(Panel("reviews/_reverse.html", read))
