"""条款分工: the pages on which an office sets which units it consults on each criterion."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from criteria.specs import CriterionSpec
from portal.core.actor import acting_office
from portal.core.errors import require
from portal.core.merging import Changed, digest
from portal.core.standing import differing, refuse_unseen, sent_again
from portal.core.web import OfficeView, add_errors
from reviews.actions import set_criterion_units
from reviews.consulting_queries import (
    Division,
    divisions_for,
    roles_of,
    rows_of_set,
    set_now,
    sets_to_divide,
    units_of,
)
from reviews.forms.consulting import DivisionForm
from reviews.models import CriterionUnit
from reviews.policies import may_divide
from reviews.tables import dividing as shown


class DivisionPage(OfficeView):
    """What the pages of 条款分工 share."""

    def fetch(self, pk: int) -> CriteriaSet:
        """A criteria set that the office consults on, or 404."""
        require(may_divide(self.actor))
        found: CriteriaSet = get_object_or_404(CriteriaSet.objects.visible_to(self.actor), pk=pk)
        return found

    def crumbs(self, *here: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        """条款分工 > this page."""
        return [("条款分工", self.url("criterion-units-sets")), *here]


class DivisionsView(DivisionPage):
    """The criteria sets that the office consults on."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        require(may_divide(self.actor))
        sets = sets_to_divide(self.actor)
        return self.page(
            "reviews/divisions.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("条款分工", None)],
                "columns": shown.SET_COLUMNS,
                "rows": shown.set_rows(self.actor, sets),
                "units": len(units_of(acting_office(self.actor))),
                "offices_url": self.url("offices"),
            },
        )


class SetUnitsView(DivisionPage):
    """A criteria set: each criterion with the units that are consulted on it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        criteria_set = self.fetch(pk)
        return self.page(
            "reviews/division_set.html",
            {
                "breadcrumbs": self.crumbs((criteria_set.title, None)),
                "criteria_set": criteria_set,
                "parts": shown.criterion_parts(
                    self.actor, criteria_set, rows_of_set(self.actor, criteria_set)
                ),
                "columns": shown.UNIT_COLUMNS,
                "units": len(units_of(acting_office(self.actor))),
            },
        )


class CriterionUnitsView(DivisionPage):
    """One criterion: a role for each member unit, offered from a clause of the documents."""

    def get(self, request: HttpRequest, pk: int, criterion: str) -> HttpResponse:
        """What is set, or what the chosen clause would make of it; nothing is saved by looking."""
        criteria_set, spec = self.find(pk, criterion)
        divisions = divisions_for(acting_office(self.actor))
        wanted = request.GET.get("clause", "")
        division = next((row for row in divisions if row.key == wanted), None)
        present = self.present(criteria_set, criterion)
        roles = (
            {unit: shown.offered_role(role) for unit, role in division.roles.items()}
            if division is not None
            else {unit: row.role for unit, row in present.items()}
        )
        form = self.form(division=division, roles=roles, seen=digest(roles_of(present)))
        return self.show(criteria_set, spec, form, divisions, division)

    def post(self, request: HttpRequest, pk: int, criterion: str) -> HttpResponse:
        """Save it."""
        criteria_set, spec = self.find(pk, criterion)
        form, standing = self.form(request.POST), None
        if form.is_valid():
            try:
                rows = set_criterion_units(
                    actor=self.actor,
                    criteria_set=criteria_set,
                    criterion=criterion,
                    roles=form.roles,
                    clause=form.cleaned_data["clause"],
                    seen=form.cleaned_data["seen"] or None,
                )
            except ValidationError as error:
                add_errors(form, error)
            except Changed as changed:
                form, standing = self.compared(criteria_set, criterion, changed)
            else:
                messages.success(request, f"“{spec.title}”已设定 {len(rows)} 个单位。")
                return redirect(self.url("criterion-units", criteria_set.pk))
        divisions = divisions_for(acting_office(self.actor))
        clause = request.POST.get("clause", "")
        division = next((row for row in divisions if row.key == clause), None)
        status = 422 if standing is None else 409
        return self.show(criteria_set, spec, form, divisions, division, status, standing)

    def compared(
        self, criteria_set: CriteriaSet, criterion: str, changed: Changed
    ) -> tuple[DivisionForm, list[dict[str, str]]]:
        """What was chosen, and what stands beside it; sent again it replaces that."""
        present = self.present(criteria_set, criterion)
        form = self.form(sent_again(self.request.POST, seen=digest(roles_of(present))))
        refuse_unseen(form, changed)
        now = {f"role_{unit}": row.role for unit, row in present.items()}
        return form, differing(form, now)

    def find(self, pk: int, criterion: str) -> tuple[CriteriaSet, CriterionSpec]:
        """The set and its criterion, or 404."""
        criteria_set = self.fetch(pk)
        for row in spec_of(criteria_set).criteria:
            if row.key == criterion:
                return criteria_set, row
        raise Http404("该认定标准没有这一条。")

    def present(self, criteria_set: CriteriaSet, criterion: str) -> dict[int, CriterionUnit]:
        """What is set now, by the units it falls to."""
        rows = rows_of_set(self.actor, criteria_set)
        return set_now(row for row in rows if row.criterion == criterion)

    def form(self, data: Any = None, **options: Any) -> DivisionForm:
        """The form over the standing member units."""
        return DivisionForm(data, units=units_of(acting_office(self.actor)), **options)

    def show(
        self,
        criteria_set: CriteriaSet,
        spec: CriterionSpec,
        form: DivisionForm,
        divisions: list[Division],
        division: Division | None,
        status: int = 200,
        standing: list[dict[str, str]] | None = None,
    ) -> HttpResponse:
        """The page, with what was chosen."""
        back = self.url("criterion-units", criteria_set.pk)
        return self.page(
            "reviews/division_edit.html",
            {
                "breadcrumbs": self.crumbs((criteria_set.title, back), (spec.title, None)),
                "criteria_set": criteria_set,
                "spec": spec,
                "form": form,
                "standing": standing,
                "rows": shown.unit_rows(form, divisions),
                "divisions": divisions,
                "division": division,
                "post": self.actor.post,
                "back": back,
            },
            status=status,
        )
