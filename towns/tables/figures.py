"""Rows and cells of yearly figures: years side by side, what is judged, corrections, counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from criteria.models import Indicator
from criteria.values import pairs, shown
from portal.core.actor import Actor
from portal.core.formatting import quantity
from portal.core.web import office_url
from towns.constants import YEAR_STATE_CHOICES
from towns.counting import RULES, Counted, CountedRow, Rule, since_words
from towns.figure_queries import NOTHING
from towns.figure_rules import leap_from
from towns.models import FigureCorrection, Town, TownYear

Cell = dict[str, Any]
STATE_WORDS = {NOTHING: "未填报", **dict(YEAR_STATE_CHOICES)}
CORRECTION_COLUMNS: list[Cell] = [
    {"label": "年度"},
    {"label": "指标", "kind": "name"},
    {"label": "更正前", "kind": "number"},
    {"label": "更正后", "kind": "number"},
    {"label": "更正原因"},
    {"label": "更正人"},
    {"label": "更正时间", "kind": "datetime"},
]
COUNTED_COLUMNS: list[Cell] = [
    {"label": "指标", "kind": "name"},
    {"label": "今日", "kind": "number"},
    {"label": "依据条款"},
]


def year_head(
    actor: Actor, town: Town, year: int, row: TownYear | None, *, keeps: bool, judges: bool
) -> Cell:
    """A year over its column: state, who reported and confirmed, what can be done."""
    head: Cell = {"year": year, "word": STATE_WORDS[NOTHING], "tone": "neutral"}
    action, name = "填报", "town-figures"
    if row is not None:
        head |= {"word": row.get_state_display(), "tone": row.tone, "row": row}
        sealed = row.confirmed_at is not None or row.state in ("confirmed", "corrected")
        action = "更正" if sealed else "修改"
    if keeps:
        head["action"] = {"text": action, "url": office_url(actor, name, town.pk, year)}
    elif row is not None and (judges and row.state in ("reported", "corrected")):
        url = office_url(actor, "figures-check", town.pk, year)
        head["action"] = {"text": "核对", "url": url}
    return head


def correction_rows(rows: Iterable[FigureCorrection]) -> list[Cell]:
    """Corrections, newest first."""
    return [
        {
            "cells": [
                f"{row.year}年",
                row.indicator.name,
                {"text": _said(row.before, row.indicator)},
                {"text": _said(row.after, row.indicator)},
                row.reason,
                row.made_name,
                row.created_at,
            ]
        }
        for row in rows
    ]


def _said(value: Decimal | None, row: Indicator) -> str:
    return "未填" if value is None else shown(value, row.type, row.unit, pairs(row.choices))


def judged_rows(
    catalogue: Iterable[Indicator],
    values: Mapping[str, Decimal],
    last: Mapping[str, Decimal],
    corrections: Iterable[FigureCorrection],
) -> list[Cell]:
    """Each indicator with last year's value; leaps and corrections stand beside the value."""
    corrected: dict[int, FigureCorrection] = {}
    for correction in corrections:
        corrected.setdefault(correction.indicator_id, correction)
    rows = []
    for row in catalogue:
        value, before = values.get(row.key), last.get(row.key)
        leap = leap_from(row, value, before)
        change = corrected.get(row.pk)
        rows.append(
            {
                "indicator": row,
                "value": value,
                "last": before,
                "leap": f"{leap.words}。{leap.hint}" if leap else "",
                "corrected": f"更正前 {_said(change.before, row)}；{change.reason}"
                if change
                else "",
            }
        )
    return rows


def counted_rows(actor: Actor, town: Town, counted: Mapping[str, Counted]) -> list[Cell]:
    """The computed indicators, each leading to what was counted."""
    return [
        {
            "cells": [
                {
                    "text": RULES[key].name,
                    "url": office_url(actor, "town-counted", town.pk, key),
                },
                {"text": quantity(found.value, RULES[key].unit)},
                RULES[key].clause,
            ]
        }
        for key, found in counted.items()
    ]


SUBJECT_HEADS = {
    "enterprise": "企业",
    "honour": "荣誉、标准、品牌",
    "function": "功能",
    "platform": "平台",
}


def counted_columns(rule: Rule, rows: Iterable[CountedRow]) -> list[Cell]:
    """Columns of what was counted, named after it."""
    subject = next((row.subject for row in rows), "")
    return [
        {"label": SUBJECT_HEADS.get(subject, "名称"), "kind": "name"},
        {"label": "说明"},
        {"label": "自"},
    ]


def behind_rows(actor: Actor, town: Town, rows: Iterable[CountedRow]) -> list[Cell]:
    """The rows behind a number, each leading to its own page."""
    return [
        {
            "cells": [
                {"text": row.label, "url": _place(actor, town, row)},
                row.note,
                since_words(row),
            ]
        }
        for row in rows
    ]


def _place(actor: Actor, town: Town, row: CountedRow) -> str:
    if row.subject == "honour":
        return office_url(actor, "honour", row.pk)
    if row.subject == "enterprise" and row.enterprise_id is not None:
        return office_url(actor, "enterprise", row.enterprise_id)
    return office_url(actor, "town-services", town.pk)
