"""The pages of one town side by side: a table of tabs, and what each of them begins with."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from portal.core.web import OfficeView
from towns.models import Town
from towns.policies import may_maintain_town
from towns.tables.registers import stage_tag

# URL name -> label, in the order they stand on the page.
TABS: tuple[tuple[str, str], ...] = (
    ("town", "概况"),
    ("town-enterprises", "企业"),
    ("town-honours", "荣誉品牌"),
    ("town-data", "年度数据"),
    ("town-services", "公共服务"),
    ("town-filings", "申报与认定"),
    ("town-gap", "梯次培育"),
    ("town-papers", "文件"),
    ("town-history", "历史"),
)


class TownTab(OfficeView):
    """One page of a town; ``tab`` is its URL name. Whoever sees the town sees all its pages."""

    tab = "town"

    @cached_property
    def town(self) -> Town:
        """The town, if the actor sees it."""
        rows = Town.objects.visible_to(self.actor).select_related(
            "county__parent__parent", "successor"
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def editable(self) -> bool:
        """Whether the acting post keeps this town's registers."""
        return may_maintain_town(self.actor, self.town).ok

    def show(self, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        """Render the page under its town, with the tabs; the reading is noted."""
        self.viewed(self.town)
        label = dict(TABS)[self.tab]
        home = self.url("town", self.town.pk)
        crumbs: list[tuple[str, str | None]] = [("专业镇", self.url("towns"))]
        if self.tab == "town":
            crumbs.append((self.town.name, None))
        else:
            crumbs += [(self.town.name, home), (label, None)]
        return self.page(
            template,
            {
                "breadcrumbs": crumbs,
                "town": self.town,
                "stage": stage_tag(self.town),
                "successor_url": self._successor_url(),
                "editable": self.editable,
                "tabs": [
                    {
                        "label": text,
                        "url": self.url(name, self.town.pk),
                        "active": name == self.tab,
                    }
                    for name, text in TABS
                ],
                **context,
            },
            status=status,
        )

    def _successor_url(self) -> str:
        """The town it went into, if the reader sees it."""
        into = self.town.successor_id
        if into is None or not Town.objects.visible_to(self.actor).filter(pk=into).exists():
            return ""
        return self.url("town", into)
