"""The gaps of a draft, each with a link to the place where it is mended."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from criteria.checking import SEVERITIES, CheckFinding, Severity, check_set, counts_said
from criteria.models import CriteriaSet
from criteria.policies import may_edit_set
from portal.core.web import OfficeView


class CriteriaCheckView(OfficeView):
    """Everything found in a set."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The findings by severity."""
        rows = CriteriaSet.objects.visible_to(self.actor).select_related("region")
        found = get_object_or_404(rows, key=key)
        editable = may_edit_set(self.actor, found).ok
        findings = check_set(found)
        groups = [
            {
                "label": row.label,
                "tone": row.tone,
                "meaning": row.meaning,
                "findings": [
                    {
                        "place": item.place,
                        "message": item.message,
                        "url": self._place_url(found, item, editable),
                    }
                    for item in findings
                    if item.severity == severity
                ],
            }
            for severity, row in SEVERITIES.items()
        ]
        held = any(item.severity == Severity.BLOCKING for item in findings)
        context: dict[str, Any] = {
            "set": found,
            "set_url": self.url("criteria-set", found.key),
            "edit_url": self.url("criteria-edit", found.key) if editable else "",
            "groups": [row for row in groups if row["findings"]],
            "held": held,
            "counts": counts_said(findings),
            "breadcrumbs": [
                ("工作台", self.url("workspace")),
                ("认定标准", self.url("criteria")),
                (found.title, self.url("criteria-set", found.key)),
                ("检查", None),
            ],
        }
        return self.page("criteria/check.html", context)

    def _place_url(self, found: CriteriaSet, item: CheckFinding, editable: bool) -> str:
        """Where it is mended, for those who may; where it stands, for the others."""
        if not editable:
            anchor = item.criterion or "document"
            return f"{self.url('criteria-set', found.key)}#{anchor}"
        if item.code == "no_criteria":
            return self.url("criterion-new", found.key)
        if item.condition:
            return self.url("condition-edit", found.key, item.criterion, item.condition)
        if item.criterion:
            return self.url("criterion-edit", found.key, item.criterion)
        return self.url("criteria-facts", found.key)
