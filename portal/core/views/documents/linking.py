"""Correcting, superseding or revoking an issued document (更正、替代、撤销)."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents import draft_on
from portal.core.actions.documents.linking import require_standing
from portal.core.document_forms.process import ActOnForm
from portal.core.errors import require
from portal.core.policies.documents import may_act_on
from portal.core.views.documents.base import DocumentPage
from portal.core.web import add_errors


class DocumentActOnView(DocumentPage):
    """Says what the new document does and why; it is then drafted and issued like any other."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        document = self.load(pk)
        require(may_act_on(self.actor, document))
        require_standing(document)
        return self.show(ActOnForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Draft it and go to the draft."""
        require(may_act_on(self.actor, self.load(pk)))
        form = ActOnForm(request.POST)
        if not form.is_valid():
            return self.show(form, 422)
        try:
            drafted = draft_on(actor=self.actor, target_id=pk, **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, 422)
        messages.success(
            request, f"已拟稿《{drafted.title}》，请补充正文后送核稿；印发前原文照常有效。"
        )
        return redirect(self.url("document", drafted.pk))

    def show(self, form: ActOnForm, status: int = 200) -> HttpResponse:
        """The page."""
        document = self.document
        return self.page(
            "core/documents/act_on.html",
            {
                "breadcrumbs": self.crumbs("更正、替代、撤销"),
                "document": document,
                "form": form,
                "items": [
                    {"label": "原文标题", "value": document.title},
                    {"label": "原文字号", "value": document.number or "不编号"},
                    {"label": "成文日期", "value": document.issued_on},
                ],
            },
            status=status,
        )
