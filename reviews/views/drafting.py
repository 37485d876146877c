"""Drafting a certification document (拟稿): choosing the towns, writing and changing the words."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core import clock
from portal.core.constants import Can
from portal.core.errors import require
from portal.core.web import OfficeView, add_errors
from reviews.actions import discard_document, draft_document, revise_document
from reviews.chain import Mode
from reviews.collective_queries import WAITING_LIMIT, Dossier, dossiers, waiting_for
from reviews.documents import DEFAULT_NOTE, default_texts
from reviews.forms.collective import CaseChoice, DocumentForm
from reviews.policies import may_collect, may_draft
from reviews.views.documents import DocumentPage


class DocumentNewView(OfficeView):
    """Draft a notice: first choose the towns, then the words, which are drafted for them."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The choice, or the draft of what was chosen."""
        waiting = self.waiting()
        if "case" not in request.GET:
            return self.choose(CaseChoice(waiting=waiting))
        choice = CaseChoice({"cases": request.GET.getlist("case")}, waiting=waiting)
        return self.write(choice, None) if choice.is_valid() else self.choose(choice, status=422)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Draft."""
        choice = CaseChoice({"cases": request.POST.getlist("cases")}, waiting=self.waiting())
        if not choice.is_valid():
            return self.choose(choice, status=422)
        form = DocumentForm(request.POST)
        if form.is_valid():
            try:
                document = draft_document(
                    actor=self.actor, case_ids=choice.cleaned_data["cases"], **form.cleaned_data
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "拟稿已保存，可以预览样稿；由签发岗位印发。")
                return redirect(self.url("document", document.pk))
        return self.write(choice, form, status=422)

    def get_stale_url(self) -> str:
        """Choose again."""
        return self.url("document-new")

    def waiting(self) -> list[Dossier]:
        """The cases that may be chosen."""
        require(may_collect(self.actor, Mode.ISSUE, Can.PUBLISH))
        return dossiers(waiting_for(self.actor, Mode.ISSUE)[:WAITING_LIMIT])

    def choose(self, choice: CaseChoice, status: int = 200) -> HttpResponse:
        """The first page: which towns."""
        assert self.actor.office is not None
        return self.page(
            "reviews/document_choose.html",
            {
                "breadcrumbs": self.crumbs(),
                "form": choice,
                "chosen": choice.chosen(),
                "wordless": not self.actor.office.document_word,
            },
            status=status,
        )

    def write(
        self, choice: CaseChoice, form: DocumentForm | None, status: int = 200
    ) -> HttpResponse:
        """The second page: the words."""
        assert self.actor.office is not None
        keys = choice.cleaned_data["cases"]
        cases = [row.case for row in choice.waiting if row.case.pk in keys]
        if form is None:
            texts = default_texts(self.actor.office, cases, clock.today().year)
            form = DocumentForm(initial={**texts, "note": DEFAULT_NOTE})
        return self.page(
            "reviews/document_new.html",
            {
                "breadcrumbs": self.crumbs(),
                "form": form,
                "cases": cases,
                "wordless": not self.actor.office.document_word,
            },
            status=status,
        )

    def crumbs(self) -> list[tuple[str, str | None]]:
        """The way here."""
        return [
            ("工作台", self.url("workspace")),
            ("认定公文", self.url("documents")),
            ("拟写认定通知", None),
        ]


class DocumentEditView(DocumentPage):
    """Change the words of a draft, or give it up."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form as it stands."""
        document = self.load(pk)
        require(may_draft(self.actor, document))
        names = DocumentForm.base_fields
        return self.show(DocumentForm(initial={name: getattr(document, name) for name in names}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save, or discard."""
        document = self.load(pk)
        if "discard" in request.POST:
            self.stale_url = self.url("documents")
            discard_document(actor=self.actor, document_id=document.pk)
            messages.success(request, "拟稿已撤销，其中的办件可以重新拟稿。")
            return redirect(self.url("documents"))
        form = DocumentForm(request.POST)
        if form.is_valid():
            try:
                revise_document(actor=self.actor, document_id=document.pk, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "拟稿已修改。")
                return redirect(self.url("document", pk))
        return self.show(form, status=422)

    def show(self, form: DocumentForm, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page(
            "reviews/document_edit.html",
            {"breadcrumbs": self.crumbs("修改拟稿"), "document": self.document, "form": form},
            status=status,
        )
