"""Rows and cells of the registers: towns, enterprises, honours, certifications, rounds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.formatting import iso_date
from portal.core.web import office_url
from towns.constants import STAGE_CHOICES
from towns.models import Application, Certification, Round, Town
from towns.queries import days_left

Cell = dict[str, Any]
STAGE_TONES = {**dict.fromkeys(LEVELS, "success"), "applying": "info"}
STAGES = dict(STAGE_CHOICES)


def stage_tag(town: Town) -> Cell:
    """The stage of cultivation as a tag."""
    return {"text": STAGES[town.stage], "tone": STAGE_TONES.get(town.stage, "neutral")}


CERTIFICATION_COLUMNS: list[Cell] = [
    {"label": "层级"},
    {"label": "认定年度"},
    {"label": "认定文号", "kind": "name"},
    {"label": "认定日期", "kind": "date"},
    {"label": "有效期至"},
    {"label": "状态", "kind": "tag"},
]


def certification_rows(rows: Iterable[Certification]) -> list[Cell]:
    """Certifications of a town."""
    return [
        {
            "cells": [
                LEVELS[row.level].adjective,
                row.year,
                row.document_number,
                row.valid_from,
                iso_date(row.valid_to) if row.valid_to else "未载明",
                {"text": row.get_state_display(), "tone": row.tone},
            ]
        }
        for row in rows
    ]


APPLICATION_COLUMNS: list[Cell] = [
    {"label": "专业镇", "kind": "name"},
    {"label": "批次", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "受理编号", "kind": "code"},
    {"label": "最后保存", "kind": "datetime"},
    {"label": "申报截止", "kind": "date"},
]


def term_note(call: Round) -> str:
    """How long a round stays open, beside its closing date."""
    left = days_left(call.closes_on)
    if not call.is_open:
        return call.state_label
    return "今天截止" if left == 0 else f"还剩 {left} 天"


def application_rows(rows: Iterable[Application], actor: Actor) -> list[Cell]:
    """Rows of lists of applications."""
    found = []
    for row in rows:
        verb = "查看"
        if row.filing.editable:
            verb = "继续填报" if actor.scope is None else "查看"
        elif row.state == "ready":
            verb = "核对"
        name = "application-check" if row.state == "ready" else "application"
        url = office_url(actor, name, row.pk)
        waiting = row.filing.editable or row.state == "ready"
        found.append(
            {
                "cells": [
                    {"text": row.town.name, "url": url},
                    row.round.title,
                    {"text": row.filing.label, "tone": row.filing.tone},
                    row.number,
                    row.saved_at,
                    {
                        "text": row.round.closes_on,
                        "note": term_note(row.round) if waiting and not row.revision else "",
                    },
                ],
                "actions": [{"text": verb, "url": url, "label": f"{verb} {row.town.name}"}],
            }
        )
    return found


ROUND_COLUMNS: list[Cell] = [
    {"label": "批次", "kind": "name"},
    {"label": "层级"},
    {"label": "设立机构", "kind": "name"},
    {"label": "开始日期", "kind": "date"},
    {"label": "截止日期", "kind": "date"},
    {"label": "状态", "kind": "tag"},
]
ROUND_TONES = {"未开始": "neutral", "受理申报中": "success", "已截止": "neutral"}


def round_tag(call: Round) -> Cell:
    """The state of a round as a tag."""
    return {"text": call.state_label, "tone": ROUND_TONES[call.state_label]}


def round_rows(rounds: Iterable[Round], actor: Actor) -> list[Cell]:
    """Rows of the list of rounds."""
    return [
        {
            "cells": [
                {"text": row.title, "url": office_url(actor, "round", row.pk)},
                row.level_adjective,
                row.office.name,
                row.opens_on,
                {"text": row.closes_on, "note": term_note(row) if row.is_open else ""},
                round_tag(row),
            ]
        }
        for row in rounds
    ]
