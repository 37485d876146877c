"""The way back: register pages opened from an application lead back to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from portal.core.actor import Actor
from portal.core.web import office_url
from towns.declared import TABLES
from towns.models import Application, Town
from towns.tables.section_links import REGISTERS, section_url

# The sections that a workbook is entered from.
IMPORTED = {"figures": "年度数据", **TABLES}


def application_behind(request: HttpRequest, actor: Actor, town: Town) -> Application | None:
    """The application of this town that ``?application=`` names, if the actor may see it."""
    text = request.GET.get("application", "")
    if not text.isdecimal() or len(text) > 18:
        return None
    return (
        Application.objects.visible_to(actor)
        .filter(town=town, pk=int(text))
        .select_related("round")
        .first()
    )


def section_behind(asked: Mapping[str, Any], actor: Actor) -> tuple[Application, str] | None:
    """The application and the imported section that ``application`` and ``part`` name, if seen."""
    text, part = str(asked.get("application", "")), str(asked.get("part", ""))
    if not text.isdecimal() or len(text) > 18 or part not in IMPORTED:
        return None
    rows = Application.objects.visible_to(actor).select_related("town", "round")
    found = rows.filter(pk=int(text)).first()
    return None if found is None else (found, part)


def part_behind(request: HttpRequest) -> str:
    """The section of that application whose page led here; "" for its task list."""
    part = request.GET.get("part", "")
    return part if part in REGISTERS else ""


def back_parameter(application: Application | None, part: str = "") -> str:
    """What carries the way back on to the next page."""
    if application is None:
        return ""
    return f"&application={application.pk}" + (f"&part={part}" if part else "")


def back_to(actor: Actor, application: Application, part: str) -> str:
    """The section that led here, or the application's task list."""
    if part:
        return section_url(actor, application, part)
    return office_url(actor, "application", application.pk)
