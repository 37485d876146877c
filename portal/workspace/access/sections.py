"""Rows of the access matrix: 申报中的台账部分、带入、复制上次申报."""

from __future__ import annotations

from portal.workspace.access.kinds import BY_FILER, DRAFT, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("application-section", "GET", "查看申报中的年度数据、企业、荣誉、标准、功能", DRAFT),
    Row("application-section", "POST", "填写申报中的年度数据、功能", BY_FILER, DRAFT),
    Row("towns.save_register_section", "", "保存申报中的年度数据、功能", BY_FILER),
    Row("application-section-refresh", "GET POST", "按台账刷新", BY_FILER, DRAFT),
    Row("towns.drop_typed", "", "按台账刷新", BY_FILER),
    Row("application-prefill", "GET POST", "带入上次申报和台账的内容", BY_FILER, DRAFT),
    Row("towns.prefill_application", "", "带入上次申报和台账的内容", BY_FILER),
    Row("towns.copy_application", "", "复制上次申报", BY_FILER),
)
# fmt: on
