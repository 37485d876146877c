"""Rows of the ledger, of the stream and of the anchors, and one entry in full."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.core.actor import Actor
from portal.core.constants import ACCESS_KINDS
from portal.core.digests import ledger_digest
from portal.core.formatting import iso_datetime
from portal.core.models import AccessEntry, LedgerAnchor, LedgerEntry, LedgerSeal
from portal.core.names import knows_address, knows_inside, who_did
from portal.core.web import office_url
from portal.workspace.verbs import VERBS

Item = dict[str, Any]
OUTCOME_TONES = {"ok": "success", "refused": "warning", "failed": "danger"}
LEDGER_COLUMNS: list[Item] = [
    {"label": "时间", "kind": "datetime"},
    {"label": "对象", "kind": "name"},
    {"label": "事项"},
    {"label": "摘要", "kind": "name"},
    {"label": "办理人", "kind": "name"},
    {"label": "结果", "kind": "tag"},
    {"label": "校验值", "kind": "code"},
]
ACCESS_COLUMNS: list[Item] = [
    {"label": "时间", "kind": "datetime"},
    {"label": "类别", "kind": "tag"},
    {"label": "人员", "kind": "name"},
    {"label": "对象", "kind": "name"},
    {"label": "说明", "kind": "name"},
    {"label": "来源地址", "kind": "code"},
    {"label": "结果", "kind": "tag"},
]
ANCHOR_COLUMNS: list[Item] = [
    {"label": "日期", "kind": "date"},
    {"label": "台账", "kind": "number", "unit": "条"},
    {"label": "访问记录", "kind": "number", "unit": "条"},
    {"label": "算法", "kind": "code"},
    {"label": "校验值", "kind": "code"},
    {"label": "生成时间", "kind": "datetime"},
]
SEAL_COLUMNS: list[Item] = [
    {"label": "起止日期"},
    {"label": "台账", "kind": "number", "unit": "条"},
    {"label": "访问记录", "kind": "number", "unit": "条"},
    {"label": "导出文件", "kind": "name"},
    {"label": "文件校验值", "kind": "code"},
    {"label": "封存时间", "kind": "datetime"},
]
DIFFERENCE_COLUMNS: list[Item] = [
    {"label": "内容", "kind": "name"},
    {"label": "变更前", "kind": "name"},
    {"label": "变更后", "kind": "name"},
]
ALGORITHMS = {"sm3": "SM3", "sha256": "SHA-256"}


def algorithm_word(key: str) -> str:
    """What an algorithm is called."""
    return ALGORITHMS.get(key, key)


def ledger_rows(entries: Iterable[LedgerEntry], reader: Actor) -> list[Item]:
    """Rows of the list; each summary leads to its entry."""
    return [
        {
            "id": entry.pk,
            "cells": [
                entry.at,
                {"text": entry.subject, "note": f"第 {entry.seq} 条"},
                VERBS.get(entry.verb, entry.verb),
                {"text": entry.summary, "url": office_url(reader, "ledger-entry", entry.pk)},
                {"text": entry.office_name, "note": who_did(reader, entry)}
                if entry.office_name
                else who_did(reader, entry),
                {"text": entry.get_outcome_display(), "tone": OUTCOME_TONES.get(entry.outcome)},
                entry.digest[:12],
            ],
        }
        for entry in entries
    ]


def ledger_facts(entry: LedgerEntry, reader: Actor) -> list[Item]:
    """What happened, when, from where, by whom, as far as it is for the reader."""
    inside = knows_inside(reader, entry)
    rows: list[Item] = [
        {"label": "时间", "value": iso_datetime(entry.at)},
        {"label": "事项", "value": VERBS.get(entry.verb, entry.verb)},
        {"label": "对象", "value": entry.subject},
        {"label": "结果", "value": entry.get_outcome_display()},
        {"label": "机构", "value": entry.office_name},
    ]
    if inside:
        rows.append({"label": "岗位", "value": entry.post_label})
        rows.append({"label": "人员", "value": entry.actor_name})
        rows.append({"label": "可见范围", "value": entry.get_audience_display()})
    if knows_address(reader, entry):
        rows.append({"label": "来源地址", "value": entry.address})
    return rows


def ledger_digests(entry: LedgerEntry) -> list[Item]:
    """How the entry hangs in its chain, and whether it still says what its digest covers."""
    holds = ledger_digest(entry) == entry.digest
    return [
        {"label": "所在链", "value": f"{entry.chain}，第 {entry.seq} 条"},
        {"label": "算法", "value": algorithm_word(entry.algorithm)},
        {"label": "前一条校验值", "value": entry.previous or "本链第一条"},
        {
            "label": "本条校验值",
            "value": entry.digest,
            "note": "与内容相符" if holds else "与内容不符，请通知系统管理员核验全链",
        },
    ]


def chain_entries(entries: Iterable[LedgerEntry], reader: Actor, shown: int) -> list[Item]:
    """The other entries about the same thing, as a timeline."""
    return [
        {
            "when": entry.at,
            "who": who_did(reader, entry),
            "office": entry.office_name,
            "action": VERBS.get(entry.verb, entry.verb),
            "text": entry.summary,
            "url": "" if entry.pk == shown else office_url(reader, "ledger-entry", entry.pk),
            "url_text": "查看该条",
            "word": "本条" if entry.pk == shown else "",
        }
        for entry in entries
    ]


def access_rows(entries: Iterable[AccessEntry]) -> list[Item]:
    """Rows of the stream."""
    return [
        {
            "id": entry.pk,
            "cells": [
                entry.at,
                {
                    "text": ACCESS_KINDS[entry.kind].label
                    if entry.kind in ACCESS_KINDS
                    else entry.kind,
                    "tone": "neutral",
                },
                {
                    "text": entry.actor_name or "未登录",
                    "note": " · ".join(
                        part for part in (entry.office_name, entry.post_label) if part
                    ),
                },
                {"text": entry.subject, "note": entry.path},
                entry.summary,
                entry.address,
                {"text": entry.get_outcome_display(), "tone": OUTCOME_TONES.get(entry.outcome)},
            ],
        }
        for entry in entries
    ]


def anchor_rows(anchors: Iterable[LedgerAnchor]) -> list[Item]:
    """A row for each day."""
    return [
        {
            "id": row.pk,
            "cells": [
                row.day,
                {"text": row.ledger_count, "note": _span(row.ledger_from, row.ledger_to)},
                {"text": row.access_count, "note": _span(row.access_from, row.access_to)},
                algorithm_word(row.algorithm),
                row.digest,
                row.created_at,
            ],
        }
        for row in anchors
    ]


def _span(first: int, last: int) -> str:
    return f"编号 {first} 至 {last}" if last >= first else ""


def seal_rows(seals: Iterable[LedgerSeal]) -> list[Item]:
    """A row for each seal."""
    return [
        {
            "id": row.pk,
            "cells": [
                f"{row.day_from} 至 {row.day_to}",
                row.ledger_count,
                row.access_count,
                row.file_name,
                {"text": row.file_digest, "note": algorithm_word(row.algorithm)},
                row.sealed_at,
            ],
        }
        for row in seals
    ]
