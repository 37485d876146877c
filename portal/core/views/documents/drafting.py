"""Changing the words of a draft, or giving it up."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents import Draft, discard_document, revise_document
from portal.core.document_forms.process import DocumentForm
from portal.core.documents.kinds import Texts
from portal.core.errors import require
from portal.core.policies.documents import may_draft
from portal.core.views.documents.pages import DocumentPage
from portal.core.web import add_errors


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
            messages.success(request, "拟稿已撤销，所涉事项可以重新拟稿。")
            return redirect(self.url("documents"))
        form = DocumentForm(request.POST)
        if form.is_valid():
            draft = Draft(Texts(**form.cleaned_data), document.content)
            try:
                revise_document(actor=self.actor, document_id=document.pk, draft=draft)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "拟稿已修改。")
                return redirect(self.url("document", pk))
        return self.show(form, status=422)

    def show(self, form: DocumentForm, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page(
            "core/documents/edit.html",
            {"breadcrumbs": self.crumbs("修改拟稿"), "document": self.document, "form": form},
            status=status,
        )
