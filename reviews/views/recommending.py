"""The letter of recommendation (推荐函) of a confirmed list, and the summary's workbook."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents.drafting import numbering_of
from portal.core.actor import acting_office
from portal.core.document_forms.composing import loose_draft
from portal.core.document_forms.process import DocumentForm
from portal.core.documents.kinds import Texts, kind_of
from portal.core.documents.wording import unfilled
from portal.core.errors import require
from portal.core.sample_tasks import Sample
from portal.core.views.documents.preview import answer_live, is_live, is_look, look_at
from portal.core.web import OfficeView, add_errors
from reviews.actions import draft_recommendation
from reviews.papers.summaries import find
from reviews.recommendations import KIND, default_texts, stored_content
from reviews.shortlist_policies import may_draft_letter
from reviews.shortlist_queries import Board
from reviews.summary_exports import request_summary
from reviews.views.shortlists import ListPage


class LetterView(ListPage):
    """Draft the letter for the towns of the list that no letter names yet."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The words, drafted for these towns."""
        board = self.allowed()
        return self.write(board, None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Draft."""
        board = self.allowed()
        if is_look(request):
            return self.look(request, board)
        form = DocumentForm(request.POST)
        if form.is_valid() and board.shortlist is not None:
            try:
                document = draft_recommendation(
                    actor=self.actor, shortlist=board.shortlist, texts=Texts(**form.cleaned_data)
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "拟稿已保存，可以预览样稿；定稿后请送核稿。")
                return redirect(self.url("document", document.pk))
        return self.write(board, form, status=422)

    def allowed(self) -> Board:
        """The list, for those who draft its letter."""
        board = self.board()
        if board.shortlist is not None:
            require(may_draft_letter(self.actor, board.shortlist))
        return board

    def content(self, board: Board) -> dict[str, Any]:
        """What is kept with the letter beside its words."""
        assert board.shortlist is not None
        items = [line.item for line in board.to_send if line.item is not None]
        cases = {line.case.pk: line.case for line in board.to_send}
        return stored_content(board.shortlist, items, cases)

    def look(self, request: HttpRequest, board: Board) -> HttpResponse:
        """The pages of what was typed, with the list of the towns."""
        if not board.to_send:
            return self.write(board, None)
        kind = kind_of(KIND)
        texts, _, _ = loose_draft(request.POST, kind)
        word, _ = numbering_of(acting_office(self.actor), kind.genre)
        notes = [fault.message for fault in unfilled(texts)]
        sample = Sample(KIND, texts, f"new:letter:{self.call.pk}", self.content(board), word)
        preview = look_at(self, sample, notes)
        if is_live(request):
            return answer_live(self, preview)
        return self.write(board, DocumentForm(initial=texts._asdict()), preview=preview)

    def write(
        self,
        board: Board,
        form: DocumentForm | None,
        status: int = 200,
        preview: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The page; without anything to recommend back to the list."""
        if form is None:
            reason = self.nothing(board)
            if reason or board.shortlist is None:
                messages.info(self.request, reason)
                return redirect(self.back())
            texts = default_texts(board.shortlist, [line.case for line in board.to_send])
            form = DocumentForm(initial=texts._asdict())
        office = acting_office(self.actor)
        return self.page(
            "reviews/shortlist_letter.html",
            {
                "breadcrumbs": self.crumbs("拟写推荐函"),
                "call": self.call,
                "form": form,
                "preview": preview,
                "live_url": self.url("shortlist-letter", self.call.pk),
                "cancel_url": self.back(),
                "towns": [line.case for line in board.to_send],
                "wordless": not numbering_of(office, kind_of(KIND).genre)[0],
            },
            status=status,
        )

    def nothing(self, board: Board) -> str:
        """Why there is no letter to be drafted, or nothing."""
        if not board.confirmed:
            return "推荐名单尚未确定，请先确定名单，再拟写推荐函。"
        if board.draft is not None:
            return f"已有尚未印发的推荐函《{board.draft.title}》，请在该公文中修改或者撤销拟稿。"
        if not board.to_send:
            return "名单中推荐的专业镇都已列入印发的推荐函，没有需要再推荐的。"
        return ""


class SummaryView(OfficeView):
    """Have the summary made as a workbook; its page is the job's."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue it and go to the job; back to the round when there is nothing to sum up."""
        call = find(self.actor, pk)
        if call is None:
            raise Http404("没有这个批次。")
        try:
            job = request_summary(self.actor, call)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(self.url("round", pk))
        return redirect(self.url("job", job.pk))
