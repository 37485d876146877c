"""Rows of the access matrix: 专业镇."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_REGISTER,
    DESK,
    KEPT,
    OWN,
    PUBLISHERS,
    TOWN,
    Row,
)

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
    Row("town-filings", "GET", "专业镇的申报与认定", TOWN),
    Row("town-papers", "GET", "专业镇的文件", TOWN),
    Row("certification-source", "GET POST", "上传认定文件扫描件", BY_REGISTER, TOWN),
    Row("towns.attach_source", "", "上传认定文件扫描件", BY_REGISTER),
    Row("town-history", "GET", "专业镇的历史", TOWN),
    Row("town-new", "GET POST", "登记专业镇", ((PUBLISHERS, OWN),), DESK),
    Row("towns.register_town", "", "登记专业镇", BY_REGISTER),
    Row("town-amend", "GET POST", "变更登记事项", BY_REGISTER, TOWN),
    Row("towns.amend_town", "", "变更登记事项", BY_REGISTER),
    Row("town-stage", "GET POST", "调整培育阶段", BY_REGISTER, TOWN),
    Row("towns.move_stage", "", "调整培育阶段", BY_REGISTER),
    Row("town-rename", "GET POST", "专业镇更名", BY_REGISTER, TOWN),
    Row("towns.rename_town", "", "专业镇更名", BY_REGISTER),
    Row("town-merge", "GET POST", "合并专业镇", BY_REGISTER, TOWN),
    Row("towns.merge_towns", "", "合并专业镇", BY_REGISTER),
    Row("town-split", "GET POST", "分设专业镇", BY_REGISTER, TOWN),
    Row("towns.split_town", "", "分设专业镇", BY_REGISTER),
    Row("town-strike-off", "GET POST", "退出培育库", BY_REGISTER, TOWN),
    Row("towns.strike_off_town", "", "退出培育库", BY_REGISTER),
    Row("paper-add", "GET POST", "添加专业镇文件", BY_REGISTER, TOWN),
    Row("towns.add_paper", "", "添加专业镇文件", BY_REGISTER),
    Row("paper-withdraw", "GET POST", "停用专业镇文件", BY_REGISTER, TOWN),
    Row("towns.withdraw_paper", "", "停用专业镇文件", BY_REGISTER),
)
# fmt: on
