"""Deciding the open step on the case's own page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import Stale
from portal.core.web import add_errors
from reviews.actions import decide_step
from reviews.actions.moving import open_run
from reviews.chain import OUTCOMES
from reviews.models import Case, StepRun
from reviews.views.cases import CasePage


class DecideView(CasePage):
    """One decision. Errors come back on the case page with everything typed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reloading after an error leads to the case."""
        return redirect(self.url("case", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide, then show the case as it now stands."""
        case = self.fetch(pk)
        try:
            return self.decide(case, request.POST)
        except Stale as stale:
            typed = {"message": str(stale), "opinion": request.POST.get("opinion", "").strip()}
            return self.case_page(self.fetch(pk), lost=typed)

    def decide(self, case: Case, data: Any) -> HttpResponse:
        """Check the shape, act, and say what was done."""
        form = self.decision_form(case, self.run_of(case, data), data)
        if not form.is_valid():
            return self.case_page(case, form)
        chosen = form.cleaned_data
        try:
            decided = decide_step(
                actor=self.actor,
                case_id=case.pk,
                run_id=chosen["run"],
                outcome=chosen["outcome"],
                opinion=chosen["opinion"],
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.case_page(case, form)
        done = OUTCOMES[chosen["outcome"]].done
        messages.success(
            self.request,
            f"{decided.town_name}：“{case.current.name}”{done}，现为“{decided.status_label}”。",
        )
        return redirect(self.url("case", case.pk))

    def run_of(self, case: Case, data: Any) -> StepRun:
        """The run the form was opened for, if it is still the open one; Stale otherwise."""
        text = data.get("run", "")
        key = int(text) if text.isdecimal() and len(text) < 19 else None
        return open_run(case, key, reader=self.actor)
