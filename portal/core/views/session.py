"""Signing in and out, and how long a session still lasts."""

from __future__ import annotations

from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib.auth.views import LogoutView
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from portal.core.accounts import kept, sessions
from portal.core.constants import POST_KINDS
from portal.core.models import Appointment, User

DEMO_ROWS = 40


class SignInView(LoginView):
    """The sign-in page; ``home`` then finds the person's workspace."""

    template_name = "account/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What surrounds the form: where to go afterwards, the demonstration's accounts."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        context["next"] = self.request.POST.get("next") or self.request.GET.get("next", "")
        context["demo_accounts"] = demo_accounts() if settings.PORTAL_DEMO else []
        context["provider"] = settings.PORTAL_OIDC
        return context


class SignOutView(LogoutView):
    """Signing out, by a form only; idle or not, one ends on the sign-in page."""

    http_method_names = ["post", "options"]


class SessionLeftView(View):
    """How many seconds the session still lasts, asked for by the page without prolonging it."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> JsonResponse:
        """The seconds; none for somebody who is not signed in."""
        if not request.user.is_authenticated:
            return JsonResponse({"seconds": 0})
        idle = settings.PORTAL_IDLE_MINUTES * 60 - sessions.idle_seconds(request)
        age = settings.PORTAL_SESSION_HOURS * 3600 - sessions.age_seconds(request)
        return JsonResponse({"seconds": max(0, min(idle, age))})


class SessionStayView(View):
    """继续使用: the session starts its idle time anew."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Prolong it; back to the page for those without a script."""
        if request.user.is_authenticated:
            request.session[sessions.SEEN] = 0
            sessions.touch(request)
        if "application/json" in request.headers.get("Accept", ""):
            return SessionLeftView().get(request)
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
        return redirect(back if safe else "home")


class KeptView(View):
    """What was typed before the person had to sign in again: send it, or let it go."""

    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Only for those signed in."""
        if not request.user.is_authenticated:
            return redirect(f"{reverse('login')}?next={reverse('kept')}")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show what a person wrote in it; choices and numbers are kept along."""
        form = kept.find(request)
        if form is None:
            return redirect("home")
        written = [value for _, value in form.fields if is_written(value)]
        rest = sum(bool(value.strip()) for _, value in form.fields) - len(written)
        return render(
            request, "account/kept.html", {"kept": form, "written": written, "rest": rest}
        )

    def post(self, request: HttpRequest) -> HttpResponse:
        """Let it go and return to the page."""
        form = kept.find(request)
        kept.drop(request)
        return redirect(form.path if form else "home")


def is_written(value: str) -> bool:
    """Whether a value was written by a person, and is not a choice, a number or a mark."""
    return any("\u4e00" <= sign <= "\u9fff" for sign in value) or len(value.split()) > 1


def demo_accounts() -> list[dict[str, str]]:
    """The demonstration's sign-ins with their posts: one of each kind, at the highest office."""
    held = Appointment.objects.in_force().filter(user__is_demo=True, user__is_active=True)
    first = held.values("post__kind", "post__office__region__kind").annotate(one=Min("pk"))
    rows = (
        Appointment.objects.filter(pk__in=[row["one"] for row in first])
        .select_related("user", "post__office__region")
        .order_by("post__office__region__code", "post_id")[:DEMO_ROWS]
    )
    return [
        {
            "username": row.user.username,
            "label": f"{row.post.office.name} {POST_KINDS[row.post.kind].label}",
        }
        for row in rows
        if isinstance(row.user, User)
    ]
