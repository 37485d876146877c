"""What every page needs: the actor, the menu by task, the person's other posts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from portal.core.actor import Actor
from portal.core.constants import POST_KINDS
from portal.core.web import appointments_of, office_url
from portal.workspace.menu import menu_for


def portal_context(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template; makes no query beyond the appointments already fetched."""
    actor: Actor | None = getattr(request, "actor", None)
    context: dict[str, Any] = {
        "portal_name": settings.PORTAL_NAME,
        "portal_demo": settings.PORTAL_DEMO,
        "actor": actor,
        "menu": [],
        "my_posts": [],
    }
    if actor is None or actor.office is None or actor.post is None:
        return context
    context["menu"] = menu_for(actor, request.path)
    context["my_posts"] = [
        {
            "label": f"{a.post.office.name} · {POST_KINDS[a.post.kind].label}",
            "url": f"/o/{a.post.office.slug}/?post={a.post_id}",
            "current": a.post_id == actor.post.pk,
        }
        for a in appointments_of(request)
    ]
    context["home_url"] = office_url(actor, "workspace")
    return context
