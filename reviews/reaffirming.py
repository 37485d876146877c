"""What has changed since an office's own approval, which a return made void."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from reviews.chain import RESUBMIT, REVERSE, WITHDRAW, Mode, Move
from reviews.models import Case, StepRun
from towns.declared import Field, differs
from towns.models import Application, Submission
from towns.tables.changes import Changed, Measured, corrected

# Steps whose approval is one decision of the office, and may be confirmed as it stood.
REAFFIRMED_IN = (Mode.DECIDE,)
# Runs that ended without a decision of their office.
UNDECIDED = (RESUBMIT, REVERSE, WITHDRAW)
# Promised anew for each submission; files are told apart by their digests, not by their keys.
ANEW, BY_WORDS = "commitments", "evidence"
UNCHANGED = "材料无变化，维持原意见"


class Since(NamedTuple):
    """An approval that was voided, and what is declared differently now.

    ``hidden``: something else than a field differs, a source or a counted value.
    ``may_stand``: nothing differs, and the step is one that can be confirmed as it stood.
    """

    run: StepRun
    rows: tuple[Changed, ...]
    hidden: bool
    may_stand: bool


def voided_approval(case: Case, runs: Sequence[StepRun]) -> StepRun | None:
    """What the same office last decided in the open step, if that was an approval made void.

    Not one that the office itself took back, nor one before it returned the case in this step.
    """
    current = runs[-1] if runs else None
    if current is None or current.finished_at is not None:
        return None
    for run in reversed(runs[:-1]):
        if run.step != current.step or run.office_id != current.office_id:
            continue
        if run.outcome in UNDECIDED:
            continue
        outcome = run.outcome_row
        approved = outcome is not None and outcome.move == Move.NEXT and run.voided
        known = run.revision is not None and run.revision < case.application.revision
        return run if approved and known else None
    return None


def since_approval(
    case: Case,
    runs: Sequence[StepRun],
    fields: Iterable[Field],
    measured: Iterable[Measured] = (),
    submitted: Mapping[int, Mapping[str, Any]] | None = None,
) -> Since | None:
    """What changed in the whole declaration since that approval; None where there is none.

    ``submitted``: earlier submissions that have been read, by their revision.
    """
    run = voided_approval(case, runs)
    if run is None or run.revision is None:
        return None
    before = (submitted or {}).get(run.revision) or _submitted(case.application, run.revision)
    if before is None:
        return None
    now = case.application.snapshot
    rows = tuple(
        corrected(before, now, [field for field in fields if field.section != ANEW], measured)
    )
    heads = {*before, *now} - {ANEW, BY_WORDS}
    same = not rows and not any(differs(before.get(head), now.get(head)) for head in heads)
    mode = case.chain.step(run.step).mode
    return Since(run, rows, not rows and not same, same and mode in REAFFIRMED_IN)


def _submitted(application: Application, revision: int) -> Mapping[str, Any] | None:
    rows = Submission.objects.filter(application=application, revision=revision)
    found: Mapping[str, Any] | None = rows.values_list("snapshot", flat=True).first()
    return found
