"""What was declared: criteria with statements and evidence, figures, enterprises, services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from criteria.assessment import CriterionVerdict
from criteria.explaining import Explanation, Line
from criteria.models import Indicator
from criteria.specs import SetSpec
from criteria.tables.explained import card, explained, figure
from criteria.values import CHOSEN, pairs, shown
from portal.core.actor import Actor
from portal.core.constants import UNSTATED
from portal.core.formatting import DASH, change_of
from portal.core.models import StoredFile
from portal.core.web import office_url
from reviews.models import Case
from towns.evidence_index import page_words, relaxation_slot
from towns.models import RelaxationRequest
from towns.tables.filing import declared_values

Item = dict[str, Any]
GRANTED = {True: "已同意放宽", False: "未同意放宽", None: "待会议审定"}


def explanation_of(case: Case, verdicts: Sequence[CriterionVerdict]) -> Explanation:
    """The stored assessment of a case in sentences."""
    application = case.application
    values = declared_values(application.snapshot)
    return explained(application.criteria_set, verdicts, application.category, values)


def criterion_parts(
    case: Case,
    actor: Actor,
    spec: SetSpec,
    explanation: Explanation,
    relaxations: Mapping[str, RelaxationRequest],
    stored: Mapping[int, StoredFile],
) -> list[Item]:
    """Every criterion explained, with its statement, request to relax and evidence.

    What backs a request to relax stands with the request.

    ``stored``: the files declared by the key of their evidence.
    """
    snapshot = case.application.snapshot
    conditions = {row.key: {item.key for item in row.conditions} for row in spec.criteria}
    requests = snapshot.get("relaxations", {})
    parts = []
    for told in explanation.criteria:
        verdict = told.verdict
        own = conditions.get(verdict.key, set())
        asked = {key: text for key, text in requests.items() if key in own}
        backing = {relaxation_slot(key) for key in asked}
        files = _files(case, actor, verdict.key, stored)
        parts.append(
            {
                "key": verdict.key,
                "title": verdict.title,
                "card": card(told, case.application.criteria_set),
                "figures": [with_last_year(line, snapshot) for line in told.lines],
                "points": told.points,
                "answer": snapshot.get("answers", {}).get(verdict.key, ""),
                "relaxations": [
                    {
                        "reason": reason,
                        "word": _granted(relaxations.get(key)),
                        "files": [file for file in files if file["slot"] == relaxation_slot(key)],
                    }
                    for key, reason in asked.items()
                ],
                "files": [file for file in files if file["slot"] not in backing],
            }
        )
    return parts


def _files(
    case: Case, actor: Actor, criterion: str, stored: Mapping[int, StoredFile]
) -> list[Item]:
    """The evidence of a criterion, with where to look in it."""
    return [
        {
            "name": row["title"],
            "look_at": page_words(row.get("pages", "")),
            "slot": row.get("slot", ""),
            "url": office_url(actor, "case-evidence-file", case.pk, row["id"]),
            "stored": stored[row["id"]],
        }
        for row in case.application.snapshot.get("evidence", [])
        if row["criterion"] == criterion
    ]


def with_last_year(line: Line, snapshot: Mapping[str, Any]) -> Item:
    """A figure that a condition looks at, with the year before and the change."""
    spec, now = line.finding.spec, line.finding.value
    year = spec.year or line.finding.origin.year or int(snapshot.get("year", 0))
    before = snapshot.get("figures", {}).get(str(year - 1), {}).get(spec.indicator)
    known = before not in (None, "")
    measured = known and now is not None and spec.type not in CHOSEN
    return {
        **figure(line),
        "before": shown(before, spec.type, spec.unit, spec.choices),
        "before_year": str(year - 1) if known else "",
        "change": change_of(now, before, spec.unit) if measured else DASH,
    }


def _granted(request: RelaxationRequest | None) -> str:
    return GRANTED[request.granted if request is not None else None]


def figure_columns(year: int) -> list[Item]:
    """The year that is assessed, the two before it, and the change."""
    return [
        {"label": "指标", "kind": "name"},
        {"label": f"{year} 年", "kind": "number"},
        {"label": f"{year - 1} 年", "kind": "number"},
        {"label": f"{year - 2} 年", "kind": "number"},
        {"label": "比上年", "kind": "number"},
    ]


def figure_rows(snapshot: Mapping[str, Any], catalogue: Sequence[Indicator]) -> list[Item]:
    """The declared figures of three years; indicators nobody reported are left out."""
    year = int(snapshot.get("year", 0))
    figures = snapshot.get("figures", {})
    years = [figures.get(str(year - back), {}) for back in range(3)]
    rows = []
    for indicator in catalogue:
        values = [row.get(indicator.key) for row in years]
        if all(value is None for value in values):
            continue
        offered = pairs(indicator.choices)
        texts = [shown(value, indicator.type, indicator.unit, offered) for value in values]
        change = "" if indicator.type in CHOSEN else change_of(values[0], values[1], indicator.unit)
        rows.append({"cells": [indicator.name, *texts, change]})
    return rows


def town_items(snapshot: Mapping[str, Any], *, masked: bool) -> list[Item]:
    """The town as declared; experts and units get no contact."""
    town = snapshot.get("town", {})
    items: list[Item] = [
        {"label": "主导产业", "value": town.get("industry")},
        {"label": "主导产品", "value": town.get("products")},
        {"label": "牵头部门", "value": town.get("lead_bureau") or UNSTATED},
        {"label": "行政区划代码", "value": town.get("county_code")},
    ]
    if not masked:
        items.append({"label": "联系人", "value": snapshot.get("contact")})
        items.append({"label": "联系电话", "value": snapshot.get("contact_phone")})
    return items
