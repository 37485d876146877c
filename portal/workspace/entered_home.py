"""What an office has still to finish of the applications it enters itself (代录、试填)."""

from __future__ import annotations

from typing import Any

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.web import office_url
from portal.workspace.queries import SHOWN
from towns.constants import EDITABLE_FILINGS, Filing
from towns.deadlines import end_of, with_ends
from towns.models import Application
from towns.tables.registers import closing_cell

COLUMNS = (
    {"label": "专业镇", "kind": "name"},
    {"label": "批次", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "录入人"},
    {"label": "申报截止", "kind": "date"},
)


def entered(actor: Actor) -> list[dict[str, Any]]:
    """The applications that the acting office entered and has not submitted, the newest first."""
    if not actor.can(Can.HANDLE):
        return []
    rows = Application.objects.visible_to(actor).filter(
        entered_by=actor.office, state__in=[*EDITABLE_FILINGS, Filing.READY]
    )
    shown = with_ends(rows).select_related("town", "round").order_by("-pk")[:SHOWN]
    return [_row(actor, row) for row in shown]


def _row(actor: Actor, application: Application) -> dict[str, Any]:
    kind = "试填" if application.trial else "代录"
    closes = closing_cell(end_of(application))
    if application.state == Filing.RETURNED:
        closes = {"text": application.round.closes_on.isoformat(), "note": "补正不受截止日期限制"}
    return {
        "id": application.pk,
        "label": application.town.name,
        "cells": [
            {
                "text": application.town.name,
                "url": office_url(actor, "application", application.pk),
                "note": kind,
            },
            {
                "text": application.round.title,
                "url": office_url(actor, "round", application.round_id),
            },
            {"text": application.filing.label, "tone": application.filing.tone},
            application.filler,
            closes,
        ],
    }
