"""Reversing a decision (撤销办理): new rows, never an edit, while nothing was built on it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actions.notifications import tell
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from portal.core.ledger import record
from portal.core.models import hold_in_scope
from reviews.actions.effects import Effect, apply_effect
from reviews.actions.moving import enter_step, finish_run, lock_case
from reviews.actions.places import rejoin
from reviews.chain import REVERSE, Mode, Move
from reviews.models import Case, ShortlistItem, StepRun
from reviews.policies import may_reverse
from towns.actions.entries import lock_town

# A row whose recommendation was taken back moved up into no place and replaces nobody.
NOT_PROMOTED = {
    "promoted_at": None,
    "promoted_name": "",
    "promoted_reason": "",
    "replaces": None,
}


@transaction.atomic
def reverse_step(*, actor: Actor, case_id: int, run_id: int, reason: str) -> Case:
    """Take a decision back and open its step anew; whoever decided and what stays on record.

    The run that followed is closed as 已撤销办理, the decision is void, a new run of the same step
    begins, due on the day the decision was due. A rejection reopens the case. Stale when somebody
    worked on it since.
    """
    case = lock_case(actor, case_id)
    run = StepRun.objects.select_related("office__region").filter(case=case, pk=run_id).first()
    if run is None or run != last_decision(case):
        raise Stale("该环节之后已有新的办理，不能撤销；请刷新页面查看现在的情况。")
    if run.outcome_row is not None and run.outcome_row.move == Move.REJECT:
        # Nobody begins another application for the town, or merges it, until this is done.
        case.application.town = lock_town(case.application.town)
    require(may_reverse(actor, case, run))
    if not reason.strip():
        raise ValidationError({"reason": "请填写撤销的理由。"})
    step, outcome = case.chain.step(run.step), run.outcome_row
    assert outcome is not None
    following = StepRun.objects.filter(case=case, finished_at__isnull=True).first()
    reached, holder = case.office, case.holder
    if following is not None:
        finish_run(following, actor, REVERSE, reason.strip(), voided=True)
    StepRun.objects.filter(pk=run.pk).update(voided=True)
    if outcome.move == Move.REJECT:
        case.state, case.outcome, case.closed_at = "open", "", None
        case.save(update_fields=["state", "outcome", "closed_at"])
        apply_effect(case, Effect.REOPENED)
        rejoin(case)
    if step.mode == Mode.SHORTLIST:
        items = ShortlistItem.objects.filter(case=case, shortlist__office=run.office_id)
        items.update(standing="", **NOT_PROMOTED)
    enter_step(case, step, run.office, again=run)
    hold_in_scope(case, actor)
    record(
        actor,
        "reverse_step",
        case,
        f"撤销“{step.name}”的办理结果“{outcome.done}”",
        data={"run": run.pk, "outcome": outcome.key, "reason": reason.strip()},
        scope_code=case.scope_code,
        audience="filer" if step.released or outcome.move == Move.REJECT else "office",
    )
    if reached.pk != run.office_id:
        tell(
            [reached],
            kind="case",
            key=f"reversed:{run.pk}",
            title=f"{case.town_name}：{run.office.name}撤销了“{step.name}”，办件已退出本办公室",
            text="该环节重新办理后会再次转来。",
            url_name="case",
            url_args=[case.pk],
        )
    elif holder is not None and holder != actor.post:
        tell(
            [reached],
            kind="case",
            key=f"reversed:{run.pk}",
            title=f"{case.town_name}：“{step.name}”的办理结果已撤销，您承办的办件退回该环节",
            text="该环节重新办理后，需要由您办理的，请重新认领。",
            url_name="case",
            url_args=[case.pk],
            post=holder,
        )
    return case


def last_decision(case: Case) -> StepRun | None:
    """The newest finished run that an office decided and that still stands."""
    run = (
        StepRun.objects.filter(case=case, finished_at__isnull=False)
        .select_related("office__region")
        .order_by("-ordinal")
        .first()
    )
    return run if run is not None and run.outcome_row is not None and not run.voided else None
