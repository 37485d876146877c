"""Who keeps the ledger of honours."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from towns.honour_queries import holders_towns
from towns.models import Honour


def may_keep_honour(actor: Actor, honour: Honour) -> Verdict:
    """The filer of a town that has the honour, or of which the enterprise is or was a member."""
    if not actor.can(Can.FILL):
        return refuse("荣誉、标准和品牌由该专业镇的填报人登记和修改。")
    town = holders_towns(actor, honour).first()
    if town is None:
        return refuse(f"{honour.holder.name}不在授权给您填报的专业镇中，不能修改它的荣誉。")
    if not town.is_standing:
        return refuse(f"{town.name}已撤并或退出，它的荣誉只供查阅，不能修改。")
    return ALLOWED
