"""Who may change what is known of an enterprise itself."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse
from towns.models import Enterprise, Membership


def may_rename_enterprise(actor: Actor, enterprise: Enterprise) -> Verdict:
    """The filer of any standing town that the enterprise is part of today."""
    if not actor.can(Can.FILL):
        return refuse("企业更名由其所在专业镇的填报人办理。")
    seats = Membership.objects.visible_to(actor).on()
    if seats.filter(enterprise=enterprise, town__closed_on__isnull=True).exists():
        return ALLOWED
    return refuse(f"{enterprise.name}不在您填报的专业镇名单中，更名由其所在专业镇的填报人办理。")
