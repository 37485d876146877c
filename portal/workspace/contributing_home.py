"""The home page of a contact (填报联系人): what was given to fill."""

from __future__ import annotations

from datetime import date
from typing import Any

from portal.core import clock
from portal.core.actor import Actor
from portal.core.web import office_url
from towns.contributing import contributions
from towns.deadlines import SOON_DAYS

COLUMNS = (
    {"label": "专业镇", "kind": "name"},
    {"label": "批次", "kind": "name"},
    {"label": "交给我的部分"},
    {"label": "状态", "kind": "tag"},
    {"label": "截止日期", "kind": "date"},
)


def due_cell(due_on: date | None) -> dict[str, str] | None:
    """A term with how long is left, or by how much it is over."""
    if due_on is None:
        return {"text": "未设期限"}
    days = (due_on - clock.today()).days
    if days < 0:
        return {"text": due_on.isoformat(), "tone": "danger", "note": f"已逾期 {-days} 天"}
    tone = {"tone": "warning"} if days <= SOON_DAYS else {}
    return {"text": due_on.isoformat(), "note": f"还剩 {days} 天" if days else "今天到期", **tone}


def contributing(actor: Actor) -> dict[str, Any]:
    """What a contact was given to fill, one row for each application."""
    return {
        "waiting": {
            "columns": COLUMNS,
            "rows": [
                {
                    "id": row.application.pk,
                    "label": row.application.town.name,
                    "cells": [
                        {
                            "text": row.application.town.name,
                            "url": office_url(actor, "contributions"),
                        },
                        row.application.round.title,
                        "、".join(title for _, title in row.sections),
                        {"text": row.application.filing.label, "tone": row.application.filing.tone},
                        due_cell(row.grant.valid_to),
                    ],
                }
                for row in contributions(actor)
            ],
            "empty_title": "还没有交给您填写的部分",
            "empty_text": "填报人在申报的“填报联系人”页面授权后，会出现在这里。",
        },
    }
