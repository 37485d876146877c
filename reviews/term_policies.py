"""Who asks for information, who answers it, and who extends the term of a step."""

from __future__ import annotations

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from reviews.chain import Mode
from reviews.models import Case, Inquiry, UnitOpinion
from reviews.policies import may_review, may_take_step


def may_ask(actor: Actor, case: Case) -> Verdict:
    """The office that handles the case asks its town, while a step is open."""
    if case.state != "open":
        return refuse(f"办件{case.status_label}，不能再要求补充说明。")
    if actor.office is None or actor.office.pk != case.office_id:
        return refuse(f"补充说明由正在办理的{case.office.name}提出。")
    if not actor.can(Can.HANDLE):
        return refuse("补充说明由领导小组办公室主任、副主任、经办或审核岗位提出。")
    return may_review(actor, case)


def may_take_back(actor: Actor, inquiry: Inquiry) -> Verdict:
    """The office that asked, while it waits for the answer."""
    if not inquiry.is_open:
        return refuse("该补充说明已经答复或收回。")
    if actor.office is None or actor.office.pk != inquiry.office_id or not actor.can(Can.HANDLE):
        return refuse(f"收回补充说明由提出的{inquiry.organ}办理。")
    return may_review(actor, inquiry.case)


def may_answer(actor: Actor, inquiry: Inquiry) -> Verdict:
    """The town's submitter; for what an office entered (代录), that office."""
    if not inquiry.is_open:
        return refuse("该补充说明已经答复或收回，不再接收答复。")
    entered_by = inquiry.case.application.entered_by_id
    if entered_by is None:
        if actor.can(Can.SUBMIT):
            return ALLOWED
        return refuse("补充说明由该专业镇的提交人答复。")
    if actor.office is not None and actor.office.pk == entered_by and actor.can(Can.HANDLE):
        return ALLOWED
    return refuse("该申报由领导小组办公室代为录入，补充说明由该办公室答复。")


def may_extend(actor: Actor, case: Case) -> Verdict:
    """Whoever checks in the office that handles the case: not for a clerk alone to decide."""
    if case.state != "open":
        return refuse(f"办件{case.status_label}，没有正在计算的办理期限。")
    if actor.office is None or actor.office.pk != case.office_id:
        return refuse(f"办理期限由正在办理的{case.office.name}延长。")
    if not actor.can(Can.CHECK):
        return refuse("延长办理期限由领导小组办公室主任、副主任或审核岗位办理。")
    return may_review(actor, case)


def may_extend_opinion(actor: Actor, case: Case, opinion: UnitOpinion) -> Verdict:
    """Whoever asks units at the open step, while the unit still has time to answer.

    A limit that has passed stays passed: the silence is on record, and a late answer is taken.
    """
    verdict = may_take_step(actor, case, case.current)
    if not verdict.ok:
        return verdict
    if case.current.mode != Mode.OPINIONS or opinion.run.finished_at is not None:
        return refuse("征求意见的环节已经结束，不能再延长答复期限。")
    if opinion.given_at is not None:
        return refuse(f"{opinion.organ}已经答复，不需要延长答复期限。")
    if opinion.due_on is None:
        return refuse(f"征求{opinion.organ}意见时没有规定答复期限。")
    if opinion.due_on < clock.today():
        return refuse(f"{opinion.organ}的答复期限已过，不能再延长；环节结束前仍可逾期答复。")
    return ALLOWED
