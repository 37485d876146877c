"""Rows of the access matrix: 台账."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    AUDITOR,
    BY_AUDITOR,
    DESK,
    KEEPERS,
    OFFICE,
    OWN,
    REGION,
    Row,
)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("ledger", "GET", "办理台账", DESK),
    Row("ledger-entry", "GET", "查看一条台账", ((OFFICE + AUDITOR, REGION),)),
    Row("ledger-export", "POST", "导出台账", ((OFFICE + AUDITOR, OWN),), DESK),
    Row("access-log", "GET", "访问记录", BY_AUDITOR, DESK),
    Row("access-log-export", "POST", "导出访问记录", BY_AUDITOR, DESK),
    Row("anchors", "GET", "日锚和封存", BY_AUDITOR, DESK),
    Row("access-matrix", "GET", "权限总表", ((KEEPERS, OWN),), DESK),
)
# fmt: on
