"""Rows of the access matrix: 专业镇."""

from __future__ import annotations

from portal.workspace.access.kinds import DESK, KEPT, TOWN, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("towns", "GET", "专业镇列表", DESK),
    Row("town", "GET", "查看专业镇", TOWN),
    Row("town-figures", "GET POST", "填写年度数据", KEPT, TOWN),
    Row("towns.record_figures", "", "登记年度数据", KEPT),
    Row("member-add", "GET POST", "添加成员企业", KEPT, TOWN),
    Row("towns.add_member", "", "登记成员企业", KEPT),
    Row("member-end", "GET POST", "成员企业退出", KEPT, TOWN),
    Row("towns.end_membership", "", "登记成员企业退出", KEPT),
    Row("town-functions", "GET POST", "填写公共服务功能", KEPT, TOWN),
    Row("towns.set_functions", "", "登记公共服务功能", KEPT),
)
# fmt: on
