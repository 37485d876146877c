"""What a round's office sets beside its terms: places and extensions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.actor import acting_office
from portal.core.errors import require
from portal.core.web import OfficeView, add_errors
from reviews.forms.round_parts import (
    ExtensionForm,
    QuotaForm,
    ReasonForm,
)
from reviews.tables import rounds as tables
from towns.actions import (
    grant_extension,
    revoke_extension,
    set_quotas,
)
from towns.deadlines import moment_words
from towns.models import Extension, Round, Town
from towns.round_policies import may_extend, may_set_quotas
from towns.round_queries import (
    extensions_of,
    places_of,
    regions_below,
    table_of_places,
)

MOST_TOWNS = 500


class RoundPartView(OfficeView):
    """A page below a round's."""

    def call(self, pk: int) -> Round:
        """The round, if the actor sees it."""
        rows = Round.objects.visible_to(self.actor).select_related("office__region", "criteria_set")
        found: Round = get_object_or_404(rows, pk=pk)
        return found

    def back(self, call: Round) -> str:
        """The round's page."""
        return self.url("round", call.pk)

    def crumbs(self, call: Round, *labels: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        """申报批次 > the round > this page."""
        return [("申报批次", self.url("rounds")), (call.title, self.back(call)), *labels]


class QuotasView(RoundPartView):
    """The places of the regions right below the acting office's."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The table and the form."""
        call = self.call(pk)
        require(may_set_quotas(self.actor, call))
        given = {row.region_id: row.places for row in call.quotas.all()}
        form = QuotaForm(
            regions=self._regions(),
            initial={f"places_{pk}": places for pk, places in given.items()},
        )
        return self._show(call, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Set them."""
        call = self.call(pk)
        require(may_set_quotas(self.actor, call))
        form = QuotaForm(request.POST, regions=self._regions())
        if form.is_valid():
            try:
                set_quotas(actor=self.actor, call=call, places=form.places())
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "推荐名额已保存，名额有变化的地区已收到通知。")
                return redirect(self.url("round-quotas", call.pk))
        return self._show(call, form, 422)

    def _regions(self) -> list[Any]:
        return list(regions_below(acting_office(self.actor).region))

    def _show(self, call: Round, form: QuotaForm, status: int = 200) -> HttpResponse:
        region = acting_office(self.actor).region
        own = call.office_id == acting_office(self.actor).pk
        return self.page(
            "reviews/round_quotas.html",
            {
                "breadcrumbs": self.crumbs(call, ("推荐名额", None)),
                "call": call,
                "form": form,
                "region": region,
                "own": own,
                "limit": None if own else places_of(call, region),
                "rows": form.rows(table_of_places(self.actor, call)),
                "cancel_url": self.back(call),
            },
            status=status,
        )


class ExtensionsView(RoundPartView):
    """Extensions of a round, and granting one."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list and the form."""
        call = self.call(pk)
        require(may_extend(self.actor, call))
        towns = self._towns(call)
        form = ExtensionForm(towns=towns, initial={"town": request.GET.get("town", "")})
        return self._show(call, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Grant one."""
        call = self.call(pk)
        require(may_extend(self.actor, call))
        towns = {str(row.pk): row for row in self._towns(call)}
        form = ExtensionForm(request.POST, towns=towns.values())
        if form.is_valid():
            data = form.cleaned_data
            try:
                extension = grant_extension(
                    actor=self.actor,
                    call=call,
                    town=towns[data["town"]],
                    until=form.until(),
                    reason=data["reason"],
                    approver=data["approver"],
                )
            except ValidationError as error:
                _beside(form, error, {"until": "until_on"})
            else:
                until = moment_words(extension.until)
                messages.success(
                    request, f"{extension.town.name}已延期至{until}，填报单位已收到通知。"
                )
                return redirect(self.url("round-extensions", call.pk))
        return self._show(call, form, 422)

    def _towns(self, call: Round) -> list[Town]:
        scope = call.office.region.scope
        rows = Town.objects.visible_to(self.actor).standing()
        rows = rows.filter(scope_code__gte=scope.lower, scope_code__lt=scope.upper)
        if call.categories:
            rows = rows.filter(category__in=call.categories)
        return list(rows.select_related("county").order_by("county__code", "name")[:MOST_TOWNS])

    def _show(self, call: Round, form: ExtensionForm, status: int = 200) -> HttpResponse:
        return self.page(
            "reviews/round_extensions.html",
            {
                "breadcrumbs": self.crumbs(call, ("延期", None)),
                "call": call,
                "closing": moment_words(call.closing),
                "form": form,
                "columns": tables.EXTENSION_COLUMNS,
                "rows": tables.extension_rows(extensions_of(self.actor, call), self.actor),
                "cancel_url": self.back(call),
            },
            status=status,
        )


def _beside(form: Form, error: ValidationError, names: dict[str, str]) -> None:
    """Put an action's complaints beside the fields of a form that calls them otherwise."""
    found = getattr(error, "error_dict", None)
    if found is None:
        add_errors(form, error)
        return
    for name, errors in found.items():
        field = names.get(name, name)
        form.add_error(field if field in form.fields else None, errors)


class ExtensionRevokeView(RoundPartView):
    """Take an extension back, with the reason."""

    def _extension(self, call: Round, pk: int) -> Extension:
        require(may_extend(self.actor, call))
        rows = call.extensions.select_related("town", "round")
        found: Extension = get_object_or_404(rows, pk=pk)
        return found

    def get(self, request: HttpRequest, pk: int, extension: int) -> HttpResponse:
        """The question."""
        call = self.call(pk)
        return self._show(call, self._extension(call, extension), ReasonForm())

    def post(self, request: HttpRequest, pk: int, extension: int) -> HttpResponse:
        """Revoke it."""
        call = self.call(pk)
        found = self._extension(call, extension)
        self.stale_url = self.url("round-extensions", call.pk)
        form = ReasonForm(request.POST)
        if form.is_valid():
            try:
                revoke_extension(
                    actor=self.actor, extension=found, reason=form.cleaned_data["reason"]
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"{found.town.name}的延期已撤销，填报单位已收到通知。")
                return redirect(self.url("round-extensions", call.pk))
        return self._show(call, found, form, 422)

    def _show(
        self, call: Round, extension: Extension, form: ReasonForm, status: int = 200
    ) -> HttpResponse:
        listing = self.url("round-extensions", call.pk)
        return self.page(
            "reviews/round_extension_revoke.html",
            {
                "breadcrumbs": self.crumbs(call, ("延期", listing), ("撤销延期", None)),
                "call": call,
                "extension": extension,
                "until": moment_words(extension.until),
                "closing": moment_words(call.closing),
                "form": form,
                "cancel_url": listing,
            },
            status=status,
        )
