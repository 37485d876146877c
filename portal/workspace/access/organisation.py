"""Rows of the access matrix: 机构和岗位."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BODY,
    BY_APPOINTER,
    BY_DIRECTOR,
    DESK,
    FILING_POST,
    GRANTING,
    MEMBER,
    Row,
)

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("offices", "GET", "机构列表", DESK),
    Row("office", "GET", "查看领导小组办公室", BODY),
    Row("office:unit", "GET", "查看成员单位", MEMBER),
    Row("office-leading-group", "GET", "领导小组名册", BODY),
    Row("office-leading-group-export", "POST", "导出领导小组名册", BODY),
    Row("unit-new", "GET POST", "增设成员单位、填报单位", BY_APPOINTER, BODY),
    Row("core.add_unit", "", "增设成员单位、填报单位", BY_APPOINTER),
    Row("office-rename", "GET POST", "机构更名", BY_APPOINTER, BODY),
    Row("core.rename_office", "", "机构更名", BY_APPOINTER),
    Row("office-merge", "GET POST", "合并单位", BY_APPOINTER, BODY),
    Row("core.merge_offices", "", "合并单位", BY_APPOINTER),
    Row("office-split", "GET POST", "拆分单位", BY_APPOINTER, MEMBER),
    Row("core.split_office", "", "拆分单位", BY_APPOINTER),
    Row("office-close", "GET POST", "撤销单位", BY_APPOINTER, MEMBER),
    Row("core.close_office", "", "撤销单位", BY_APPOINTER),
    Row("post", "GET", "查看填报单位的岗位", FILING_POST),
    Row("post-new", "GET POST", "设立岗位", BY_APPOINTER, BODY),
    Row("core.create_post", "", "设立岗位", BY_APPOINTER),
    Row("post-close", "GET POST", "撤销岗位", BY_APPOINTER, FILING_POST),
    Row("core.close_post", "", "撤销岗位", BY_APPOINTER),
    Row("post-appoint", "GET POST", "任命", BY_APPOINTER, FILING_POST),
    Row("core.appoint", "", "任命", BY_APPOINTER),
    Row("post-succeed", "GET POST", "接任", BY_APPOINTER, FILING_POST),
    Row("core.succeed", "", "接任", BY_APPOINTER),
    Row("appointment-end", "GET POST", "卸任", BY_APPOINTER, BODY),
    Row("core.end_appointment", "", "卸任", BY_APPOINTER),
    Row("appointment-revoke", "GET POST", "撤销任职登记", BY_APPOINTER, BODY),
    Row("core.revoke_appointment", "", "撤销任职登记", BY_APPOINTER),
    Row("appointment-leave", "GET POST", "登记请假、离岗", BY_APPOINTER, BODY),
    Row("core.record_leave", "", "登记请假、离岗", BY_APPOINTER),
    Row("leave-end", "GET POST", "销假", BY_APPOINTER, BODY),
    Row("core.end_leave", "", "销假", BY_APPOINTER),
    Row("post-deputy", "GET POST", "安排代理", BY_APPOINTER, FILING_POST),
    Row("core.deputise", "", "安排代理", BY_APPOINTER),
    Row("deputy-end", "GET POST", "终止代理", BY_APPOINTER, BODY),
    Row("core.end_deputy", "", "终止代理", BY_APPOINTER),
    Row("town-grant", "GET POST", "授权填报", BY_DIRECTOR, FILING_POST),
    Row("towns.grant_town", "", "授权填报", BY_DIRECTOR),
    Row("town-grant-revoke", "GET POST", "撤销填报授权", BY_DIRECTOR, GRANTING),
    Row("towns.revoke_town_grant", "", "撤销填报授权", BY_DIRECTOR),
)
# fmt: on
