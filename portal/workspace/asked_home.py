"""What an office asked a filing unit to explain (补充说明) and waits for."""

from __future__ import annotations

from typing import Any

from portal.core.actor import Actor
from portal.core.formatting import iso_date
from portal.core.web import office_url
from portal.workspace.queries import SHOWN
from reviews.models import Inquiry


def asked_rows(actor: Actor) -> list[dict[str, Any]]:
    """Open questions as rows beside the applications that are being filled, the first due first."""
    rows = (
        Inquiry.objects.visible_to(actor)
        .filter(answered_at__isnull=True, closed_at__isnull=True, case__state="open")
        .select_related("case__round")
        .order_by("due_on", "pk")[:SHOWN]
    )
    return [
        {
            "id": row.pk,
            "label": row.case.town_name,
            "cells": [
                {
                    "text": row.case.town_name,
                    "url": office_url(actor, "inquiry", row.case_id, row.pk),
                },
                row.case.round.title,
                {"text": "待答复补充说明", "tone": "warning"},
                None,
                {
                    "text": iso_date(row.due_on) if row.due_on else "不限期",
                    "note": "答复期限",
                },
            ],
        }
        for row in rows
    ]
