"""When a request began to arrive, as the proxy in front of the portal says.

The proxy takes in a whole request before it hands it on, and the request may then wait for a free
worker. It says when it handed on (``X-Request-Msec``, seconds since 1970) and how long the request
had been coming in until then (``X-Request-Took``); it replaces whatever a visitor sent by these
names. Believed only where ``PORTAL_ARRIVAL_FROM_PROXY`` says that such a proxy is there.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

# No more than this is believed: a clock that is off gives nobody more.
FURTHEST = timedelta(minutes=2)
_SECONDS = re.compile(r"\d{1,11}(\.\d{1,6})?", re.ASCII)


def arrived_at(request: HttpRequest) -> datetime:
    """The moment at which the request began to arrive; now where nobody says it credibly."""
    now = timezone.now()
    if not settings.PORTAL_ARRIVAL_FROM_PROXY:
        return now
    handed = str(request.META.get("HTTP_X_REQUEST_MSEC", ""))
    took = str(request.META.get("HTTP_X_REQUEST_TOOK", ""))
    if not (_SECONDS.fullmatch(handed) and _SECONDS.fullmatch(took)):
        return now
    begun = datetime.fromtimestamp(max(float(handed) - float(took), 0.0), UTC)
    return min(max(begun, now - FURTHEST), now)
