"""Who may do what to a case. Every refusal says which rule refused and who could do it instead."""

from __future__ import annotations

from enum import StrEnum

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef, Q

from portal.core.actor import Actor
from portal.core.constants import LEVELS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import LedgerEntry, Office
from reviews.chain import OWN_PAGE, Mode, Move, Step
from reviews.letter_queries import letter_naming
from reviews.models import (
    Case,
    Inquiry,
    Meeting,
    MeetingItem,
    Phrase,
    PublicNotice,
    PublicNoticeItem,
    ScoreSheet,
    StepRun,
    UnitOpinion,
    Visit,
)
from towns.constants import LIVE_FILINGS
from towns.models import Application
from towns.policies import may_change_town, may_still_submit


def may_submit(actor: Actor, application: Application) -> Verdict:
    """A second person of the town submits: 填报人 is not 提交人 (four eyes are two users)."""
    verdict = _submits(actor, application)
    if not verdict.ok:
        return verdict
    if application.state != "ready":
        return refuse(f"申报{application.filing.label}，不在待提交状态。")
    if actor.user is not None and application.filled_by_id == actor.user.pk:
        return refuse("填报人和提交人不能是同一人，请由另一名提交人提交。")
    if _worked_on(actor, application):
        return refuse("您填写过这份申报，填报人和提交人不能是同一人，请由另一名提交人提交。")
    return may_still_submit(application)


def _submits(actor: Actor, application: Application) -> Verdict:
    """The town's submitter; for what an office enters (代录), another person of that office."""
    if application.entered_by_id is None:
        if actor.can(Can.SUBMIT):
            return ALLOWED
        return refuse("申报由该专业镇的提交人提交。")
    office = actor.office.pk if actor.office else None
    if office == application.entered_by_id and actor.can(Can.HANDLE):
        return ALLOWED
    return refuse("该申报由领导小组办公室代为录入，由该办公室另一名人员提交。")


def _worked_on(actor: Actor, application: Application) -> bool:
    """Whether the acting person ever filled a part of it, whoever handed it over."""
    chain = f"{application._meta.label_lower}:{application.pk}"
    rows = LedgerEntry.objects.filter(chain=chain, actor=actor.user, actor__isnull=False)
    return rows.exclude(verb="send_back_to_filer").exists()


def may_withdraw(actor: Actor, case: Case) -> Verdict:
    """The submitter takes the application back until it goes before the meeting.

    A returned one lies with the town, whatever step returned it, and may always be taken back.
    """
    if case.application.entered_by_id is not None:
        verdict = _submits(actor, case.application)
        if not verdict.ok:
            return refuse("该申报由领导小组办公室代为录入，撤回由该办公室办理。")
    elif not actor.can(Can.SUBMIT):
        return refuse("撤回由该专业镇的提交人办理。")
    if case.state == "closed":
        return refuse(f"办件{case.status_label}，不能撤回。")
    if case.state == "open" and not case.current.withdrawable:
        return refuse(f"办件已进入“{case.current.name}”环节，不能撤回。请联系领导小组办公室。")
    return ALLOWED


def may_take_step(actor: Actor, case: Case, step: Step) -> Verdict:
    """A post of the office that handles the case, able to take this step, and not its author."""
    if case.state != "open":
        return refuse(f"办件{case.status_label}，当前没有待办环节。")
    if actor.is_system:
        return ALLOWED
    if actor.office is None or actor.office.pk != case.office_id:
        return refuse(f"该环节由{case.office.name}办理。")
    if not actor.can(step.ability):
        return refuse(f"“{step.name}”环节由{case.office.name}具有相应岗位的人员办理。")
    return may_review(actor, case)


def may_review(actor: Actor, case: Case) -> Verdict:
    """Who filled or submitted what the own office entered (代录) has no part in its review."""
    application = case.application
    if application.entered_by_id is None or actor.user is None:
        return ALLOWED
    named = (application.filled_by_id, application.submitted_by_id)
    if actor.user.pk not in named and not _worked_on(actor, application):
        return ALLOWED
    return refuse(
        f"您填写或者提交过{case.town_name}的这份申报，不能再办理它的评审，"
        "请由本办公室另一名人员办理。"
    )


def may_decide(actor: Actor, case: Case, run: StepRun) -> Verdict:
    """Take the step; a case that somebody has in hand (承办) is decided from that post alone.

    Steps with a page for several cases are their office's work: a list, a meeting, a notice.
    """
    verdict = may_work_on(actor, case, run)
    own_page = case.chain.step(run.step).mode in OWN_PAGE
    if not verdict.ok or not own_page or case.holder_id is None or actor.post is None:
        return verdict
    if actor.post.pk == case.holder_id:
        return ALLOWED
    return refuse(f"该办件由{case.held_name}承办；需要由您办理的，请先接办，或请其移交。")


def may_work_on(actor: Actor, case: Case, run: StepRun) -> Verdict:
    """Could take the step; a recommendation is signed by another user than the one who accepted."""
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


