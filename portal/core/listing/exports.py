"""A list as a workbook: exactly the rows, columns and order of the page, written by a job."""

from __future__ import annotations

import hashlib
import tempfile
from typing import Any

from django.core.files import File
from django.utils import timezone

from portal.core import clock, jobs
from portal.core.actor import Actor, acting_seat
from portal.core.documents.xlsx import Column, Sheet, write_xlsx
from portal.core.errors import Refused, require
from portal.core.files import store_path
from portal.core.jobs import Run, actor_of, handler
from portal.core.listing.listing import Listing
from portal.core.listing.spec import SHEET_KINDS, ListColumn, list_spec
from portal.core.models import Job

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def request_list(listing: Listing[Any]) -> Job:
    """Queue the workbook of a list as it is shown; two clicks within a second are one job."""
    actor, spec = listing.actor, listing.spec
    require(spec.may_export(actor))
    text = listing.text()
    marks = hashlib.sha256(text.encode()).hexdigest()[:16]
    post = acting_seat(actor).pk
    return jobs.enqueue(
        "core.export_list",
        actor=actor,
        label=f"导出{spec.title}",
        key=f"list:{spec.key}:{post}:{clock.now():%Y%m%d%H%M%S}:{marks}",
        arguments={"list": spec.key, "query": text},
    )


@handler("core.export_list")
def export_list(run: Run) -> dict[str, Any]:
    """Write the workbook; what the starter sees today, by the same conditions."""
    arguments = run.job.arguments
    actor = actor_of(run.job)
    spec = list_spec(arguments["list"])
    if spec is None:
        raise Refused("该列表已不再提供，请到相应页面重新导出。")
    require(spec.may_export(actor))
    listing = Listing.of(spec, actor, arguments["query"])
    total = listing.filtered().count()
    run.progress(0, total, f"共 {total} 行")
    with tempfile.TemporaryFile() as handle:
        written = write_xlsx(
            handle,
            sheet_of(listing, actor),
            listing.values(listing.everything().iterator(chunk_size=1000)),
            progress=lambda done: run.progress(done, total, f"已写入 {done} 行，共 {total} 行"),
        )
        handle.seek(0)
        name = f"{spec.title}-{clock.today():%Y%m%d}.xlsx"
        stored = store_path(File(handle), name, XLSX, actor)
    return {"file": stored.pk, "rows": written.rows, "sha256": stored.sha256}


def sheet_of(listing: Listing[Any], actor: Actor) -> Sheet:
    """Heading, the filter in words, who took it out and when, and the columns."""
    moment = timezone.localtime(clock.now())
    return Sheet(
        title=listing.spec.title,
        heading=listing.spec.title,
        filter_note=(
            f"筛选条件：{listing.filter_words()}",
            f"排列：{listing.order_words()}",
            f"导出时间：{moment:%Y-%m-%d %H:%M}；导出人：{actor.label}",
        ),
        columns=tuple(_column(listing, column) for column in listing.columns),
        numbered=True,
    )


def _column(listing: Listing[Any], column: ListColumn[Any]) -> Column:
    unit = column.unit or ("元" if column.kind == "money" else "")
    label = column.title(listing.chosen) + (f"（{unit}）" if unit else "")
    kind = column.sheet_kind or SHEET_KINDS[column.kind]
    return Column(column.key, label, kind, listing.sheet_width(column))
