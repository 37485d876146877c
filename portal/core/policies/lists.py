"""Who may take a list out as a file, and who may remove a saved view."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import POST_KINDS, Can
from portal.core.errors import ALLOWED, Verdict, refuse
from portal.core.models import SavedView


def may_export_list(actor: Actor) -> Verdict:
    """Posts of a leading-group office that may take lists out, and filers what they keep."""
    if not (actor.can(Can.EXPORT) or actor.can(Can.FILL)):
        return refuse("列表由领导小组办公室和填报人导出，您的岗位可以在页面查阅。")
    return ALLOWED


def may_save_view(actor: Actor) -> Verdict:
    """Posts that work with lists; the three administrators keep none."""
    if actor.post is None or POST_KINDS[actor.post.kind].exclusive:
        return refuse("视图由办理业务的岗位保存，管理员、审计员岗位没有业务列表。")
    return ALLOWED


def may_delete_view(actor: Actor, view: SavedView) -> Verdict:
    """The post that saved it."""
    if actor.post is None or view.post_id != actor.post.pk:
        return refuse(f"“{view.name}”由保存它的岗位删除，您可以另存自己的视图。")
    return ALLOWED
