"""Deciding a step: acceptance, review, recommendation, return, rejection."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core.actor import Actor
from portal.core.errors import require
from portal.core.models import Office
from reviews.actions.moving import lock_case, move_case, open_run, outcome_of
from reviews.chain import Mode, Move
from reviews.models import Case
from reviews.policies import may_decide

# Steps decided on the case's own page; meetings, notices and issuing have their own actions.
_OWN_PAGE = (Mode.DECIDE, Mode.OPINIONS, Mode.SCORES)


@transaction.atomic
def decide_step(
    *, actor: Actor, case_id: int, run_id: int, outcome: str, opinion: str = ""
) -> Case:
    """Decide the open step of a case.

    Stale when somebody else decided first (the message says who, when and what); Refused when the
    post may not; ValidationError beside ``outcome`` or ``opinion``.
    """
    case = lock_case(actor, case_id)
    run = open_run(case, run_id, reader=actor)
    require(may_decide(actor, case, run))
    row = outcome_of(outcome)
    step = case.chain.step(run.step)
    if step.mode not in _OWN_PAGE:
        raise ValidationError({"outcome": f"“{step.name}”请在对应的会议、公示或公文页面办理。"})
    if row.move == Move.NEXT:
        _complete(case, step.mode, run.pk)
    move_case(case, run, actor, row, opinion)
    return case


def _complete(case: Case, mode: Mode, run_id: int) -> None:
    if mode == Mode.OPINIONS:
        asked = list(case.opinions.filter(run_id=run_id).select_related("office"))
        # A unit that was closed has nobody left to answer; one that was merged has a successor.
        waiting = [
            row.organ
            for row in asked
            if row.given_at is None and (row.office.is_standing or row.office.successor_id)
        ]
        units = Office.objects.standing().filter(kind="member_unit", parent=case.office)
        if not asked and units.exists():
            raise ValidationError({"outcome": "还没有征求成员单位意见，请先选择成员单位。"})
        if waiting:
            raise ValidationError({"outcome": f"还有单位未答复：{'、'.join(waiting)}。"})
    if mode == Mode.SCORES:
        sheets = list(case.sheets.filter(run_id=run_id))
        if not sheets:
            raise ValidationError({"outcome": "还没有指派专家，请先指派。"})
        waiting_count = sum(sheet.submitted_at is None for sheet in sheets)
        if waiting_count:
            raise ValidationError({"outcome": f"还有 {waiting_count} 位专家未提交评分。"})
