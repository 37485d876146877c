"""Criteria sets to read: verbatim clauses, thresholds in words, what the document leaves open.

The public pages and the offices' pages show the same; only the layout and the links differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from criteria.constants import NATURE_CHOICES
from criteria.forms.reading import CriteriaFilterForm
from criteria.models import CriteriaSet, CriteriaSetQuerySet
from criteria.queries import indicator_lines, spec_of, validity_on
from criteria.sentences import (
    ALL_CATEGORIES,
    IndicatorLine,
    categories_words,
    criterion_sentences,
    ground_words,
    relaxation_sentence,
    requirement,
)
from criteria.specs import ConditionSpec, CriterionSpec
from criteria.views.set_actions import set_actions
from portal.core import clock
from portal.core.actor import PUBLIC, Actor
from portal.core.formatting import quantity
from portal.core.paging import paginate
from portal.core.web import OfficeView, PublicView

TONES = {"有效": "success", "已过期": "neutral", "有效期未载明": "info"}
COLUMNS = (
    {"label": "名称", "kind": "name"},
    {"label": "级别"},
    {"label": "适用地区"},
    {"label": "文件", "kind": "name"},
    {"label": "施行日期", "kind": "date"},
    {"label": "失效日期", "kind": "date"},
    {"label": "状态", "kind": "tag"},
)
Address = Callable[[str], str]


def narrow(rows: CriteriaSetQuerySet, chosen: dict[str, str]) -> CriteriaSetQuerySet:
    """The sets that the filter leaves."""
    today = clock.today()
    if chosen["search"]:
        words = chosen["search"]
        rows = rows.filter(
            Q(title__contains=words)
            | Q(document_title__contains=words)
            | Q(document_number__contains=words)
            | Q(pk__in=rows.filter(criteria__text__contains=words).values("pk"))
        )
    if chosen["level"]:
        rows = rows.filter(level=chosen["level"])
    if chosen["validity"] == "unstated":
        rows = rows.filter(effective_to__isnull=True)
    elif chosen["validity"] == "valid":
        rows = rows.filter(effective_to__gte=today)
    elif chosen["validity"] == "expired":
        rows = rows.filter(effective_to__lt=today)
    return rows


def list_context(
    actor: Actor, request: HttpRequest, address: Address, clear_url: str
) -> dict[str, Any]:
    """The list of sets the actor may read."""
    form = CriteriaFilterForm(request.GET)
    rows = CriteriaSet.objects.visible_to(actor)
    rows = narrow(rows, form.cleaned_data) if form.is_valid() else rows.none()
    page = paginate(rows.select_related("region"), request.GET, counted=rows)
    today = clock.today()
    return {
        "form": form,
        "clear_url": clear_url if form.has_changed() else "",
        "columns": COLUMNS,
        "page": page,
        "rows": [
            {
                "id": row.pk,
                "cells": [
                    {
                        "text": row.title,
                        "url": address(row.key),
                        "note": "草稿" if row.state == "draft" else "",
                    },
                    row.level_adjective,
                    row.region.name,
                    {"text": row.document_title, "note": row.document_number},
                    row.effective_from,
                    row.effective_to or "未载明",
                    {
                        "text": validity_on(row, today),
                        "tone": TONES[validity_on(row, today)],
                    },
                ],
            }
            for row in page.items
        ],
    }


def set_context(actor: Actor, key: str) -> dict[str, Any]:
    """One set: its document, its criteria, its silence."""
    found = get_object_or_404(
        CriteriaSet.objects.visible_to(actor).select_related("region"), key=key
    )
    spec = spec_of(found)
    names, lines = dict(spec.categories), indicator_lines(spec.indicators)
    validity = validity_on(found, clock.today())
    return {
        "set": found,
        "validity": validity,
        "validity_tone": TONES[validity],
        "categories": [name for _, name in spec.categories],
        "facts": [
            {"label": "文件", "value": f"《{found.document_title}》"},
            {"label": "发文字号", "value": found.document_number},
            {"label": "条款", "value": found.scope_clause},
            {"label": "适用地区", "value": found.region.name},
            {"label": "印发日期", "value": found.issued_on},
            {
                "label": "施行日期",
                "value": found.effective_from or "未载明",
                "note": "文件未载明，按印发日期计" if "施行日期" in found.silent else "",
            },
            {"label": "失效日期", "value": found.effective_to or "未载明"},
            {"label": "类别", "value": "、".join(names.values()) or "未载明"},
        ],
        "criteria": [_criterion(row, names, lines, found) for row in spec.criteria],
        "tiers": [{**tier, "shown": quantity(tier["amount"], "元")} for tier in found.tiers],
    }


def _criterion(
    row: CriterionSpec,
    names: dict[str, str],
    lines: dict[str, IndicatorLine],
    found: CriteriaSet,
) -> dict[str, Any]:
    return {
        "key": row.key,
        "ordinal": row.ordinal,
        "nature": dict(NATURE_CHOICES)[row.nature],
        "clause": {
            "text": row.text,
            "document_number": found.document_number,
            "clause_number": row.clause,
        },
        "conditions": [_condition(item, names, lines) for item in row.conditions],
        # Only where it is not simply all of them that count.
        "joined": criterion_sentences(row._replace(priorities=()), names, lines)
        if row.groups or row.joining == "any"
        else [],
        "priorities": [
            {"quote": item.quote, "words": ground_words(item, lines)} for item in row.priorities
        ],
    }


def _condition(
    item: ConditionSpec, names: dict[str, str], lines: dict[str, IndicatorLine]
) -> dict[str, Any]:
    return {
        "indicator": item.indicator_name,
        "words": requirement(item),
        "year": item.year,
        "categories": categories_words(item.categories, names) or ALL_CATEGORIES,
        "quote": item.quote,
        "relaxation": relaxation_sentence(item.relaxation, item, lines)
        if item.relaxation is not None
        else "",
    }


class CriteriaListView(OfficeView):
    """Criteria sets, inside an office's workspace."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        context = list_context(
            self.actor, request, lambda key: self.url("criteria-set", key), self.url("criteria")
        )
        crumbs = [("工作台", self.url("workspace")), ("认定标准", None)]
        return self.page(
            "criteria/list.html", {**context, "layout": "base.html", "breadcrumbs": crumbs}
        )


class CriteriaSetView(OfficeView):
    """One set, inside an office's workspace."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The set."""
        context = set_context(self.actor, key)
        crumbs = [
            ("工作台", self.url("workspace")),
            ("认定标准", self.url("criteria")),
            (context["set"].title, None),
        ]
        actions = set_actions(self.actor, context["set"])
        return self.page(
            "criteria/set.html",
            {
                **context,
                "layout": "base.html",
                "breadcrumbs": crumbs,
                "actions": actions,
                "has_tools": any(row["tone"] == "quiet" for row in actions),
            },
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


class PublicCriteriaView(PublicView):
    """One published set for everybody."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The set."""
        context = set_context(PUBLIC, key)
        crumbs = [("认定标准", reverse("public-criteria-list")), (context["set"].title, None)]
        return self.page(
            "criteria/set.html", {**context, "layout": "public/base.html", "breadcrumbs": crumbs}
        )
