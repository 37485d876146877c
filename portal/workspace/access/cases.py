"""Rows of the access matrix: 办件; 会议、公示、公文、名单."""

from __future__ import annotations

from portal.workspace.access.kinds import (
    BY_HANDLER,
    BY_PUBLISHER,
    BY_SUBMITTER,
    CASE,
    DESK,
    EVIDENCE,
    EXPERT,
    INSIDE,
    OFFICE,
    OWN,
    Row,
)

# fmt: off
CASES: tuple[Row, ...] = (
    Row("cases", "GET", "办件列表", DESK),
    Row("api-cases", "GET", "办件列表（接口）", DESK),
    Row("case", "GET", "查看办件", CASE),
    Row("case-explanation", "GET", "评定说明", CASE),
    Row("api-case", "GET", "查看办件（接口）", CASE),
    Row("case-evidence-file", "GET", "下载已提交的佐证材料", EVIDENCE),
    Row("case-decide", "GET", "回到办件页", CASE),
    Row("case-decide", "POST", "受理、审核、推荐、退回", BY_HANDLER, CASE),
    Row("reviews.decide_step", "", "受理、审核、推荐、退回", BY_HANDLER),
    Row("case-experts", "GET POST", "指派专家", BY_HANDLER, CASE),
    Row("reviews.assign_experts", "", "指派专家", BY_HANDLER),
    Row("sheet", "GET POST", "填写评分表", ((EXPERT, OWN),)),
    Row("reviews.save_scores", "", "保存、提交评分", ((EXPERT, OWN),)),
    Row("case-reverse", "GET POST", "撤销办理结果", BY_HANDLER, CASE),
    Row("reviews.reverse_step", "", "撤销办理结果", BY_HANDLER),
    Row("chains", "GET", "评审流程", DESK),
    Row("case-withdraw", "GET POST", "撤回申报", BY_SUBMITTER, CASE),
    Row("reviews.withdraw_application", "", "撤回申报", BY_SUBMITTER),
)
OUTCOMES: tuple[Row, ...] = (
    Row("meetings", "GET", "会议列表", DESK),
    Row("meeting-new", "GET POST", "安排会议", BY_PUBLISHER, DESK),
    Row("reviews.convene_meeting", "", "安排会议", BY_PUBLISHER),
    Row("meeting", "GET", "查看会议", INSIDE),
    Row("meeting", "POST", "录入会议结果", BY_PUBLISHER, INSIDE),
    Row("reviews.record_meeting", "", "录入会议结果", BY_PUBLISHER),
    Row("notices", "GET", "公示列表", DESK),
    Row("notice-new", "GET POST", "发布公示", BY_PUBLISHER, DESK),
    Row("reviews.publish_notice", "", "发布公示", BY_PUBLISHER),
    Row("notice", "GET", "查看公示办理情况", INSIDE),
    Row("notice", "POST", "公示办结", BY_PUBLISHER, INSIDE),
    Row("reviews.close_notice", "", "公示办结", BY_PUBLISHER),
    Row("roster", "GET", "认定名单", DESK),
    Row("api-roster", "GET", "认定名单（接口）", DESK),
    Row("roster-export", "POST", "导出认定名单", ((OFFICE, OWN),), DESK),
)
# fmt: on
