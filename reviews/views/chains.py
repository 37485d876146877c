"""The chains of review, drawn for officials."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from portal.core.web import OfficeView
from reviews.tables.chains import STEP_COLUMNS, chain_parts


class ChainsView(OfficeView):
    """Every chain as the table of steps has it; cases keep the version they began with."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        return self.page(
            "reviews/chains.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("评审流程", None)],
                "parts": chain_parts(),
                "columns": STEP_COLUMNS,
            },
        )
