"""What the task list of an application is made of: one declaration, what is missing, who is in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

from criteria.assessment import CriterionVerdict
from criteria.constants import STATUSES, Status
from towns.correcting import YEARS, declared_fields, open_correction
from towns.declared import changes
from towns.figure_queries import asked_indicators
from towns.missing import Gap, Waiting
from towns.models import Application
from towns.queries import Declaration
from towns.tables.draft_words import word_of
from towns.tables.tasks import Request, Standing


def standing_of(
    application: Application,
    declaration: Declaration,
    gaps: Iterable[Gap],
    waiting: Iterable[Waiting],
) -> Standing:
    """How an application stands: from its declaration, what it lacks, what a return asks."""
    latest = application.round.figures_year
    years = tuple(range(latest, latest - YEARS, -1))
    asked = asked_indicators(application.town, years)
    missing = defaultdict(list)
    for gap in gaps:
        missing[gap.section].append(gap.text)
    return Standing(
        data=declaration.data,
        asked=[row.key for row in asked],
        years=years,
        promises=len(application.round.commitment_texts),
        missing=missing,
        requests=_requests(application, declaration),
        waiting=Counter(row.section for row in waiting),
        relaxable=relaxable(declaration.verdicts),
        verdicts={
            row.key: word_of(row)[0] if application.filing.editable else STATUSES[row.status].label
            for row in declaration.verdicts
        },
    )


def relaxable(verdicts: Iterable[CriterionVerdict]) -> dict[str, str]:
    """Condition -> indicator, of every condition for which a relaxation may be asked now."""
    return {
        finding.condition: finding.indicator_name
        for verdict in verdicts
        for finding in verdict.findings
        if finding.status == Status.MAY_RELAX
    }


def _requests(application: Application, declaration: Declaration) -> list[Request] | None:
    correction = open_correction(application) if application.revision else None
    if correction is None:
        return None
    fields = {row.path: row for row in declared_fields(application)}
    changed = {
        row.field.path for row in changes(application.snapshot, declaration.data, fields.values())
    }
    return [
        Request(
            fields[item.path].section,
            item.label,
            item.path in changed,
            item.path.startswith("relaxations."),
        )
        for item in correction.items.all()
        if item.path in fields
    ]
