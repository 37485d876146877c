"""The page of one enterprise, and its renaming."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from criteria.queries import indicators
from portal.core import clock
from portal.core.constants import Can
from portal.core.errors import require
from portal.core.web import OfficeView, add_errors
from towns.actions import rename_enterprise
from towns.enterprise_policies import may_rename_enterprise
from towns.enterprise_queries import REVENUE, events_of, figures_of, places_over_years
from towns.figure_queries import enterprise_charts
from towns.forms import RenameEnterpriseForm
from towns.honour_queries import with_order
from towns.models import Enterprise, Honour, Membership, Town
from towns.tables import enterprises as tables
from towns.tables import honours as honour_tables

SHOWN_YEARS = 10
# So many towns have their place shown; an enterprise is rarely part of more than two.
MOST_TOWNS = 3
MOST_HONOURS = 50


class EnterprisePage(OfficeView):
    """A page of one enterprise: 404 unless the actor sees a town that it is or was part of."""

    @cached_property
    def enterprise(self) -> Enterprise:
        """The enterprise."""
        rows = Enterprise.objects.visible_to(self.actor).prefetch_related("names")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def seats(self) -> list[Membership]:
        """Its part in the towns that the actor sees, present ones first."""
        rows = Membership.objects.visible_to(self.actor).filter(enterprise=self.enterprise)
        found = list(rows.select_related("town__county").order_by("-since", "-pk"))
        return sorted(found, key=lambda seat: seat.until is not None)

    @property
    def current(self) -> list[Membership]:
        """Its part in towns today."""
        today = clock.today()
        return [seat for seat in self.seats if seat.until is None or seat.until > today]


class EnterpriseView(EnterprisePage):
    """Names, towns and roles, yearly figures with places, honours, what happened."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        enterprise, actor = self.enterprise, self.actor
        self.viewed(enterprise)
        standing = [seat.town for seat in self.current if seat.town.closed_on is None]
        kept = {town.pk for town in standing} if actor.can(Can.FILL) else set()
        honours = with_order(Honour.objects.visible_to(actor).filter(enterprise=enterprise))
        return self.page(
            "towns/enterprise.html",
            {
                "breadcrumbs": [("企业", self.url("enterprises")), (enterprise.name, None)],
                "enterprise": enterprise,
                "facts": tables.enterprise_facts(enterprise),
                "editable": bool(kept),
                "seat_columns": tables.SEAT_COLUMNS,
                "seats": tables.seat_rows(self.seats, actor, kept),
                "charts": enterprise_charts(enterprise.pk),
                "honour_columns": honour_tables.HONOUR_COLUMNS,
                "honours": honour_tables.honour_rows(
                    honours.select_related("enterprise")[:MOST_HONOURS], actor
                ),
                "event_columns": tables.EVENT_COLUMNS,
                "events": tables.event_rows(events_of(enterprise, self.seats)),
                **self._figures(standing[:MOST_TOWNS]),
            },
        )

    def _figures(self, towns: list[Town]) -> dict[str, Any]:
        newest = clock.today().year - 1
        span = range(newest, newest - SHOWN_YEARS - 1, -1)
        found = figures_of([self.enterprise.pk], list(span))
        values = {(year, key): value for (_, year, key), value in found.items()}
        years = sorted({year for year, _ in values} & set(span[:-1]), reverse=True)
        revenue = {year: values[year, REVENUE] for year in years if (year, REVENUE) in values}
        catalogue = indicators("enterprise", "reported")
        places = [places_over_years(town, revenue) for town in towns]
        return {
            "year_columns": tables.year_columns(catalogue, towns),
            "years": tables.year_rows(years, catalogue, values, places),
        }


class EnterpriseRenameView(EnterprisePage):
    """A new name; the old one stays as a former name."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form."""
        require(may_rename_enterprise(self.actor, self.enterprise))
        initial = {"on": clock.today(), "was": self.enterprise.name}
        return self._show(RenameEnterpriseForm(initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Rename it."""
        require(may_rename_enterprise(self.actor, self.enterprise))
        form = RenameEnterpriseForm(request.POST)
        if form.is_valid():
            fields = form.cleaned_data
            try:
                renamed = rename_enterprise(actor=self.actor, enterprise=self.enterprise, **fields)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(
                    request, f"“{fields['was']}”已更名为“{renamed.name}”，原名称列为曾用名。"
                )
                return redirect(self.get_stale_url())
        return self._show(form, 422)

    def _show(self, form: RenameEnterpriseForm, status: int = 200) -> HttpResponse:
        enterprise = self.enterprise
        towns = "、".join(seat.town.name for seat in self.current)
        return self.page(
            "offices/change.html",
            {
                "breadcrumbs": [
                    ("企业", self.url("enterprises")),
                    (enterprise.name, self.url("enterprise", enterprise.pk)),
                    ("更名", None),
                ],
                "title": f"企业更名：{enterprise.name}",
                "label": "企业更名",
                "items": [
                    {"label": "现名称", "value": enterprise.name},
                    {"label": "统一社会信用代码", "value": enterprise.uscc},
                    {"label": "所在专业镇", "value": towns},
                ],
                "explained": (
                    "同一统一社会信用代码在平台中是同一家企业：更名后，各专业镇的名单都显示新名称。",
                    "原名称列为曾用名，仍可用来查询；更名记入所在各专业镇的台账。",
                ),
                "form": form,
                "submit_text": "更名",
                "cancel_url": self.get_stale_url(),
            },
            status=status,
        )

    def get_stale_url(self) -> str:
        """The enterprise's page."""
        return self.url("enterprise", self.kwargs["pk"])
