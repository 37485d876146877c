"""What the check page (核对页) is made of: the declaration, what it lacks, what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from criteria.models import Indicator
from criteria.queries import spec_of
from portal.core.actor import Actor
from portal.core.models import StoredFile
from towns.correcting import YEARS, held_correction, unlocked_paths
from towns.declared import Asked, Field, fields_of
from towns.evidence_index import Index
from towns.evidence_queries import evidence_index, pieces_of
from towns.figure_queries import asked_indicators
from towns.missing import Gap, Waiting, gaps_of, waiting_of
from towns.models import Application, Correction, CorrectionItem, Submission
from towns.queries import Declaration, declaration_of
from towns.tables.changes import Changed, corrected, since_earlier


class Compared(NamedTuple):
    """What differs from another submission: its words, when that was, and the rows."""

    title: str
    before: str
    after: str
    rows: list[Changed]


class Checked(NamedTuple):
    """Everything the check page shows. ``unlocked``: sections that can change, None: all.

    ``unanswered``: what a return asked for and is as it was, with its section.
    """

    declaration: Declaration
    years: tuple[int, ...]
    indicators: list[Indicator]
    gaps: list[Gap]
    waiting: list[Waiting]
    unlocked: frozenset[str] | None
    evidence: Index
    files: Mapping[int, StoredFile]
    compared: list[Compared]
    unanswered: list[tuple[str, CorrectionItem]]


def checked(application: Application, actor: Actor) -> Checked:
    """An application as its reader may check it."""
    correction = held_correction(application)
    declaration = declaration_of(application, actor)
    data = declaration.data
    latest = application.round.figures_year
    years = tuple(range(latest, latest - YEARS, -1))
    figures: Mapping[str, Any] = data.get("figures") or {}
    kept = {key for year in years for key in figures.get(str(year), {})}
    indicators = asked_indicators(application.town, years, kept)
    asked = [Asked(row.key, row.name) for row in indicators]
    fields = fields_of(spec_of(application.criteria_set), asked, years)
    declared = list(data.get("evidence") or [])
    pieces = pieces_of(declared)
    index = evidence_index(application, declared, pieces)
    filling = not declaration.frozen and application.filing.live
    waiting = waiting_of(application) if filling else []
    compared = _compared(application, actor, declaration, fields, indicators)
    asked_now = correction if filling else None
    empty = [slot for _, slot in index.lacking]
    return Checked(
        declaration,
        years,
        indicators,
        gaps_of(application, data, waiting, empty) if filling else [],
        waiting,
        _unlocked(application, fields) if filling else frozenset(),
        index,
        {key: row.file for key, row in pieces.items()},
        compared,
        _unanswered(asked_now, fields, compared) if asked_now is not None else [],
    )


def _unanswered(
    correction: Correction, fields: tuple[Field, ...], compared: list[Compared]
) -> list[tuple[str, CorrectionItem]]:
    changed = {row.path for row in compared[0].rows} if compared else set()
    sections = {row.path: row.section for row in fields}
    return [
        (sections[item.path], item)
        for item in correction.items.all()
        if item.path in sections and item.path not in changed and item.path != "commitments"
    ]


def _unlocked(application: Application, fields: tuple[Field, ...]) -> frozenset[str] | None:
    paths = unlocked_paths(application)
    if paths is None:
        return None
    return frozenset(row.section for row in fields if row.path in paths)


def _compared(
    application: Application,
    actor: Actor,
    declaration: Declaration,
    fields: tuple[Field, ...],
    indicators: list[Indicator],
) -> list[Compared]:
    found = []
    data = declaration.data
    before = _submission_before(application, declaration)
    if before is not None:
        rows = corrected(before, data, fields, indicators)
        found.append(Compared("与上次提交相比的变化（补正）", "上次提交", "现在", rows))
    earlier = _earlier(application, actor)
    if earlier is not None:
        title = f"与{earlier.round.title}的申报相比的变化"
        rows = since_earlier(earlier.snapshot, data, fields, indicators)
        found.append(Compared(title, f"{earlier.round.year}年申报", "本次申报", rows))
    return found


class Requested(NamedTuple):
    """The stamped request of a submission."""

    revision: int
    submitted_at: datetime
    request: dict[str, Any]


def earlier_requests(application: Application) -> list[Requested]:
    """Those of the submissions so far, newest first."""
    if application.revision == 0:
        return []
    rows = Submission.objects.filter(application=application).order_by("-revision")
    found = rows.values_list("revision", "submitted_at", "snapshot__request")
    return [Requested(*row) for row in found if row[2]]


def _submission_before(
    application: Application, declaration: Declaration
) -> Mapping[str, Any] | None:
    """The submission that the shown content followed, after a return."""
    if not declaration.frozen:
        return application.snapshot if application.revision else None
    if application.revision <= 1:
        return None
    row = Submission.objects.filter(
        application=application, revision=application.revision - 1
    ).first()
    return row.snapshot if row is not None else None


def _earlier(application: Application, actor: Actor) -> Application | None:
    """The town's last submitted application before this one."""
    rows = Application.objects.visible_to(actor).filter(
        town=application.town_id, submitted_at__isnull=False, trial=False
    )
    if application.submitted_at is not None:
        rows = rows.filter(submitted_at__lt=application.submitted_at)
    return rows.exclude(pk=application.pk).select_related("round").order_by("-submitted_at").first()
