"""受理回执: what was submitted, where it lies now and what follows; for the page and the paper."""

from __future__ import annotations

from typing import Any

from portal.core.constants import UNSTATED
from portal.core.formatting import cn_date, iso_datetime
from reviews.models import Case
from towns.models import Application

Item = dict[str, Any]


def receipt_items(application: Application, case: Case) -> list[Item]:
    """What was submitted, when, and where it lies now."""
    rows: list[Item] = [
        {"label": "专业镇", "value": case.town_name},
        {"label": "申报批次", "value": case.round.title},
        {"label": "提交时间", "value": iso_datetime(application.submitted_at)},
        {"label": "提交人", "value": application.submitter},
        {"label": "办理状态", "value": case.status_label},
    ]
    if case.state == "open":
        rows.append({"label": "办理机构", "value": case.office.name})
        due = cn_date(case.due_on) if case.due_on else UNSTATED
        rows.append({"label": "办理期限", "value": due})
    rows.append({"label": "材料校验码", "value": f"{application.snapshot_sha256[:16]}…"})
    return rows


def next_steps(case: Case) -> list[str]:
    """What happens now, and where to look."""
    if case.state == "returned":
        return ["申报已退回补正，请填报人按补正意见修改后重新送提交人提交。"]
    if case.state == "closed":
        return [f"办件已办结：{case.status_label}。"]
    until = f"期限 {cn_date(case.due_on)}" if case.due_on else f"办理时限{UNSTATED}"
    return [
        f"现由{case.office.name}办理“{case.current.name}”，{until}。",
        "需要补正的，会退回并写明意见，请留意工作台；补正后重新提交，受理编号不变。",
        "进入会议审定前，提交人可以撤回申报。",
    ]
