"""What the roster of a leading group says as a workbook. No HTTP; the engine writes it."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

from django.utils import timezone

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import UNSTATED
from portal.core.documents.xlsx import Column, Sheet, write_xlsx
from portal.core.models import Office
from portal.core.queries import GroupSeat, leading_group_on

LEADING_GROUP_COLUMNS = (
    Column("ordinal", "序号", "int", 8),
    Column("role", "组内职务", "text", 16),
    Column("holder", "姓名", "text", 14),
    Column("title", "现任职务", "text", 40),
    Column("unit", "所在单位", "text", 30),
    Column("since", "任职自", "date", 14),
    Column("until", "任职至", "date", 14),
    Column("remarks", "备注", "text", 36),
)


def leading_group_sheet(actor: Actor, office: Office, day: date) -> Sheet:
    """Heading, the day it is as at, its source, and the columns."""
    moment = timezone.localtime(clock.now())
    return Sheet(
        title="领导小组名单",
        heading=f"{office.region.name}专业镇发展领导小组组成人员名单",
        filter_note=(
            f"截至日期：{day}；办公室：{office.name_on(day)}；依据：{office.source or UNSTATED}",
            f"导出时间：{moment:%Y-%m-%d %H:%M}；导出人：{actor.label}",
        ),
        columns=LEADING_GROUP_COLUMNS,
    )


def leading_group_row(place: int, seat: GroupSeat) -> tuple[Any, ...]:
    """One seat as a row of the workbook."""
    return (
        place,
        seat.role,
        seat.holder,
        seat.title,
        seat.unit,
        seat.since,
        seat.until,
        "；".join(seat.remarks),
    )


def leading_group_workbook(actor: Actor, office: Office, day: date) -> bytes:
    """The roster of a leading group as at a day, as an xlsx file."""
    handle = io.BytesIO()
    seats = leading_group_on(office, day)
    rows = [leading_group_row(place, seat) for place, seat in enumerate(seats, start=1)]
    write_xlsx(handle, leading_group_sheet(actor, office, day), rows)
    return handle.getvalue()


def leading_group_file_name(office: Office, day: date) -> str:
    """What the file is called."""
    return f"{office.region.name}领导小组名单-{day:%Y%m%d}.xlsx"
