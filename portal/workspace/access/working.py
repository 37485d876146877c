"""Rows of the access matrix: 常用意见、内部备注、维持原意见."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_HANDLER,
    CASE,
    CONCERNED,
    DESK,
    HANDLERS,
    IN_FORCE,
    OFFICE,
    OWN,
    UNIT,
    Row,
)

# fmt: off
ROWS: tuple[Row, ...] = (
    # A post's own sentences, and those that its office shares.
    Row("phrases", "GET POST", "常用意见", ((HANDLERS + UNIT, OWN),), DESK),
    Row("reviews.save_phrase", "", "保存常用意见", ((HANDLERS + UNIT, IN_FORCE),)),
    Row("reviews.remove_phrase", "", "删除常用意见", ((("clerk",), OWN),)),
    Row("case-notes", "GET POST", "写内部备注", ((OFFICE, CONCERNED),), CASE),
    Row("reviews.add_note", "", "写内部备注", ((OFFICE, CONCERNED),)),
    Row("case-reaffirm", "GET", "回到办件页", CASE),
    Row("case-reaffirm", "POST", "材料无变化，维持原意见", BY_HANDLER, CASE),
    Row("reviews.reaffirm_step", "", "材料无变化，维持原意见", BY_HANDLER),
)
# fmt: on
