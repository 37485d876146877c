"""Accounts locked after failed sign-ins: who is locked until when, the page that says so, lifting.

axes counts failures by the name that was typed, whether or not an account bears it, so that a lock
says nothing about who has an account.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from portal.core.models import User


def locks_of(users: Iterable[User]) -> dict[int, datetime]:
    """Until when each locked account of these is locked, by primary key; two queries at most."""
    by_name = {user.username: user.pk for user in users}
    return {by_name[name]: until for name, until in _locked(by_name).items()}


def locked_until(username: str) -> datetime | None:
    """Until when a name is locked, or None."""
    return _locked([username]).get(username)


def lift(user: User) -> bool:
    """Let the account sign in again at once; whether there was anything to lift."""
    return AxesProxyHandler.reset_attempts(username=user.username) > 0


def is_locked(request: HttpRequest, user: User) -> bool:
    """Whether the account may not try at this moment."""
    return not AxesProxyHandler.is_allowed(request, {"username": user.username})


def count_failure(request: HttpRequest, user: User) -> None:
    """Count a wrong code like a wrong password."""
    user_login_failed.send(
        sender=__name__,
        credentials={"username": user.username, "factor": "code"},
        request=request,
    )


def locked_page(
    request: HttpRequest, response: HttpResponse | None, credentials: Mapping[str, Any] | None
) -> HttpResponse:
    """The answer to whoever tries a locked name."""
    username = str((credentials or {}).get("username", ""))
    until = locked_until(username) or timezone.now() + settings.AXES_COOLOFF_TIME
    minutes = -(-settings.AXES_COOLOFF_TIME // timedelta(minutes=1))
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "账号已锁定，请稍后再试。"}, status=429)
    return render(
        request,
        "account/locked.html",
        {"until": until, "limit": settings.AXES_FAILURE_LIMIT, "minutes": minutes},
        status=429,
    )


def _locked(names: Iterable[str]) -> dict[str, datetime]:
    """A name is locked while the failures of the last minutes reach the limit."""
    cooloff: timedelta = settings.AXES_COOLOFF_TIME
    rows = AccessAttempt.objects.filter(
        username__in=list(names), attempt_time__gte=timezone.now() - cooloff
    ).order_by("attempt_time")
    attempts: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for name, at, failures in rows.values_list("username", "attempt_time", "failures_since_start"):
        attempts[name].append((at, failures))
    found: dict[str, datetime] = {}
    for name, mine in attempts.items():
        left = sum(failures for _, failures in mine)
        for at, failures in mine:
            if left < settings.AXES_FAILURE_LIMIT:
                break
            found[name] = at + cooloff
            left -= failures
    return found
