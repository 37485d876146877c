"""条款分工 in rows: criteria sets, criteria with their units, units with what the documents say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from criteria.models import CriteriaSet
from criteria.queries import spec_of
from portal.core.actor import Actor
from portal.core.formatting import iso_date
from portal.core.web import office_url
from reviews.consulting_queries import Division
from reviews.forms.consulting import DivisionForm
from reviews.models import CriterionUnit
from reviews.models.duties import DUTY_ROLE_CHOICES

Item = dict[str, Any]
ROLES = dict(DUTY_ROLE_CHOICES)

SET_COLUMNS: list[Item] = [
    {"label": "认定标准", "kind": "name"},
    {"label": "施行日期", "kind": "date"},
    {"label": "条款", "kind": "number"},
    {"label": "已设分工", "kind": "number"},
]
UNIT_COLUMNS: list[Item] = [
    {"label": "成员单位", "kind": "name"},
    {"label": "分工"},
    {"label": "依据", "kind": "name"},
    {"label": "设定", "kind": "date"},
]


def set_rows(actor: Actor, sets: Sequence[CriteriaSet]) -> list[Item]:
    """A row for each set: how many of its criteria have units."""
    present = CriterionUnit.objects.visible_to(actor).filter(criteria_set__in=sets)
    done = Counter(pk for pk, _ in set(present.values_list("criteria_set_id", "criterion")))
    return [
        {
            "cells": [
                {"text": row.title, "note": row.document_number, "url": _set_url(actor, row)},
                iso_date(row.effective_from),
                f"{len(spec_of(row).criteria)} 条",
                f"{done[row.pk]} 条",
            ],
            "actions": [
                {"text": "设定", "url": _set_url(actor, row), "label": f"设定 {row.title} 的分工"}
            ],
        }
        for row in sets
    ]


def _set_url(actor: Actor, row: CriteriaSet) -> str:
    return office_url(actor, "criterion-units", row.pk)


def criterion_parts(
    actor: Actor, criteria_set: CriteriaSet, present: Iterable[CriterionUnit]
) -> list[Item]:
    """Each criterion with its clause and the units that are consulted on it, leads first."""
    units: dict[str, list[CriterionUnit]] = {}
    for row in present:
        units.setdefault(row.criterion, []).append(row)
    return [
        {
            "key": spec.key,
            "title": f"{spec.clause} {spec.title}".strip(),
            "text": spec.text,
            "url": office_url(actor, "criterion-units-edit", criteria_set.pk, spec.key),
            "rows": [
                {
                    "cells": [
                        {"text": row.unit.name, "note": "" if row.unit.is_standing else "已撤销"},
                        row.get_role_display(),
                        row.source,
                        {"text": iso_date(row.set_at), "note": row.set_name},
                    ]
                }
                for row in sorted(units.get(spec.key, []), key=lambda row: row.role != "lead")
            ],
        }
        for spec in spec_of(criteria_set).criteria
    ]


def offered_role(role: str) -> str:
    """What a printed role is offered as: 责任单位 says neither lead nor support."""
    return "support" if role == "responsible" else role


def unit_rows(form: DivisionForm, divisions: Sequence[Division]) -> list[Item]:
    """A row for each unit: its choice, and the clauses that name it as printed."""
    named: dict[int, list[str]] = {}
    for division in divisions:
        for unit, role in division.roles.items():
            named.setdefault(unit, []).append(f"{division.clause}（{ROLES[role]}）{division.title}")
    return [
        {
            "unit": unit,
            "bound": form[f"role_{unit.pk}"],
            "named": named.get(unit.pk, []),
        }
        for unit in form.units
    ]
