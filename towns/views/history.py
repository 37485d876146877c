"""The history of a town: its names, its stages, what was changed, and who did what."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse

from portal.core import clock
from portal.core.ledger import chain_of
from portal.core.models import LedgerEntry
from towns.forms.register import DayForm
from towns.models import Certification, Membership
from towns.register_queries import name_on, stage_on, stood_on
from towns.tables import town_page
from towns.views.pages import TownTab

ENTRIES_SHOWN = 50


class TownHistoryView(TownTab):
    """Names, stages, changes, the town as at a day, and the entries of its chain."""

    tab = "town-history"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page; ``?on=`` asks for the town as at a day."""
        town = self.town
        form = DayForm(request.GET)
        day = form.cleaned_data.get("on") if form.is_valid() else None
        entries = (
            LedgerEntry.objects.visible_to(self.actor)
            .filter(chain=chain_of(town))
            .select_related("post")
            .order_by("-seq")[: ENTRIES_SHOWN + 1]
        )
        found = list(entries)
        return self.show(
            "towns/town_history.html",
            {
                "form": form,
                "day": day,
                "as_at": self._as_at(day) if day else [],
                "name_columns": town_page.NAME_COLUMNS,
                "names": town_page.name_rows(town),
                "stage_columns": town_page.STAGE_COLUMNS,
                "stages": town_page.stage_rows(town.stage_moves.all()),
                "changes": town_page.change_entries(town.changes.all()),
                "entries": town_page.ledger_entries(found[:ENTRIES_SHOWN], self.actor),
                "more": len(found) > ENTRIES_SHOWN,
                "most": ENTRIES_SHOWN,
                "ledger_url": self.url("ledger"),
            },
        )

    def _as_at(self, day: date) -> list[dict[str, Any]]:
        """What the register says of a day."""
        town = self.town
        move = stage_on(town, day)
        members = Membership.objects.visible_to(self.actor).on(day).filter(town=town).count()
        certified = [
            row.get_level_display()
            for row in Certification.objects.visible_to(self.actor).filter(
                town=town, valid_from__lte=day
            )
            # One that was revoked was valid until the day of its revocation.
            if (row.valid_to is None or row.valid_to >= day)
            and (row.state == "valid" or (row.valid_to is not None and row.valid_to > day))
        ]
        return [
            {"label": "名称", "value": name_on(town, day)},
            {"label": "是否在册", "value": "在册" if stood_on(town, day) else "不在册"},
            {"label": "培育阶段", "value": move.get_stage_display() if move else "尚未入库"},
            {"label": "企业", "value": f"{members} 家"},
            {"label": "有效认定", "value": "、".join(certified) or "无"},
            {"label": "查询日期", "value": str(min(day, clock.today()))},
        ]
