"""Rows of the access matrix: 荣誉、标准、品牌."""

from __future__ import annotations

from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = ()
# fmt: on
