"""Rows of the access matrix: 荣誉、标准、品牌."""

from __future__ import annotations

from portal.workspace.access.kinds import DESK, KEPT, TOWN, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("honours", "GET", "荣誉、标准、品牌列表", DESK),
    Row("town-honours", "GET", "专业镇的荣誉、标准、品牌", TOWN),
    Row("honour", "GET", "查看一项荣誉", TOWN),
    Row("honour-add", "GET POST", "登记荣誉", KEPT, TOWN),
    Row("towns.add_honour", "", "登记荣誉", KEPT),
    Row("honour-amend", "GET POST", "修改荣誉", KEPT, TOWN),
    Row("towns.amend_honour", "", "修改荣誉", KEPT),
    Row("honour-revoke", "GET POST", "撤销荣誉", KEPT, TOWN),
    Row("towns.revoke_honour", "", "撤销荣誉", KEPT),
    Row("town-services", "GET", "专业镇的公共服务", TOWN),
    Row("platform-add", "GET POST", "登记公共服务平台", KEPT, TOWN),
    Row("towns.add_platform", "", "登记公共服务平台", KEPT),
    Row("platform-amend", "GET POST", "修改公共服务平台", KEPT, TOWN),
    Row("towns.amend_platform", "", "修改公共服务平台", KEPT),
    Row("platform-end", "GET POST", "停用公共服务平台", KEPT, TOWN),
    Row("towns.end_platform", "", "停用公共服务平台", KEPT),
)
# fmt: on
