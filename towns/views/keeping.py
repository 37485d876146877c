"""Keeping a town's truth: yearly figures, public services."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from portal.core.errors import require
from portal.core.web import OfficeView
from towns.actions import set_functions
from towns.forms import FunctionsForm
from towns.models import Application, Town, TownFunction
from towns.policies import may_maintain_town
from towns.views.back import application_behind, back_parameter


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
        """The application's task list, or the town's page."""
        if self.behind is not None:
            return self.url("application", self.behind.pk)
        return self.url("town", self.town.pk) + self.anchor

    def get_stale_url(self) -> str:
        """The town's page."""
        return self.url("town", self.kwargs["pk"])

    def show(self, template: str, label: str, status: int = 200, **context: Any) -> HttpResponse:
        """The page under its town, or under the application it was opened from."""
        if self.behind is not None:
            crumbs = [
                ("我的申报", self.url("applications")),
                (f"{self.town.name} {self.behind.round.title}", self.back_url()),
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
            "back": back_parameter(self.behind),
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
        return self.show("towns/functions.html", "公共服务", form=self._form())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record it."""
        form = self._form(request.POST)
        if form.is_valid():
            set_functions(
                actor=self.actor,
                town=self.town,
                states=form.states(),
                platforms=form.platforms(),
            )
            messages.success(request, f"{self.town.name}公共服务情况已保存。")
            return redirect(self.back_url())
        return self.show("towns/functions.html", "公共服务", 422, form=form)
