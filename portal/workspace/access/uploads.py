"""Rows of the access matrix: 文件和上传."""

from __future__ import annotations

from portal.workspace.access.kinds import Row

# fmt: off
ROWS: tuple[Row, ...] = ()
# fmt: on
