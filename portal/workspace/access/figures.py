"""Rows of the access matrix: 年度数据."""

from __future__ import annotations

from portal.core.constants import POST_KINDS, Can
from portal.workspace.access.kinds import DESK, KEPT, TOWN, Relation, Row, Sight

# Posts of the office next above the town's own county.
CONFIRMERS = tuple(kind.key for kind in POST_KINDS.values() if Can.CONFIRM in kind.can)
BY_CONFIRMER: Sight = ((CONFIRMERS, (Relation.LOWER,)),)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("figures", "GET", "各镇年度数据列表", DESK),
    Row("town-data", "GET", "查看专业镇的年度数据", TOWN),
    Row("town-counted", "GET", "查看计算指标的明细", TOWN),
    Row("figures-check", "GET POST", "核对年度数据", BY_CONFIRMER, TOWN),
    Row("enterprise-figures", "GET POST", "填写企业年度数据", KEPT, TOWN),
    Row("towns.correct_figures", "", "更正年度数据", KEPT),
    Row("towns.confirm_figures", "", "确认年度数据", BY_CONFIRMER),
    Row("towns.return_figures", "", "退回年度数据", BY_CONFIRMER),
    Row("towns.record_enterprise_figures", "", "登记企业年度数据", KEPT),
)
# fmt: on
