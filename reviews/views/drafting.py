"""Drafting a certification document (拟稿): choosing the towns, writing and changing the words."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core import clock
from portal.core.constants import Can
from portal.core.document_forms.process import DocumentForm
from portal.core.documents.kinds import Texts
from portal.core.errors import require
from portal.core.web import OfficeView, add_errors
from reviews.actions import draft_certification
from reviews.chain import Mode
from reviews.collective_queries import WAITING_LIMIT, Dossier, dossiers, waiting_for
from reviews.documents import default_texts
from reviews.forms.collective import CaseChoice
from reviews.policies import may_collect


class CertificationNewView(OfficeView):
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
                document = draft_certification(
                    actor=self.actor,
                    case_ids=choice.cleaned_data["cases"],
                    texts=Texts(**form.cleaned_data),
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "拟稿已保存，可以预览样稿；定稿后请送核稿。")
                return redirect(self.url("document", document.pk))
        return self.write(choice, form, status=422)

    def get_stale_url(self) -> str:
        """Choose again."""
        return self.url("certification-new")

    def waiting(self) -> list[Dossier]:
        """The cases that may be chosen."""
        require(may_collect(self.actor, Mode.ISSUE, Can.PUBLISH))
        return dossiers(waiting_for(self.actor, Mode.ISSUE)[:WAITING_LIMIT])

    def choose(self, choice: CaseChoice, status: int = 200) -> HttpResponse:
        """The first page: which towns."""
        assert self.actor.office is not None
        return self.page(
            "reviews/certification_choose.html",
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
            form = DocumentForm(initial=texts._asdict())
        return self.page(
            "reviews/certification_new.html",
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
            ("公文", self.url("documents")),
            ("拟写认定通知", None),
        ]
