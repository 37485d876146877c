"""The list of cases: the acting post's queue (待我办理) and everything it sees (全部).

Who stands where in the queue is asked again for each page: ``neighbours`` gives the cases before
and after one, in the order and under the conditions of the list it was opened from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import QuerySet, Subquery
from django.http import QueryDict

from criteria.categories import category_choices, category_label
from portal.core.actor import Actor
from portal.core.calendar import Calendar
from portal.core.constants import LEVEL_CHOICES, LEVELS
from portal.core.listing import (
    EVERYTHING,
    Batch,
    Chosen,
    ListColumn,
    ListFilter,
    Listing,
    ListSpec,
    register_list,
)
from portal.core.paging import Order
from portal.core.web import office_url
from reviews import queries
from reviews.chain import step_choices
from reviews.models import Case
from reviews.tables.cases import calendar_of, term_cell

CaseBatch = Batch[Case]
# What a link out of the queue carries along: the conditions of the list it stands in.
QUEUE = "queue"
WAITING, EVERY = "mine", "all"
LONGEST_PLACE = 600
WHOLE_QUEUE = f"tab={WAITING}"


class CaseFilter(ListFilter):
    """Conditions above the list of cases; a hidden tab goes with them."""

    lenient = True

    search = forms.CharField(label="镇名或办件编号", required=False, max_length=60)
    step = forms.ChoiceField(label="当前环节", required=False)
    holding = forms.ChoiceField(label="承办", required=False)
    term = forms.ChoiceField(label="期限", required=False)
    level = forms.ChoiceField(label="层级", required=False)
    category = forms.ChoiceField(label="类别", required=False)
    standing = forms.ChoiceField(label="办理状态", required=False)
    round = forms.ChoiceField(label="批次", required=False)
    region = forms.ChoiceField(label="行政区划", required=False)
    tab = forms.CharField(required=False, max_length=10, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, actor: Actor) -> None:
        super().__init__(data, actor=actor)
        offered: dict[str, list[tuple[str, str]]] = {
            "step": step_choices(),
            "holding": queries.HOLDING_CHOICES if actor.scope is not None else [],
            "term": queries.TERM_CHOICES,
            "level": LEVEL_CHOICES,
            "category": category_choices(),
            "standing": queries.STANDING_CHOICES,
            "round": queries.round_choices(actor),
            "region": queries.region_choices(actor),
        }
        boxes: dict[str, Any] = self.fields
        for name, choices in offered.items():
            if choices:
                boxes[name].choices = [EVERYTHING, *choices]
            else:
                del boxes[name]

    @property
    def waiting(self) -> bool:
        """Whether what waits for the acting post is asked for, not everything it sees."""
        return queries.has_queue(self.actor) and self.data.get("tab") != EVERY

    def chosen(self) -> dict[str, Any]:
        """What was chosen, with the place in the queue for the links."""
        return {**super().chosen(), QUEUE: place_text(self.data) if self.waiting else ""}

    def in_words(self) -> list[tuple[str, str, str]]:
        """The conditions; the tab is none."""
        return [row for row in super().in_words() if row[0] != "tab"]

    def narrow(self, rows: QuerySet[Case], chosen: Chosen) -> QuerySet[Case]:
        """The cases that the conditions leave."""
        given = {name: chosen.get(name) or "" for name in queries.CaseFilter._fields}
        wanted = queries.CaseFilter(**given)
        return queries.filter_cases(self.actor, wanted, waiting=self.waiting)


def place_text(data: Mapping[str, Any]) -> str:
    """The conditions of a queue as a link out of it carries them; never empty."""
    names = [*CaseFilter.base_fields]
    return urlencode([(name, data[name]) for name in names if data.get(name)]) or WHOLE_QUEUE


def listing_of(actor: Actor, place: str) -> Listing[Case]:
    """The list that a link was opened from; the whole queue for an unknown or overlong text."""
    known = QueryDict(place if len(place) <= LONGEST_PLACE else "")
    kept = {name: known[name] for name in CaseFilter.base_fields if name in known}
    return Listing.of(CASES, actor, urlencode(kept))


def neighbours(actor: Actor, case: Case, place: str = "") -> tuple[int | None, int | None]:
    """The cases before and after this one in the acting post's queue, as it is ordered."""
    if not queries.has_queue(actor):
        return None, None
    rows: QuerySet[Case] = Case.objects.awaiting(actor)
    order = queries.QUEUE_ORDER
    if place and place != WHOLE_QUEUE:
        listing = listing_of(actor, place)
        rows, order = listing.filtered(), listing.order
    asked = Case.objects.visible_to(actor).filter(pk=case.pk).order_by()
    both = asked.values_list(
        _beside(rows, order, case, backwards=True), _beside(rows, order, case, backwards=False)
    )
    found: tuple[int | None, int | None] = both.first() or (None, None)
    return found


