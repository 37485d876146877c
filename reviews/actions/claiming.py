"""Having a case in hand (承办): claimed, taken over, released, handed over; each in the ledger."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from portal.core import clock
from portal.core.actor import Actor, acting_seat, acting_user
from portal.core.errors import require
from portal.core.ledger import record
from portal.core.models import Notification, Post, hold_in_scope
from reviews.actions.moving import lock_case, open_run
from reviews.holding import (
    holders_of,
    holds,
    may_claim,
    may_hand_over,
    may_release,
    may_take_over,
)
from reviews.models import Case, StepRun
from reviews.policies import may_work_on

KIND = "holding"
LONGEST_NOTE = 200
_HELD = ["holder", "held_by", "held_name", "held_at"]


@transaction.atomic
def claim_case(*, actor: Actor, case_id: int, run_id: int | None = None) -> Case:
    """Take a case that nobody has in hand; claimed twice by one post, nothing changes.

    ``run_id``, here and below: the step the page showed; Stale when the case has moved on.
    """
    case, run = _locked(actor, case_id, run_id)
    require(may_claim(actor, case, run))
    if holds(actor, case):
        return case
    _give(case, actor)
    return _entered(actor, case, run, "claim_case", f"{actor.name}认领")


@transaction.atomic
def take_over_case(*, actor: Actor, case_id: int, reason: str, run_id: int | None = None) -> Case:
    """Take a case from the colleague who has it in hand, who is told; with a reason."""
    case, run = _locked(actor, case_id, run_id)
    require(may_take_over(actor, case, run))
    reason = _note("reason", reason)
    if not reason:
        raise ValidationError({"reason": "请填写接办原因，例如：原承办人请假。"})
    before, name = case.holder, case.held_name
    _give(case, actor)
    summary = f"{actor.name}接办，原承办人{name}，原因：{reason}"
    _entered(actor, case, run, "take_over_case", summary, reason)
    _tell(before, case, f"{case.town_name}的办件已由{actor.name}接办", f"原因：{reason}")
    return case


@transaction.atomic
def release_case(*, actor: Actor, case_id: int, run_id: int | None = None) -> Case:
    """Give a case back to the queue of the office."""
    case, run = _locked(actor, case_id, run_id)
    require(may_release(actor, case))
    before, name = case.holder, case.held_name
    own = holds(actor, case)
    _give(case, None)
    _entered(actor, case, run, "release_case", f"退回待认领，原承办人{name}")
    if not own:
        _tell(before, case, f"{case.town_name}的办件已退回待认领", f"由{actor.name}退回。")
    return case


@transaction.atomic
def hand_over_case(
    *, actor: Actor, case_id: int, post_id: int, note: str = "", run_id: int | None = None
) -> Case:
    """Give a case to a post of the office that takes its step; whoever is in it today is told."""
    case, run = _locked(actor, case_id, run_id)
    require(may_hand_over(actor, case, run))
    note = _note("note", note)
    heir = _heir(case, run, post_id)
    if heir.post is not None and heir.post.pk == case.holder_id:
        raise ValidationError({"post": f"该办件已由{case.held_name}承办，请选择其他人员。"})
    before, name = case.holder, case.held_name
    _give(case, heir)
    summary = f"{'移交' if before else '指派'}{heir.name}承办"
    if before:
        summary += f"，原承办人{name}"
    _entered(
        actor, case, run, "hand_over_case", summary + (f"，说明：{note}" if note else ""), note
    )
    _tell(heir.post, case, f"{case.town_name}的办件由您承办", f"{actor.name}{_said(note)}")
    if before is not None and (actor.post is None or before.pk != actor.post.pk):
        _tell(before, case, f"{case.town_name}的办件已移交{heir.name}承办", _said(note))
    return case


def _locked(actor: Actor, case_id: int, run_id: int | None) -> tuple[Case, StepRun]:
    case = lock_case(actor, case_id)
    return case, open_run(case, run_id, reader=actor)


def _heir(case: Case, run: StepRun, post_id: int) -> Actor:
    """Who is in the post today and may decide the open step."""
    people = next((found for post, found in holders_of(case) if post.pk == post_id), [])
    if not people:
        raise ValidationError({"post": "请在名单中选择承办岗位；离任、请假人员的岗位不能承办。"})
    verdicts = [(person, may_work_on(person, case, run)) for person in people]
    for person, verdict in verdicts:
        if verdict.ok:
            return person
    raise ValidationError({"post": f"不能由{people[0].name}承办：{verdicts[0][1].reason}"})


def _note(name: str, text: str) -> str:
    text = " ".join(text.split())
    if len(text) > LONGEST_NOTE:
        raise ValidationError({name: f"请在 {LONGEST_NOTE} 字以内。"})
    return text


def _said(note: str) -> str:
    return f"说明：{note}" if note else ""


def _give(case: Case, person: Actor | None) -> None:
    """Who has it in hand from now on; nobody for None."""
    if person is None:
        case.holder = case.held_by = case.held_at = None
        case.held_name = ""
    else:
        case.holder, case.held_by = acting_seat(person), acting_user(person)
        case.held_name, case.held_at = person.name, clock.now()
    case.save(update_fields=_HELD)


def _entered(
    actor: Actor, case: Case, run: StepRun, verb: str, summary: str, note: str = ""
) -> Case:
    record(
        actor,
        verb,
        case,
        f"{case.chain.step(run.step).name}：{summary}",
        data={"step": run.step, "run": run.pk, "holder": case.holder_id, "note": note},
        scope_code=case.scope_code,
        audience="office",
    )
    hold_in_scope(case, actor)
    return case


def _tell(post: Post | None, case: Case, title: str, text: str) -> None:
    """Tell one post alone; inside the transaction of the action."""
    if post is None:
        return
    moment = clock.now()
    Notification.objects.create(
        office_id=post.office_id,
        post=post,
        kind=KIND,
        key=f"holding:{case.pk}:{post.pk}:{moment:%Y%m%d%H%M%S%f}",
        title=title[:200],
        text=text[:400],
        url_name="case",
        url_args=[case.pk],
        created_at=moment,
    )
