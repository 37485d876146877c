"""Requests for information (补充说明), extending a term: pages, and their part of the case page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core import clock
from portal.core.calendar import missing_ahead
from portal.core.errors import Stale, require
from portal.core.formatting import cn_date
from portal.core.merging import Changed
from portal.core.standing import sent_again
from portal.core.typed import Words
from portal.core.views.uploads import pending_uploads
from portal.core.web import OfficeView, add_errors
from reviews.actions.extending import extend_term
from reviews.actions.inquiries import (
    LONGEST_DAYS,
    answer_information,
    ask_information,
    take_back_inquiry,
)
from reviews.actions.moving import open_run
from reviews.forms.inquiries import AnswerForm, AskForm, ExtendForm, TakeBackForm
from reviews.inquiry_queries import inquiries_of
from reviews.models import Case, Inquiry, StepRun
from reviews.tables.inquiries import inquiry_rows, term_words
from reviews.term_policies import may_answer, may_ask, may_extend, may_take_back
from reviews.views.cases import CasePage
from reviews.views.panels import CASE_PANELS, Panel


def read_inquiries(view: OfficeView, case: Case, runs: Sequence[StepRun]) -> dict[str, Any] | None:
    """What was asked and answered, and the way to ask; the clock where it stands still."""
    rows = inquiry_rows(inquiries_of(view.actor, case), case, view.actor)
    asks, extends = may_ask(view.actor, case).ok, may_extend(view.actor, case).ok
    if not (rows or asks or extends):
        return None
    return {
        "rows": rows,
        "term": term_words(case) if asks or extends or case.paused_on else "",
        "ask_url": view.url("case-ask", case.pk)
        if asks and not any(item["row"].is_open for item in rows)
        else "",
        "extend_url": view.url("case-extend", case.pk) if extends and case.due_on else "",
    }


CASE_PANELS.append(Panel("reviews/_inquiries.html", read_inquiries))


class AskView(CasePage):
    """Ask the town without giving the application back."""

    word_fields: ClassVar[Words] = {"question": "需要说明的事项"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The empty form."""
        case = self.fetch(pk)
        require(may_ask(self.actor, case))
        return self.show(case, AskForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask, or show what has to be corrected first."""
        case = self.fetch(pk)
        require(may_ask(self.actor, case))
        form = AskForm(request.POST)
        if form.is_valid():
            try:
                ask_information(actor=self.actor, case_id=case.pk, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
        if form.errors:
            return self.show(case, form)
        messages.success(request, f"已请{case.town_name}的申报单位补充说明，申报不退回。")
        return redirect(self.url("case", case.pk) + "#inquiries")

    def show(self, case: Case, form: AskForm) -> HttpResponse:
        """The page, with what was typed."""
        context = {
            "breadcrumbs": self.crumbs(case, ("要求补充说明", None)),
            "case": case,
            "form": form,
            "term": term_words(case),
            "missing": missing_ahead(clock.today(), LONGEST_DAYS),
            "case_url": self.url("case", case.pk),
        }
        status = 422 if form.errors else 200
        return self.page("reviews/inquiry_new.html", context, status=status)


class InquiryPage(CasePage):
    """What the pages of one request share."""

    def found(self, pk: int, inquiry: int) -> tuple[Case, Inquiry]:
        """The case and the request, or 404 when the actor does not read it."""
        case = self.fetch(pk)
        row: Inquiry = get_object_or_404(inquiries_of(self.actor, case), pk=inquiry)
        row.case = case
        self.stale_url = self.url("inquiry", case.pk, row.pk)
        return case, row


class InquiryView(InquiryPage):
    """A request for information: what was asked, the answer or the form for it."""

    word_fields: ClassVar[Words] = {"answer": "说明"}

    def get(self, request: HttpRequest, pk: int, inquiry: int) -> HttpResponse:
        """The page."""
        case, row = self.found(pk, inquiry)
        self.viewed(case)
        return self.show(case, row)

    def post(self, request: HttpRequest, pk: int, inquiry: int) -> HttpResponse:
        """Answer."""
        case, row = self.found(pk, inquiry)
        if row.is_open:
            require(may_answer(self.actor, row))
        form = AnswerForm(request.POST, request.FILES, uploads=self.url("uploads"))
        if form.is_valid() or not row.is_open:
            try:
                answer_information(
                    actor=self.actor,
                    case_id=case.pk,
                    inquiry_id=row.pk,
                    answer=form.cleaned_data.get("answer", ""),
                    files=form.cleaned_data.get("file") or (),
                    uploads=request.POST.getlist("uploads"),
                )
            except ValidationError as error:
                add_errors(form, error)
            except Stale as stale:
                lost = {"message": str(stale), "text": request.POST.get("answer", "").strip()}
                return self.show(*self.found(pk, inquiry), lost=lost)
        if form.errors:
            return self.show(case, row, form)
        messages.success(request, f"已答复，{row.organ}会收到通知。")
        return redirect(self.url("inquiry", case.pk, row.pk))

    def show(
        self,
        case: Case,
        row: Inquiry,
        form: AnswerForm | None = None,
        lost: dict[str, str] | None = None,
    ) -> HttpResponse:
        """The page, with what was typed; ``lost`` is what came too late."""
        verdict = may_answer(self.actor, row)
        if verdict.ok and form is None:
            form = AnswerForm(uploads=self.url("uploads"))
        context = {
            "breadcrumbs": self.crumbs(case, ("补充说明", None)),
            "case": case,
            "item": inquiry_rows([row], case, self.actor)[0],
            "form": form if verdict.ok else None,
            "lost": lost,
            "why_not": "" if verdict.ok or not row.is_open else verdict.reason,
            "pending": pending_uploads(self.actor, self.request),
            "case_url": self.url("case", case.pk),
        }
        status = 409 if lost else 422 if form is not None and form.errors else 200
        return self.page("reviews/inquiry.html", context, status=status)


class InquiryCloseView(InquiryPage):
    """Take the question back: a page of its own, with the reason."""

    word_fields: ClassVar[Words] = {"reason": "收回理由"}

    def get(self, request: HttpRequest, pk: int, inquiry: int) -> HttpResponse:
        """The question."""
        case, row = self.found(pk, inquiry)
        require(may_take_back(self.actor, row))
        return self.show(case, row, TakeBackForm())

    def post(self, request: HttpRequest, pk: int, inquiry: int) -> HttpResponse:
        """Take it back."""
        case, row = self.found(pk, inquiry)
        if row.is_open:
            require(may_take_back(self.actor, row))
        form = TakeBackForm(request.POST)
        if form.is_valid() or not row.is_open:
            try:
                take_back_inquiry(
                    actor=self.actor,
                    case_id=case.pk,
                    inquiry_id=row.pk,
                    reason=form.cleaned_data.get("reason", ""),
                )
            except ValidationError as error:
                add_errors(form, error)
        if form.errors:
            return self.show(case, row, form)
        messages.success(request, "已收回，办理期限接着计算，申报单位会收到通知。")
        return redirect(self.url("case", case.pk) + "#inquiries")

    def show(self, case: Case, row: Inquiry, form: TakeBackForm) -> HttpResponse:
        """The page, with what was typed."""
        context = {
            "breadcrumbs": self.crumbs(case, ("收回补充说明", None)),
            "case": case,
            "form": form,
            "items": [{"label": "需要说明的事项", "value": row.question}],
            "case_url": self.url("case", case.pk),
        }
        status = 422 if form.errors else 200
        return self.page("reviews/inquiry_close.html", context, status=status)


class ExtendView(CasePage):
    """Extend the term of the open step, with a reason."""

    word_fields: ClassVar[Words] = {"reason": "延长理由"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The empty form."""
        case = self.fetch(pk)
        require(may_extend(self.actor, case))
        run = open_run(case, reader=self.actor)
        return self.show(case, ExtendForm(initial={"run": run.pk, "due": case.due_on}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Extend it, or show what has to be corrected first."""
        case = self.fetch(pk)
        require(may_extend(self.actor, case))
        form = ExtendForm(request.POST)
        if form.is_valid():
            sent = form.cleaned_data
            try:
                case = extend_term(
                    actor=self.actor,
                    case_id=case.pk,
                    run_id=sent["run"],
                    due_on=sent["due"],
                    days=sent["days"],
                    reason=sent["reason"],
                )
            except ValidationError as error:
                add_errors(form, error)
            except Changed as changed:
                return self.moved(pk, changed)
        if form.errors:
            return self.show(case, form)
        messages.success(request, f"办理期限已延长至{cn_date(case.due_on)}。")
        return redirect(self.url("case", case.pk))

    def moved(self, pk: int, changed: Changed) -> HttpResponse:
        """The term was moved meanwhile: what was typed, over the term that stands."""
        case = self.fetch(pk)
        due = "" if case.due_on is None else case.due_on.isoformat()
        form = ExtendForm(sent_again(self.request.POST, due=due))
        form.add_error(None, f"{changed}您填写的内容保留在下面；仍要再延长的，再次提交。")
        return self.show(case, form, 409)

    def show(self, case: Case, form: ExtendForm, status: int = 0) -> HttpResponse:
        """The page, with what was typed."""
        context = {
            "breadcrumbs": self.crumbs(case, ("延长办理期限", None)),
            "case": case,
            "form": form,
            "items": [
                {"label": "办件编号", "value": case.number},
                {"label": "当前环节", "value": case.current.name},
                {"label": "现在的期限", "value": term_words(case) or "未载明"},
            ],
            "missing": missing_ahead(clock.today(), LONGEST_DAYS),
            "case_url": self.url("case", case.pk),
        }
        status = status or (422 if form.errors else 200)
        return self.page("reviews/case_extend.html", context, status=status)
