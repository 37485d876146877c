"""Rows of the access matrix: 指标目录、类别."""

from __future__ import annotations

from portal.workspace.access.kinds import IN_FORCE, PUBLISHERS, Row, Sight

# Whoever drafts criteria adds to the acting office's own list, whoever else has one.
AUTHOR: Sight = ((PUBLISHERS, IN_FORCE),)

# fmt: off
ROWS: tuple[Row, ...] = (
)
# fmt: on
