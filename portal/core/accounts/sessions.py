"""Where a person is signed in: sessions are listed, and ended one by one or all at once."""

from __future__ import annotations

import time

from allauth.usersessions.models import UserSession
from django.http import HttpRequest
from django.utils import timezone

from portal.core.models import User

SEEN = "seen_at"
SINCE = "signed_in_at"
EVERY = 60  # seconds; an active person costs one write a minute


def sessions_of(user: User) -> list[UserSession]:
    """The person's sessions that still hold, the latest seen first."""
    rows: list[UserSession] = UserSession.objects.purge_and_list(user)
    return sorted(rows, key=lambda row: row.last_seen_at, reverse=True)


def end_sessions(user: User, *, keep: str | None = None) -> int:
    """End every session of the person, except the one with the key ``keep``; how many there were.

    A request with an ended session is an anonymous one.
    """
    rows = UserSession.objects.filter(user=user).exclude(session_key=keep or "")
    count = 0
    for row in rows:
        row.end()
        count += 1
    return count


def start(request: HttpRequest) -> None:
    """Remember when the session began."""
    request.session[SINCE] = request.session[SEEN] = int(time.time())


def touch(request: HttpRequest) -> None:
    """Remember that the person is there, at most once a minute."""
    now = int(time.time())
    request.session.setdefault(SINCE, now)
    if now - int(request.session.get(SEEN, 0)) >= EVERY:
        request.session[SEEN] = now
        UserSession.objects.filter(session_key=request.session.session_key).update(
            last_seen_at=timezone.now()
        )


def idle_seconds(request: HttpRequest) -> int:
    """How long ago the person was last seen."""
    return int(time.time()) - int(request.session.get(SEEN, time.time()))


def age_seconds(request: HttpRequest) -> int:
    """How long the session has lasted."""
    return int(time.time()) - int(request.session.get(SINCE, time.time()))
