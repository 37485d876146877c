"""Rows of the access matrix: 工作台."""

from __future__ import annotations

from portal.workspace.access.kinds import DESK, INSIDE, LAW, TOLD, Row

# fmt: off
ROWS: tuple[Row, ...] = (
    Row("workspace", "GET", "工作台", DESK),
    Row("criteria", "GET", "认定标准列表", DESK),
    Row("criteria-set", "GET", "认定标准", LAW),
    Row("criteria-trial", "GET", "试评一个专业镇", LAW),
    Row("policies", "GET", "政策列表", DESK),
    Row("policy", "GET", "政策条款", LAW),
    Row("notifications", "GET", "通知列表", DESK),
    Row("notifications", "POST", "标为已读", TOLD),
    Row("notification-open", "GET", "打开通知", INSIDE),
    Row("calendar", "GET", "工作日历", DESK),
    Row("calendar", "POST", "录入、删除工作日历的一天", (), DESK),
    Row("calendar-year", "GET POST", "录入全年放假安排", (), DESK),
    Row("core.set_calendar_day", "", "录入工作日历的一天"),
    Row("core.clear_calendar_day", "", "删除工作日历的一天"),
    Row("core.set_calendar_year", "", "录入全年放假安排"),
    Row("core.mark_read", "", "标为已读", INSIDE),
    Row("jobs", "GET", "我的任务列表", DESK),
    Row("job", "GET POST", "我的任务、重新执行", DESK),
    Row("job-progress", "GET", "我的任务进度", DESK),
    Row("job-file", "GET", "下载我的任务的结果", DESK),
)
# fmt: on
