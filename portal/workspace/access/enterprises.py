"""Rows of the access matrix: 企业."""

from __future__ import annotations

from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = ()
# fmt: on
