"""Writing an internal note on the case page."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.errors import require
from portal.core.typed import Words
from portal.core.web import add_errors
from reviews.actions import add_note
from reviews.forms.working import NoteForm
from reviews.policies import may_note
from reviews.views.cases import CasePage


class NotesView(CasePage):
    """One more note; what was typed comes back with what is wrong."""

    word_fields: ClassVar[Words] = {"text": "备注内容"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reloading after an error leads to the case."""
        case = self.fetch(pk)
        require(may_note(self.actor))
        return redirect(f"{self.url('case', case.pk)}#notes")

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep the note and show the case."""
        case = self.fetch(pk)
        require(may_note(self.actor))
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.case_page(case, note=form)
        try:
            add_note(actor=self.actor, case_id=case.pk, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
            return self.case_page(case, note=form)
        messages.success(request, "内部备注已保存。")
        return redirect(f"{self.url('case', case.pk)}#notes")
