"""Points on the case page: experts' marks, automatic points, maxima, total and the pass rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from criteria.explaining import Explanation
from criteria.scoring import Score, by_experts, score, states_scoring
from criteria.specs import SetSpec
from criteria.tables.explained import score_items
from criteria.wording import number_text
from portal.core.constants import UNSTATED
from reviews.models import Case, ScoreSheet
from reviews.queries import MarkRow, score_summary

Item = dict[str, Any]

SHEET_COLUMNS: list[Item] = [
    {"label": "专家", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "提交时间", "kind": "datetime"},
    {"label": "总体评价"},
]


def sheet_rows(sheets: Iterable[ScoreSheet]) -> list[Item]:
    """Who has handed in the sheet."""
    return [
        {
            "cells": [
                {"text": sheet.expert_name or sheet.post.title, "note": sheet.post.title},
                {"text": "已提交", "tone": "success"}
                if sheet.submitted_at
                else {"text": "待提交", "tone": "warning"},
                sheet.submitted_at,
                sheet.comment if sheet.submitted_at else "",
            ]
        }
        for sheet in sheets
    ]


def score_panel(
    case: Case, spec: SetSpec, told: Explanation, sheets: Sequence[ScoreSheet], *, whole: bool
) -> Item:
    """What the panel 专家评分 shows.

    Where the set states points they stand beside the experts' marks, with maxima and the pass
    rule; where it is silent the marks are on the round's scale and the sum is plain. ``whole``:
    the reader sees the whole case, so the automatic points are shown before experts were asked.
    """
    context: Item = {"sheet_columns": SHEET_COLUMNS, "sheet_rows": sheet_rows(sheets)}
    if not sheets and not (whole and told.criteria and states_scoring(spec)):
        return context
    rows, total = score_summary(spec.criteria, sheets)
    if not states_scoring(spec):
        top = case.round.score_max or UNSTATED
        return context | {
            "score_columns": _columns(sheets),
            "score_rows": [_row(row) for row in [*rows, total]],
            "score_hint": f"每条满分 {top} 分。各条分值由本批次设定，文件未载明权重；"
            "合计为各条相加，仅供审定参考。",
        }
    found = score_of(case, spec, told, rows)
    return context | {
        "score_columns": _columns(sheets, own=True),
        "score_rows": [*_own_rows(found, told, rows), _own_total(found, total)],
        "score_items": score_items(spec, found),
        "score_hint": "满分、分档和合格规则以本批次认定标准为准，仅供审定参考。",
    }


def score_of(case: Case, spec: SetSpec, told: Explanation, rows: Iterable[MarkRow]) -> Score:
    """The points of a case from its stored assessment and the experts' means."""
    means = {row.key: row.mean for row in rows if row.mean is not None}
    verdicts = [row.verdict for row in told.criteria]
    return score(spec, verdicts, means, case.round.score_max)


def _columns(sheets: Sequence[ScoreSheet], *, own: bool = False) -> list[Item]:
    experts = [
        {"label": sheet.expert_name or f"专家{number}", "kind": "number"}
        for number, sheet in enumerate(sheets, start=1)
    ]
    first = {"label": "认定条件", "kind": "name"}
    if not own:
        return [first, *experts, {"label": "平均分", "kind": "number"}]
    return [
        first,
        {"label": "满分", "kind": "number"},
        *experts,
        {"label": "得分", "kind": "number"},
        {"label": "计分方式"},
    ]


def _row(row: MarkRow) -> Item:
    return {"cells": [{"text": row.title, "note": row.clause}, *row.marks, row.mean]}


def _own_rows(found: Score, told: Explanation, rows: Sequence[MarkRow]) -> list[Item]:
    points = {row.verdict.key: row.points for row in told.criteria}
    return [
        {
            "cells": [
                {"text": row.criterion.title, "note": row.criterion.clause},
                UNSTATED if row.maximum is None else number_text(row.maximum),
                *marked.marks,
                found.shown(row.points),
                points.get(row.criterion.key, "") if row.automatic else "专家评分的平均分",
            ]
        }
        for row, marked in zip(found.rows, rows, strict=True)
    ]


def _own_total(found: Score, total: MarkRow) -> Item:
    top = UNSTATED if found.maximum is None else number_text(found.maximum)
    return {
        "cells": [{"text": "合计", "note": ""}, top, *total.marks, found.shown(found.total), ""]
    }


def tops_text(case: Case, spec: SetSpec) -> str:
    """What a sheet says at its head of the marks and where they come from."""
    if not states_scoring(spec):
        top = case.round.score_max or UNSTATED
        return f"每条满分 {top} 分。各条分值由本批次设定，文件未载明权重。"
    automatic = len(spec.criteria) - len(by_experts(spec.criteria))
    told = f"其中 {automatic} 条按数据分档自动计分，不用评分。" if automatic else ""
    return f"各条满分和评分参考以本批次认定标准为准。{told}"
