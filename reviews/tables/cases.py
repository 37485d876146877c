"""Rows of the list of cases, the stepper of a chain, the opinions and the timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from criteria.categories import category_label
from portal.core import clock
from portal.core.actor import Actor
from portal.core.calendar import working_days_between
from portal.core.constants import LEVELS, UNSTATED, Can
from portal.core.formatting import iso_date, iso_datetime
from portal.core.models import LedgerEntry
from portal.core.names import who_did
from portal.core.web import office_url
from reviews.chain import OUTCOMES, Mode, Move, Outcome, Step
from reviews.models import Case, StepRun, UnitOpinion
from reviews.models.judging import OPINION_TONES
from reviews.policies import sees_inside

Item = dict[str, Any]

CASE_COLUMNS: list[Item] = [
    {"label": "办件编号", "kind": "code"},
    {"label": "专业镇", "kind": "name"},
    {"label": "批次", "kind": "name"},
    {"label": "当前环节", "kind": "tag"},
    {"label": "办理机构"},
    {"label": "期限", "kind": "date"},
]
TONES = {"primary": "success", "secondary": "info", "warning": "warning", "danger": "danger"}
# Said to experts and member units wherever a list of theirs is empty.
JUDGED_AND_ENDED = (
    "会审、评分环节结束后，办件不再对评审单位和专家开放；已提交的意见和评分存入办件。"
)
# What the town itself does to a case has no row among the outcomes of the chain.
WITHDRAWN = "withdraw"


# --- the list -----------------------------------------------------------------------------------


def term_cell(case: Case) -> Item | str:
    """The term with what is late said in words."""
    if case.state != "open":
        return ""
    if case.due_on is None:
        return UNSTATED
    days = (case.due_on - clock.today()).days
    if days < 0:
        return {"text": iso_date(case.due_on), "tone": "danger", "note": f"已逾期 {-days} 天"}
    return {"text": iso_date(case.due_on), "note": "今天到期" if days == 0 else f"还剩 {days} 天"}


def empty_text(actor: Actor, *, waiting: bool) -> str:
    """What an empty list of cases says."""
    ended = JUDGED_AND_ENDED if actor.can(Can.OPINE) or actor.can(Can.SCORE) else ""
    if waiting:
        hint = "" if ended else "可在“全部”中查看本岗位能看到的办件。"
        return f"当前没有等待本岗位办理的办件。{hint}{ended}"
    return f"申报提交后生成办件。有筛选条件的，可清除条件后再查。{ended}"


def case_rows(cases: Iterable[Case], actor: Actor, *, waiting: bool) -> list[Item]:
    """Rows of the list of cases."""
    verb = "办理" if waiting else "查看"
    rows = []
    for case in cases:
        url = office_url(actor, "case", case.pk)
        rows.append(
            {
                "id": case.pk,
                "label": case.town_name,
                "cells": [
                    case.number,
                    {
                        "text": case.town_name,
                        "url": url,
                        "note": f"{case.county_name} · {category_label(case.category)}",
                    },
                    {"text": case.round.title, "note": LEVELS[case.level].adjective},
                    {"text": case.status_label, "tone": case.tone},
                    case.office.name if case.state == "open" else "",
                    term_cell(case),
                ],
                "actions": [{"text": verb, "url": url, "label": f"{verb} {case.town_name}"}],
            }
        )
    return rows


# --- the chain ----------------------------------------------------------------------------------


def time_left(run: StepRun) -> str:
    """How long is left of a step's term, in working days; 未载明 where no term was set."""
    if run.due_on is None:
        return f"办理时限{UNSTATED}"
    days = working_days_between(clock.today(), run.due_on)
    if run.due_on < clock.today():
        return f"期限 {iso_date(run.due_on)}，已逾期 {-days} 个工作日"
    left = "今天到期" if run.due_on == clock.today() else f"还剩 {days} 个工作日"
    return f"期限 {iso_date(run.due_on)}，{left}"


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


def _step(case: Case, step: Step, run: StepRun | None, actor: Actor, ahead: bool) -> Item:
    if run is None or ahead:
        note = "补正前的办理结果已失效" if run is not None else ""
        return {"name": step.name, "state": "todo", "note": note}
    inside = sees_inside(actor, run)
    item: Item = {"name": step.name, "who": run.organ}
    if run.finished_at is None:
        return item | {
            "state": "current",
            "when": f"{iso_date(run.started_at)} 起",
            "due_text": time_left(run),
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
        return {"name": step.name, "state": "todo", "note": "补正前的办理结果已失效"}
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
    rows = []
    for run in runs:
        if run.finished_at is None:
            continue
        step, outcome = case.chain.step(run.step), run.outcome_row
        inside = sees_inside(actor, run)
        addressed = outcome is None or outcome.move in (Move.RETURN, Move.REJECT)
        if not (inside or addressed):
            continue
        tone = TONES[outcome.tone] if outcome else "neutral"
        who = run.organ if outcome else "申报单位"
        rows.append(
            {
                "when": run.finished_at,
                "action": step.name,
                "word": run.get_outcome_display() + ("（补正后失效）" if run.voided else ""),
                "tone": "neutral" if run.voided and not addressed else tone,
                "office": who,
                "who": run.decided_name if inside else "",
                "text": run.opinion if inside or addressed else "",
            }
        )
    return rows[::-1]


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


# --- opinions ------------------------------------------------------------------------

OPINION_COLUMNS: list[Item] = [
    {"label": "成员单位", "kind": "name"},
    {"label": "意见", "kind": "tag"},
    {"label": "具体意见", "kind": "name"},
    {"label": "答复人", "kind": "date"},
]


def opinion_rows(opinions: Iterable[UnitOpinion], open_run: StepRun | None) -> list[Item]:
    """Member units' opinions; one still awaited says so, one of an earlier round too."""
    today = clock.today()
    rows = []
    for row in opinions:
        live = open_run is not None and row.run_id == open_run.pk
        if row.given_at is not None:
            word, tone = row.get_verdict_display(), OPINION_TONES[row.verdict]
        elif not live:
            word, tone = "未答复", "neutral"
        elif row.due_on is not None and row.due_on < today:
            word, tone = "逾期未答复", "danger"
        else:
            word, tone = "待答复", "warning"
        rows.append(
            {
                "cells": [
                    row.organ,
                    {"text": word, "tone": tone},
                    row.text,
                    {"text": row.given_name, "note": iso_datetime(row.given_at)}
                    if row.given_at
                    else {"text": "", "note": f"期限 {iso_date(row.due_on)}" if row.due_on else ""},
                ]
            }
        )
    return rows


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
