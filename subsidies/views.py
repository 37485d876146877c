"""Policies to read: what each promises, in its own words, and whether it is still in force.

The public pages and the offices' pages show the same; only the layout and the links differ.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from portal.core import clock
from portal.core.actor import PUBLIC, Actor
from portal.core.constants import COUNT_CAP
from portal.core.paging import capped_count
from portal.core.web import OfficeView, PublicView
from subsidies.constants import CLAUSE_KINDS, VALIDITY_TONES
from subsidies.forms import PolicyFilterForm
from subsidies.models import Clause, Policy
from subsidies.queries import filter_clauses, filter_policies

POLICY_COLUMNS = (
    {"label": "政策", "kind": "name"},
    {"label": "级别"},
    {"label": "发文机关", "kind": "name"},
    {"label": "印发日期", "kind": "date"},
    {"label": "有效期至", "kind": "date"},
    {"label": "状态", "kind": "tag"},
)
CLAUSE_COLUMNS = (
    {"label": "对象", "kind": "name"},
    {"label": "条件", "kind": "name"},
    {"label": "方式", "kind": "tag"},
    {"label": "标准", "kind": "name"},
    {"label": "政策和条款", "kind": "name"},
)
# Reference data in the order of the documents: a page holds them all for years to come.
SHOWN = 300
Address = Callable[[str], str]


def list_context(
    actor: Actor, request: HttpRequest, address: Address, clear_url: str
) -> dict[str, Any]:
    """Policies above, the clauses they hold below, under one filter."""
    form = PolicyFilterForm(request.GET)
    chosen = form.cleaned_data if form.is_valid() else None
    policies = Policy.objects.none() if chosen is None else filter_policies(actor, chosen)
    clauses = Clause.objects.none() if chosen is None else filter_clauses(actor, chosen)
    found, capped = capped_count(clauses)
    today = clock.today()
    return {
        "form": form,
        "clear_url": clear_url if form.has_changed() else "",
        "policy_columns": POLICY_COLUMNS,
        "policies": [
            {
                "id": row.pk,
                "cells": [
                    {"text": row.title, "url": address(row.key), "note": row.document_number},
                    row.get_level_display(),
                    row.issuing_organ,
                    row.issued_on,
                    row.valid_to or "未载明",
                    {"text": row.state_on(today), "tone": VALIDITY_TONES[row.state_on(today)]},
                ],
            }
            for row in policies[:50]
        ],
        "clause_columns": CLAUSE_COLUMNS,
        "clauses": [
            {
                "id": row.pk,
                "cells": [
                    row.beneficiary,
                    row.trigger,
                    CLAUSE_KINDS.get(row.kind, row.kind),
                    {"text": row.amount_text, "note": _cap(row)},
                    {
                        "text": f"{row.policy.document_number} {row.clause}",
                        "url": f"{address(row.policy.key)}#{row.key}",
                        "note": row.policy.state_on(today),
                    },
                ],
            }
            for row in clauses.select_related("policy")[:SHOWN]
        ],
        "count_text": f"共 {COUNT_CAP:,}+ 条" if capped else f"共 {found:,} 条",
        "cut_off": found > SHOWN,
        "shown": SHOWN,
    }


def _cap(row: Clause) -> str:
    """The most that is paid, unless the amount says so itself."""
    if not row.cap or row.cap == row.amount_text:
        return ""
    return row.cap if row.cap.startswith("（") else f"上限 {row.cap}"


def policy_context(actor: Actor, key: str) -> dict[str, Any]:
    """One policy with every clause."""
    policy = get_object_or_404(Policy.objects.visible_to(actor).select_related("region"), key=key)
    state = policy.state_on(clock.today())
    return {
        "policy": policy,
        "state": state,
        "state_tone": VALIDITY_TONES[state],
        "facts": [
            {"label": "发文字号", "value": policy.document_number},
            {"label": "发文机关", "value": policy.issuing_organ},
            {"label": "适用地区", "value": policy.region.name},
            {"label": "印发日期", "value": policy.issued_on},
            {"label": "施行日期", "value": policy.valid_from or "未载明"},
            {"label": "有效期至", "value": policy.valid_to or "未载明", "note": policy.note},
            {"label": "有效期原文", "value": policy.validity_text},
            {"label": "重复奖补规定", "value": policy.duplication_text},
        ],
        "clauses": [
            {
                "key": row.key,
                "title": row.beneficiary,
                "kind": CLAUSE_KINDS.get(row.kind, row.kind),
                "clause": {
                    "text": row.quote,
                    "document_number": policy.document_number,
                    "clause_number": row.clause,
                    "expired_text": state if state == "已过期" else "",
                },
                "facts": [
                    {"label": "条件", "value": row.trigger},
                    {
                        "label": "标准",
                        "value": row.amount_text,
                        "note": "" if row.amount_stated else "文件未载明数额",
                    },
                    *(
                        {"label": label, "value": value}
                        for label, value in (
                            ("上限", row.cap),
                            ("次数", row.once),
                            ("资金来源", row.fund_source),
                        )
                        if value
                    ),
                ],
            }
            for row in policy.clauses.all()
        ],
    }


class PolicyListView(OfficeView):
    """Policies, inside an office's workspace."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        context = list_context(
            self.actor, request, lambda key: self.url("policy", key), self.url("policies")
        )
        crumbs = [("工作台", self.url("workspace")), ("政策条款", None)]
        return self.page(
            "subsidies/list.html", {**context, "layout": "base.html", "breadcrumbs": crumbs}
        )


class PolicyDetailView(OfficeView):
    """One policy, inside an office's workspace."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The policy."""
        context = policy_context(self.actor, key)
        crumbs = [
            ("工作台", self.url("workspace")),
            ("政策条款", self.url("policies")),
            (context["policy"].document_number, None),
        ]
        return self.page(
            "subsidies/policy.html", {**context, "layout": "base.html", "breadcrumbs": crumbs}
        )


class PublicPolicyListView(PublicView):
    """Policies for everybody."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        context = list_context(
            PUBLIC,
            request,
            lambda key: reverse("public-policy", args=[key]),
            reverse("public-policies"),
        )
        return self.page("subsidies/list.html", {**context, "layout": "public/base.html"})


class PublicPolicyView(PublicView):
    """One policy for everybody."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The policy."""
        context = policy_context(PUBLIC, key)
        crumbs = [
            ("政策条款", reverse("public-policies")),
            (context["policy"].document_number, None),
        ]
        return self.page(
            "subsidies/policy.html",
            {**context, "layout": "public/base.html", "breadcrumbs": crumbs},
        )
