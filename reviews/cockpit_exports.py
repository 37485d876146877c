"""The cockpit's table and the funnel's as workbooks: what the reader sees, made by a job."""

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
from reviews.cockpit_queries import cockpit_of
from reviews.tables.cockpit import FUNNEL_TITLE, STANDING_WORDS, funnel_of, sheet_rows
from towns.models import Round

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Part of the page -> name of its workbook.
PARTS = {"places": "批次进度", "funnel": FUNNEL_TITLE}


def request_cockpit(actor: Actor, call: Round, part: str) -> Job:
    """Queue the workbook of a part of the page; two clicks within a second are one job."""
    require(may_export_list(actor))
    if part not in PARTS:
        raise ValidationError("没有这个表格，请回到批次进度页重新导出。")
    return jobs.enqueue(
        "reviews.export_cockpit",
        actor=actor,
        label=f"导出{PARTS[part]}：{call.title}",
        key=f"cockpit:{call.pk}:{part}:{acting_seat(actor).pk}:{clock.now():%Y%m%d%H%M%S}",
        arguments={"round": call.pk, "part": part},
    )


@handler("reviews.export_cockpit")
def export_cockpit(run: Run) -> dict[str, Any]:
    """Write the workbook with the numbers of now."""
    actor, part = actor_of(run.job), run.job.arguments["part"]
    require(may_export_list(actor))
    rows = Round.objects.visible_to(actor).select_related("office__region")
    call = rows.filter(pk=run.job.arguments["round"]).first()
    if call is None:
        raise ValidationError("该批次已不在可见范围内，没有导出。")
    found = cockpit_of(actor, call)
    lines: list[list[Value]]
    columns: tuple[Column, ...]
    if part == "funnel":
        lines = [[bar.name, bar.value, bar.share, bar.step] for bar in funnel_of(found).bars]
        columns = (
            Column("stage", "阶段"),
            Column("number", "数量（个）", "count"),
            Column("share", "占可申报"),
            Column("step", "占上一阶段"),
        )
    else:
        lines = sheet_rows(found)
        names = ["可申报", *STANDING_WORDS]
        columns = (
            Column("city", "市", width=16),
            Column("county", "县（市、区）", width=18),
            *(Column(f"n{at}", name, "count", 10) for at, name in enumerate(names)),
        )
    moment = timezone.localtime(clock.now())
    sheet = Sheet(
        title=PARTS[part],
        heading=f"{call.title} {PARTS[part]}",
        filter_note=(f"截至 {moment:%Y-%m-%d %H:%M}；导出人：{actor.label}",),
        columns=columns,
    )
    with tempfile.TemporaryFile() as handle:
        written = write_xlsx(handle, sheet, lines)
        handle.seek(0)
        name = f"{PARTS[part]}-{clock.today():%Y%m%d}.xlsx"
        stored = store_path(File(handle), name, XLSX, actor)
    return {"file": stored.pk, "rows": written.rows, "sha256": stored.sha256}
