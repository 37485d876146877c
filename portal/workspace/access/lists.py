"""Rows of the access matrix: 列表、视图、导出."""

from __future__ import annotations

from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = ()
# fmt: on
