"""Deciding a step: acceptance, review, recommendation, return, rejection."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from criteria.queries import indicators
from portal.core.actor import Actor
from portal.core.errors import Stale, require
from reviews.actions.consulting import complete_opinions
from reviews.actions.moving import Corrections, lock_case, move_case, open_run, outcome_of
from reviews.chain import OWN_PAGE, Mode, Move, Step
from reviews.models import Case, StepRun
from reviews.policies import may_decide
from reviews.reaffirming import UNCHANGED, since_approval
from towns.correcting import declared_fields


@transaction.atomic
def decide_step(
    *,
    actor: Actor,
    case_id: int,
    run_id: int,
    outcome: str,
    opinion: str = "",
    corrections: Corrections | None = None,
) -> Case:
    """Decide the open step of a case. ``corrections``: what a return asks for;
    a return names at least one field.

    Stale when somebody else decided first (the message says who, when and what); Refused when the
    post may not; ValidationError beside ``outcome``, ``opinion`` or
    ``corrections``.
    """
    case = lock_case(actor, case_id)
    run = open_run(case, run_id, reader=actor)
    require(may_decide(actor, case, run))
    row = outcome_of(outcome)
    step = case.chain.step(run.step)
    listed = step.mode == Mode.SHORTLIST and row.move != Move.NEXT
    if step.mode not in OWN_PAGE and not listed:
        raise ValidationError(
            {"outcome": f"“{step.name}”请在对应的推荐名单、会议、公示或公文页面办理。"}
        )
    if row.move == Move.NEXT:
        _complete(actor, case, step.mode, run)
    move_case(case, run, actor, row, opinion, corrections=corrections)
    return case


@transaction.atomic
def reaffirm_step(*, actor: Actor, case_id: int, run_id: int) -> Case:
    """Decide the open step as the same office did before the return: 材料无变化，维持原意见.

    Stale where there is no such approval, or what is declared differs from what was approved,
    whatever the page showed.
    """
    case = lock_case(actor, case_id)
    run = open_run(case, run_id, reader=actor)
    require(may_decide(actor, case, run))
    runs = list(case.runs.order_by("ordinal"))
    since = since_approval(case, runs, declared_fields(case.application), indicators("town"))
    if since is None or (not since.rows and not since.hidden and not since.may_stand):
        raise Stale("该环节没有可以维持的原意见，请填写办理结果。")
    if not since.may_stand:
        raise Stale("材料与原来办理时不同，不能维持原意见，请看清变化后重新办理。")
    before = since.run.opinion.removeprefix(f"{UNCHANGED}。").strip()
    opinion = f"{UNCHANGED}。{before}"
    move_case(case, run, actor, outcome_of(since.run.outcome), opinion, reaffirmed=True)
    return case


def _complete(actor: Actor, case: Case, mode: Mode, run: StepRun) -> None:
    if mode == Mode.OPINIONS:
        complete_opinions(actor, case, run)
    if mode == Mode.VISIT and not case.visits.filter(run=run, state="done").exists():
        raise ValidationError({"outcome": "还没有登记完成的现场核查，请先安排核查并登记结果。"})
    if mode == Mode.SCORES:
        sheets = list(case.sheets.filter(run=run))
        if not sheets:
            raise ValidationError({"outcome": "还没有指派专家，请先指派。"})
        waiting_count = sum(sheet.submitted_at is None for sheet in sheets)
        if waiting_count:
            raise ValidationError({"outcome": f"还有 {waiting_count} 位专家未提交评分。"})
    _hold_quorum(case.chain.step(run.step), run)


def _hold_quorum(step: Step, run: StepRun) -> None:
    """Refuse to conclude with fewer answers or sheets than the chain asks for, where it does."""
    if step.quorum is None:
        return
    given = {
        Mode.OPINIONS: run.opinions.filter(given_at__isnull=False),
        Mode.SCORES: run.sheets.filter(submitted_at__isnull=False),
    }.get(step.mode)
    count = given.count() if given is not None else step.quorum
    if count < step.quorum:
        what = "个单位答复" if step.mode == Mode.OPINIONS else "位专家评分"
        raise ValidationError(
            {"outcome": f"“{step.name}”不少于 {step.quorum} {what}，现有 {count}，不能汇总。"}
        )
