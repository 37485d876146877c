"""Drafting a certification document (拟稿): choosing the towns, writing and changing the words."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core import clock
from portal.core.actions.documents.drafting import numbering_of
from portal.core.actor import acting_office
from portal.core.constants import Can
from portal.core.document_forms.composing import loose_draft
from portal.core.document_forms.process import DocumentForm
from portal.core.documents.kinds import Texts, kind_of
from portal.core.documents.wording import unfilled
from portal.core.errors import require
from portal.core.sample_tasks import Sample
from portal.core.views.documents.preview import answer_live, is_live, is_look, look_at
from portal.core.web import OfficeView, add_errors
from reviews.actions import draft_certification
from reviews.actions.issuing import KIND
from reviews.chain import Mode
from reviews.collective_queries import WAITING_LIMIT, Dossier, dossiers, waiting_for
from reviews.documents import default_texts, stored_content
from reviews.forms.collective import CaseChoice
from reviews.models import Case
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
        if is_look(request):
            return self.look(request, choice)
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

    def chosen(self, choice: CaseChoice) -> list[Case]:
        """The cases that were chosen."""
        keys = choice.cleaned_data["cases"]
        return [row.case for row in choice.waiting if row.case.pk in keys]

    def look(self, request: HttpRequest, choice: CaseChoice) -> HttpResponse:
        """The pages of what was typed, with the list of the chosen towns."""
        office = acting_office(self.actor)
        kind = kind_of(KIND)
        content = stored_content(office, self.chosen(choice))
        texts, _, _ = loose_draft(request.POST, kind)
        word, _ = numbering_of(office, kind.genre)
        notes = [fault.message for fault in unfilled(texts)]
        preview = look_at(self, Sample(KIND, texts, "new:certification", content, word), notes)
        if is_live(request):
            return answer_live(self, preview)
        form = DocumentForm(initial=texts._asdict())
        return self.write(choice, form, preview=preview)

    def write(
        self,
        choice: CaseChoice,
        form: DocumentForm | None,
        status: int = 200,
        preview: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The second page: the words."""
        assert self.actor.office is not None
        cases = self.chosen(choice)
        if form is None:
            texts = default_texts(self.actor.office, cases, clock.today().year)
            form = DocumentForm(initial=texts._asdict())
        return self.page(
            "reviews/certification_new.html",
            {
                "breadcrumbs": self.crumbs(),
                "form": form,
                "preview": preview,
                "live_url": self.url("certification-new"),
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
