"""What holds for every request of a signed-in person: idle sign-out, age, a password in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from portal.core.accounts import fences, kept, sessions
from portal.core.models import User

# Pages that refresh themselves, or only ask how long is left, do not show that a person is there.
UNATTENDED = {"job-progress", "session-left", "healthz", "application-presence"}
# What remains open to an account whose password has expired.
WITHOUT_PASSWORD = {"account_change_password", "logout", "session-left", "session-stay", "healthz"}
EXPIRED_KEY = "password_expired"


class SignedInMiddleware:
    """Ends what has lasted too long, and lets an expired password do nothing but be changed.

    The checks run when the view is known and the request has passed the CSRF check, so that what a
    person typed can be kept and no other site can plant anything.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing to do before the view is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """Sign out, lead to the change of the password, or note that the person is there."""
        user = request.user
        if not isinstance(user, User):
            return None
        name = request.resolver_match.view_name if request.resolver_match else ""
        why = _ended(request)
        if why:
            return _sign_out(request, user, name, why)
        if name not in UNATTENDED:
            sessions.touch(request)
        if fences.password_expired(user) and name not in WITHOUT_PASSWORD:
            if request.path.startswith("/api/"):
                return JsonResponse({"detail": fences.EXPIRED}, status=403)
            return redirect("account_change_password")
        return None


def _ended(request: HttpRequest) -> str:
    if sessions.idle_seconds(request) >= settings.PORTAL_IDLE_MINUTES * 60:
        return f"您已超过 {settings.PORTAL_IDLE_MINUTES} 分钟没有操作，系统已自动退出，请重新登录。"
    if sessions.age_seconds(request) >= settings.PORTAL_SESSION_HOURS * 3600:
        return f"本次登录已满 {settings.PORTAL_SESSION_HOURS} 小时，请重新登录。"
    return ""


def _sign_out(request: HttpRequest, user: User, name: str, why: str) -> HttpResponseBase | None:
    back = request.get_full_path()
    logout(request)
    request.seats = []  # type: ignore[attr-defined]
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": why}, status=403)
    if name in UNATTENDED | {"session-stay", "logout"}:
        return None
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"detail": why}, status=401)
    if request.method == "POST":
        if kept.keep(request, kept.IDLE, user):
            why += "刚才填写的内容已暂存，登录后可以继续提交。"
        back = reverse("kept")
    messages.warning(request, why)
    return redirect(f"{reverse('login')}?{urlencode({'next': back})}")
