"""Who may try out a criteria set on the towns (模拟)."""

from __future__ import annotations

from criteria.models import CriteriaSet
from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse


def may_simulate(actor: Actor, criteria_set: CriteriaSet) -> Verdict:
    """An office that drafts criteria, with any set it sees that concerns towns of its own region.

    Rows are always the towns and applications that the office sees itself. A set that is withdrawn
    from a later day is law until then.
    """
    if actor.scope is None or actor.level is None or not actor.can(Can.AUTHOR):
        return refuse("模拟由领导小组办公室的经办、主任、副主任办理，其他岗位可以查看结果。")
    region = criteria_set.region
    if actor.office is None or (
        region.code not in actor.scope and actor.office.region.code not in region.scope
    ):
        return refuse(f"“{criteria_set.title}”适用于{region.name}，与本辖区的专业镇无关。")
    gone = criteria_set.withdrawn_on
    if gone is not None and gone <= clock.today():
        return refuse("该标准已撤回，不再模拟。可复制为新版本后模拟。")
    return ALLOWED
