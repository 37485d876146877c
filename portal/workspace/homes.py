"""What stands on the home page of each kind of post: rows, figures and texts, with their links."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from portal.core import clock
from portal.core.actor import Actor, acting_office
from portal.core.calendar import Calendar
from portal.core.constants import LEVELS, Can
from portal.core.models import LedgerAnchor
from portal.core.names import who_did
from portal.core.web import office_url
from portal.workspace import queries
from portal.workspace.asked_home import asked_rows
from portal.workspace.contributing_home import contributing
from portal.workspace.documents_home import documents_waiting
from portal.workspace.entered_home import COLUMNS as ENTERED_COLUMNS
from portal.workspace.entered_home import entered
from portal.workspace.keeping_home import keeping, keeps
from portal.workspace.ledger_queries import (
    AccessFilter,
    LedgerFilter,
    filter_access,
    filter_ledger,
)
from portal.workspace.queries import Counted
from portal.workspace.targets import targets_of
from portal.workspace.terms_home import CASE_COLUMNS, ahead, calendar_gap, case_row
from portal.workspace.verbs import VERBS
from reviews.models import Case
from reviews.queries import SOON_DAYS, STANDING_CHOICES, CaseFilter, filter_cases
from reviews.queue_list import WHOLE_QUEUE, case_url
from reviews.tables.cases import JUDGED_AND_ENDED, calendar_of, due_cell
from towns.constants import FILINGS, STAGE_CHOICES, Filing
from towns.deadlines import end_of, left_words
from towns.figure_queries import figures_waiting
from towns.models import Application, Round
from towns.queries import reporting_years
from towns.tables import registers

NONE = Counted(0, "0")
AUDITED_DAYS = 7
SOON_LABEL = f"待我办理，{SOON_DAYS} 个工作日内到期"
APPLICATION_COLUMNS = (
    {"label": "专业镇", "kind": "name"},
    {"label": "批次", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "最近保存", "kind": "datetime"},
    {"label": "申报截止", "kind": "date"},
)


def home_of(actor: Actor) -> dict[str, Any]:
    """The context of the acting post's home page."""
    return next(build(actor) for shown, build in HOMES if shown(actor))


def link(actor: Actor, name: str, **filters: str) -> str:
    """A list narrowed so that its count is the number beside the link."""
    url = office_url(actor, name)
    return f"{url}&{urlencode(filters)}" if filters else url


def _figure(label: str, number: Counted, url: str, note: str = "") -> dict[str, Any]:
    return {"label": label, "text": number.text, "url": url, "note": note}


def _cases(
    actor: Actor,
    label: str,
    note: str,
    *,
    tab: str,
    calendar: Calendar | None = None,
    **chosen: str,
) -> dict[str, Any]:
    """Cases under the very conditions of the list that the number links to."""
    rows = filter_cases(actor, CaseFilter(**chosen), waiting=tab == "mine", calendar=calendar)
    return _figure(label, queries.counted(rows), link(actor, "cases", tab=tab, **chosen), note)


def _standings(actor: Actor) -> list[dict[str, Any]]:
    return [_cases(actor, label, "", tab="all", standing=key) for key, label in STANDING_CHOICES]


# ---------------------------------------------------------------------------- leading-group office


def _office(actor: Actor) -> dict[str, Any]:
    mine = Case.objects.awaiting(actor)
    waiting = queries.waiting_cases(actor)
    calendar = calendar_of([ahead(), *(case.due_on for case in waiting)])
    certified = queries.certified_by_level(actor)
    stages = queries.towns_by_stage(actor)
    return {
        "waiting": {
            "columns": CASE_COLUMNS,
            "rows": [
                case_row(case, case_url(actor, case.pk, WHOLE_QUEUE), calendar) for case in waiting
            ],
            "count": queries.counted(mine),
            "url": link(actor, "cases", tab="mine"),
            "empty_title": "没有待办件",
            "empty_text": _empty_text(actor),
            "empty_url": link(actor, "cases", tab="all"),
            "empty_action": "查看辖区办件",
        },
        "case_figures": [
            _cases(actor, "待我办理，已逾期", "", tab="mine", term="overdue"),
            _cases(actor, SOON_LABEL, "", tab="mine", term="soon", calendar=calendar),
            *_standings(actor),
            *_figures_waiting(actor),
        ],
        "document_figures": documents_waiting(actor),
        "calendar": calendar_gap(actor, calendar),
        "entered_columns": ENTERED_COLUMNS,
        "entered_rows": entered(actor),
        "stage_rows": [
            {
                "label": label,
                "value": stages.get(key, NONE).value,
                "text": stages.get(key, NONE).text,
                "url": link(actor, "towns", stage=key),
            }
            for key, label in STAGE_CHOICES
        ],
        "target_figures": _target_figures(actor, certified),
        "entries": _recent(actor),
        "entries_url": link(actor, "ledger"),
        "rounds": _rounds(actor, queries.open_rounds(actor)),
    }


