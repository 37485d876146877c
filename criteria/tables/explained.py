"""Explained assessments as cards for ``components/verdict.html`` and ``components/summary.html``.

Every page that shows an assessment takes its cards from here, so that all say the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from criteria.assessment import CriterionVerdict
from criteria.explaining import (
    DECIDES_NOTHING,
    NEAR_NOTE,
    CriterionExplanation,
    Explanation,
    Line,
    explain,
)
from criteria.models import CriteriaSet
from criteria.queries import names_of, spec_of
from criteria.scoring import Score, points_text, states_scoring
from criteria.specs import CriterionSpec, SetSpec
from criteria.wording import Values, number_text
from portal.core.constants import UNSTATED

Item = dict[str, Any]
Address = Callable[[str], str]


def explained(
    criteria_set: CriteriaSet,
    verdicts: Iterable[CriterionVerdict],
    category: str,
    values: Values | None = None,
) -> Explanation:
    """The explanation of an assessment made with a set. ``values``: what it was made on."""
    return explain(
        verdicts,
        category,
        values=values,
        catalogue=names_of(criteria_set),
        covered=spec_of(criteria_set).covers(category),
    )


def cards(
    explanation: Explanation, criteria_set: CriteriaSet, counted: Address | None = None
) -> list[Item]:
    """A card per criterion, in the order of the document."""
    return [card(row, criteria_set, counted) for row in explanation.criteria]


def card(
    row: CriterionExplanation, criteria_set: CriteriaSet, counted: Address | None = None
) -> Item:
    """One criterion for ``components/verdict.html``.

    ``counted`` leads from an indicator's key to the rows that were counted, "" where none were.
    """
    return {
        "number": row.verdict.clause,
        "key": row.verdict.key,
        "title": row.verdict.title,
        "word": row.word,
        "tone": row.tone,
        "near": row.near,
        "reason": row.short,
        "figures": [figure(line, counted) for line in row.lines],
        "sentences": sentences(row),
        "changes": row.changes,
        "clause": {
            "text": row.verdict.text,
            "document_title": criteria_set.document_title,
            "document_number": criteria_set.document_number,
            "clause_number": row.verdict.clause,
        },
    }


def figure(line: Line, counted: Address | None = None) -> Item:
    """One condition as a row: value, threshold, distance, result."""
    return {
        "label": line.label,
        "text": line.value,
        "source": line.source,
        "threshold": line.threshold,
        "quote": line.quote,
        "distance": line.distance,
        "near": line.near,
        "word": line.word,
        "tone": line.tone,
        "reason": line.meaning,
        "url": counted(line.finding.indicator) if counted else "",
    }


def sentences(row: CriterionExplanation) -> list[str]:
    """The explanation in full sentences, without what would have to change."""
    told = [line.sentence for line in row.lines]
    told += [text for text in row.meaning if text != row.short]
    return [*told, *(text for text in (row.priority, row.points) if text)]


def summary(explanation: Explanation) -> Item:
    """What the criteria come to, for ``components/summary.html``."""
    return {
        "headline": explanation.headline,
        "tone": explanation.outcome.tone,
        "near": explanation.near,
        "near_note": NEAR_NOTE,
        "to_do": explanation.to_do,
        "note": DECIDES_NOTHING,
    }


# --- points -------------------------------------------------------------------------------------


def top_text(criterion: CriterionSpec) -> str:
    """The highest mark of a criterion: 10 分, or 未载明."""
    top = criterion.scoring.maximum
    return UNSTATED if top is None else f"{number_text(top)} 分"


def rubric_rows(criterion: CriterionSpec) -> list[Item]:
    """What an expert's points mean: from, to, words."""
    return [
        {"range": f"{number_text(row.low)}～{number_text(row.high)} 分", "words": row.words}
        for row in criterion.scoring.rubric
    ]


def score_items(spec: SetSpec, found: Score) -> list[Item]:
    """Total and pass rule for ``components/key_values.html``; none where nothing is scored."""
    if not states_scoring(spec):
        return []
    top = UNSTATED if found.maximum is None else f"{number_text(found.maximum)} 分"
    total = "尚无得分" if found.total is None else f"{found.shown(found.total)} 分"
    waiting = "、".join(row.title for row in found.waiting)
    return [
        {
            "label": "总分",
            "value": f"{total}（满分 {top}）",
            "note": f"未计入尚无得分的：{waiting}" if waiting else "",
        },
        {"label": "合格规则", "value": found.passing.word, "note": found.passing.sentence},
        {"label": "计分取整", "value": found.rounding},
    ]


POINT_COLUMNS: list[Item] = [
    {"label": "认定条件", "kind": "name"},
    {"label": "满分", "kind": "number"},
    {"label": "得分", "kind": "number"},
    {"label": "计分方式"},
]


def point_rows(found: Score, explanation: Explanation) -> list[Item]:
    """Maximum and points per criterion, and how they came."""
    told = {row.verdict.key: row.points for row in explanation.criteria}
    return [
        {
            "cells": [
                {"text": row.criterion.title, "note": row.criterion.clause},
                UNSTATED if row.maximum is None else number_text(row.maximum),
                points_text(row.points, found.digits),
                told.get(row.criterion.key) or f"计分方式{UNSTATED}。",
            ]
        }
        for row in found.rows
    ]
