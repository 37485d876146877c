"""Pages of shortlists (推荐名单): the rounds that have one, and ranking."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from portal.core.errors import Stale, require
from portal.core.names import knows_people_of
from portal.core.paging import paginate
from portal.core.policies.lists import may_export_list
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews.actions import save_shortlist
from reviews.actions.shortlists import Ranked
from reviews.forms.shortlists import (
    ShortlistForm,
    moved,
    typed_for_others,
)
from reviews.models import Case, Shortlist
from reviews.shortlist_policies import listed_step, may_confirm, may_draft_letter, may_rank
from reviews.shortlist_queries import (
    Board,
    Tally,
    board_of,
    listed_rounds,
    lists_below,
    places_in,
    reviewed_by,
    tallies,
    waiting_in,
)
from reviews.tables import shortlists as tables
from towns.models import Round


class ShortlistsView(OfficeView):
    """The rounds in which the acting office makes a list; the lists of the offices below."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Own rounds first; an office without any reads those below."""
        own = listed_rounds(self.actor)
        makes = own.exists()
        context: dict[str, Any]
        if makes:
            page = paginate(own, request.GET)
            rows, columns = self.rounds(page.items), tables.ROUND_COLUMNS
            context = {"page": page, "columns": columns, "rows": rows}
        else:
            found = paginate(lists_below(self.actor), request.GET)
            rows, columns = self.below(found.items), tables.BELOW_COLUMNS
            context = {"page": found, "columns": columns, "rows": rows}
        crumbs = [("工作台", self.url("workspace")), ("推荐名单", None)]
        return self.page(
            "reviews/shortlist_list.html", {**context, "own": makes, "breadcrumbs": crumbs}
        )

    def rounds(self, calls: list[Round]) -> list[dict[str, Any]]:
        """Each round with its places and its list."""
        lists = {
            row.round_id: row
            for row in Shortlist.objects.visible_to(self.actor).filter(
                office=self.actor.office, round__in=calls
            )
        }
        counted = tallies(lists.values())
        waiting = waiting_in(self.actor, calls)
        places = places_in(self.actor, calls)
        rows = []
        for call in calls:
            found = lists.get(call.pk)
            tally = counted.get(found.pk, Tally()) if found else Tally()
            rows.append(
                {
                    "cells": [
                        {"text": call.title, "url": self.url("shortlist", call.pk)},
                        places.get(call.pk),
                        waiting.get(call.pk, 0),
                        *tables.tally_cells(tally),
                        tables.state_tag(found),
                    ]
                }
            )
        return rows

    def below(self, lists: list[Shortlist]) -> list[dict[str, Any]]:
        """Each confirmed list."""
        counted = tallies(lists, settled=True)
        return [
            {
                "cells": [
                    {"text": row.office.name, "url": self.url("shortlist-read", row.pk)},
                    row.round.title,
                    *tables.tally_cells(counted.get(row.pk, Tally())),
                    counted.get(row.pk, Tally()).fallen,
                    row.confirmed_at,
                ]
            }
            for row in lists
        ]


class ListPage(OfficeView):
    """A page of the acting office's list of a round; elsewhere there is none."""

    @cached_property
    def call(self) -> Round:
        """The round, where the acting office recommends from a list."""
        rows = Round.objects.visible_to(self.actor).select_related("office__region", "criteria_set")
        found = get_object_or_404(rows, pk=self.kwargs["pk"])
        if listed_step(self.actor, found) is None or found.trial:
            raise Http404("没有这个页面。")
        return found

    def board(self) -> Board:
        """The list as it stands."""
        return board_of(self.actor, self.call)

    def back(self) -> str:
        """The list's page."""
        return self.url("shortlist", self.call.pk)

    def get_stale_url(self) -> str:
        """The list as it stands."""
        return self.back()

    def crumbs(self, *labels: str) -> list[tuple[str, str | None]]:
        """推荐名单 > the round > this page."""
        own = self.back() if labels else None
        return [
            ("推荐名单", self.url("shortlists")),
            (self.call.title, own),
            *((label, None) for label in labels),
        ]


