"""Rows of the access matrix: 指标目录、类别."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_PUBLISHER,
    CONCERNED,
    DESK,
    IN_FORCE,
    POSTS,
    PUBLISHERS,
    Row,
    Sight,
)

# Whoever drafts criteria adds to the acting office's own list, whoever else has one.
AUTHOR: Sight = ((PUBLISHERS, IN_FORCE),)
# An office's own indicator is known above and below it.
AROUND: Sight = ((POSTS, CONCERNED),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("indicators", "GET", "指标目录", DESK),
    Row("indicator-new", "GET POST", "添加指标", BY_PUBLISHER, DESK),
    Row("indicator-edit", "GET POST", "修改本级设立的指标", BY_PUBLISHER, AROUND),
    Row("indicator-retire", "GET POST", "停用本级设立的指标", BY_PUBLISHER, AROUND),
    Row("category-new", "GET POST", "添加类别", BY_PUBLISHER, DESK),
    Row("criteria.add_category", "", "添加类别", AUTHOR),
    Row("criteria.add_indicator", "", "添加指标", AUTHOR),
    Row("criteria.amend_indicator", "", "修改指标", BY_PUBLISHER),
    Row("criteria.retire_indicator", "", "停用指标", BY_PUBLISHER),
)
# fmt: on
