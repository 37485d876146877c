"""Two sets clause by clause, for an office and for everybody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from criteria.compared import comparable_with, compare_sets, name_of
from criteria.forms.comparing import CompareForm
from criteria.models import CriteriaSet
from criteria.tables.comparing import Narrowed, comparison_context
from portal.core.actor import PUBLIC, Actor
from portal.core.web import OfficeView, PublicView

Address = Callable[..., str]


def compare_context(
    actor: Actor, request: HttpRequest, key: str, address: Address, names: tuple[str, str]
) -> dict[str, Any]:
    """The page of a comparison; ``names``: of the addresses of a set and of its comparison."""
    rows = CriteriaSet.objects.visible_to(actor).select_related("region")
    left = get_object_or_404(rows, key=key)
    others = {row.key: row for row in comparable_with(actor, left)}
    wanted = request.GET.get("with", "")
    if wanted and wanted not in others:
        raise Http404("没有这套标准。")
    right = others.get(wanted)
    sides = [left, right] if right is not None else [left]
    categories = {item["key"]: item["name"] for side in reversed(sides) for item in side.categories}
    form = CompareForm(
        request.GET,
        sets=[(row.key, f"{row.region.name} {name_of(row)}") for row in others.values()],
        categories=list(categories.items()),
    )
    context: dict[str, Any] = {
        "set": left,
        "set_url": address(names[0], left.key),
        "form": form,
        "others": bool(others),
    }
    if right is not None:
        given = form.cleaned_data if form.is_valid() else {}
        narrowed = Narrowed(given.get("category", ""), bool(given.get("only")))
        found = compare_sets(left, right)
        swap = address(names[1], right.key)
        context |= comparison_context(found, name_of(left), name_of(right), narrowed)
        context |= {
            "right": right,
            "right_url": address(names[0], right.key),
            "swap_url": f"{swap}{'&' if '?' in swap else '?'}with={left.key}",
        }
    return context


class CriteriaCompareView(OfficeView):
    """A set beside another one, inside an office's workspace."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The comparison, or the choice of the other set."""
        names = ("criteria-set", "criteria-compare")
        context = compare_context(self.actor, request, key, self.url, names)
        crumbs = [
            ("工作台", self.url("workspace")),
            ("认定标准", self.url("criteria")),
            (context["set"].title, context["set_url"]),
            ("比较", None),
        ]
        return self.page(
            "criteria/compare.html", {**context, "layout": "base.html", "breadcrumbs": crumbs}
        )


class PublicCriteriaCompareView(PublicView):
    """A published set beside another one, for everybody."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The comparison, or the choice of the other set."""
        names = ("public-criteria", "public-criteria-compare")
        context = compare_context(
            PUBLIC, request, key, lambda name, *args: reverse(name, args=args), names
        )
        crumbs = [
            ("认定标准", reverse("public-criteria-list")),
            (context["set"].title, context["set_url"]),
            ("比较", None),
        ]
        return self.page(
            "criteria/compare.html",
            {**context, "layout": "public/base.html", "breadcrumbs": crumbs},
        )
