"""The list of criteria sets: versions of one set together, drafts of the own office first."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, CharField, F, IntegerField, Q, Value, When
from django.db.models.functions import Cast, Concat, LPad
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from criteria.forms.reading import CriteriaFilterForm
from criteria.models import CriteriaSet, CriteriaSetQuerySet
from criteria.policies import may_author
from criteria.standing import standing_as, standings
from criteria.tables.standing import COLUMNS, Address, list_rows
from portal.core.actor import PUBLIC, Actor
from portal.core.constants import LEVELS
from portal.core.paging import Order, paginate_by
from portal.core.web import OfficeView, PublicView

LINE = Order("line", descending=False)
# After every version: a draft, which has none, comes first.
LATEST = 99_999


def in_lines(rows: CriteriaSetQuerySet) -> CriteriaSetQuerySet:
    """With the value that orders them: by region, level and kind, there the latest first."""
    place = Case(
        When(version=0, then=Value(0)),
        default=LATEST - F("version"),
        output_field=IntegerField(),
    )
    levels = [When(level=key, then=Value(str(at))) for at, key in enumerate(LEVELS)]
    parts = (
        F("region__code"),
        Case(*levels, default=Value("9"), output_field=CharField()),
        F("kind"),
        LPad(Cast(place, CharField()), 6, Value("0")),
    )
    return rows.annotate(line=Concat(*parts, output_field=CharField()))


def narrow(rows: CriteriaSetQuerySet, chosen: dict[str, str]) -> CriteriaSetQuerySet:
    """The sets that the filter leaves."""
    if chosen["search"]:
        words = chosen["search"]
        rows = rows.filter(
            Q(title__contains=words)
            | Q(document_title__contains=words)
            | Q(document_number__contains=words)
            | Q(pk__in=rows.filter(criteria__text__contains=words).values("pk"))
        )
    for name in ("level", "kind"):
        if chosen[name]:
            rows = rows.filter(**{name: chosen[name]})
    return standing_as(rows, chosen["standing"]) if chosen["standing"] else rows


def list_context(
    actor: Actor, request: HttpRequest, address: Address, clear_url: str
) -> dict[str, Any]:
    """The list of sets the actor may read."""
    form = CriteriaFilterForm(request.GET, drafts=actor.scope is not None)
    seen = in_lines(CriteriaSet.objects.visible_to(actor))
    rows = narrow(seen, form.cleaned_data) if form.is_valid() else seen.none()
    page = paginate_by(rows, request.GET, order=LINE, base=seen.select_related("region"))
    return {
        "form": form,
        "clear_url": clear_url if set(form.changed_data) - {"post"} else "",
        "columns": COLUMNS,
        "page": page,
        "rows": list_rows(page.items, standings(page.items), address),
    }


class CriteriaListView(OfficeView):
    """Criteria sets, inside an office's workspace."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        context = list_context(
            self.actor, request, lambda key: self.url("criteria-set", key), self.url("criteria")
        )
        crumbs = [("工作台", self.url("workspace")), ("认定标准", None)]
        begun = {
            "new_url": self.url("criteria-new") if may_author(self.actor).ok else "",
            "import_url": self.url("criteria-import"),
        }
        return self.page(
            "criteria/list.html",
            {**context, **begun, "layout": "base.html", "breadcrumbs": crumbs},
        )


class PublicCriteriaListView(PublicView):
    """Published criteria sets for everybody."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        context = list_context(
            PUBLIC,
            request,
            lambda key: reverse("public-criteria", args=[key]),
            reverse("public-criteria-list"),
        )
        return self.page("criteria/list.html", {**context, "layout": "public/base.html"})
