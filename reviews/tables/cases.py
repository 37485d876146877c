"""Rows of the list of cases, the stepper of a chain, the opinions and the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from criteria.categories import category_label
from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import Calendar, late_words, missing_words, working_days_between
from portal.core.constants import LEVELS, UNSTATED, Can
from portal.core.formatting import iso_date, iso_datetime
from portal.core.models import LedgerEntry
from portal.core.names import who_did
from portal.core.web import office_url
from reviews.chain import OUTCOMES, REVERSE, Mode, Move, Outcome, Step
from reviews.models import Case, StepRun
from reviews.policies import sees_inside
from reviews.queries import SOON_DAYS

Item = dict[str, Any]

PAUSED = "停止计时"
TONES = {"primary": "success", "secondary": "info", "warning": "warning", "danger": "danger"}
# Said to experts and member units wherever a list of theirs is empty.
JUDGED_AND_ENDED = (
    "会审、评分环节结束后，办件不再对评审单位和专家开放；已提交的意见和评分存入办件。"
)
# What the town itself does to a case has no row among the outcomes of the chain.
WITHDRAWN = "withdraw"


# --- the list -----------------------------------------------------------------------------------


def calendar_of(terms: Iterable[date | None]) -> Calendar:
    """The calendar between today and some terms: one query for a whole list."""
    return Calendar([clock.today(), *(day for day in terms if day is not None)])


def term_cell(case: Case, calendar: Calendar) -> Item | str:
    """The term with what is left of it in words; of a returned case that of its correction."""
    if case.state == "closed":
        return ""
    if case.due_on is None:
        return UNSTATED
    if case.paused_on is not None:
        tone = {"tone": "danger"} if case.is_overdue else {}
        return {"text": iso_date(case.due_on), "note": PAUSED, **tone}
    item = due_cell(case.due_on, calendar)
    if case.state == "returned" and case.correction_overdue:
        item["note"] = f"补正{item['note'].removeprefix('已')}"
    return item


def due_cell(due_on: date, calendar: Calendar) -> dict[str, str]:
    """A term with how many working days are left, or by how many it is over."""
    today = clock.today()
    left = calendar.between(today, due_on)
    if due_on < today:
        return {"text": iso_date(due_on), "tone": "danger", "note": late_words(-left)}
    words = "今天到期" if due_on == today else f"还剩 {left} 个工作日"
    tone = {"tone": "warning"} if left <= SOON_DAYS else {}
    return {"text": iso_date(due_on), "note": words, **tone}


def empty_text(actor: Actor, *, waiting: bool) -> str:
    """What an empty list of cases says."""
    ended = JUDGED_AND_ENDED if actor.can(Can.OPINE) or actor.can(Can.SCORE) else ""
    if waiting:
        hint = "" if ended else "可在“全部”中查看本岗位能看到的办件。"
        return f"当前没有等待本岗位办理的办件。{hint}{ended}"
    return f"申报提交后生成办件。有筛选条件的，可清除条件后再查。{ended}"


# --- the chain ----------------------------------------------------------------------------------


def time_left(run: StepRun, case: Case) -> str:
    """How long is left of a step's term, in working days; 未载明 where no term was set.

    Says since when its clock stands still, and when the year in which it ends has no official
    arrangement of holidays yet (``queries.page_of``).
    """
    if run.due_on is None:
        return f"办理时限{UNSTATED}"
    arranged = vars(case).get("term_arranged", True)
    note = "" if arranged else f"（{missing_words([run.due_on.year])}）"
    return f"{_left(run.due_on, case.paused_on)}{note}"


def _left(due_on: date, paused_on: date | None) -> str:
    today = clock.today()
    if paused_on is not None:
        left = working_days_between(paused_on, due_on)
        kept = late_words(-left) if due_on < paused_on else f"还剩 {left} 个工作日"
        return f"{PAUSED}（{iso_date(paused_on)} 起），停止时{kept}"
    days = working_days_between(today, due_on)
    if due_on < today:
        return f"期限 {iso_date(due_on)}，{late_words(-days)}"
    words = "今天到期" if due_on == today else f"还剩 {days} 个工作日"
    return f"期限 {iso_date(due_on)}，{words}"


def stepper(case: Case, runs: Sequence[StepRun], actor: Actor) -> list[Item]:
    """Every step of the chain: done, current, returned or to come; who, when, how long left."""
    latest = {run.step: run for run in runs}
    current = _position(case, runs)
    return [
        _step(case, step, latest.get(step.key), actor, position > current)
        for position, step in enumerate(case.chain.steps)
    ]


def _position(case: Case, runs: Sequence[StepRun]) -> int:
    """Place of the last started step: what lies behind it in an earlier round is void."""
    keys = [step.key for step in case.chain.steps]
    return keys.index(runs[-1].step) if runs else keys.index(case.step)


def _void_note(run: StepRun | None) -> str:
    if run is None:
        return ""
    return "已撤销办理" if run.outcome == REVERSE else "补正前的办理结果已失效"


def _step(case: Case, step: Step, run: StepRun | None, actor: Actor, ahead: bool) -> Item:
    name = step.name if actor.scope is not None else step.applicant_name
    if run is None or ahead:
        return {"name": name, "state": "todo", "note": _void_note(run)}
    inside = sees_inside(actor, run)
    item: Item = {"name": name, "who": run.organ}
    if run.finished_at is None:
        return item | {
            "state": "current",
            "when": f"{iso_date(run.started_at)} 起",
            "due_text": time_left(run, case),
        }
    if inside and run.decided_name:
        item["who"] = f"{run.organ} {run.decided_name}"
    item["when"] = iso_date(run.finished_at)
    outcome = run.outcome_row
    if outcome is None:
        return item | {"state": "returned", "word": run.get_outcome_display(), "who": "申报单位"}
    if outcome.move in (Move.RETURN, Move.REJECT):
        return item | {"state": "returned", "word": outcome.done}
    if run.voided:
        return {"name": name, "state": "todo", "note": _void_note(run)}
    shown = outcome.done if inside or step.released else "已完成"
    return item | {"state": "done", "word": shown}


def masked_stepper(case: Case) -> list[Item]:
    """The chain for experts and units: where the case stands, nothing of what was decided."""
    keys = [step.key for step in case.chain.steps]
    place = len(keys) if case.outcome == "certified" else keys.index(case.step)
    standing = "办理中" if case.state == "open" else case.status_label
    return [
        {"name": step.name, "state": "done", "word": "已结束"}
        if position < place
        else {"name": step.name, "state": "current", "word": standing}
        if position == place
        else {"name": step.name, "state": "todo"}
        for position, step in enumerate(case.chain.steps)
    ]


# --- deciding -----------------------------------------------------------------------------------


def outcome_choices(case: Case, step: Step) -> list[tuple[str, str]]:
    """The outcomes of a step, each with a sentence on what it does to the case."""
    rows = [OUTCOMES[key] for key in step.outcomes]
    return [(row.key, f"{row.label} —— {what_follows(case, step, row)}") for row in rows]


def what_follows(case: Case, step: Step, outcome: Outcome) -> str:
    """What happens to the case after an outcome."""
    following = case.chain.after(step.key)
    if outcome.move == Move.RETURN:
        first = case.chain.steps[0].name
        return f"退回申报单位补正；重新提交后从“{first}”开始，此前各环节办理结果失效"
    if outcome.move == Move.REJECT:
        return "办件办结，本批次不再办理"
    if outcome.move == Move.STAY or following is None:
        return "办件留在本环节"
    if following.level != step.level:
        return f"转入“{following.name}”，由{LEVELS[following.level].adjective}领导小组办公室办理"
    if following.ability == Can.RECOMMEND:
        return f"转入“{following.name}”，由本办公室另一名人员办理"
    return f"转入“{following.name}”，由本办公室办理"


def decided_rows(case: Case, runs: Iterable[StepRun], actor: Actor) -> list[Item]:
    """Finished steps with their opinions: all that lies inside, else returns and rejections."""
    rows, runs = [], list(runs)
    undone = {run.ordinal - 1 for run in runs if run.outcome == REVERSE}
    decided = {run.ordinal: run.step for run in runs}
    for run in runs:
        if run.finished_at is None:
            continue
        # A reversal belongs to the step that it takes back, not to the one it found open.
        took_back = run.outcome == REVERSE and decided.get(run.ordinal - 1)
        step, outcome = case.chain.step(took_back or run.step), run.outcome_row
        inside = sees_inside(actor, run)
        reversed_by = run.outcome == REVERSE
        addressed = not reversed_by and (
            outcome is None or outcome.move in (Move.RETURN, Move.REJECT)
        )
        if not (inside or addressed):
            continue
        tone = TONES[outcome.tone] if outcome else "neutral"
        who = run.organ if outcome or reversed_by else "申报单位"
        rows.append(
            {
                "when": run.finished_at,
                "action": step.name,
                "word": run.get_outcome_display() + (_void_word(run, undone) if run.voided else ""),
                "tone": "neutral" if run.voided and not addressed else tone,
                "office": who,
                "who": run.decided_name if inside else "",
                "text": run.opinion if inside or addressed else "",
            }
        )
    return rows[::-1]


def _void_word(run: StepRun, undone: set[int]) -> str:
    """Why a run no longer counts: the decision was taken back, or the case was returned since."""
    if run.outcome == REVERSE:
        return ""
    return "（已撤销）" if run.ordinal in undone else "（补正后失效）"


def timeline(entries: Iterable[LedgerEntry], actor: Actor) -> list[Item]:
    """The ledger's entries as a timeline, with the names that are for the reader."""
    return [
        {
            "when": entry.at,
            "who": who_did(actor, entry),
            "office": entry.office_name,
            "action": entry.summary,
        }
        for entry in entries
    ]