class ShortlistView(ListPage):
    """Rank, by dragging, by the keyboard or by number; what was typed is never lost."""

    word_fields: ClassVar[Words] = {"reason_": "理由", "note": "推荐工作说明"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The list."""
        board = self.board()
        form = None
        if may_rank(self.actor, self.call).ok and board.waiting:
            note = board.shortlist.note if board.shortlist else ""
            form = ShortlistForm(lines=board.waiting, initial={"note": note, "seen": board.digest})
        return self.show(board, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the ranking; with ``go`` on to confirming it; with ``move`` only move a row."""
        require(may_rank(self.actor, self.call))
        board = self.board()
        form = ShortlistForm(request.POST, lines=board.waiting)
        gone = typed_for_others(request.POST, board.waiting)
        if not form.is_valid():
            return self.show(board, form, 422, gone=gone)
        if "move" in request.POST:
            data = moved(form, request.POST, request.POST["move"])
            shown = ShortlistForm(data, lines=board.waiting)
            shown.is_valid()
            return self.show(board, shown, gone=gone)
        if gone:
            return self.show(board, form, 409, gone=gone)
        try:
            save_shortlist(
                actor=self.actor,
                call=self.call,
                rows=[*_recommended(board), *form.ranked()],
                note=form.cleaned_data["note"],
                seen=form.cleaned_data["seen"] or None,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(self.board(), form, 422)
        except Stale as stale:
            return self.overtaken(request, str(stale))
        if "go" in request.POST:
            return redirect(self.url("shortlist-confirm", self.call.pk))
        messages.success(request, "推荐名单已保存，尚未确定；确定以前可以继续调整。")
        return redirect(self.back())

    def overtaken(self, request: HttpRequest, said: str) -> HttpResponse:
        """What was typed, beside what stands now; sent again it replaces that."""
        board = self.board()
        data = request.POST.copy()
        data["seen"] = board.digest
        form = ShortlistForm(data, lines=board.waiting)
        form.is_valid()
        form.add_error(None, f"{said}您填写的内容保留在下面，“现在”一行是已保存的内容。")
        gone = typed_for_others(request.POST, board.waiting)
        return self.show(board, form, 409, compared=True, gone=gone)

    def show(
        self,
        board: Board,
        form: ShortlistForm | None,
        status: int = 200,
        *,
        compared: bool = False,
        gone: dict[int, str] | None = None,
    ) -> HttpResponse:
        """The page."""
        lines = form.shown() if form is not None else board.waiting
        confirms = may_confirm(self.actor, self.call).ok
        office = self.actor.office
        assert office is not None
        named = knows_people_of(self.actor, office)
        drafts = board.shortlist is not None and may_draft_letter(self.actor, board.shortlist).ok
        return self.page(
            "reviews/shortlist.html",
            {
                "breadcrumbs": self.crumbs(),
                "call": self.call,
                "tag": tables.state_tag(board.shortlist),
                "facts": tables.board_facts(board)
                + (tables.confirmed_facts(board.shortlist, named=named) if board.shortlist else []),
                "board": board,
                "form": form,
                "refusal": may_rank(self.actor, self.call).reason,
                "returns": confirms,
                "scored": any(line.score for line in lines),
                "waiting": [
                    tables.waiting_row(
                        line,
                        form,
                        self.url("case", line.case.pk),
                        compared=compared,
                        last=(place, len(lines)),
                    )
                    for place, line in enumerate(lines, 1)
                ],
                "settled": [
                    tables.settled_row(line, self.url("case", line.case.pk))
                    for line in board.settled
                ],
                "note": board.shortlist.note if board.shortlist else "",
                "confirms": confirms and bool(board.waiting),
                "own_reviews": reviewed_by(self.actor, board, ranked=False) if confirms else [],
                "promotes": confirms
                and board.confirmed
                and bool(board.free)
                and bool(board.reserves),
                "next_reserve": board.reserves[0].case.town_name if board.reserves else "",
                "letter": board.shortlist.letter if board.shortlist else None,
                "drafts_letter": drafts and board.confirmed and board.draft is None,
                "exports": may_export_list(self.actor).ok and bool(board.settled or board.waiting),
                "gone": self.names_of(gone or {}),
            },
            status=status,
        )

    def names_of(self, gone: dict[int, str]) -> list[tuple[str, str]]:
        """What was typed for cases that wait here no longer, with the towns' names."""
        rows = Case.objects.visible_to(self.actor).filter(pk__in=gone)
        return [(name, gone[key]) for key, name in rows.values_list("pk", "town_name")]


def _recommended(board: Board) -> list[Ranked]:
    """What was recommended stands before what waits; the action leaves it as it is."""
    items = [line.item for line in board.settled if line.item is not None]
    return [
        Ranked(item.case_id, item.standing, item.reason)
        for item in items
        if item.standing == "recommended"
    ]
