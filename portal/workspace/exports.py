"""What the exported ledger and stream say. No HTTP; the engine writes the workbook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import ACCESS_KINDS, LEDGER_OUTCOME_CHOICES
from portal.core.documents.xlsx import Column, Sheet
from portal.core.models.audit import AccessQuerySet
from portal.core.models.ledger import LedgerQuerySet
from portal.core.names import knows_address, knows_inside
from portal.workspace.differences import Reading
from portal.workspace.ledger_queries import (
    AccessFilter,
    LedgerFilter,
    describe_access_filter,
    describe_ledger_filter,
)
from portal.workspace.verbs import VERBS

CHUNK = 2000
OUTCOMES = dict(LEDGER_OUTCOME_CHOICES)
LEDGER_COLUMNS = (
    Column("id", "编号", "int", 10),
    Column("at", "时间", "datetime", 18),
    Column("subject", "对象", "text", 34),
    Column("seq", "对象内第几条", "int", 14),
    Column("verb", "事项", "text", 18),
    Column("summary", "摘要", "text", 44),
    Column("outcome", "结果", "text", 8),
    Column("office", "机构", "text", 34),
    Column("post", "岗位", "text", 16),
    Column("person", "人员", "text", 14),
    Column("address", "来源地址", "code", 18),
    Column("before", "变更前", "text", 40),
    Column("after", "变更后", "text", 40),
    Column("details", "其他内容", "text", 40),
    Column("algorithm", "算法", "code", 10),
    Column("previous", "前一条校验值", "code", 68),
    Column("digest", "本条校验值", "code", 68),
)
ACCESS_COLUMNS = (
    Column("id", "编号", "int", 10),
    Column("at", "时间", "datetime", 18),
    Column("kind", "类别", "text", 12),
    Column("outcome", "结果", "text", 8),
    Column("office", "机构", "text", 34),
    Column("post", "岗位", "text", 16),
    Column("person", "人员", "text", 14),
    Column("address", "来源地址", "code", 18),
    Column("subject", "对象", "text", 44),
    Column("path", "页面", "code", 40),
    Column("summary", "说明", "text", 44),
    Column("algorithm", "算法", "code", 10),
    Column("digest", "校验值", "code", 68),
)


def ledger_sheet(actor: Actor, chosen: LedgerFilter) -> Sheet:
    """Heading, filter note and columns of the ledger."""
    notes = (
        *_notes(actor, describe_ledger_filter(chosen)),
        "同一对象的各条记录前后相连；校验值包含前一条的校验值，可在服务器上用 verify_ledger 核验。",
    )
    return Sheet("办理台账", "办理台账", LEDGER_COLUMNS, notes)


def access_sheet(actor: Actor, chosen: AccessFilter) -> Sheet:
    """Heading, filter note and columns of the stream."""
    notes = _notes(actor, describe_access_filter(chosen))
    return Sheet("访问记录", "访问记录", ACCESS_COLUMNS, notes)


def _notes(actor: Actor, words: str) -> tuple[str, ...]:
    moment = timezone.localtime(clock.now())
    return (f"筛选条件：{words}", f"导出时间：{moment:%Y-%m-%d %H:%M}；导出人：{actor.label}")


def ledger_rows(actor: Actor, rows: LedgerQuerySet) -> Iterator[tuple[Any, ...]]:
    """Oldest first; what is not for the reader is left empty, as on the pages."""
    reading = Reading()
    ordered = rows.select_related("post").order_by("pk")
    for entry in ordered.iterator(chunk_size=CHUNK):
        inside = knows_inside(actor, entry)
        before, after, details = reading.text(entry) if inside else ("", "", "")
        yield (
            entry.pk, entry.at, entry.subject, entry.seq, VERBS.get(entry.verb, entry.verb),
            entry.summary, OUTCOMES.get(entry.outcome, entry.outcome), entry.office_name,
            entry.post_label if inside else "", entry.actor_name if inside else "",
            entry.address if knows_address(actor, entry) else "", before, after, details,
            entry.algorithm, entry.previous, entry.digest,
        )  # fmt: skip


def access_rows(rows: AccessQuerySet) -> Iterator[tuple[Any, ...]]:
    """Oldest first."""
    for entry in rows.order_by("pk").iterator(chunk_size=CHUNK):
        kind = ACCESS_KINDS[entry.kind].label if entry.kind in ACCESS_KINDS else entry.kind
        yield (
            entry.pk, entry.at, kind, OUTCOMES.get(entry.outcome, entry.outcome),
            entry.office_name, entry.post_label, entry.actor_name, entry.address, entry.subject,
            entry.path, entry.summary, entry.algorithm, entry.digest,
        )  # fmt: skip
