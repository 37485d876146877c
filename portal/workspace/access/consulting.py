"""Rows of the access matrix: 征求成员单位意见、条款分工."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_HANDLER,
    CASE,
    DESK,
    HANDLERS,
    IN_FORCE,
    LAW,
    OWN,
    UNIT,
    Row,
    Sight,
)

BY_UNIT: Sight = ((UNIT, OWN),)
# Whoever handles cases divides the criteria for the acting office, whoever else has a division.
DIVIDER: Sight = ((HANDLERS, IN_FORCE),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("case-units", "GET POST", "征求成员单位意见", BY_HANDLER, CASE),
    Row("reviews.ask_units", "", "征求成员单位意见", BY_HANDLER),
    Row("opinion-extend", "GET POST", "延长会审意见的答复期限", BY_HANDLER, CASE),
    Row("reviews.extend_opinion", "", "延长会审意见的答复期限", BY_HANDLER),
    Row("opinion", "GET POST", "填写会审意见", BY_UNIT),
    Row("reviews.give_opinion", "", "提出会审意见", BY_UNIT),
    Row("opinion-reconfirm", "POST", "材料无变化，维持原意见", BY_UNIT),
    Row("reviews.reconfirm_opinion", "", "材料无变化，维持原意见", BY_UNIT),
    Row("criterion-units-sets", "GET", "条款分工", BY_HANDLER, DESK),
    Row("criterion-units", "GET", "认定标准的条款分工", DIVIDER, LAW),
    Row("criterion-units-edit", "GET POST", "设定条款分工", DIVIDER, LAW),
    Row("reviews.set_criterion_units", "", "设定条款分工", DIVIDER),
)
INTERNAL: tuple[Row, ...] = (
    Row("reviews.open_to", "", "交给评审岗位", caller="reviews.ask_units"),
    Row("reviews.note_silence", "", "记录逾期未答复", caller="reviews.give_opinion"),
    Row("reviews.complete_opinions", "", "核对各单位是否答复", caller="reviews.decide_step"),
)
# fmt: on
