"""Who reads the stream and takes the ledger out: which rule refuses, and who could instead."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import Can
from portal.core.errors import ALLOWED, Verdict, refuse


def may_audit(actor: Actor) -> Verdict:
    """The stream and the anchors are read by auditors."""
    if not actor.can(Can.AUDIT):
        return refuse("访问记录和日锚由审计员查阅。需要核查的，请联系本级审计员。")
    return ALLOWED


def may_export_ledger(actor: Actor) -> Verdict:
    """Auditors, and posts of an office that may take lists out: each its own view of the ledger."""
    if not (actor.can(Can.AUDIT) or actor.can(Can.EXPORT)):
        return refuse("台账由审计员或领导小组办公室导出，您的岗位可以在页面查阅本岗位的办理记录。")
    return ALLOWED


def may_read_matrix(actor: Actor) -> Verdict:
    """The access matrix is read by the three who keep, secure and audit."""
    if not (actor.can(Can.AUDIT) or actor.can(Can.ADMINISTER) or actor.can(Can.SECURE)):
        return refuse("权限总表由系统管理员、安全管理员和审计员查阅。请联系本级系统管理员。")
    return ALLOWED
