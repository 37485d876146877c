"""The base of the read-only API: the same fence as the pages, keyset pages, JSON only."""

from __future__ import annotations

from typing import Any

from django.db import models
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from portal.core.accounts.fences import refusal
from portal.core.actor import PUBLIC, Actor
from portal.core.limits import PublicReads
from portal.core.paging import paginate
from portal.core.stream import observe
from portal.core.web import name_of, resolve_actor


def keyset_response(
    request: Request, rows: models.QuerySet[Any], serializer: type[BaseSerializer[Any]]
) -> Response:
    """One page of rows, newest first, with the addresses of its neighbours."""
    page = paginate(rows, request._request.GET)

    def address(query: str | None) -> str | None:
        return request.build_absolute_uri(f"{request.path}{query}") if query else None

    return Response(
        {
            "count": page.count,
            "count_capped": page.capped,
            "next": address(page.next_url),
            "previous": address(page.previous_url),
            "results": serializer(page.items, many=True).data,
        }
    )


class OfficeAPIView(APIView):
    """Reads of an office; ``self.actor`` is who asks. 404 without a post there."""

    actor: Actor
    http_method_names = ["get", "head", "options"]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Sign-in first, then the actor."""
        super().initial(request, *args, **kwargs)
        self.actor = resolve_actor(request._request, kwargs["office"])
        reason = refusal(request._request, self.actor)
        if reason:
            raise PermissionDenied(reason)

    def viewed(self, what: models.Model) -> None:
        """Note in the stream what was read."""
        observe(self.actor, "view", subject=name_of(what), path=self.request.path)


class PublicAPIView(APIView):
    """Reads for everybody; they start from ``visible_to(PUBLIC)``."""

    actor = PUBLIC
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (PublicReads,)
    http_method_names = ["get", "head", "options"]
