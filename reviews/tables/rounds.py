"""Rows and cells of a round's pages: places, extensions, what is on trial."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.core import clock
from portal.core.actor import Actor
from portal.core.web import office_url
from towns.deadlines import SECOND, left_words, moment_words
from towns.models import Application, Extension
from towns.round_queries import Places

Cell = dict[str, Any]


def place_facts(rows: Iterable[Places]) -> list[Cell]:
    """The places that were set, for the page of the round; those handed down stay on their own."""
    return [
        {
            "label": row.region.name,
            "value": f"{row.given} 个",
            "note": f"已下达 {row.handed} 个" if row.handed else "",
        }
        for row in rows
        if row.given is not None and not row.below
    ]


EXTENSION_COLUMNS: list[Cell] = [
    {"label": "专业镇", "kind": "name"},
    {"label": "延期至"},
    {"label": "事由、批准人"},
    {"label": "状态", "kind": "tag"},
]


def extension_rows(rows: Iterable[Extension], actor: Actor | None = None) -> list[Cell]:
    """Extensions, the newest first; ``actor``: one who may revoke them."""
    found = []
    for row in rows:
        cell: Cell = {
            "cells": [
                {"text": row.town.name, "note": row.town.county.name},
                {"text": moment_words(row.until), "note": _left(row)},
                {"text": row.reason, "note": f"批准人：{row.approver}"},
                _state(row),
            ]
        }
        if actor is not None:
            cell["actions"] = (
                [
                    {
                        "text": "撤销",
                        "url": office_url(actor, "round-extension-revoke", row.round_id, row.pk),
                        "label": f"撤销{row.town.name}的延期",
                    }
                ]
                if row.revoked_at is None
                else []
            )
        found.append(cell)
    return found


def _runs(row: Extension) -> bool:
    return row.revoked_at is None and clock.received() < row.until + SECOND


def _left(row: Extension) -> str:
    return left_words(row.until) if _runs(row) else ""


def _state(row: Extension) -> Cell:
    if row.revoked_at is not None:
        return {"text": "已撤销", "tone": "neutral", "note": row.revoked_reason}
    return (
        {"text": "有效", "tone": "success"} if _runs(row) else {"text": "已到期", "tone": "neutral"}
    )


ENTERED_COLUMNS: list[Cell] = [
    {"label": "专业镇", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "填写人"},
    {"label": "最近保存", "kind": "datetime"},
]


def entered_rows(rows: Iterable[Application], actor: Actor) -> list[Cell]:
    """What the office has entered, on behalf of units or to try the round out."""
    return [
        {
            "cells": [
                {
                    "text": row.town.name,
                    "url": office_url(actor, "application", row.pk),
                    "note": row.town.county.name if row.trial else row.entered_reason,
                },
                {"text": row.filing.label, "tone": row.filing.tone},
                row.filled_name,
                row.saved_at,
            ]
        }
        for row in rows
    ]
