"""Rows and cells of the registers: towns, enterprises, honours, certifications, rounds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from typing import Any

from django.utils import timezone

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import LEVELS
from portal.core.formatting import iso_date
from portal.core.web import office_url
from towns.constants import STAGE_CHOICES
from towns.deadlines import SECOND, SOON_DAYS, end_of, left_words
from towns.models import Application, Certification, Round, Town
from towns.models.rounds import LAST_SECOND

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


def term_note(call: Round, end: datetime | None = None) -> str:
    """How long a round stays open, or is for a town with another end, beside its closing date."""
    if call.trial or not call.open_at(clock.received(), end):
        return "已截止" if call.has_opened else call.state_label
    return left_words(end or call.closing)


def closing_cell(end: datetime) -> dict[str, str]:
    """Until when an application can be submitted, to the second, and how long is left."""
    day = timezone.localtime(end).date()
    if clock.received() >= end + SECOND:
        return {"text": day.isoformat(), "tone": "danger", "note": "已截止"}
    tone = {"tone": "warning"} if (day - clock.today()).days <= SOON_DAYS else {}
    return {"text": day.isoformat(), "note": left_words(end), **tone}


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
                        "text": timezone.localtime(end_of(row)).date(),
                        "note": term_note(row.round, end_of(row))
                        if waiting and not row.revision
                        else "",
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
ROUND_TONES = {
    "试运行": "warning",
    "未开始": "neutral",
    "受理申报中": "success",
    "已截止": "neutral",
}


def round_tag(call: Round) -> Cell:
    """The state of a round as a tag."""
    return {"text": call.state_label, "tone": ROUND_TONES[call.state_label]}


def _closing_note(call: Round) -> str:
    """At what time a round closes where it is not the end of the day, and how long is left."""
    left = term_note(call) if call.is_open else ""
    return "，".join(filter(None, (clock_words(call.closes_time, LAST_SECOND), left)))


def clock_words(clocks: time, usual: time) -> str:
    """18:00 or 18:00:30; nothing for the beginning and the end of a day, where they are usual."""
    if clocks == usual:
        return ""
    return f"{clocks:%H:%M:%S}" if clocks.second else f"{clocks:%H:%M}"


def round_rows(rounds: Iterable[Round], actor: Actor) -> list[Cell]:
    """Rows of the list of rounds."""
    return [
        {
            "cells": [
                {"text": row.title, "url": office_url(actor, "round", row.pk)},
                row.level_adjective,
                row.office.name,
                {"text": row.opens_on, "note": clock_words(row.opens_time, time(0, 0))},
                {"text": row.closes_on, "note": _closing_note(row)},
                round_tag(row),
            ]
        }
        for row in rounds
    ]