def may_reverse(actor: Actor, case: Case, run: StepRun) -> Verdict:
    """The office that decided takes its own decision back, while nothing was built on it.

    A return is answered by the town; meetings, notices and documents have rules of their own. What
    a letter of recommendation in force names stays recommended.
    """
    step, outcome = case.chain.step(run.step), run.outcome_row
    if outcome is None or run.voided or outcome.move not in (Move.NEXT, Move.REJECT):
        return refuse("该环节没有可以撤销的办理结果。")
    if actor.office is None or actor.office.pk != run.office_id:
        return refuse(f"撤销由办理该环节的{run.organ}办理。")
    if not actor.can(step.ability):
        return refuse(f"撤销由{run.organ}具有“{step.name}”岗位的人员办理。")
    if step.mode not in (*OWN_PAGE, Mode.SHORTLIST):
        return refuse(f"“{step.name}”的结果不能在办件中撤销，请通过更正或者撤销公文办理。")
    verdict = may_review(actor, case)
    if not verdict.ok:
        return verdict
    if outcome.move == Move.REJECT:
        return _may_reopen(case)
    worked = ExpressionWrapper(_worked_in(), output_field=BooleanField())
    following = case.runs.filter(finished_at__isnull=True).annotate(worked=worked).first()
    if case.state != "open" or following is None or following.ordinal != run.ordinal + 1:
        return refuse("该环节之后已有新的办理，不能撤销。")
    if case.holder_id is not None and case.office_id != run.office_id:
        return refuse(f"{case.office.name}已有人承办，不能撤销；请联系该办公室退回补正。")
    if following.worked:
        return refuse(f"“{following.get_step_display()}”已经开始办理，不能撤销。")
    letter = letter_naming(run)
    if letter:
        return refuse(
            f"{case.town_name}已列入印发的推荐函{letter}，不能撤销推荐。请先在该公文的"
            "“更正、替代、撤销”中撤销推荐函，撤销通知印发后再办理。"
        )
    return ALLOWED


def _worked_in() -> Q:
    """Whether anything was asked, given, planned or drafted in an open step."""
    return (
        Q(document__isnull=False)
        | Exists(UnitOpinion.objects.filter(run=OuterRef("pk")))
        | Exists(ScoreSheet.objects.filter(run=OuterRef("pk")))
        | Exists(Visit.objects.filter(run=OuterRef("pk")).exclude(state="cancelled"))
        | Exists(Inquiry.objects.filter(run=OuterRef("pk")))
        | Exists(MeetingItem.objects.filter(case=OuterRef("case"), decided=False))
        | Exists(PublicNoticeItem.objects.filter(case=OuterRef("case"), decided=False))
    )


def _may_reopen(case: Case) -> Verdict:
    """A rejection is taken back while the town stands, has not filed anew and has its place."""
    if case.state != "closed" or case.outcome != "rejected":
        return refuse("办件的情况已经变化，不能撤销。")
    town = case.application.town
    standing = may_change_town(town)
    if not standing.ok:
        return standing
    live = Application.objects.filter(town=town, round=case.round_id, state__in=LIVE_FILINGS)
    if live.exclude(pk=case.application_id).exists():
        return refuse("该专业镇已在本批次重新申报，不能再撤销原办件的结果。")
    if case.shortlist_items.filter(standing="fallen", replaced_by__isnull=False).exists():
        return refuse("空出的推荐名额已由备选的专业镇递补，不能撤销。")
    return ALLOWED


def may_receive_paper(actor: Actor, case: Case) -> Verdict:
    """Paper copies are ticked off by the office that handles the case, until it is closed."""
    if case.state == "closed":
        return refuse(f"办件{case.status_label}，不再登记纸质件。")
    if actor.office is None or actor.office.pk != case.office_id:
        return refuse(f"纸质件由正在办理的{case.office.name}登记。")
    if not actor.can(Can.HANDLE):
        return refuse("纸质件由领导小组办公室主任、副主任、经办或审核岗位登记。")
    return ALLOWED


def may_note(actor: Actor) -> Verdict:
    """Posts of a leading-group office, on every case they see."""
    if actor.is_system or (actor.scope is not None and actor.post is not None):
        return ALLOWED
    return refuse("内部备注由领导小组办公室的岗位填写。")


def may_keep_phrases(actor: Actor) -> Verdict:
    """Posts that write opinions: those that handle cases, and member units."""
    if actor.can(Can.HANDLE) or actor.can(Can.OPINE):
        return ALLOWED
    return refuse("常用意见由领导小组办公室主任、副主任、经办、审核岗位和成员单位使用。")


def may_change_phrase(actor: Actor, phrase: Phrase) -> Verdict:
    """The post that keeps it; others of the office use what it shares."""
    if actor.post is not None and actor.post.pk == phrase.post_id:
        return ALLOWED
    return refuse(f"该常用意见由{phrase.post.office.name}“{phrase.post.title}”岗位维护。")


def may_give_opinion(actor: Actor, opinion: UnitOpinion) -> Verdict:
    """The unit that was asked, or the one that took it over, while the step is open."""
    answers = Office.objects.answered_by(actor).filter(pk=opinion.office_id)
    if not actor.can(Can.OPINE) or not answers.exists():
        heir = opinion.office.successor or opinion.office
        return refuse(f"该意见由{heir.name}提出。")
    if opinion.run.finished_at is not None:
        return refuse("会审环节已经结束，不再接收意见。")
    return ALLOWED


def may_divide(actor: Actor) -> Verdict:
    """An office that handles cases sets which units it consults on which criterion."""
    if actor.scope is None or not actor.can(Can.HANDLE):
        return refuse("条款分工由领导小组办公室主任、副主任、经办或审核岗位设定。")
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
