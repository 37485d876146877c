"""How often one address may ask: posts of visitors who are not signed in, and the public API.

The counts live in the cache, which all processes share. The proxy in front counts as well
(``portal/config/deploy/nginx.conf``); this limit holds without it.
"""

from __future__ import annotations

import math
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView


class AddressThrottle(SimpleRateThrottle):
    """So many requests from one address in a period; the rate is a setting."""

    def get_rate(self) -> str:
        """Asked on each request, so that a changed setting counts at once."""
        configured: Any = settings.REST_FRAMEWORK
        return str(configured["DEFAULT_THROTTLE_RATES"][self.scope])

    def get_cache_key(self, request: Request | HttpRequest, view: APIView | None) -> str:
        """One count for each address."""
        address = request.META.get("REMOTE_ADDR", "")
        return self.cache_format % {"scope": self.scope, "ident": address}


class VisitorPosts(AddressThrottle):
    """Sign-in, activation and every public form."""

    scope = "visitor_posts"


class FileComparisons(AddressThrottle):
    """Files that anybody may have compared with published ones: each costs a process."""

    scope = "file_comparisons"


class PublicReads(AddressThrottle):
    """Reads of the public API."""

    scope = "public_api"


def refuse_too_many(
    request: HttpRequest, throttle: AddressThrottle | None = None
) -> HttpResponse | None:
    """The page that says when to try again, or None while the address is within its limit."""
    throttle = throttle or VisitorPosts()
    # A plain request has what the throttle asks for: its address.
    if throttle.allow_request(request, None):  # type: ignore[arg-type]
        return None
    seconds = math.ceil(throttle.wait() or 60)
    answer = render(request, "429.html", {"seconds": seconds}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
