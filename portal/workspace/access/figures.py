"""Rows of the access matrix: 年度数据."""

from __future__ import annotations

from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = ()
# fmt: on
