"""Who may remind the towns of a round."""

from __future__ import annotations

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from towns.models import Round


def may_remind_towns(actor: Actor, call: Round) -> Verdict:
    """Offices of the round, and those above or below it for the towns of their own region."""
    if actor.scope is None or not actor.can(Can.HANDLE):
        return refuse("提醒申报由领导小组办公室主任、副主任、经办、审核办理。")
    if call.trial:
        return refuse("批次正在试运行，只有设立机构知道，不提醒填报单位。")
    now = clock.now()
    if now < call.opening:
        return refuse(f"“{call.title}”尚未开始受理申报，开始后才能提醒。")
    running = call.extensions.filter(revoked_at__isnull=True, until__gte=now)
    if call.open_at(now) or running.exists():
        return ALLOWED
    return refuse(f"“{call.title}”已截止，不再提醒。")
