"""Rows and cells of honours, standards, brands and platforms."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from portal.core.actor import Actor
from portal.core.constants import UNSTATED
from portal.core.formatting import iso_date
from portal.core.web import office_url
from towns.constants import FUNCTION_STATE_CHOICES, SERVICE_FUNCTIONS
from towns.honour_queries import order_word
from towns.honours import HONOUR_KINDS
from towns.models import Honour, Platform, TownFunction

Cell = dict[str, Any]
FUNCTION_TONES = {"present": "success", "building": "info", "absent": "neutral"}
ORDER_TONES = {"首次": "info", "再次": "neutral", UNSTATED: "warning"}

HONOUR_COLUMNS: list[Cell] = [
    {"label": "获得者", "kind": "name"},
    {"label": "种类"},
    {"label": "级别"},
    {"label": "名称", "kind": "name"},
    {"label": "证书或标准编号", "kind": "code"},
    {"label": "获得日期", "kind": "date"},
    {"label": "有效期至", "kind": "date"},
    {"label": "首次", "kind": "tag"},
]


def level_word(honour: Honour) -> str:
    """The level in words; a kind without levels says nothing."""
    if honour.level:
        return honour.get_level_display()
    return UNSTATED if HONOUR_KINDS[honour.kind].levels else ""


def honour_rows(honours: Iterable[Honour], actor: Actor) -> list[Cell]:
    """Rows of a table of honours."""
    rows = []
    for row in honours:
        word = order_word(row)
        part = row.get_part_display()
        mark: Cell = {"text": word, "tone": ORDER_TONES.get(word, "neutral")}
        if row.revoked_on is not None:
            mark = {"text": "已撤销", "tone": "danger", "note": iso_date(row.revoked_on)}
        rows.append(
            {
                "cells": [
                    row.holder.name,
                    {
                        "text": row.get_kind_display(),
                        "url": office_url(actor, "honour", row.pk),
                        "note": f"{part}制定" if part else "",
                    },
                    level_word(row),
                    row.title,
                    row.number,
                    row.awarded_on,
                    row.valid_to,
                    mark,
                ]
            }
        )
    return rows


def _day(day: date | None) -> str:
    return iso_date(day) if day else UNSTATED


def honour_facts(honour: Honour) -> list[Cell]:
    """What an honour says, for its page."""
    return [
        {"label": "获得者", "value": honour.holder.name},
        {"label": "种类", "value": honour.get_kind_display()},
        {"label": "级别", "value": level_word(honour)},
        {"label": "在标准中的作用", "value": honour.get_part_display()},
        {"label": "名称", "value": honour.title},
        {"label": "证书或标准编号", "value": honour.number},
        {"label": "颁发机关", "value": honour.issuer},
        {
            "label": "获得日期",
            "value": iso_date(honour.awarded_on) if honour.awarded_on else UNSTATED,
        },
        {"label": "有效期至", "value": iso_date(honour.valid_to) if honour.valid_to else UNSTATED},
        *(
            [
                {"label": "撤销类别", "value": honour.get_revoked_as_display()},
                {"label": "撤销日期", "value": iso_date(honour.revoked_on)},
                {"label": "撤销事由", "value": honour.revoked_reason},
            ]
            if honour.revoked_on
            else []
        ),
    ]


def function_rows(functions: Iterable[TownFunction]) -> list[Cell]:
    """The eight functions, each with its state today."""
    present = {row.key: row for row in functions}
    words = dict(FUNCTION_STATE_CHOICES)
    rows = []
    for key, name in SERVICE_FUNCTIONS:
        row = present.get(key)
        rows.append(
            {
                "name": name,
                "word": words[row.state] if row else "未填写",
                "tone": FUNCTION_TONES[row.state] if row else "warning",
                "platform": row.platform if row else "",
                "since": row.since if row else None,
            }
        )
    return rows


PLATFORM_COLUMNS: list[Cell] = [
    {"label": "平台名称", "kind": "name"},
    {"label": "类型"},
    {"label": "运营单位"},
    {"label": "承担的功能"},
    {"label": "状态", "kind": "tag"},
    {"label": "建成日期", "kind": "date"},
]


def platform_rows(platforms: Iterable[Platform], actor: Actor, editable: bool) -> list[Cell]:
    """Platforms of a town."""
    names = dict(SERVICE_FUNCTIONS)
    rows = []
    for row in platforms:
        state: Cell = {
            "text": "已建成" if row.state == "present" else row.get_state_display(),
            "tone": FUNCTION_TONES[row.state],
        }
        if row.until is not None:
            state = {"text": "已停用", "tone": "neutral", "note": iso_date(row.until)}
        cells: Cell = {
            "cells": [
                row.name,
                row.get_kind_display(),
                row.operator,
                "、".join(names[key] for key in names if key in row.functions),
                state,
                row.since,
            ]
        }
        if editable:
            cells["actions"] = [
                {
                    "text": text,
                    "url": office_url(actor, name, row.town_id, row.pk),
                    "label": f"{text} {row.name}",
                }
                for text, name in (("修改", "platform-amend"), ("停用", "platform-end"))
                if row.until is None
            ]
        rows.append(cells)
    return rows
