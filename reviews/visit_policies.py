"""Who plans, records and cancels an on-site visit."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from reviews.models import Case, Visit
from reviews.policies import may_review


def may_visit(actor: Actor, case: Case) -> Verdict:
    """The office that handles the case, in any of its steps (实地抽查 is no step of its own)."""
    if case.state != "open":
        return refuse(f"办件{case.status_label}，不再安排现场核查。")
    if actor.office is None or actor.office.pk != case.office_id:
        return refuse(f"现场核查由正在办理的{case.office.name}安排。")
    if not actor.can(Can.HANDLE):
        return refuse("现场核查由领导小组办公室主任、副主任、经办或审核岗位办理。")
    return may_review(actor, case)


def may_record_visit(actor: Actor, visit: Visit) -> Verdict:
    """The same office, until the step in which it was planned is finished."""
    if visit.state == "cancelled":
        return refuse("这次现场核查已取消。")
    if visit.run.finished_at is not None:
        return refuse(f"“{visit.run.get_step_display()}”环节已经结束，核查记录不再修改。")
    return may_visit(actor, visit.case)


def may_print_visit(actor: Actor, visit: Visit) -> Verdict:
    """Whoever sees the visit, once it was made."""
    if visit.state != "done":
        return refuse("现场核查还没有登记完成，不能制作核查记录。")
    return ALLOWED
