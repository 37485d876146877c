"""Keeping a town's truth: yearly figures, public services."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from portal.core.errors import require
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal
from portal.core.web import OfficeView
from towns.actions import set_functions
from towns.actions.services import functions_now
from towns.forms import FunctionsForm
from towns.models import Application, Town, TownFunction
from towns.policies import may_maintain_town
from towns.views.amending import merging_of, opened_in
from towns.views.back import application_behind, back_parameter, back_to, part_behind


class TownPage(OfficeView):
    """A page that changes one thing of a town and then returns to where it was opened."""

    anchor = ""

    @cached_property
    def town(self) -> Town:
        """The town, if the actor sees it; only its filer gets as far as the form."""
        town = get_object_or_404(
            Town.objects.visible_to(self.actor).select_related("county"), pk=self.kwargs["pk"]
        )
        require(may_maintain_town(self.actor, town))
        return town

    @cached_property
    def behind(self) -> Application | None:
        """The application whose task list led here."""
        return application_behind(self.request, self.actor, self.town)

    def back_url(self) -> str:
        """The application's section or task list, or the town's page."""
        if self.behind is not None:
            return back_to(self.actor, self.behind, part_behind(self.request))
        return self.url("town", self.town.pk) + self.anchor

    def get_stale_url(self) -> str:
        """The town's page."""
        return self.url("town", self.kwargs["pk"])

    def show(self, template: str, label: str, status: int = 200, **context: Any) -> HttpResponse:
        """The page under its town, or under the application it was opened from."""
        if self.behind is not None:
            crumbs = [
                ("我的申报", self.url("applications")),
                (
                    f"{self.town.name} {self.behind.round.title}",
                    self.url("application", self.behind.pk),
                ),
            ]
        else:
            crumbs = [
                ("专业镇", self.url("towns")),
                (self.town.name, self.url("town", self.town.pk)),
            ]
        page = {
            "town": self.town,
            "behind": self.behind,
            "back_url": self.back_url(),
            "back": back_parameter(self.behind, part_behind(self.request)),
            "breadcrumbs": [*crumbs, (label, None)],
        }
        return self.page(template, {**page, **context}, status=status)


class TownFunctionsView(TownPage):
    """The eight public-service functions."""

    def back_url(self) -> str:
        """The application's task list, or the town's page of its services."""
        return super().back_url() if self.behind else self.url("town-services", self.town.pk)

    def _form(self, data: Any = None) -> FunctionsForm:
        present = {
            row.key: (row.state, row.platform)
            for row in TownFunction.objects.on().filter(town=self.town)
        }
        return FunctionsForm(data, present=present)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The matrix."""
        return self._show(self._form())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record it; what somebody else has changed meanwhile is laid beside it."""
        form, merging = self._form(request.POST), self._merging()
        if merging.answered(request.POST):
            decided = merging.decided(request.POST)
            if decided is None:
                return self._decide(merging.again(request.POST), 422)
            form = self._form(decided)
        if not form.is_valid():
            return self._show(form, 422)
        opened = opened_in(merging, request.POST)
        try:
            set_functions(
                actor=self.actor,
                town=self.town,
                states=form.states(),
                platforms=form.platforms(),
                opened=opened,
            )
        except Overtaken as found:
            return self._decide(merging.page(opened or {}, form.cleaned_data, found), 409)
        messages.success(request, f"{self.town.name}公共服务情况已保存。")
        return redirect(self.back_url())

    def _part(self) -> str:
        return f"functions:{self.town.pk}"

    def _merging(self) -> Merging:
        return merging_of(self._part(), self._form(), functions_now(self.town))

    def _show(self, form: FunctionsForm, status: int = 200) -> HttpResponse:
        opened = self.request.POST.get("opened") if self.request.method == "POST" else None
        return self.show(
            "towns/functions.html",
            "公共服务",
            status,
            form=form,
            opened=opened or seal(self._part(), functions_now(self.town)),
        )

    def _decide(self, merge: dict[str, Any] | None, status: int) -> HttpResponse:
        if merge is None:
            return redirect(self.request.get_full_path())
        return self.show(
            "towns/register_conflict.html",
            "公共服务",
            status,
            title=f"{self.town.name}公共服务",
            merge=merge,
            what="公共服务情况",
            cancel_url=self.back_url(),
        )
