"""What every page needs: the actor, the menu by task, the person's other posts."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from portal.core.accounts.fences import password_expired, password_warning
from portal.core.actor import Actor
from portal.core.models import User
from portal.core.models.notifications import is_told
from portal.core.queries import unread_notifications, unread_words
from portal.core.web import office_url, seats_of_request
from portal.workspace.menu import menu_for


def portal_context(request: HttpRequest) -> dict[str, Any]:
    """Context of the base template. No query beyond the appointments already fetched, and one of
    the unread notifications, asked for by pages that have a head."""
    actor: Actor | None = getattr(request, "actor", None)
    context: dict[str, Any] = {
        "portal_name": settings.PORTAL_NAME,
        "portal_demo": settings.PORTAL_DEMO,
        "actor": actor,
        "menu": [],
        "my_posts": [],
        **_account(request),
    }
    if actor is None or actor.office is None or actor.post is None:
        return context
    # Pages without a head of the workspace, such as 404, ask for neither.
    context["menu"] = SimpleLazyObject(partial(menu_for, actor, request.path))
    context["my_posts"] = SimpleLazyObject(partial(_posts, request, actor))
    context["home_url"] = office_url(actor, "workspace")
    if is_told(actor):
        context["notices_url"] = office_url(actor, "notifications")
        counted = vars(actor.post).get("unread")  # not for deputies
        context["unread_notices"] = (
            partial(unread_notifications, actor) if counted is None else unread_words(counted)
        )
    return context


def _posts(request: HttpRequest, actor: Actor) -> list[dict[str, Any]]:
    """The person's posts, with the address that leads to each."""
    return [
        {
            "label": f"{seat.office} · {seat.post_label}",
            "title": _title(seat),
            "url": office_url(seat, "workspace"),
            "current": seat.post == actor.post,
        }
        for seat in seats_of_request(request)
    ]


def _account(request: HttpRequest) -> dict[str, Any]:
    """What the header says of a signed-in person's account; no query."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {}
    expired = password_expired(user)
    return {
        "idle_minutes": settings.PORTAL_IDLE_MINUTES,
        "password_days_left": None if expired else password_warning(user),
    }


def _title(seat: Actor) -> str:
    """The title of a post where it says more than its kind."""
    if seat.post is None or seat.kind is None or seat.post.title == seat.kind.label:
        return ""
    return seat.post.title
