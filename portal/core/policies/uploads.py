"""Who may send files in pieces."""

from __future__ import annotations

from portal.core.actor import Actor
from portal.core.constants import POST_KINDS
from portal.core.errors import ALLOWED, Verdict, refuse


def may_upload(actor: Actor) -> Verdict:
    """Posts that handle or fill something; the three administrators change nothing by files."""
    if actor.post is None:
        return refuse("只有现任岗位可以上传文件。请从本机构的工作台进入。")
    kind = POST_KINDS[actor.post.kind]
    if kind.exclusive:
        return refuse(f"{kind.label}不办理业务，不能上传材料。请由填报人或经办上传。")
    return ALLOWED
