"""The one door through which a case moves: lock, finish the open run, enter the next step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.utils import timezone

from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import add_working_days, working_days_between
from portal.core.constants import REGION_KINDS, region_kinds_of
from portal.core.errors import Stale
from portal.core.ledger import record
from portal.core.models import Office, hold_in_scope
from reviews.actions.effects import EFFECT_OF_MOVE, Effect, apply_effect, granted_as
from reviews.actions.pausing import end_inquiries
from reviews.actions.places import hold_quota, leave_shortlists
from reviews.chain import OUTCOMES, Move, Outcome, Step
from reviews.models import Case, CaseGrant, StepRun
from reviews.place_queries import RECOMMEND
from reviews.policies import sees_inside
from towns.actions.correcting import NOTHING_ASKED, ask_correction
from towns.correcting import asked_data, asked_words


class Corrections(NamedTuple):
    """What a return asks for: path of a field -> what is wanted; working days to answer."""

    items: Mapping[str, str]
    days: int | None = None


_PLACE = ["state", "step", "office", "due_on", "moved_at"]
_IN_HAND = ["holder", "held_by", "held_name", "held_at", "paused_on"]
GRANT_ENDED = "环节已结束"


def lock_case(actor: Actor, case_id: int) -> Case:
    """The case, locked, from what the actor sees; Stale when it is gone from there."""
    case = (
        Case.objects.visible_to(actor)
        .select_for_update(of=("self",))
        .select_related("application__town", "round", "office__region")
        .filter(pk=case_id)
        .first()
    )
    if case is None:
        raise Stale("该办件已不在您的工作范围内。")
    return case


def lock_cases(actor: Actor, case_ids: list[int]) -> list[Case]:
    """Several cases locked in the order of their keys, so that two batches never wait crosswise."""
    if not case_ids:
        raise ValidationError({"cases": "请至少选择一个办件。"})
    rows = list(
        Case.objects.visible_to(actor)
        .filter(pk__in=case_ids)
        .select_for_update(of=("self",))
        .select_related("application__town", "round", "office__region")
        .order_by("pk")
    )
    if len(rows) != len(set(case_ids)):
        raise Stale("部分办件已不在您的工作范围内，请刷新后重新选择。")
    return rows


def open_run(case: Case, run_id: int | None = None, *, reader: Actor) -> StepRun:
    """The open run of the case; Stale if it is not the expected one.

    Who decided, when and how is said to those who read the inside of that step, to nobody else.
    """
    run = StepRun.objects.filter(case=case, finished_at__isnull=True).first()
    if run is not None and run_id in (None, run.pk):
        return run
    decided = (
        StepRun.objects.filter(pk=run_id, case=case).first()
        if run_id
        else StepRun.objects.filter(case=case).order_by("-ordinal").first()
    )
    if decided is None or decided.finished_at is None:
        raise Stale("该办件的环节已发生变化，请刷新页面后再办理。")
    if not sees_inside(reader, decided):
        raise Stale(
            f"该办件的环节已由{decided.organ}办理，无需重复办理；请刷新页面查看现在的情况。"
        )
    moment = timezone.localtime(decided.finished_at)
    raise Stale(
        f"“{decided.get_step_display()}”已由{decided.decided_name}于 "
        f"{moment:%Y-%m-%d %H:%M} 办理，结果为“{decided.get_outcome_display()}”，无需重复办理。"
    )


def office_of_level(scope_code: str, level: str) -> Office:
    """The leading-group office of the region of a level that contains a county."""
    found = (
        Office.objects.filter(
            kind="leading_group_office",
            region__kind__in=region_kinds_of(level),
            region__scope_from__lte=scope_code,
            region__scope_to__gt=scope_code,
        )
        .order_by("-region__scope_from")
        .first()
    )
    if found is None:
        raise ValidationError("没有找到办理该环节的领导小组办公室，请联系系统管理员。")
    return found


def term_of(case: Case, step: Step) -> int | None:
    """Working days for a step: what was left when it returned the case, else the round's term.

    The clock stands still while a case is returned (退回期间停止计时): the step that returned it
    goes on with the days it had left, one at least. None: 未载明.
    """
    before = StepRun.objects.filter(case=case, step=step.key).order_by("-ordinal").first()
    if before is not None and before.days_left is not None:
        return max(before.days_left, 1)
    days = case.round.step_days.get(step.key) or step.days
    return int(days) if days else None


def enter_step(
    case: Case, step: Step, office: Office | None = None, again: StepRun | None = None
) -> StepRun:
    """Start a step: the case's queue fields and a new open run. The caller holds the lock.

    ``again``: the run whose decision was taken back; its term goes on, it does not begin anew.
    """
    home = office or (
        case.office
        if case.office_id and REGION_KINDS[case.office.region.kind].level == step.level
        else office_of_level(case.scope_code, step.level)
    )
    days = term_of(case, step) if again is None else None
    due = add_working_days(clock.today(), days) if days else None
    if again is not None:
        due = again.due_on
    case.state, case.step, case.office, case.due_on = "open", step.key, home, due
    case.holder = case.held_by = case.held_at = case.paused_on = None
    case.held_name, case.moved_at = "", clock.now()
    case.save(update_fields=[*_PLACE, *_IN_HAND])
    last = StepRun.objects.filter(case=case).order_by("-ordinal").values_list("ordinal", flat=True)
    return StepRun.objects.create(
        case=case,
        ordinal=(last.first() or 0) + 1,
        step=step.key,
        office=home,
        started_at=clock.now(),
        due_on=due,
    )


def finish_run(
    run: StepRun, actor: Actor, outcome: str, opinion: str = "", **links: Any
) -> StepRun:
    """Close a run with its outcome, opinion and whoever decided; what it opened to others closes.

    Experts and member units see a case for the step they were asked in. What they wrote stays with
    the case; asked or assigned again, they are given it anew.
    """
    CaseGrant.objects.filter(content_object=run.case_id, revoked_at__isnull=True).update(
        revoked_at=clock.now(), revoked_reason=GRANT_ENDED
    )
    end_inquiries(run)
    run.outcome, run.opinion, run.finished_at = outcome, opinion, clock.now()
    run.revision = Case.objects.values_list("application__revision", flat=True).get(pk=run.case_id)
    run.office_name = run.office.name
    run.decided_by, run.decided_name, run.decided_post = actor.user, actor.name, actor.post
    for name, value in links.items():
        setattr(run, name, value)
    run.save()
    return run


def move_case(
    case: Case,
    run: StepRun,
    actor: Actor,
    outcome: Outcome,
    opinion: str,
    *,
    corrections: Corrections | None = None,
    **links: Any,
) -> None:
    """Apply an outcome of the chain table to a locked case. The only place that moves one.

    ``corrections``: what a return asks for; a return that names no field is refused.
    """
    step = case.chain.step(run.step)
    if outcome.key not in step.outcomes:
        raise ValidationError({"outcome": f"“{step.name}”环节不能“{outcome.label}”。"})
    errors = {}
    if outcome.needs_reason and not opinion.strip():
        errors["opinion"] = f"选择“{outcome.label}”时，请填写意见或理由。"
    if outcome.move == Move.RETURN and not (corrections and corrections.items):
        errors["corrections"] = NOTHING_ASKED
    if errors:
        raise ValidationError(errors)
    if outcome.key == RECOMMEND:
        hold_quota(case, step)
    if outcome.move == Move.RETURN and case.due_on is not None:
        links["days_left"] = working_days_between(case.paused_on or clock.today(), case.due_on)
    finish_run(run, actor, outcome.key, opinion.strip(), **links)
    summary = f"{step.name}：{outcome.done}"
    data = {"step": step.key, "outcome": outcome.key, "opinion": opinion, "run": run.pk}
    if outcome.move == Move.RETURN and corrections is not None:
        correction = ask_correction(
            actor,
            case.application,
            case.office,
            opinion=opinion.strip(),
            items=corrections.items,
            days=corrections.days,
            step=step.key,
        )
        summary, data = f"{summary}，{asked_words(correction)}", data | asked_data(correction)
    record(
        actor,
        f"decide:{outcome.key}",
        case,
        summary,
        data=data,
        scope_code=case.scope_code,
        audience="filer"
        if step.released or outcome.move in (Move.RETURN, Move.REJECT)
        else "office",
    )
    if outcome.move == Move.NEXT:
        following = case.chain.after(step.key)
        if following is None:
            close_case(case, granted_as(case))
            apply_effect(case, Effect.GRANTED)
        else:
            enter_step(case, following)
    elif outcome.move == Move.STAY:
        enter_step(case, step, case.office)
    elif outcome.move == Move.RETURN:
        StepRun.objects.filter(case=case).update(voided=True)
        case.state, case.due_on, case.moved_at = "returned", correction.due_on, clock.now()
        case.holder = case.held_by = case.held_at = case.paused_on = None
        case.held_name = ""
        case.save(update_fields=["state", "due_on", "moved_at", *_IN_HAND])
        apply_effect(case, EFFECT_OF_MOVE[outcome.move], return_reason=opinion.strip())
    else:
        close_case(case, "rejected")
        apply_effect(case, EFFECT_OF_MOVE[outcome.move])
    hold_in_scope(case, actor)


def close_case(case: Case, outcome: str) -> None:
    """End a case with its result."""
    case.state, case.outcome, case.due_on = "closed", outcome, None
    case.closed_at = case.moved_at = clock.now()
    case.holder = case.held_by = case.held_at = case.paused_on = None
    case.held_name = ""
    case.save(update_fields=["state", "outcome", "due_on", "closed_at", "moved_at", *_IN_HAND])
    if outcome != granted_as(case):
        leave_shortlists(case, case.get_outcome_display())


def outcome_of(key: str) -> Outcome:
    """The outcome of a key; a form's unknown value is bad input, not a crash."""
    if key not in OUTCOMES:
        raise ValidationError({"outcome": "请选择办理结果。"})
    return OUTCOMES[key]
