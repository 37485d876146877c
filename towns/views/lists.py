"""The lists of the registers."""

from __future__ import annotations

from typing import Any

from portal.core.listing import Listing
from portal.core.listing.views import ListView
from towns.lists import ENTERPRISES, TOWNS
from towns.policies import may_register


class TownListView(ListView):
    """Towns of the acting office's region, or those a filing unit was given."""

    spec = TOWNS
    template = "towns/list.html"

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """Who registers towns; what to do where there is nothing: a filer waits for a grant."""
        if self.actor.scope is not None or listing.conditions():
            return {"may_register": may_register(self.actor).ok}
        return {
            "empty_title": "没有授权给您的专业镇",
            "empty_text": "填报授权由县级领导小组办公室办理。",
        }


class EnterpriseListView(ListView):
    """Enterprises of the towns that the acting post sees, one row for each town."""

    spec = ENTERPRISES
