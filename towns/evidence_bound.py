"""What is bound into the volume of evidence: the stamped request, then every piece."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal.core.actor import Actor
from towns.evidence_index import REQUEST
from towns.evidence_queries import is_frozen_for
from towns.missing import request_of
from towns.models import Application


def request_declared(application: Application, actor: Actor) -> dict[str, Any] | None:
    """The stamped request as the reader may see it."""
    if is_frozen_for(application, actor):
        found: dict[str, Any] | None = application.snapshot.get("request")
        return found
    return request_of(application)


def bound_declared(
    declared: list[dict[str, Any]], request: Mapping[str, Any] | None
) -> list[dict[str, Any]]:
    """The pieces with the stamped request, as a piece, before them."""
    if not request:
        return declared
    title = f"申报请示{request['number']}"
    first = {**request, "id": 0, "criterion": REQUEST, "title": title, "slot": "", "pages": ""}
    return [first, *declared]
