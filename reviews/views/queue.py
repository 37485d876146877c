"""The list of cases: the queue of the acting post, and everything it sees; the way through it."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.contrib import messages
from django.http import HttpRequest

from portal.core.listing import Listing
from portal.core.listing.views import ListView
from portal.core.web import OfficeView
from reviews import queries
from reviews.batching import BULKS, may_batch
from reviews.models import Case
from reviews.queue_list import (
    CASES,
    EVERY,
    LONGEST_PLACE,
    QUEUE,
    WAITING,
    case_url,
    neighbours,
    place_text,
)
from reviews.tables import cases as shown

Context = dict[str, Any]


def place_of(request: HttpRequest) -> str:
    """The place in the queue that a page or a form carries along; empty outside of the queue."""
    data = request.POST if request.method == "POST" else request.GET
    text = data.get(QUEUE, "")
    return text if len(text) <= LONGEST_PLACE else ""


def list_url(view: OfficeView, place: str) -> str:
    """The list that a place stands in."""
    return f"{view.url('cases')}&{place}" if place else view.url("cases")


def beside(view: OfficeView, case: Case) -> Context:
    """The neighbours of a case in the queue it was opened from, for its page and its forms."""
    place = place_of(view.request)
    before, after = neighbours(view.actor, case, place)
    return {
        QUEUE: place,
        "list_url": list_url(view, place),
        "previous_url": case_url(view.actor, before, place) if before else "",
        "next_url": case_url(view.actor, after, place) if after else "",
    }


class Onward:
    """Where a decision leads: to the next case of the queue it was opened from, or nowhere else.

    Made before the decision, while the case still has its place.
    """

    def __init__(self, view: OfficeView, case: Case) -> None:
        self.view, self.case, self.place = view, case, place_of(view.request)
        found = neighbours(view.actor, case, self.place) if self.place else (None, None)
        self.before, self.after = found

    def url(self) -> str:
        """The next case, else the one before, else the list; outside of a queue the case itself."""
        if not self.place:
            return self.view.url("case", self.case.pk)
        following = self.after or self.before
        if following is not None:
            return case_url(self.view.actor, following, self.place)
        messages.info(self.view.request, "这个列表中没有其他待办的办件了。")
        return list_url(self.view, self.place)


class CaseListView(ListView):
    """Cases: those that wait for the acting post, and all it sees."""

    spec = CASES
    template = "reviews/queue.html"

    @cached_property
    def waiting(self) -> bool:
        """Whether the queue is shown, not everything."""
        return queries.has_queue(self.actor) and self.request.GET.get("tab") != EVERY

    @cached_property
    def place(self) -> str:
        """What the links of the rows carry along."""
        return place_text(self.request.GET) if self.waiting else ""

    def row_marks(self, row: Case) -> Context:
        """What the check box of a row says."""
        return {"id": row.pk, "label": row.town_name}

    def row_actions(self, row: Case) -> list[dict[str, str]]:
        """Open the case."""
        verb = "办理" if self.waiting else "查看"
        url = case_url(self.actor, row.pk, self.place)
        return [{"text": verb, "url": url, "label": f"{verb} {row.town_name}"}]

    def more(self, listing: Listing[Any]) -> Context:
        """The tabs, the batch bar, and what an empty list says."""
        base, tab = self.url("cases"), WAITING if self.waiting else EVERY
        here = f"{base}&tab={tab}"
        narrowed = [name for name, _ in listing.conditions() if name != "tab"]
        return {
            "breadcrumbs": [("工作台", self.url("workspace")), ("办件", None)],
            "tabs": self.tabs(tab),
            "waiting": self.waiting,
            "clear_url": listing.address(here, conditions=False) if narrowed else "",
            "order_words": listing.order_words(),
            "batch": self.batch(),
            QUEUE: self.place,
            "empty_title": "没有待办办件" if self.waiting else "没有符合条件的办件",
            "empty_text": shown.empty_text(self.actor, waiting=self.waiting),
            "all_url": f"{base}&tab={EVERY}",
        }

    def tabs(self, tab: str) -> list[Context]:
        """待我办理 and 全部 where there is a queue; filers see their own cases only."""
        base = self.url("cases")
        if not queries.has_queue(self.actor):
            return [{"label": "我的办件", "url": base, "active": True}]
        return [
            {"label": "待我办理", "url": f"{base}&tab={WAITING}", "active": tab == WAITING},
            {"label": "全部", "url": f"{base}&tab={EVERY}", "active": tab == EVERY},
        ]

    def batch(self) -> list[Context]:
        """What can be done with several cases at once, for posts of an office that take steps."""
        if not self.waiting or not may_batch(self.actor).ok:
            return []
        return [
            {"text": row.label, "value": row.key, "tone": row.tone, "name": "action"}
            for row in BULKS.values()
        ]
