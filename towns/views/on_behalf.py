"""An office begins to enter an application on behalf of a unit (代录), or tries a round out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.constants import Can
from portal.core.errors import refuse, require
from portal.core.web import OfficeView, add_errors
from towns.actions.giving_up import give_up_on_behalf
from towns.actions.on_behalf import start_on_behalf
from towns.forms.contributing import GiveUpForm, OnBehalfForm
from towns.models import Application, Round, Town
from towns.policies import may_give_up_on_behalf, term_of
from towns.round_queries import taken
from towns.views.filing import ApplicationPage

MOST_TOWNS = 500


class OnBehalfView(OfficeView):
    """Choose the town whose stamped paper application lies on the desk."""

    def _call(self, pk: int) -> Round:
        rows = Round.objects.visible_to(self.actor).select_related("office__region", "criteria_set")
        call: Round = get_object_or_404(rows, pk=pk)
        if not self.actor.can(Can.HANDLE) or self.actor.scope is None:
            require(refuse("代为录入由领导小组办公室主任、副主任、经办或审核岗位办理。"))
        return call

    def _towns(self, call: Round) -> list[Town]:
        """Towns the office may enter for: its own county's; on trial, all of its region.

        Without those certified already and those that have an application here.
        """
        rows = Town.objects.visible_to(self.actor).standing().select_related("county")
        if not call.trial and self.actor.office is not None:
            rows = rows.filter(county_id=self.actor.office.region_id)
        if call.categories:
            rows = rows.filter(category__in=call.categories)
        # Asked twice, the draft that this office has begun is opened again.
        own = self.actor.office if self.request.method == "POST" else None
        rows = rows.exclude(pk__in=taken(call, but_of=own))
        return list(rows.order_by("county__code", "name")[:MOST_TOWNS])

    def get(self, request: HttpRequest, call: int) -> HttpResponse:
        """The question."""
        found = self._call(call)
        form = OnBehalfForm(
            towns=self._towns(found),
            trial=found.trial,
            initial={"town": request.GET.get("town", "")},
        )
        return self._show(found, form)

    def post(self, request: HttpRequest, call: int) -> HttpResponse:
        """Begin, or go on with what this office began."""
        found = self._call(call)
        towns = self._towns(found)
        form = OnBehalfForm(request.POST, towns=towns, trial=found.trial)
        if form.is_valid():
            town = next(row for row in towns if row.pk == form.cleaned_data["town"])
            try:
                application = start_on_behalf(
                    actor=self.actor,
                    town=town,
                    call=found,
                    reason=form.cleaned_data.get("reason", ""),
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                said = (
                    f"已开始为{town.name}试填，逐部分填写，随时可以保存。试填的申报不进入办理。"
                    if found.trial
                    else f"请按{town.name}的纸质材料逐部分录入，随时可以保存。"
                )
                messages.success(request, said)
                return redirect(self.url("application", application.pk))
        return self._show(found, form, 422)

    def _show(self, call: Round, form: Any, status: int = 200) -> HttpResponse:
        return self.page(
            "towns/on_behalf.html",
            {
                "breadcrumbs": [
                    ("申报批次", self.url("rounds")),
                    (call.title, self.url("round", call.pk)),
                    ("试填申报" if call.trial else "代为录入", None),
                ],
                "call": call,
                "term": term_of(call),
                "form": form,
                "empty": not form.fields["town"].choices[1:],
                "cancel_url": self.url("round", call.pk),
            },
            status=status,
        )


class GiveUpView(ApplicationPage):
    """Give up what the office entered: a page of its own, with the reason."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        application = self.fetch(pk)
        require(may_give_up_on_behalf(self.actor, application))
        return self._ask(application, GiveUpForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Give it up."""
        application = self.fetch(pk)
        require(may_give_up_on_behalf(self.actor, application))
        form = GiveUpForm(request.POST)
        if not form.is_valid():
            return self._ask(application, form, 422)
        give_up_on_behalf(
            actor=self.actor, application=application, reason=form.cleaned_data["reason"]
        )
        messages.success(request, f"已撤销{application.town.name}的代录，可由填报单位自行填报。")
        return redirect(self.url("round", application.round_id))

    def _ask(self, application: Application, form: GiveUpForm, status: int = 200) -> HttpResponse:
        return self.page(
            "towns/give_up.html",
            {
                "breadcrumbs": self.crumbs(application, "撤销代录"),
                "application": application,
                "form": form,
                "application_url": self.url("application", application.pk),
            },
            status=status,
        )
