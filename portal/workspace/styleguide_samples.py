"""Sample content of the style guide. Everything here is invented and shown nowhere else."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.messages.constants import ERROR, INFO, SUCCESS, WARNING
from django.contrib.messages.storage.base import Message
from django.utils import timezone

from portal.workspace.styleguide_charts import funnels, series_charts
from portal.workspace.styleguide_files import DIGEST, stored_files
from portal.workspace.styleguide_verdicts import ASSESSMENT, verdicts

LONG_NAME = "晋城市陵川县崇文镇、平城镇、礼义镇连翘等道地中药材种植加工一体化专业镇"

WRONG_INPUT: dict[str, Any] = {
    "wrong-name": "",
    "wrong-category": "manufacturing",
    "wrong-sales": "十二亿",
    "wrong-founded_on": "2026年13月1日",
    "wrong-level": "",
    "wrong-chains": ["material", "process"],
    "wrong-summary": "以连翘为主导产业，已形成种植、初加工、仓储和销售链条。",
}

TABLE_COLUMNS: list[dict[str, Any]] = [
    {"label": "专业镇", "kind": "name", "sort_url": "?sort=name"},
    {"label": "所在县（市、区）", "kind": "text"},
    {"label": "级别", "kind": "text"},
    {"label": "营业收入", "kind": "money", "sort_url": "?sort=sales", "sorted": "descending"},
    {"label": "提交日期", "kind": "date"},
    {"label": "状态", "kind": "tag"},
]

STATES = (("待受理", "neutral"), ("审核中", "info"), ("退回补正", "warning"), ("已认定", "done"))


def table_rows(count: int) -> list[dict[str, Any]]:
    today = timezone.localdate()
    rows = []
    for index in range(count):
        word, tone = STATES[index % len(STATES)]
        name = LONG_NAME if index == 1 else ("汾阳市白酒专业镇", "", "怀仁市陶瓷专业镇")[index % 3]
        name = name or "应县陶瓷专业镇"
        rows.append(
            {
                "id": index + 1,
                "label": name,
                "cells": [
                    {"text": name, "url": "#table", "note": "第 2 次申报" if index == 2 else ""},
                    "陵川县" if index == 1 else "汾阳市",
                    "省级",
                    None if index == 3 else Decimal(1235000000) / (index + 1),
                    today - timedelta(days=index),
                    {"text": word, "tone": tone},
                ],
                "actions": [
                    {"text": "办理", "url": "#table", "label": f"办理 {name}"},
                    {"text": "查看", "url": "#table", "label": f"查看 {name}"},
                ],
            }
        )
    return rows


def chain_steps() -> list[dict[str, Any]]:
    done = {"state": "done", "who": "陵川县领导小组办公室"}
    return [
        {"name": "县级受理", "when": "2026-11-02", **done},
        {"name": "县级推荐", "when": "2026-11-06", **done},
        {
            "name": "市级审核",
            "state": "current",
            "who": "晋城市领导小组办公室 审核",
            "when": "2026-11-09 起",
            "due_text": "还剩 3 个工作日",
        },
        {"name": "市级推荐", "state": "todo"},
        {"name": "省级受理", "state": "todo"},
        {"name": "成员单位意见", "state": "skipped"},
        {"name": "专家评分", "state": "todo"},
        {"name": "会议审定", "state": "todo"},
        {"name": "公示", "state": "todo"},
        {"name": "印发通知", "state": "todo"},
    ]


def returned_steps() -> list[dict[str, Any]]:
    return [
        {"name": "县级受理", "state": "done", "who": "陵川县领导小组办公室", "when": "2026-11-02"},
        {
            "name": "县级推荐",
            "state": "returned",
            "word": "退回补正",
            "who": "陵川县领导小组办公室",
            "when": "2026-11-06",
            "note": "补充骨干企业清单和纳税证明。",
        },
        {"name": "市级审核", "state": "todo"},
    ]


def entries() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "when": now - timedelta(minutes=12),
            "action": "退回补正",
            "word": "退回补正",
            "tone": "warning",
            "office": "晋城市培育发展专业镇工作领导小组办公室",
            "who": "王审核",
            "text": "骨干企业数量与所附清单不一致。\n请核对后于 2026年11月27日前重新提交。",
        },
        {
            "when": now - timedelta(days=3, hours=2),
            "action": "推荐",
            "word": "同意推荐",
            "tone": "success",
            "office": "陵川县领导小组办公室",
            "who": "李主任",
        },
        {
            "when": now - timedelta(days=40),
            "action": "提交申报",
            "office": "陵川县工业和信息化局",
            "who": "赵提交",
            "url": "#timeline",
            "url_text": "查看提交时的申报书",
        },
    ]


def file_slots() -> list[dict[str, Any]]:
    now = timezone.now()
    return [
        {
            "id": "tax",
            "label": "纳税证明",
            "hint": "上一年度由税务机关出具，加盖公章后扫描。",
            "required": True,
            "accept": ".pdf,image/*",
            "upload_url": "#files",
            "files": [
                {
                    "name": f"{LONG_NAME}2025年度纳税证明（盖章扫描件）.pdf",
                    "url": "#files",
                    "size": 2_411_724,
                    "digest": DIGEST,
                    "uploaded_at": now - timedelta(days=1),
                    "uploaded_by": "赵填报",
                    "remove_url": "#files",
                    "preview_url": "#files",
                }
            ],
        },
        {
            "id": "list",
            "label": "骨干企业清单",
            "required": True,
            "upload_url": "#files",
            "errors": ["文件是加密的，无法打开，请去掉密码后重新上传。"],
        },
        {
            "id": "honour",
            "label": "荣誉证书",
            "files": [{"name": "地理标志.jpg", "url": "#files", "size": 812, "digest": DIGEST}],
            "locked_reason": "申报已提交，材料不能更改；需要更改的，由受理机关退回补正。",
        },
    ]


def sample_jobs() -> list[dict[str, Any]]:
    return [
        {
            "pk": 1,
            "state": "queued",
            "get_state_display": "排队中",
            "label": "导出名单",
            "poll_url": "?job=1",
        },
        {
            "pk": 2,
            "state": "running",
            "get_state_display": "进行中",
            "label": "生成认定通知",
            "progress_done": 1240,
            "progress_total": 3000,
            "poll_url": "?job=2",
            "message": "正在排版附件，可以离开本页。",
        },
        {
            "pk": 3,
            "state": "done",
            "get_state_display": "已完成",
            "label": "导出名单",
            "message": "共 1,235 行。",
        },
        {
            "pk": 4,
            "state": "failed",
            "get_state_display": "未完成",
            "label": "导入企业名单",
            "reason": "第 18 行统一社会信用代码的校验位不对，没有导入任何一行。",
        },
    ]


def advanced_job(pk: str) -> dict[str, Any]:
    """The polled answer: the running job moves with the seconds of the clock."""
    job = next((job for job in sample_jobs() if str(job["pk"]) == pk), sample_jobs()[1])
    if job["state"] == "running":
        job["progress_done"] = timezone.now().second * 50
    return job


SAVED_VIEWS = [
    {"name": "农业类", "url": "#table", "current": True, "delete_url": "#table"},
    {"name": "待补数据", "url": "#table", "shared": True},
]
LIST_TOOLS = {
    "columns": [
        {"key": "name", "label": "专业镇", "checked": True, "fixed": True},
        {"key": "former", "label": "曾用名"},
    ],
    "keep": [{"name": "q", "value": "连翘"}],
    **dict.fromkeys(("usual_url", "save_url", "export_url"), "#table"),
}


def context() -> dict[str, Any]:
    return {
        "long_name": LONG_NAME,
        "now": timezone.now(),
        "columns": TABLE_COLUMNS,
        "steps": chain_steps(),
        "returned_steps": returned_steps(),
        "entries": entries(),
        "verdicts": verdicts(),
        "assessment": ASSESSMENT,
        "slots": file_slots(),
        "stored_files": stored_files(),
        "tones": [
            ("neutral", "待受理"),
            ("info", "审核中"),
            ("success", "符合"),
            ("warning", "退回补正"),
            ("danger", "不予认定"),
            ("done", "已认定"),
        ],
        "sections": [
            {
                "title": "填写申报书",
                "items": [
                    {"label": "基本情况", "url": "#tasks", "word": "已完成", "tone": "success"},
                    {
                        "label": "年度数据",
                        "url": "#tasks",
                        "word": "未开始",
                        "tone": "info",
                        "hint": "需要近三年数据",
                    },
                ],
            },
            {
                "title": "核对并提交",
                "items": [
                    {
                        "label": "提交申报",
                        "word": "不能开始",
                        "tone": "neutral",
                        "hint": "由填报人以外的提交人办理；以上各项完成后可以提交。",
                    }
                ],
            },
        ],
        "active": [{"label": "名称：连翘", "remove_url": "?"}],
        "saved_views": SAVED_VIEWS,
        "list_tools": LIST_TOOLS,
        "page": {
            "has_previous": True,
            "has_next": True,
            "first_url": "?",
            "previous_url": "?before=50",
            "next_url": "?after=100",
            "last_url": "?at=last",
            "count_text": "1,000+",
        },
        "batch_actions": [
            {"text": "批量受理", "value": "accept", "tone": "primary"},
            {"text": "退回补正", "value": "return", "tone": "danger"},
        ],
        "clause": {
            "text": "（示例条款）培育发展专业镇，坚持政府引导、市场主导，突出特色、集群发展，"
            "每年认定一批，实行动态管理。",
            "document_title": "示例办法",
            "document_number": "示政办发〔2023〕00号",
            "clause_number": "第三条",
            "url": "#clause",
        },
        "expired_clause": {
            "text": "（示例条款）对新认定的专业镇给予一次性奖励。",
            "document_title": "示例措施",
            "document_number": "示政发〔2020〕00号",
            "clause_number": "第十条",
            "expired_text": "已过有效期",
            "note": "有效期至 2025年12月31日",
        },
        "chart_rows": [
            {"label": "太原市", "value": 6, "target": 5},
            {"label": "晋城市", "value": 4, "target": 4, "url": "#chart"},
            {"label": "吕梁市", "value": 3, "target": 4, "note": "另有 1 个在公示"},
            {"label": "朔州市", "value": 0},
        ],
        "series_charts": series_charts(),
        "funnels": funnels(),
        "jobs": sample_jobs(),
        "facts": [
            {"label": "专业镇", "value": LONG_NAME, "change_url": "#facts"},
            {"label": "所在县", "value": "陵川县", "change_url": "#facts"},
            {"label": "主导产业", "value": "中药材种植加工"},
            {"label": "填报人", "value": None},
            {"label": "办件编号", "value": "JCS-2026-0007", "note": "提交时生成"},
            {"label": "批次", "value": "2026年度第一批", "url": "#facts"},
        ],
        "next_steps": [
            "陵川县领导小组办公室受理，一般 5 个工作日内答复。",
            "退回补正的，会在“待办”中提示，只需更改所列的栏目。",
        ],
        "typed": [{"label": "意见", "text": "产值数据已与统计部门核对，口径一致。"}],
        "receipt_actions": [
            {"text": "查看办件", "url": "#receipt", "tone": "primary"},
            {"text": "返回首页", "url": "#receipt"},
        ],
        "notices": [
            Message(SUCCESS, "已退回补正，申报单位会收到提醒。"),
            Message(WARNING, "这一办件已由他人办理，以下是最新状态。"),
            Message(ERROR, "提交人和填报人不能是同一人。"),
            Message(INFO, "2026年12月的工作日历尚未公布，期限按通常工作日计算。"),
        ],
        "tab_items": [
            {"label": "概况", "url": "#tabs", "active": True},
            {"label": "材料", "url": "#tabs", "count": 7},
            {"label": "办理记录", "url": "#tabs", "count": 0},
        ],
    }
