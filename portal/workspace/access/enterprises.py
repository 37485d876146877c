"""Rows of the access matrix: 企业."""

from __future__ import annotations

from portal.workspace.access.kinds import DESK, KEPT, TOWN, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("enterprises", "GET", "企业列表", DESK),
    Row("enterprise", "GET", "查看企业", TOWN),
    Row("enterprise-rename", "GET POST", "企业更名", KEPT, TOWN),
    Row("towns.rename_enterprise", "", "登记企业更名", KEPT),
    Row("town-enterprises", "GET", "查看专业镇的企业", TOWN),
    Row("member-role", "GET POST", "变更企业角色", KEPT, TOWN),
    Row("towns.change_role", "", "登记企业角色变更", KEPT),
    Row("member-amend", "GET POST", "修改企业登记内容", KEPT, TOWN),
    Row("towns.amend_member", "", "登记企业内容修改", KEPT),
)
# fmt: on
