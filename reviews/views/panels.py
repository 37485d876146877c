"""What the case page shows beside the declaration: one row per subject, read where it lives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from portal.core.web import OfficeView
from reviews.models import Case, StepRun


class Panel(NamedTuple):
    """A part of the case page: its template, and what it reads (None: nothing to show)."""

    template: str
    read: Callable[[OfficeView, Case, Sequence[StepRun]], dict[str, Any] | None]


# In the order of the page. Experts and member units, who read the material alone, get none.
CASE_PANELS: list[Panel] = []


def panels_of(view: OfficeView, case: Case, runs: Sequence[StepRun]) -> list[dict[str, Any]]:
    """The panels of a case for the acting post."""
    found = []
    for panel in CASE_PANELS:
        data = panel.read(view, case, runs)
        if data is not None:
            found.append({"template": panel.template, "data": data})
    return found
