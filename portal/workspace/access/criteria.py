"""Rows of the access matrix: 认定标准的编制和发布."""

from __future__ import annotations

from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = (
)
# fmt: on
