"""The base of the pages that change one thing of an office: fetch, ask, one action, back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import Verdict, require
from portal.core.models import Office
from portal.core.web import OfficeView, add_errors
from portal.workspace.office_forms import today


class ChangeView(OfficeView, ABC):
    """A form on a page of its own: what will happen, the fields, one action, back with a message.

    A subclass fetches in ``load``, says who may in ``allowed``, and acts in ``perform``.
    """

    fresh_sign_in = True
    label = ""
    submit_text = ""
    tone = "primary"
    success = ""
    # What the action will do, each a sentence.
    consequences: tuple[str, ...] = ()

    office: Office

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form, for those who may act."""
        self.load(pk)
        require(self.allowed())
        self.check_open()
        return self.show(self.make_form())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One action; complaints go beside their fields with everything typed."""
        self.load(pk)
        require(self.allowed())
        form = self.make_form(request.POST)
        if form.is_valid():
            try:
                message = self.perform(form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, message)
                return redirect(self.done_url())
        return self.show(form, 422)

    # --- what a page says of itself -------------------------------------------------------------

    @abstractmethod
    def load(self, pk: int) -> None:
        """Fetch what the page is about, and ``self.office``; out of scope is 404."""

    @abstractmethod
    def allowed(self) -> Verdict:
        """Whether the acting post may do this."""

    def check_open(self) -> None:
        """Stale when there is nothing left to do here."""

    @abstractmethod
    def make_form(self, data: Any = None) -> forms.Form:
        """The form, with what was typed."""

    @abstractmethod
    def perform(self, fields: dict[str, Any]) -> str:
        """Call the action; the sentence that says what was done."""

    def title(self) -> str:
        """The heading: what is done to whom."""
        return self.label

    def items(self) -> list[dict[str, Any]]:
        """What it concerns."""
        return []

    def explained(self) -> tuple[str, ...]:
        """What will happen."""
        return self.consequences

    def initial(self) -> dict[str, Any]:
        """What the form starts with."""
        return today()

    def back_url(self) -> str:
        """The page it was opened from."""
        return self.url("office", self.office.pk)

    def done_url(self) -> str:
        """Where one goes when it is done."""
        return self.back_url()

    def get_stale_url(self) -> str:
        """Where the present state stands."""
        return self.back_url()

    def crumbs(self) -> list[tuple[str, str]]:
        """The pages above."""
        return [(self.office.name, self.url("office", self.office.pk))]

    def show(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page(
            "offices/change.html",
            {
                "breadcrumbs": [
                    ("机构与岗位", self.url("offices")),
                    *self.crumbs(),
                    (self.label, None),
                ],
                "title": self.title(),
                "label": self.label,
                "explained": self.explained(),
                "items": self.items(),
                "form": form,
                "submit_text": self.submit_text or self.label,
                "tone": self.tone,
                "cancel_url": self.back_url(),
            },
            status=status,
        )
