"""Having a case in hand: claiming and releasing it, taking it over, handing it over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.errors import require
from portal.core.formatting import iso_datetime
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews import queries
from reviews.actions import claim_case, hand_over_case, release_case, take_over_case
from reviews.actions.moving import open_run
from reviews.forms.queue import HandOverForm, TakeOverForm
from reviews.holding import (
    holders_of,
    holds,
    may_claim,
    may_hand_over,
    may_release,
    may_take_over,
    names_of,
)
from reviews.models import Case, StepRun
from reviews.policies import sees_inside
from reviews.queue_list import QUEUE, case_url
from reviews.views.panels import CASE_PANELS, Panel
from reviews.views.phrases import key_of
from reviews.views.queue import place_of

Context = dict[str, Any]


class HoldingPage(OfficeView):
    """What the pages share: the case, and the way back to it with its place in the queue."""

    def fetch(self, pk: int) -> Case:
        """The case, or 404 when it is not among what the actor sees."""
        case: Case = get_object_or_404(queries.page_of(self.actor), pk=pk)
        self.stale_url = self.back(case)
        return case

    def run_of(self, case: Case) -> StepRun:
        """The open step, which must be the one that the page was opened for; Stale otherwise."""
        sent = key_of(self.request.POST.get("run", ""))
        return open_run(case, sent or None, reader=self.actor)

    def back(self, case: Case) -> str:
        """The case, with its place in the queue."""
        return case_url(self.actor, case.pk, place_of(self.request))

    def asked(self, case: Case, form: forms.Form, **more: Any) -> HttpResponse:
        """The page that asks."""
        return self.page(
            "reviews/holding.html",
            {
                "breadcrumbs": [
                    ("办件", self.url("cases")),
                    (case.town_name, self.back(case)),
                    (more["title"], None),
                ],
                "case": case,
                "form": form,
                "cancel_url": self.back(case),
                QUEUE: place_of(self.request),
                **more,
            },
            status=422 if form.is_bound and form.errors else 200,
        )


class ClaimView(HoldingPage):
    """Take a case in hand."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Claim it and go back to it."""
        case = self.fetch(pk)
        claim_case(actor=self.actor, case_id=case.pk, run_id=self.run_of(case).pk)
        messages.success(request, f"{case.town_name}：由您承办，其他岗位不能办理当前环节。")
        return redirect(self.back(case))


class ReleaseView(HoldingPage):
    """Give a case back to the queue of the office."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Release it and go back to it."""
        case = self.fetch(pk)
        release_case(actor=self.actor, case_id=case.pk, run_id=self.run_of(case).pk)
        messages.success(request, f"{case.town_name}：已退回待认领。")
        return redirect(self.back(case))


class TakeOverView(HoldingPage):
    """Take a colleague's case over, with a reason."""

    word_fields: ClassVar[Words] = {"reason": "接办原因"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question for the reason."""
        case = self.fetch(pk)
        run = open_run(case, reader=self.actor)
        require(may_take_over(self.actor, case, run))
        return self.shown(case, TakeOverForm(initial={"run": run.pk}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it over and go back to it."""
        case, form = self.fetch(pk), TakeOverForm(request.POST)
        run = self.run_of(case)
        if not form.is_valid():
            require(may_take_over(self.actor, case, run))
            return self.shown(case, form)
        reason = form.cleaned_data["reason"]
        try:
            take_over_case(actor=self.actor, case_id=case.pk, reason=reason, run_id=run.pk)
        except ValidationError as error:
            add_errors(form, error)
            return self.shown(case, form)
        messages.success(request, f"{case.town_name}：由您接办，已告知{case.held_name}。")
        return redirect(self.back(case))

    def shown(self, case: Case, form: TakeOverForm) -> HttpResponse:
        """The page."""
        return self.asked(case, form, title="接办", submit_text="接办")


class HandOverView(HoldingPage):
    """Give a case to a colleague."""

    word_fields: ClassVar[Words] = {"note": "说明"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question to whom."""
        case = self.fetch(pk)
        run = open_run(case, reader=self.actor)
        require(may_hand_over(self.actor, case, run))
        return self.shown(case, HandOverForm(posts=self.posts(case), run=run.pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand it over and go back to it."""
        case = self.fetch(pk)
        run = self.run_of(case)
        form = HandOverForm(request.POST, posts=self.posts(case))
        if not form.is_valid():
            require(may_hand_over(self.actor, case, run))
            return self.shown(case, form)
        chosen = form.cleaned_data
        try:
            given = hand_over_case(
                actor=self.actor,
                case_id=case.pk,
                post_id=chosen["post"],
                note=chosen["note"],
                run_id=run.pk,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.shown(case, form)
        messages.success(request, f"{case.town_name}：由{given.held_name}承办，已在平台内通知。")
        return redirect(self.back(case))

    def posts(self, case: Case) -> list[tuple[int, str]]:
        """Whom it can be given to."""
        return [
            (post.pk, f"{names_of(people)}（{post.title}）")
            for post, people in holders_of(case)
            if post.pk != case.holder_id
        ]

    def shown(self, case: Case, form: HandOverForm) -> HttpResponse:
        """The page."""
        title = "移交" if case.holder_id else "指派承办人"
        return self.asked(case, form, title=title, submit_text=title)


def holding_panel(view: OfficeView, case: Case, runs: Sequence[StepRun]) -> Context | None:
    """Who has the case in hand and what can be done about it, for its office and those above."""
    run = runs[-1] if runs and runs[-1].finished_at is None else None
    if case.state != "open" or run is None or not sees_inside(view.actor, run):
        return None
    actor, held = view.actor, case.holder_id is not None
    own = actor.office is not None and actor.office.pk == case.office_id
    if not own and not held:
        return None
    place = place_of(view.request)
    more = f"&{urlencode({QUEUE: place})}" if place else ""
    claim = own and not held and may_claim(actor, case, run).ok
    take = own and held and may_take_over(actor, case, run).ok
    give = own and (claim or (held and may_hand_over(actor, case, run).ok))
    return {
        "anchor": "holding",
        "run": run.pk,
        "title": "承办",
        "name": case.held_name,
        "since": iso_datetime(case.held_at) if case.held_at else "",
        "mine": holds(actor, case),
        "claim_url": view.url("case-claim", case.pk) if claim else "",
        "take_url": view.url("case-take-over", case.pk) + more if take else "",
        "give_url": view.url("case-hand-over", case.pk) + more if give else "",
        "release_url": view.url("case-release", case.pk)
        if own and held and may_release(actor, case).ok
        else "",
    }


CASE_PANELS.insert(0, Panel("reviews/_holding.html", holding_panel))
