"""The list of rounds (批次). A round's own page shows its chain and lives in reviews."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from portal.core.paging import paginate
from portal.core.web import OfficeView
from towns.models import Round
from towns.models.rounds import RoundQuerySet
from towns.policies import may_open_round
from towns.tables import registers

TABS = (("", "全部"), ("open", "受理申报中"), ("coming", "未开始"), ("closed", "已截止"))


class RoundListView(OfficeView):
    """Calls that concern the acting office's region, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, by state."""
        rows = Round.objects.visible_to(self.actor)
        narrowed: dict[str, Callable[[], RoundQuerySet]] = {
            "open": rows.open,
            "coming": rows.coming,
            "closed": rows.closed,
        }
        state = request.GET.get("state", "")
        if state in narrowed:
            rows = narrowed[state]()
        page = paginate(rows.select_related("office__region"), request.GET, counted=rows)
        return self.page(
            "towns/rounds.html",
            {
                "breadcrumbs": [("申报批次", None)],
                "tabs": [
                    {
                        "label": label,
                        "url": self.url("rounds") + (f"&state={key}" if key else ""),
                        "active": key == (state if state in narrowed else ""),
                    }
                    for key, label in TABS
                ],
                "page": page,
                "columns": registers.ROUND_COLUMNS,
                "rows": registers.round_rows(page.items, self.actor),
                "may_open": may_open_round(self.actor).ok,
            },
        )
