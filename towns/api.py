"""Read-only API of the roster, for an office and for everybody; filters are those of the pages."""

from __future__ import annotations

from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.actor import Actor
from portal.core.api import OfficeAPIView, PublicAPIView, keyset_response
from towns.exports import filter_roster
from towns.filters import RosterFilterForm
from towns.models import Certification
from towns.serializers import CertificationSerializer


def _roster(request: Request, actor: Actor) -> Response:
    form = RosterFilterForm(actor, request.query_params)
    chosen = form.chosen()
    rows = Certification.objects.none() if chosen is None else filter_roster(actor, chosen)
    return keyset_response(request, rows.select_related("document"), CertificationSerializer)


class OfficeRoster(OfficeAPIView):
    """Certifications of the acting post's region."""

    def get(self, request: Request, office: str) -> Response:
        """One keyset page."""
        return _roster(request, self.actor)


class PublicRoster(PublicAPIView):
    """Certifications whose document has been published."""

    def get(self, request: Request) -> Response:
        """One keyset page."""
        return _roster(request, self.actor)
