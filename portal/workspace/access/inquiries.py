"""Rows of the access matrix: 补充说明、办理期限."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    ANYWHERE,
    BY_HANDLER,
    BY_SUBMITTER,
    CASE,
    FILING,
    OFFICE,
    OWN,
    REGION,
    Row,
    Sight,
)

ASKED: Sight = ((OFFICE, REGION), (FILING, ANYWHERE))
BY_CHECKER: Sight = ((("office_director", "office_deputy_director", "checker"), OWN),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("case-ask", "GET POST", "要求补充说明（不退回）", BY_HANDLER, CASE),
    Row("reviews.ask_information", "", "要求补充说明（不退回）", BY_HANDLER),
    Row("inquiry", "GET", "查看补充说明", ASKED),
    Row("inquiry", "POST", "答复补充说明", BY_SUBMITTER, ASKED),
    Row("reviews.answer_information", "", "答复补充说明", BY_SUBMITTER),
    Row("inquiry-close", "GET POST", "收回补充说明的要求", BY_HANDLER, ASKED),
    Row("reviews.take_back_inquiry", "", "收回补充说明的要求", BY_HANDLER),
    Row("case-extend", "GET POST", "延长办理期限", BY_CHECKER, CASE),
    Row("reviews.extend_term", "", "延长办理期限", BY_CHECKER),
)
# fmt: on
