"""The government's stamped request (申报请示) and the commitments, on the check page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.opened import unseal
from portal.core.web import add_errors
from towns.actions import attach_request, remove_request, sign_commitments
from towns.actions.handing import request_part
from towns.models import Application
from towns.policies import may_change_request, may_sign_commitments
from towns.views.handing import CheckPage, Sent


class RequestView(CheckPage):
    """Attach the scan and its number, or replace them."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """It stands on the check page."""
        return redirect(self.url("application-check", self.fetch(pk).pk) + "#request")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep it; what is wrong comes back beside the field with what was typed."""
        application = self.fetch(pk)
        require(may_change_request(self.actor, application))
        form = self.request_form(application, request.POST, request.FILES)
        keys = request.POST.getlist("uploads")
        if form.is_valid():
            try:
                attach_request(
                    actor=self.actor,
                    application=application,
                    number=form.cleaned_data["number"],
                    upload=form.cleaned_data["file"],
                    key=keys[-1] if keys else "",
                    opened=unseal(request_part(application), request.POST["opened"])
                    if "opened" in request.POST
                    else None,
                )
            except ValidationError as error:
                add_errors(form, error)
        if form.errors:
            return self.show(application, Sent(request=form), 422)
        messages.success(request, "申报请示已保存。")
        return redirect(self.url("application-check", pk) + "#request")


class RequestRemoveView(CheckPage):
    """Take the request off; a question of its own."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        application = self.fetch(pk)
        require(may_change_request(self.actor, application))
        if application.request_file is None:
            return redirect(self.url("application-check", pk) + "#request")
        return self.page("towns/request_remove.html", self._question(application))

    def _question(self, application: Application) -> dict[str, Any]:
        file = application.request_file
        return {
            "breadcrumbs": self.crumbs(application, "移除申报请示"),
            "title": f"移除申报请示“{application.request_number}”",
            "items": [
                {"label": "文件名", "value": file.name if file is not None else ""},
                {"label": "申报", "value": str(application)},
            ],
            "cancel_url": self.url("application-check", application.pk) + "#request",
        }

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Remove it; who comes second is told so."""
        remove_request(actor=self.actor, application=self.fetch(pk))
        messages.success(request, "申报请示已移除。")
        return redirect(self.url("application-check", pk) + "#request")

    def get_stale_url(self) -> str:
        """Back to where it stood."""
        return self.url("application-check", self.kwargs["pk"]) + "#request"


class CommitmentsView(CheckPage):
    """Read every sentence and promise it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """They stand on the check page."""
        return redirect(self.url("application-check", self.fetch(pk).pk) + "#commitments")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Sign them, or say which were not read."""
        application = self.fetch(pk)
        require(may_sign_commitments(self.actor, application))
        ticked = request.POST.getlist("commitment")
        try:
            sign_commitments(actor=self.actor, application=application, texts=ticked)
        except ValidationError as error:
            first = next(
                (
                    place
                    for place, text in enumerate(application.round.commitment_texts)
                    if text not in ticked
                ),
                0,
            )
            problems = [
                {"text": text, "href": f"#id_commitment_{first}"} for text in error.messages
            ]
            return self.show(application, Sent(errors=problems, ticked=ticked), 422)
        messages.success(request, "已作出承诺。")
        return redirect(self.url("application-check", pk) + "#commitments")
