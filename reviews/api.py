"""Read-only API of cases: the same scope as the pages."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response

from portal.core.api import OfficeAPIView, keyset_response
from reviews.models import Case
from reviews.models.cases import CASE_STATE_CHOICES
from reviews.policies import Reading, reading_of, sees_inside
from reviews.serializers import CaseSerializer, StepRunSerializer


class CaseList(OfficeAPIView):
    """Cases the acting post sees; ``?state=`` narrows."""

    def get(self, request: Request, office: str) -> Response:
        """One keyset page."""
        rows = Case.objects.visible_to(self.actor).select_related("round", "office")
        state = request.query_params.get("state", "")
        if state:
            known = state in dict(CASE_STATE_CHOICES)
            rows = rows.filter(state=state) if known else rows.none()
        return keyset_response(request, rows, CaseSerializer)


class CaseDetail(OfficeAPIView):
    """One case with its steps; experts and member units read no steps."""

    def get(self, request: Request, office: str, pk: int) -> Response:
        """The case, or 404 when it is out of scope."""
        case = get_object_or_404(
            Case.objects.visible_to(self.actor).select_related("round", "office"), pk=pk
        )
        self.viewed(case)
        hidden = reading_of(self.actor, case) == Reading.MATERIAL
        runs = [] if hidden else list(case.runs.select_related("office__region"))
        released = {
            run.pk
            for run in runs
            if case.chain.step(run.step).released
            or run.outcome in ("return", "reject")
            or sees_inside(self.actor, run)
        }
        steps = StepRunSerializer(runs, many=True, context={"released": released})
        return Response({**CaseSerializer(case).data, "steps": steps.data})