def _beside(rows: QuerySet[Case], order: Order, case: Case, *, backwards: bool) -> Subquery:
    beyond = order.beyond(case.due_on, case.pk, backwards=backwards)
    found = rows.filter(beyond).order_by(*order.terms(backwards=backwards))
    return Subquery(found.values("pk")[:1])


# --- cells ----------------------------------------------------------------------------------------


def _name(case: Case, batch: CaseBatch) -> dict[str, str]:
    return {
        "text": case.town_name,
        "url": case_url(batch.actor, case.pk, batch.chosen[QUEUE]),
        "note": f"{case.county_name} · {category_label(case.category)}",
    }


def case_url(actor: Actor, pk: int, place: str = "") -> str:
    """The page of a case, opened from a place in the queue."""
    more = f"&{urlencode({QUEUE: place})}" if place else ""
    return office_url(actor, "case", pk) + more


def _office(case: Case, batch: CaseBatch) -> str:
    return case.office.name if case.state == "open" else ""


def knows_holder(actor: Actor, case: Case) -> bool:
    """Who has a case in hand is known to its office and those above, to nobody below."""
    return actor.is_system or (actor.scope is not None and case.office.region.code in actor.scope)


def _holder(case: Case, batch: CaseBatch) -> str:
    return case.held_name if knows_holder(batch.actor, case) else ""


def _holder_cell(case: Case, batch: CaseBatch) -> Any:
    if case.state != "open" or not knows_holder(batch.actor, case):
        return ""
    if case.holder_id is None:
        return "未认领"
    own = batch.actor.post is not None and case.holder_id == batch.actor.post.pk
    return {"text": case.held_name, **({"note": "本岗位"} if own else {})}


def _due(case: Case, batch: CaseBatch) -> date | None:
    return case.due_on if case.state != "closed" else None


def _calendar(batch: CaseBatch) -> Calendar:
    return calendar_of(case.due_on for case in batch.rows)


def _moved(case: Case, batch: CaseBatch) -> datetime:
    return case.moved_at


def _order(actor: Actor, chosen: Chosen) -> tuple[Order, str]:
    if chosen[QUEUE]:
        return queries.QUEUE_ORDER, "期限先后，已逾期的在前，未载明期限的在后"
    return Order(), "申报先后，新申报的在前"


def _columns() -> Iterator[ListColumn[Case]]:
    yield ListColumn("number", "办件编号", lambda case, batch: case.number, kind="code")
    yield ListColumn(
        "name", "专业镇", lambda case, batch: case.town_name, kind="name", cell=_name, fixed=True
    )
    yield ListColumn("county", "县（市、区）", lambda case, batch: case.county_name, shown=False)
    yield ListColumn(
        "category", "类别", lambda case, batch: category_label(case.category), shown=False
    )
    yield ListColumn(
        "round",
        "批次",
        lambda case, batch: case.round.title,
        kind="name",
        cell=lambda case, batch: {
            "text": case.round.title,
            "note": LEVELS[case.level].adjective,
        },
    )
    yield ListColumn(
        "step",
        "当前环节",
        lambda case, batch: case.status_label,
        kind="tag",
        cell=lambda case, batch: {"text": case.status_label, "tone": case.tone},
        fixed=True,
    )
    # In the queue it is the acting office throughout.
    yield ListColumn(
        "office", "办理机构", _office, width=30, shown=lambda chosen: not chosen[QUEUE]
    )
    yield ListColumn(
        "holder",
        "承办人",
        _holder,
        cell=_holder_cell,
        offered=lambda actor: actor.scope is not None,
    )
    yield ListColumn(
        "opened", "申报时间", lambda case, batch: case.opened_at, kind="datetime", shown=False
    )
    yield ListColumn("moved", "最近办理", _moved, kind="datetime", shown=False)
    yield ListColumn(
        "due",
        "期限",
        _due,
        kind="date",
        cell=lambda case, batch: term_cell(case, batch.fetched(_calendar)),
        fixed=True,
    )


CASES = register_list(
    ListSpec(
        key="cases",
        title="办件",
        url_name="cases",
        rows=lambda actor: Case.objects.visible_to(actor),
        related=("round", "office__region"),
        filter=CaseFilter,
        noun="件",
        order_for=_order,
        columns=tuple(_columns()),
        empty_title="没有符合条件的办件",
    )
)
