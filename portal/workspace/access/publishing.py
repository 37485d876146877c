"""Rows of the access matrix: 认定标准的复制、确认发布和撤回."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_DIRECTOR,
    BY_PUBLISHER,
    IN_FORCE,
    INSIDE,
    LAW,
    PUBLISHERS,
    Row,
    Sight,
)

# Whoever authors for the own office may begin with what any office has published.
BEGINS: Sight = ((PUBLISHERS, IN_FORCE),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("criteria-copy", "GET POST", "复制标准为草稿", BEGINS, LAW),
    Row("criteria.copy_criteria_set", "", "复制标准为草稿", BEGINS),
    Row("criteria-discard", "GET POST", "删除标准草稿", BY_PUBLISHER, INSIDE),
    Row("criteria.discard_criteria_set", "", "删除标准草稿", BY_PUBLISHER),
    Row("criteria-propose", "GET POST", "提请确认发布标准", BY_PUBLISHER, INSIDE),
    Row("criteria.propose_criteria_set", "", "提请确认发布标准", BY_PUBLISHER),
    Row("criteria-take-back", "GET POST", "取回待发布的标准", BY_PUBLISHER, INSIDE),
    Row("criteria.take_back_proposal", "", "取回待发布的标准", BY_PUBLISHER),
    Row("criteria-return", "GET POST", "退回标准修改", BY_DIRECTOR, INSIDE),
    Row("criteria.return_proposal", "", "退回标准修改", BY_DIRECTOR),
    Row("criteria-publish", "GET POST", "确认发布标准", BY_DIRECTOR, INSIDE),
    Row("criteria.publish_criteria_set", "", "确认发布标准", BY_DIRECTOR),
    Row("criteria-withdraw", "GET POST", "撤回标准", BY_DIRECTOR, LAW),
    Row("criteria.withdraw_criteria_set", "", "撤回标准", BY_DIRECTOR),
)
# fmt: on
