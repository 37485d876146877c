"""Who may do what to a case. Every refusal says which rule refused and who could do it instead."""

from __future__ import annotations

from enum import StrEnum

from portal.core.actor import Actor
from portal.core.constants import LEVELS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import LedgerEntry, Office
from reviews.chain import Mode, Step
from reviews.models import Case, Meeting, PublicNotice, ScoreSheet, StepRun, UnitOpinion
from towns.models import Application


def may_submit(actor: Actor, application: Application) -> Verdict:
    """A second person of the town submits: 填报人 is not 提交人 (four eyes are two users)."""
    if not actor.can(Can.SUBMIT):
        return refuse("申报由该专业镇的提交人提交。")
    if application.state != "ready":
        return refuse(f"申报{application.filing.label}，不在待提交状态。")
    if actor.user is not None and application.filled_by_id == actor.user.pk:
        return refuse("填报人和提交人不能是同一人，请由另一名提交人提交。")
    if _worked_on(actor, application):
        return refuse("您填写过这份申报，填报人和提交人不能是同一人，请由另一名提交人提交。")
    if not application.revision and not application.round.is_open:
        return refuse(
            f"“{application.round.title}”{application.round.state_label}，"
            f"申报截止日期为 {application.round.closes_on}。如有特殊情况，请联系领导小组办公室。"
        )
    return ALLOWED


def _worked_on(actor: Actor, application: Application) -> bool:
    """Whether the acting person ever filled a part of it, whoever handed it over."""
    chain = f"{application._meta.label_lower}:{application.pk}"
    rows = LedgerEntry.objects.filter(chain=chain, actor=actor.user, actor__isnull=False)
    return rows.exclude(verb="send_back_to_filer").exists()


def may_withdraw(actor: Actor, case: Case) -> Verdict:
    """The submitter takes the application back until it goes before the meeting.

    A returned one lies with the town, whatever step returned it, and may always be taken back.
    """
    if not actor.can(Can.SUBMIT):
        return refuse("撤回由该专业镇的提交人办理。")
    if case.state == "closed":
        return refuse(f"办件{case.status_label}，不能撤回。")
    if case.state == "open" and not case.current.withdrawable:
        return refuse(f"办件已进入“{case.current.name}”环节，不能撤回。请联系领导小组办公室。")
    return ALLOWED


def may_take_step(actor: Actor, case: Case, step: Step) -> Verdict:
    """A post of the office that handles the case, able to take this step."""
    if case.state != "open":
        return refuse(f"办件{case.status_label}，当前没有待办环节。")
    if actor.is_system:
        return ALLOWED
    if actor.office is None or actor.office.pk != case.office_id:
        return refuse(f"该环节由{case.office.name}办理。")
    if not actor.can(step.ability):
        return refuse(f"“{step.name}”环节由{case.office.name}具有相应岗位的人员办理。")
    return ALLOWED


def may_decide(actor: Actor, case: Case, run: StepRun) -> Verdict:
    """Take the step; a recommendation is signed by another user than the one who accepted."""
    step = case.chain.step(run.step)
    verdict = may_take_step(actor, case, step)
    if not verdict.ok or step.ability != Can.RECOMMEND or actor.user is None:
        return verdict
    before = (
        StepRun.objects.filter(case=case, office=run.office, ordinal__lt=run.ordinal, voided=False)
        .exclude(outcome="return")
        .order_by("-ordinal")
        .first()
    )
    if before is not None and before.decided_by_id == actor.user.pk:
        return refuse("受理（审核）和推荐应由两人办理，请由本办公室另一名人员推荐。")
    return ALLOWED


def may_give_opinion(actor: Actor, opinion: UnitOpinion) -> Verdict:
    """The unit that was asked, or the one that took it over, while the step is open."""
    answers = Office.objects.answered_by(actor).filter(pk=opinion.office_id)
    if not actor.can(Can.OPINE) or not answers.exists():
        heir = opinion.office.successor or opinion.office
        return refuse(f"该意见由{heir.name}提出。")
    if opinion.run.finished_at is not None:
        return refuse("会审环节已经结束，不再接收意见。")
    return ALLOWED


def may_score(actor: Actor, sheet: ScoreSheet) -> Verdict:
    """The expert to whom the sheet was given, while the step is open."""
    if not actor.can(Can.SCORE) or actor.post is None or actor.post.pk != sheet.post_id:
        return refuse("该评分表由被指派的专家填写。")
    if sheet.run.finished_at is not None:
        return refuse("评分环节已经结束，不能再修改评分。")
    return ALLOWED


def may_record_meeting(actor: Actor, meeting: Meeting) -> Verdict:
    """The convening office."""
    if not actor.can(Can.CONVENE) or actor.office is None or actor.office.pk != meeting.office_id:
        return refuse(f"会议结果由{meeting.office.name}录入。")
    return ALLOWED


def may_close_notice(actor: Actor, notice: PublicNotice) -> Verdict:
    """The publishing office, after the window has passed."""
    if not actor.can(Can.PUBLISH) or actor.office is None or actor.office.pk != notice.office_id:
        return refuse(f"公示由{notice.office.name}办理。")
    if not notice.is_over:
        return refuse(f"公示到 {notice.ends_on} 结束，期满后方可办结。")
    return ALLOWED


def may_collect(actor: Actor, mode: Mode, ability: Can) -> Verdict:
    """Convene a meeting, open a notice or draft a document for cases of the acting office."""
    if not actor.can(ability) or actor.level is None:
        return refuse("该工作由领导小组办公室具有相应岗位的人员办理。")
    return ALLOWED


def sees_inside(actor: Actor, run: StepRun) -> bool:
    """Whether opinion, scores and notes of a step are for this actor: its own office or above.

    A lower office and the town see the outcome of a released step, never its notes, except the
    reason of a return or a rejection, which is addressed to them.
    """
    if actor.is_system:
        return True
    return actor.scope is not None and run.office.region.code in actor.scope


class Reading(StrEnum):
    """How much of a case an actor reads."""

    WHOLE = "whole"
    RELEASED = "released"
    MATERIAL = "material"


def reading_of(actor: Actor, case: Case) -> Reading:
    """WHOLE for the certifying level and above, RELEASED for lower offices and the town.

    Experts and member units read the MATERIAL and what they wrote themselves: no contact, nobody
    else's opinion or score, no timeline.
    """
    if actor.is_system:
        return Reading.WHOLE
    if actor.can(Can.SCORE) or actor.can(Can.OPINE):
        return Reading.MATERIAL
    if actor.scope is None or actor.level is None:
        return Reading.RELEASED
    above = actor.level.digits <= LEVELS[case.level].digits
    return Reading.WHOLE if above else Reading.RELEASED
