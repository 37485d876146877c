"""A trial of a criteria set on one town: cards, points, and what waits for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from criteria.assessment import CriterionVerdict
from criteria.constants import OUTCOMES, Outcome
from criteria.explaining import explain
from criteria.models import CriteriaSet
from criteria.queries import indicator_names
from criteria.scoring import score, states_scoring
from criteria.specs import SetSpec
from criteria.tables.explained import (
    POINT_COLUMNS,
    Address,
    cards,
    point_rows,
    rubric_rows,
    score_items,
    summary,
)
from towns.models import Town

Item = dict[str, Any]

TOWN_COLUMNS: list[Item] = [
    {"label": "专业镇", "kind": "name"},
    {"label": "所在县（市、区）"},
    {"label": "类别"},
    {"label": "主导产业"},
]


def town_rows(towns: Iterable[Town], address: Address) -> list[Item]:
    """Towns to choose from; each leads to its trial."""
    return [
        {
            "cells": [
                {"text": town.name, "url": address(str(town.pk))},
                town.county.name,
                town.get_category_display(),
                town.industry,
            ]
        }
        for town in towns
    ]


def trial(
    criteria_set: CriteriaSet,
    spec: SetSpec,
    category: str,
    verdicts: Iterable[CriterionVerdict],
    values: Mapping[str, Decimal],
    counted: Address,
) -> Item:
    """The result: total and points first, then every criterion with its rubric.

    ``spec``: the set as read once, since a draft is not kept in memory.
    """
    rows = tuple(verdicts)
    names = indicator_names(spec.indicators)
    covered = spec.covers(category)
    told = explain(rows, category, values=values, catalogue=names, covered=covered)
    found = score(spec, rows)
    scored = states_scoring(spec)
    rubrics = {row.key: rubric_rows(row) for row in spec.criteria}
    return {
        "summary": summary(told),
        "uncovered": "" if covered else OUTCOMES[Outcome.NOT_COVERED].label,
        "score_items": score_items(spec, found),
        "point_columns": POINT_COLUMNS,
        "point_rows": point_rows(found, told) if scored else [],
        "cards": [
            {**card, "rubric": rubrics[card["key"]]} for card in cards(told, criteria_set, counted)
        ],
    }
