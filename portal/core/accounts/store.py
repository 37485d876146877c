"""Sessions in the database, as Django keeps them; finding one is cheaper.

Every request asks for its session, so its SQL is worked out once in a process.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from portal.core.prepared import Prepared


def _holding(key: str, now: datetime) -> QuerySet[Session]:
    """The session of a key, while it lasts."""
    return Session.objects.filter(session_key=key, expire_date__gt=now)


_FOUND = Prepared(_holding)


class SessionStore(db.SessionStore):
    """What ``SESSION_ENGINE`` names."""

    def _get_session_from_db(self) -> Session | None:
        """The row of the session; without one its key is forgotten, as Django does."""
        rows = _FOUND.rows(key=self.session_key or "", now=timezone.now())
        if not rows:
            self._session_key = None
            return None
        return rows[0]
