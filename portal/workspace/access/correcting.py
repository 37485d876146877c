"""Rows of the access matrix: 退回补正."""

from __future__ import annotations

from portal.workspace.access.kinds import BY_HANDLER, CASE, DRAFT, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("case-return", "GET POST", "退回补正，选择需要补正的内容", BY_HANDLER, CASE),
    Row("application-corrections", "GET", "补正记录", DRAFT),
)
# fmt: on
