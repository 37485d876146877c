"""How criteria sets are listed, and what the page of one says of its state and its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from criteria.models import CriteriaSet
from criteria.standing import Standing
from portal.core.constants import UNSTATED
from portal.core.formatting import cn_date

COLUMNS = (
    {"label": "名称", "kind": "name"},
    {"label": "级别、种类"},
    {"label": "版本"},
    {"label": "适用地区"},
    {"label": "文件", "kind": "name"},
    {"label": "施行日期", "kind": "date"},
    {"label": "失效日期", "kind": "date"},
    {"label": "状态", "kind": "tag"},
)
VERSION_COLUMNS = (
    {"label": "版本"},
    {"label": "名称", "kind": "name"},
    {"label": "文件", "kind": "name"},
    {"label": "施行日期", "kind": "date"},
    {"label": "失效日期", "kind": "date"},
    {"label": "状态", "kind": "tag"},
)
# What the tag says is enough where nothing is to be added.
WORDS: dict[str, str] = {
    "coming": "自{day}起施行",
    "superseded": "自{day}起由{by}替代",
    "withdrawn": "自{day}起",
}
Address = Callable[[str], str]


def standing_note(standing: Standing) -> str:
    """What stands beside the tag: since when, and what replaced it."""
    if standing.key not in WORDS:
        return ""
    by = standing.by.version_label if standing.by else ""
    return WORDS[standing.key].format(day=cn_date(standing.day) or "发布之日", by=by)


def _tag(standing: Standing) -> dict[str, str]:
    return {"text": standing.label, "tone": standing.tone, "note": standing_note(standing)}


def published_words(row: CriteriaSet, who: str) -> str:
    """Who confirmed a version and when; who worked on a draft last.

    ``who``: the person's name, or the office's for those to whom people are not named.
    """
    if row.is_fixed and who:
        return f"{who}于{cn_date(row.published_at)}确认发布"
    if row.is_fixed or not row.changed_name:
        return ""
    return f"最近修改：{row.changed_name}，{cn_date(row.changed_at)}"


def list_rows(
    rows: Iterable[CriteriaSet], stands: dict[int, Standing], address: Address
) -> list[dict[str, Any]]:
    """The cells of the list; a draft names who worked on it last."""
    return [
        {
            "id": row.pk,
            "cells": [
                {
                    "text": row.title,
                    "url": address(row.key),
                    "note": "" if row.is_fixed else _draft_note(row),
                },
                {"text": row.level_adjective, "note": row.kind_label},
                row.version_label,
                row.region.name,
                {"text": row.document_title or UNSTATED, "note": row.document_number},
                row.effective_from or UNSTATED,
                row.effective_to or UNSTATED,
                _tag(stands[row.pk]),
            ],
        }
        for row in rows
    ]


def _draft_note(row: CriteriaSet) -> str:
    return f"本机构草稿，最近修改：{row.changed_name}" if row.changed_name else "本机构草稿"


def version_rows(
    rows: Iterable[CriteriaSet], stands: dict[int, Standing], shown: CriteriaSet, address: Address
) -> list[dict[str, Any]]:
    """The versions of one set, drafts first, then the latest."""
    ordered = sorted(rows, key=lambda row: (row.is_fixed, -row.version, -row.pk))
    return [
        {
            "id": row.pk,
            "cells": [
                row.version_label,
                {"text": row.title, "note": "本页"}
                if row.pk == shown.pk
                else {"text": row.title, "url": address(row.key)},
                {"text": row.document_title or UNSTATED, "note": row.document_number},
                row.effective_from or UNSTATED,
                row.effective_to or UNSTATED,
                _tag(stands[row.pk]),
            ],
        }
        for row in ordered
    ]


def remark(
    row: CriteriaSet, standing: Standing, address: Address, barred: str = ""
) -> dict[str, Any] | None:
    """What must be seen above a set: that it waits, came back, is not yet or no longer in force.

    ``barred``: why the reader, who might confirm others, does not confirm this one.
    """
    stays = "已按本版设立的批次和申报仍按本版办理。"
    if standing.key == "draft" and row.return_reason:
        return _inset("warning", "已退回修改", f"退回意见：{row.return_reason}")
    if standing.key == "proposed":
        note = f"提请说明：{row.proposal_note}" if row.proposal_note else ""
        said = f"{row.proposed_name}于{cn_date(row.proposed_at)}提请确认发布，须由本机构"
        said += "没有参与编制的另一位主任或副主任确认。"
        return _inset("info", "待确认发布", f"{said}{note}{barred}")
    if standing.key == "coming":
        start = cn_date(row.effective_from)
        return _inset("info", "未到施行日期", f"自{start}起施行，在此之前新批次仍按现行标准设立。")
    if standing.key == "superseded" and standing.by is not None:
        said = f"自{cn_date(standing.day)}起由{standing.by.version_label}替代。{stays}"
        link = {"url": address(standing.by.key), "url_text": f"查看{standing.by.version_label}"}
        return {**_inset("warning", "本版已被替代", said), **link}
    if standing.key == "expired":
        said = f"失效日期为{cn_date(row.effective_to)}。{stays}新批次须等待新标准。"
        return _inset("warning", "本标准所依据的文件已过有效期", said)
    if standing.key == "withdrawn":
        said = f"自{cn_date(row.withdrawn_on)}起不再用于新批次。原因：{row.withdrawal_reason}"
        return _inset("danger", "本版已撤回", f"{said.rstrip('。')}。{stays}")
    if row.withdrawn_on is not None:
        said = f"自{cn_date(row.withdrawn_on)}起撤回，不再用于新批次。原因：{row.withdrawal_reason}"
        return _inset("warning", "本版将撤回", said)
    return None


def _inset(tone: str, title: str, text: str) -> dict[str, Any]:
    return {"tone": tone, "title": title, "text": text}