def _figures_waiting(actor: Actor) -> list[dict[str, Any]]:
    """Figures of last year that this office has to confirm; the list shows the same year."""
    if not actor.can(Can.CONFIRM):
        return []
    year = reporting_years()[0]
    number = queries.counted(figures_waiting(actor).filter(year=year))
    url = link(actor, "figures", state="waits")
    return [_figure("待确认年度数据", number, url, f"{year}年")]


def _empty_text(actor: Actor) -> str:
    if not actor.can(Can.HANDLE) and not actor.can(Can.RECOMMEND) and not actor.can(Can.ISSUE):
        return "本岗位不直接办理环节，可在“办件”中查看辖区的办理情况。"
    return "下级上报或专业镇提交申报后，需要本岗位办理的会出现在这里。"


def _recent(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "when": entry.at,
            "who": who_did(actor, entry),
            "office": entry.office_name,
            "action": VERBS.get(entry.verb, entry.verb),
            "text": entry.summary
            if entry.subject in entry.summary
            else f"{entry.subject}：{entry.summary}",
        }
        for entry in queries.recent_entries(actor)
    ]


def _target_figures(actor: Actor, certified: dict[str, Counted]) -> list[dict[str, Any]]:
    """Certified towns by level beside what the documents ask of this region."""
    targets = {row.level: row for row in targets_of(acting_office(actor).region.code)}
    rows = []
    for level in reversed(LEVELS.values()):
        number = certified.get(level.key, NONE)
        target = targets.get(level.key)
        rows.append(
            {
                "label": f"{level.adjective}专业镇",
                "value": number.value,
                "text": number.text,
                "url": link(actor, "roster", level=level.key, state="valid"),
                "target": target.value if target else None,
                "note": f"{target.year}年：{target.quote}（{target.document} {target.clause}）"
                if target
                else "文件未载明目标",
            }
        )
    return rows


def _rounds(actor: Actor, rounds: list[Round]) -> list[dict[str, Any]]:
    return [
        {
            "title": call.title,
            "office": call.office.name,
            "url": office_url(actor, "round", call.pk),
            "closes_on": call.closes_on,
            "left": left_words(call.closing),
            "cockpit": office_url(actor, "round-cockpit", call.pk) if actor.scope else "",
        }
        for call in rounds
    ]


# --------------------------------------------------------------------------------- filing units


def _filing(actor: Actor) -> dict[str, Any]:
    fills = actor.can(Can.FILL)
    waiting = queries.waiting_applications(actor)
    mine = queries.applications_by_state(actor)
    return {
        "waiting": {
            "columns": APPLICATION_COLUMNS,
            "rows": [*asked_rows(actor), *(_application_row(actor, row) for row in waiting)],
            "empty_title": "没有需要填报的申报" if fills else "没有待提交的申报",
            "empty_text": "从开放的批次开始一项申报；填完后由提交人核对并提交。"
            if fills
            else "填报人填写完成并送提交人后，会出现在这里。",
            "empty_url": link(actor, "rounds"),
            "empty_action": "查看申报批次",
        },
        "filing_figures": [
            _figure(
                FILINGS[state].label,
                mine.get(state, NONE),
                link(actor, "applications", state=state),
            )
            for state in (Filing.DRAFT, Filing.RETURNED, Filing.READY, Filing.SUBMITTED)
        ],
        "case_figures": _standings(actor),
        "document_figures": documents_waiting(actor),
        "towns": [
            {
                "name": town.name,
                "county": town.county.name,
                "stage": town.get_stage_display(),
                "url": office_url(actor, "town", town.pk),
            }
            for town in queries.my_towns(actor)
        ],
        "case_rows": _followed(actor),
        "rounds": _rounds(actor, queries.open_rounds(actor)),
    }


def _application_row(actor: Actor, application: Application) -> dict[str, Any]:
    filing = application.filing
    closes = registers.closing_cell(end_of(application))
    if application.state == "returned":
        closes = {"text": application.round.closes_on.isoformat(), "note": "补正不受截止日期限制"}
    return {
        "id": application.pk,
        "label": application.town.name,
        "cells": [
            {
                "text": application.town.name,
                "url": office_url(actor, "application", application.pk),
            },
            application.round.title,
            {"text": filing.label, "tone": filing.tone},
            application.saved_at,
            closes,
        ],
    }


