"""Rows of the access matrix: 批次进度."""

from __future__ import annotations

from portal.workspace.access.kinds import CONCERNED, HANDLERS, INSIDE, OFFICE, Row, Sight

FOLLOWED: Sight = ((OFFICE, CONCERNED),)
BY_REMINDER: Sight = ((HANDLERS, CONCERNED),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("round-cockpit", "GET", "批次进度", FOLLOWED),
    Row("round-towns", "GET", "批次进度逐个列表", INSIDE),
    Row("round-cockpit-export", "POST", "导出批次进度", FOLLOWED),
    Row("round-remind", "POST", "提醒尚未提交的专业镇", BY_REMINDER, FOLLOWED),
    Row("towns.remind_towns", "", "提醒尚未提交的专业镇", BY_REMINDER),
)
# fmt: on
