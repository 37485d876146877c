"""The base of the pages that change one thing of a town's registers: fetch, ask, act, back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from portal.core.errors import Verdict, require
from portal.core.web import OfficeView, add_errors
from towns.models import Town
from towns.policies import may_maintain_town
from towns.views.back import application_behind, back_to, part_behind


class TownChangeView(OfficeView, ABC):
    """A form on a page of its own: what it concerns, what will happen, one action, back.

    ``label`` is the last breadcrumb, ``submit_text`` the verb on the button, ``explained`` what
    happens afterwards, each a sentence.
    """

    label = ""
    submit_text = ""
    tone = "primary"
    explained: tuple[str, ...] = ()
    back_name = "town"

    @cached_property
    def town(self) -> Town:
        """The town, if the actor sees it."""
        rows = Town.objects.visible_to(self.actor).select_related("county")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def allowed(self) -> Verdict:
        """Whether the acting post may do this."""
        return may_maintain_town(self.actor, self.town)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form, for those who may act."""
        require(self.allowed())
        return self.show(self.make_form())

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """One action; complaints go beside their fields with everything typed."""
        require(self.allowed())
        form = self.make_form(request.POST, request.FILES)
        if form.is_valid():
            try:
                message = self.perform(form)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, message)
                return redirect(self.done_url())
        return self.show(form, 422)

    @abstractmethod
    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The form, with what was typed."""

    @abstractmethod
    def perform(self, form: Any) -> str:
        """Call the action; the sentence that says what was done."""

    def title(self) -> str:
        """The heading."""
        return f"{self.town.name}：{self.label}"

    def items(self) -> list[dict[str, Any]]:
        """What it concerns, as names and values."""
        return []

    def back_url(self) -> str:
        """The page it was opened from: a section of an application, or one of the town's."""
        part = part_behind(self.request)
        behind = application_behind(self.request, self.actor, self.town) if part else None
        if behind is not None:
            return back_to(self.actor, behind, part)
        return self.url(self.back_name, self.town.pk)

    def done_url(self) -> str:
        """Where one goes when it is done."""
        return self.back_url()

    def get_stale_url(self) -> str:
        """Where the present state stands."""
        return self.back_url()

    def crumbs(self) -> list[tuple[str, str | None]]:
        """The pages above."""
        return [
            ("专业镇", self.url("towns")),
            (self.town.name, self.url("town", self.town.pk)),
            (self.label, None),
        ]

    def show(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page("offices/change.html", self.context(form), status=status)

    def context(self, form: forms.Form) -> dict[str, Any]:
        """What the page is made of."""
        return {
            "breadcrumbs": self.crumbs(),
            "title": self.title(),
            "label": self.label,
            "explained": self.explained,
            "items": self.items(),
            "form": form,
            "submit_text": self.submit_text or self.label,
            "tone": self.tone,
            "cancel_url": self.back_url(),
        }