def _followed(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "town": case.town_name,
            "number": case.number,
            "url": office_url(actor, "case", case.pk),
            "status": case.status_label,
            "tone": case.tone,
            "office": case.office.name,
            "moved_at": case.moved_at,
        }
        for case in queries.recent_cases(actor)
    ]


# ------------------------------------------------------------------- member units and experts


def _judging(actor: Actor) -> dict[str, Any]:
    scores = actor.can(Can.SCORE)
    rows, name = [], "given_to_me" if scores else "asked_of_me"
    waiting = [(case, row) for case in queries.waiting_cases(actor) for row in vars(case)[name][:1]]
    terms = [row.due_on for _, row in waiting if not scores]
    calendar = calendar_of([*terms, *(case.due_on for case, _ in waiting)])
    for case, item in waiting:
        url = office_url(actor, "sheet" if scores else "opinion", case.pk, item.pk)
        row = case_row(case, url, calendar)
        if not scores and item.due_on is not None:
            row["cells"][-1] = due_cell(item.due_on, calendar)
        rows.append(row)
    word = "评分表" if scores else "会审意见"
    return {
        "waiting": {
            "columns": CASE_COLUMNS,
            "rows": rows,
            "count": queries.counted(Case.objects.awaiting(actor)),
            "url": link(actor, "cases", tab="mine"),
            "empty_title": f"没有待填写的{word}",
            "empty_text": (
                "领导小组办公室指派评审后，会出现在这里。"
                if scores
                else "领导小组办公室征求本单位意见后，会出现在这里。"
            )
            + JUDGED_AND_ENDED,
            "empty_url": link(actor, "criteria"),
            "empty_action": "查看认定标准",
        },
        "case_figures": [
            _cases(actor, "交我评审的办件" if scores else "征求本单位意见的办件", "", tab="all"),
        ],
        "document_figures": [] if scores else documents_waiting(actor),
        "case_rows": _followed(actor),
    }


# ------------------------------------------------------------------------------------ auditors


def _audit(actor: Actor) -> dict[str, Any]:
    """What was done today, what was refused of late, and whether the days are anchored."""
    today = clock.today()
    week = str(today - timedelta(days=AUDITED_DAYS - 1))
    anchor = LedgerAnchor.objects.visible_to(actor).first()
    return {
        "audit_figures": [
            _ledger_figure(actor, "今日台账", LedgerFilter(since=str(today))),
            _access_figure(actor, "拒绝操作", AccessFilter(since=week, kind="refused")),
            _access_figure(actor, "登录失败", AccessFilter(since=week, kind="sign_in_failed")),
            _access_figure(actor, "账号锁定", AccessFilter(since=week, kind="locked")),
            {
                "label": "最近日锚",
                "text": f"{anchor.day}" if anchor else "尚未生成",
                "url": link(actor, "anchors"),
                "note": f"台账 {anchor.ledger_count:,} 条，访问记录 {anchor.access_count:,} 条"
                if anchor
                else "每日零时后自动生成",
            },
        ],
        "entries": _recent(actor),
        "entries_url": link(actor, "ledger"),
        "home_links": [
            ("办理台账", link(actor, "ledger"), "辖区各机构办理的每一事项，变更前后逐项对照"),
            ("访问记录", link(actor, "access-log"), "登录、查阅、下载、导出和被拒绝的操作"),
            ("日锚", link(actor, "anchors"), "每日校验值、核验方法和封存情况"),
            ("我的任务", link(actor, "jobs"), "导出任务的进度和文件"),
        ],
    }


def _ledger_figure(actor: Actor, label: str, chosen: LedgerFilter) -> dict[str, Any]:
    filters = {name: value for name, value in chosen.as_dict().items() if value}
    number = queries.counted(filter_ledger(actor, chosen))
    return _figure(label, number, link(actor, "ledger", **filters))


def _access_figure(actor: Actor, label: str, chosen: AccessFilter) -> dict[str, Any]:
    filters = {name: value for name, value in chosen.as_dict().items() if value}
    number = queries.counted(filter_access(actor, chosen))
    return _figure(label, number, link(actor, "access-log", **filters), f"近 {AUDITED_DAYS} 天")


HOMES: tuple[tuple[Callable[[Actor], bool], Callable[[Actor], dict[str, Any]]], ...] = (
    (lambda actor: actor.scope is not None, _office),
    (lambda actor: actor.can(Can.FILL) or actor.can(Can.SUBMIT), _filing),
    (lambda actor: actor.can(Can.CONTRIBUTE), contributing),
    (lambda actor: actor.can(Can.OPINE) or actor.can(Can.SCORE), _judging),
    (lambda actor: actor.audits, _audit),
    (keeps, keeping),
)
