"""Who keeps the working calendar (工作日历): one calendar for the whole platform."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse


def may_keep_calendar(actor: Actor) -> Verdict:
    """The leading-group office of the region that has none above it, by who publishes there."""
    if actor.office is None or actor.level is None or not actor.can(Can.PUBLISH):
        return refuse("工作日历由最高一级领导小组办公室的主任、副主任或经办岗位维护。")
    if actor.office.region.parent_id is not None:
        return refuse("工作日历全平台共用，由最高一级领导小组办公室维护；有误请向其反映。")
    return ALLOWED
