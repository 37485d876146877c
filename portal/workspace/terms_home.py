"""Cases with their terms on a home page; the calendar they are counted by is read once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import Calendar, missing_words
from portal.core.web import office_url
from reviews.models import Case
from reviews.tables.cases import term_cell

# How far terms commonly reach; a year that begins within is asked for.
CALENDAR_DAYS = 60
CASE_COLUMNS = (
    {"label": "专业镇", "kind": "name"},
    {"label": "办件编号", "kind": "code"},
    {"label": "环节", "kind": "tag"},
    {"label": "批次", "kind": "name"},
    {"label": "办理期限", "kind": "date"},
)


def ahead() -> date:
    """The last day for which the calendar is asked beyond the terms that are shown."""
    return clock.today() + timedelta(days=CALENDAR_DAYS)


def calendar_gap(actor: Actor, calendar: Calendar) -> dict[str, Any] | None:
    """Years into which terms are counted by now and whose arrangement is not entered yet."""
    missing = missing_words(calendar.missing(clock.today(), ahead()))
    if not missing:
        return None
    return {"text": missing, "url": office_url(actor, "calendar")}


def case_row(case: Case, url: str, calendar: Calendar) -> dict[str, Any]:
    """A case that waits, with its term."""
    return {
        "id": case.pk,
        "label": case.number,
        "cells": [
            {"text": case.town_name, "url": url, "note": case.county_name},
            case.number,
            {"text": case.status_label, "tone": case.tone},
            case.round.title,
            term_cell(case, calendar),
        ],
    }
