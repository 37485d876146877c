"""Several cases of a queue at once: each by the action for one, in its own transaction.

What cannot be done with one case says why in its row; the others stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError

from portal.core.actor import Actor
from portal.core.errors import ALLOWED, Refused, Stale, Verdict, refuse
from reviews.actions import claim_case, decide_step, hand_over_case, release_case
from reviews.actions.moving import Corrections, open_run
from reviews.chain import OUTCOMES, OWN_PAGE, RETURN, Mode, Move, Outcome, Step, steps_for
from reviews.holding import may_claim, may_hand_over, may_release
from reviews.models import Case, StepRun
from reviews.policies import may_decide
from reviews.queries import QUEUE_ORDER
from towns.correcting import declared_fields

MOST = 50


class Picked(NamedTuple):
    """A case that was chosen, its open step, and whether it may be done with it."""

    case: Case
    run: StepRun | None
    verdict: Verdict


class Done(NamedTuple):
    """What came of one case: its result in words, or the reason why nothing was done."""

    case: Case
    ok: bool
    text: str


class Bulk(NamedTuple):
    """What can be done with several cases: its button, its page (none: at once), who may."""

    key: str
    label: str
    title: str
    tone: str
    asks: bool
    may: Callable[[Actor, Case, StepRun], Verdict]


def may_batch(actor: Actor) -> Verdict:
    """Posts of an office that take steps of a chain."""
    if actor.scope is None or actor.kind is None or not steps_for(actor.kind.can):
        return refuse("批量办理由领导小组办公室办理环节的岗位使用。")
    return ALLOWED


def easy_outcome(step: Step) -> Outcome | None:
    """The favourable outcome of a step that needs no reason of its own: 予以受理, 审核通过."""
    rows = (OUTCOMES[key] for key in step.outcomes)
    found = (row for row in rows if row.move == Move.NEXT and not row.needs_reason)
    return next(found, None) if step.mode == Mode.DECIDE else None


def _may_accept(actor: Actor, case: Case, run: StepRun) -> Verdict:
    verdict = may_decide(actor, case, run)
    if verdict.ok and easy_outcome(case.chain.step(run.step)) is None:
        return refuse(f"“{run.get_step_display()}”须逐件办理，请打开办件。")
    return verdict


def _may_return(actor: Actor, case: Case, run: StepRun) -> Verdict:
    verdict = may_decide(actor, case, run)
    step = case.chain.step(run.step)
    if verdict.ok and (step.mode not in OWN_PAGE or RETURN not in step.outcomes):
        return refuse(f"“{step.name}”不能在这里退回，请打开办件办理。")
    return verdict


BULKS: dict[str, Bulk] = {
    row.key: row
    for row in (
        Bulk("accept", "批量受理", "批量受理、审核通过", "primary", True, _may_accept),
        Bulk("claim", "认领", "认领", "secondary", False, may_claim),
        Bulk("assign", "指派承办人", "指派承办人", "secondary", True, may_hand_over),
        Bulk(
            "release",
            "退回待认领",
            "退回待认领",
            "secondary",
            False,
            lambda actor, case, run: may_release(actor, case),
        ),
        Bulk("return", "批量退回补正", "批量退回补正", "warning", True, _may_return),
    )
}


def picked(actor: Actor, keys: Iterable[int], bulk: Bulk) -> list[Picked]:
    """The chosen cases among those the actor sees, in the order of the queue."""
    cases = list(
        Case.objects.visible_to(actor)
        .filter(pk__in=list(keys)[: MOST + 1])
        .select_related("application__town", "application__criteria_set", "round", "office__region")
        .order_by(*QUEUE_ORDER.terms())
    )
    open_runs = {
        run.case_id: run
        for run in StepRun.objects.filter(
            case__in=[case.pk for case in cases], finished_at__isnull=True
        ).select_related("office__region")
    }
    found = []
    for case in cases:
        run = open_runs.get(case.pk)
        if run is None:
            verdict = refuse(f"办件{case.status_label}，当前没有待办环节。")
        else:
            verdict = bulk.may(actor, case, run)
        found.append(Picked(case, run, verdict))
    return found


def each(
    actor: Actor,
    rows: Sequence[Picked],
    act: Callable[[Case, StepRun], str],
    runs: Mapping[int, int],
) -> list[Done]:
    """Do it case by case; ``act`` says what was done.

    ``runs``: the open run that each case was shown with; one that has moved on since says so.
    """
    found = []
    for row in rows:
        try:
            if row.case.pk in runs:
                open_run(row.case, runs[row.case.pk], reader=actor)
            if row.run is None or not row.verdict.ok:
                found.append(Done(row.case, False, row.verdict.reason))
            else:
                found.append(Done(row.case, True, act(row.case, row.run)))
        except ValidationError as error:
            found.append(Done(row.case, False, " ".join(error.messages)))
        except (Refused, Stale) as error:
            found.append(Done(row.case, False, str(error)))
    return found


def acts(bulk: Bulk, actor: Actor, given: Mapping[str, Any]) -> Callable[[Case, StepRun], str]:
    """The action for one case, with what was filled in for all."""

    def accept(case: Case, run: StepRun) -> str:
        outcome = easy_outcome(case.chain.step(run.step))
        assert outcome is not None, "asked of the policy before"
        decided = decide_step(
            actor=actor,
            case_id=case.pk,
            run_id=run.pk,
            outcome=outcome.key,
            opinion=given.get("opinion", ""),
        )
        return f"“{run.get_step_display()}”{outcome.done}，现为“{decided.status_label}”。"

    def claim(case: Case, run: StepRun) -> str:
        held = claim_case(actor=actor, case_id=case.pk, run_id=run.pk)
        return f"由{held.held_name}承办。"

    def release(case: Case, run: StepRun) -> str:
        release_case(actor=actor, case_id=case.pk, run_id=run.pk)
        return "已退回待认领。"

    def assign(case: Case, run: StepRun) -> str:
        given_to = hand_over_case(
            actor=actor,
            case_id=case.pk,
            post_id=given["post"],
            note=given.get("note", ""),
            run_id=run.pk,
        )
        return f"由{given_to.held_name}承办，已在平台内通知。"

    def give_back(case: Case, run: StepRun) -> str:
        fields = declared_fields(case.application)
        asked = {row.path: "" for row in fields if row.section in given["sections"]}
        decide_step(
            actor=actor,
            case_id=case.pk,
            run_id=run.pk,
            outcome=RETURN,
            opinion=given["opinion"],
            corrections=Corrections(asked, given["days"]),
        )
        return f"已退回补正，要求补正 {len(asked)} 项。"

    return {
        "accept": accept,
        "claim": claim,
        "release": release,
        "assign": assign,
        "return": give_back,
    }[bulk.key]
