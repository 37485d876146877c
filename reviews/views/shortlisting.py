"""Acts on a shortlist (推荐名单): confirming it, moving a reserve up; and reading another's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.errors import require
from portal.core.names import knows_people_of
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews.actions import confirm_shortlist, promote_reserve
from reviews.chain import Mode
from reviews.forms.shortlists import ConfirmForm, PromoteForm
from reviews.models import Case, Shortlist, ShortlistItem, StepRun
from reviews.shortlist_policies import is_own, may_confirm
from reviews.shortlist_queries import Board, lines_of, lists_something, reviewed_by, stands_at
from reviews.tables import shortlists as tables
from reviews.views.panels import CASE_PANELS, Panel
from reviews.views.shortlists import ListPage


class ConfirmView(ListPage):
    """One page to read before anything is recommended or declined."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What will be done."""
        require(may_confirm(self.actor, self.call))
        board = self.board()
        return self.show(board, ConfirmForm(initial={"seen": board.digest}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Do it."""
        require(may_confirm(self.actor, self.call))
        board = self.board()
        form = ConfirmForm(request.POST)
        if board.shortlist is None or not form.is_valid():
            messages.error(request, "名单还没有保存，请先排序并保存。")
            return redirect(self.back())
        try:
            confirm_shortlist(
                actor=self.actor, shortlist=board.shortlist, seen=form.cleaned_data["seen"]
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(board, form, 422)
        messages.success(request, "推荐名单已确定，推荐的已上报；可以拟写推荐函、制作汇总表。")
        return redirect(self.back())

    def show(self, board: Board, form: ConfirmForm, status: int = 200) -> HttpResponse:
        """The page; without anything to confirm back to the list."""
        if board.shortlist is None or not board.items:
            messages.info(self.request, "名单还没有保存，请先排序并保存。")
            return redirect(self.back())
        groups: dict[str, list[dict[str, Any]]] = {"recommended": [], "reserve": [], "declined": []}
        unset, unranked = [], []
        for line in board.waiting:
            row = tables.waiting_row(line, None, self.url("case", line.case.pk))
            if line.item is None:
                unranked.append(row)
            elif not line.item.standing:
                unset.append(row)
            else:
                groups[line.item.standing].append(row)
        over = board.places is not None and board.held > board.places
        return self.page(
            "reviews/shortlist_confirm.html",
            {
                "breadcrumbs": self.crumbs("确定推荐名单"),
                "call": self.call,
                "facts": tables.board_facts(board),
                "groups": [(title, groups[key], text) for key, title, text in tables.GROUPS],
                "unset": unset,
                "unranked": unranked,
                "settled": len(board.settled),
                "over": board.held - (board.places or 0) if over else 0,
                "own_reviews": reviewed_by(self.actor, board),
                "form": form,
                "cancel_url": self.back(),
            },
            status=status,
        )


class PromoteView(ListPage):
    """Move the first reserve up, with the ground for it."""

    word_fields: ClassVar[Words] = {"reason": "递补依据"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        require(may_confirm(self.actor, self.call))
        board = self.board()
        first = board.reserves[0].item if board.reserves else None
        return self.show(board, PromoteForm(initial={"item": first.pk if first else None}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Promote."""
        require(may_confirm(self.actor, self.call))
        board = self.board()
        form = PromoteForm(request.POST)
        if form.is_valid() and board.shortlist is not None:
            try:
                item = promote_reserve(
                    actor=self.actor,
                    shortlist=board.shortlist,
                    item_id=form.cleaned_data["item"],
                    reason=form.cleaned_data["reason"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"{item.case.town_name}已递补推荐上报，记入台账。")
                return redirect(self.back())
        return self.show(board, form, 422)

    def show(self, board: Board, form: PromoteForm, status: int = 200) -> HttpResponse:
        """The page; without a reserve back to the list."""
        if not board.reserves:
            messages.info(self.request, "名单中没有备选的专业镇。")
            return redirect(self.back())
        fallen = [
            line
            for line in board.settled
            if line.item is not None and line.item.standing == "fallen"
        ]
        return self.page(
            "reviews/shortlist_promote.html",
            {
                "breadcrumbs": self.crumbs("递补"),
                "call": self.call,
                "facts": tables.board_facts(board),
                "first": tables.waiting_row(
                    board.reserves[0], None, self.url("case", board.reserves[0].case.pk)
                ),
                "fallen": [
                    tables.settled_row(line, self.url("case", line.case.pk)) for line in fallen
                ],
                "free": board.free,
                "form": form,
                "cancel_url": self.back(),
            },
            status=status,
        )


class ShortlistReadView(OfficeView):
    """A list as those read it who do not make it; one's own leads to its page."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list."""
        rows = Shortlist.objects.visible_to(self.actor).select_related(
            "office__region", "round__office", "round__criteria_set", "letter"
        )
        found = get_object_or_404(rows, pk=pk)
        if self.actor.office is not None and self.actor.office.pk == found.office_id:
            return redirect(self.url("shortlist", found.round_id))
        lines = lines_of(found, self.actor)
        letter = found.letter if found.letter and found.letter.state == "issued" else None
        return self.page(
            "reviews/shortlist_read.html",
            {
                "breadcrumbs": [("推荐名单", self.url("shortlists")), (found.office.name, None)],
                "shortlist": found,
                "tag": tables.state_tag(found),
                "facts": [
                    {"label": "批次", "value": found.round.title},
                    {"label": "推荐单位", "value": found.office.name},
                    *tables.confirmed_facts(found, named=knows_people_of(self.actor, found.office)),
                ],
                "letter": letter,
                "rows": [
                    tables.settled_row(line, self.url("case", line.case.pk)) for line in lines
                ],
            },
        )


def read_standing(view: OfficeView, case: Case, runs: Sequence[StepRun]) -> dict[str, Any] | None:
    """Where the case stands on a list, for the office that ranks it and those above."""
    if not lists_something(view.actor) or not any(
        step.mode == Mode.SHORTLIST for step in case.chain.steps
    ):
        return None
    lists = Shortlist.objects.visible_to(view.actor)
    items = ShortlistItem.objects.filter(case=case, shortlist__in=lists).select_related(
        "shortlist__office__region", "shortlist__round"
    )
    rows = []
    for item in items:
        own = is_own(view.actor, item.shortlist)
        if not own and item.standing != "reserve" and stands_at(case, item.shortlist):
            continue
        page = view.url("shortlist-read", item.shortlist_id)
        rows.append(tables.standing_facts(item, page, named=own))
    return {"rows": rows} if rows else None


CASE_PANELS.append(Panel("reviews/_shortlisted.html", read_standing))