# --- the case in short --------------------------------------------------------------------------


def facts(case: Case, *, masked: bool) -> list[Item]:
    """Number, town, round and who handles it."""
    application = case.application
    rows: list[Item] = [
        {"label": "办件编号", "value": case.number},
        {"label": "县（市、区）", "value": case.county_name},
        {"label": "类别", "value": category_label(case.category)},
        {"label": "申报批次", "value": case.round.title},
        {"label": "申报层级", "value": f"{LEVELS[case.level].adjective}专业镇"},
        {"label": "提交时间", "value": iso_datetime(application.submitted_at)},
    ]
    if masked:
        return rows
    if case.state == "open":
        rows.append({"label": "办理机构", "value": case.office.name})
    rows.append(
        {
            "label": "填报人、提交人",
            "value": f"{application.filler}、{application.submitter or UNSTATED}",
        }
    )
    if application.revision > 1:
        rows.append({"label": "提交次数", "value": f"第 {application.revision} 次提交"})
    return rows


def collective_link(
    case: Case, actor: Actor, place: tuple[str, int] | None
) -> Mapping[str, str] | None:
    """Where a collective step is worked: the object the case stands in, or the list of them."""
    mode = case.current.mode
    words = {
        Mode.SHORTLIST: (
            "shortlists",
            "推荐名单",
            "该办件在推荐名单中比较、排序，确定名单时推荐上报；需要补正的，从名单页退回",
            "",
        ),
        Mode.MEETING: ("meetings", "会议审定", "该办件已列入会议", "列入会议后由会议审定。"),
        Mode.NOTICE: ("notices", "公示", "该办件正在公示", "发布公示后，期满无异议的转入认定。"),
        Mode.ISSUE: ("documents", "认定公文", "该办件已列入拟稿", "拟定认定通知后由签发岗位印发。"),
    }
    if case.state != "open" or mode not in words:
        return None
    listing, name, placed, next_text = words[mode]
    if place is not None:
        return {"text": f"{placed}。", "url": office_url(actor, *place), "action": f"打开{name}"}
    return {"text": next_text, "url": office_url(actor, listing), "action": f"前往{name}"}
