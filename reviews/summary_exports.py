"""推荐汇总表 as a workbook: the rows of the paper, figures as numbers, made by a job."""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files import File
from django.utils import timezone

from portal.core import clock, jobs
from portal.core.actor import Actor, acting_seat
from portal.core.documents.xlsx import Column, Sheet, Value, write_xlsx
from portal.core.errors import require
from portal.core.files import store_path
from portal.core.jobs import Run, actor_of, handler
from portal.core.models import Job
from portal.core.policies.lists import may_export_list
from reviews.papers.summaries import DRAFTED, LISTED, find, may_summarise
from reviews.summary_queries import Summary, summary_of
from towns.models import Round

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TITLE = "推荐汇总表"


def request_summary(actor: Actor, call: Round) -> Job:
    """Queue the workbook; two clicks within a second are one job.

    Raises ValidationError where there is nothing to sum up.
    """
    require(may_export_list(actor))
    require(may_summarise(actor, call))
    summary_of(actor, call)
    return jobs.enqueue(
        "reviews.export_summary",
        actor=actor,
        label=f"导出{TITLE}：{call.title}",
        key=f"summary:{call.pk}:{acting_seat(actor).pk}:{clock.now():%Y%m%d%H%M%S}",
        arguments={"round": call.pk},
    )


@handler("reviews.export_summary")
def export_summary(run: Run) -> dict[str, Any]:
    """Write the workbook of what the actor still sees."""
    actor = actor_of(run.job)
    require(may_export_list(actor))
    call = find(actor, run.job.arguments["round"])
    if call is None:
        raise ValidationError("该批次已不在可见范围内，没有导出。")
    require(may_summarise(actor, call))
    found = summary_of(actor, call)
    moment = timezone.localtime(clock.now())
    sheet = Sheet(
        title=TITLE,
        heading=f"{call.title}{TITLE}",
        filter_note=(
            f"{found.office.name}；数据为{call.figures_year}年度申报数据",
            f"截至 {moment:%Y-%m-%d %H:%M}；导出人：{actor.label}",
        ),
        columns=_columns(found),
        numbered=True,
    )
    with tempfile.TemporaryFile() as handle:
        written = write_xlsx(handle, sheet, _lines(found))
        handle.seek(0)
        name = f"{TITLE}-{clock.today():%Y%m%d}.xlsx"
        stored = store_path(File(handle), name, XLSX, actor)
    return {"file": stored.pk, "rows": written.rows, "sha256": stored.sha256}


def _columns(found: Summary) -> tuple[Column, ...]:
    figures = [
        Column(key, f"{name}（{unit}）" if unit else name, "decimal", 16)
        for key, (name, unit) in found.columns.items()
    ]
    listed = [
        Column("standing", (DRAFTED if found.draft else LISTED)[0], width=16),
        Column("reason", (DRAFTED if found.draft else LISTED)[1], width=40),
        Column("promoted", "递补时间", "datetime"),
    ]
    return (
        Column("town", "专业镇名称", width=30),
        Column("county", "所在县（市、区）", width=18),
        Column("category", "类别", width=14),
        Column("industry", "主导产业", width=14),
        *figures,
        Column("met", "达到（条）", "count"),
        Column("not_met", "未达到、缺数据（条）", "count"),
        Column("handled", "办理情况", width=18),
        *(listed if found.listed else ()),
        Column("number", "受理编号", "code"),
    )


def _lines(found: Summary) -> list[list[Value]]:
    lines: list[list[Value]] = []
    for row in found.rows:
        case, record, item = row.case, row.record, row.item
        promoted = item.promoted_at if item is not None else None
        listed = [row.standing, row.reason, promoted] if found.listed else []
        lines.append(
            [
                case.town_name,
                case.county_name,
                case.get_category_display(),
                case.application.town.industry,
                *(row.number(key) for key in found.columns),
                record.met if record is not None else None,
                record.not_met if record is not None else None,
                row.handled,
                *listed,
                case.number,
            ]
        )
    return lines
