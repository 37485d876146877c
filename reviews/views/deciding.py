"""Deciding the open step on the case's own page."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.web import add_errors
from reviews.actions import decide_step, reaffirm_step
from reviews.chain import OUTCOMES, RETURN
from reviews.policies import may_decide
from reviews.views.correcting import ReturnPage
from reviews.views.queue import Onward


class DecideView(ReturnPage):
    """One decision. Errors come back on the case page with everything typed.

    A return leads to its own page, with the opinion that was typed.
    """

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reloading after an error leads to the case."""
        return redirect(self.url("case", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide, then show the case as it now stands."""
        case, data = self.fetch(pk), request.POST
        run = self.run_of(case, data)
        if "phrase" in data:
            require(may_decide(self.actor, case, run))
            typed = self.helped(data, ("opinion",), run.step)
            return self.case_page(case, self.decision_form(case, run, typed=typed))
        if data.get("outcome") == RETURN and RETURN in case.current.outcomes:
            require(may_decide(self.actor, case, run))
            opinion = data.get("opinion", "").strip()
            return self.return_page(case, self.return_form(case, run, opinion=opinion))
        form = self.decision_form(case, run, data)
        if not form.is_valid():
            require(may_decide(self.actor, case, run))
            return self.case_page(case, form)
        chosen, onward = form.cleaned_data, Onward(self, case)
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
        return redirect(onward.url())


class ReaffirmView(ReturnPage):
    """材料无变化，维持原意见: the office's own approval once more, where nothing has changed."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reloading leads to the case."""
        return redirect(self.url("case", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Decide as before; the action checks that nothing has changed."""
        case = self.fetch(pk)
        onward = Onward(self, case)
        run = self.run_of(case, request.POST)
        try:
            decided = reaffirm_step(actor=self.actor, case_id=case.pk, run_id=run.pk)
        except ValidationError as error:
            said = {"title": "没有办理", "message": "".join(error.messages)}
            return self.case_page(self.fetch(pk), lost={**said, "status": 422})
        messages.success(
            self.request,
            f"{decided.town_name}：“{case.current.name}”维持原意见，现为“{decided.status_label}”。",
        )
        return redirect(onward.url())
