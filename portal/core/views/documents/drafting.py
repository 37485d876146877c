"""Changing a draft, or giving it up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents import discard_document, revise_document
from portal.core.actor import acting_office
from portal.core.document_forms.composing import ComposeForm, loose_draft, rearranged, typed
from portal.core.document_forms.process import SeenForm
from portal.core.documents.drafts import LABELS, plain_document, plain_draft
from portal.core.errors import require
from portal.core.formatting import count
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal
from portal.core.policies.documents import may_begin_document, may_draft
from portal.core.sample_tasks import Sample
from portal.core.views.documents.base import DocumentPage
from portal.core.views.documents.composing import ComposingView
from portal.core.views.documents.preview import is_look
from portal.core.web import add_errors


def shown(name: str, value: Any) -> str:
    """A value of a draft in words, for the page on which two versions are laid side by side."""
    if name == "people":
        return "\n".join(f"{label}：{names}" for label, names in value or ())
    if name == "attachments":
        return "\n".join(
            f"附件{number}：{row['title']}（{count(len(row['rows']) - 1)} 行、"
            f"{len(row['rows'][0])} 列{'，横排' if row['landscape'] else ''}）"
            for number, row in enumerate(value or (), start=1)
        )
    if name == "openness":
        choices: Any = ComposeForm.base_fields["openness"]
        return str(dict(choices.choices).get(value, value or ""))
    return str(value or "")


class DocumentEditView(ComposingView, DocumentPage):
    """Change a draft, or give it up."""

    opened = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form as it stands."""
        document = self.load(pk)
        require(may_draft(self.actor, document))
        plain = plain_document(document)
        self.opened = seal(self.merging.part, plain, document.revision)
        return self.show(self.make_form(document.spec, initial=typed(plain)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save, look, rearrange or discard; what somebody else has changed is laid beside it."""
        document = self.load(pk)
        kind, self.opened = document.spec, request.POST.get("opened", "")
        if "discard" in request.POST:
            self.stale_url = self.url("documents")
            seen = SeenForm(request.POST)
            if not seen.is_valid():
                return redirect(self.url("document", document.pk))
            discard_document(actor=self.actor, document_id=document.pk, revision=seen.seen)
            messages.success(request, "拟稿已撤销，所涉事项可以重新拟稿。")
            return redirect(self.url("documents"))
        late = self.late(request)
        if late is not None:
            return late
        if is_look(request):
            texts, content, left_out = loose_draft(request.POST, kind, document.content)
            organs = document.joint_organs
            slot = f"document:{document.pk}"
            sample = Sample(kind.key, texts, slot, content, document.word, organs)
            return self.look(request, kind, sample, left_out)
        answer = self.rearrange(request, kind)
        if answer is not None:
            return answer
        if self.merging.answered(request.POST):
            decided = self.merging.decided(request.POST)
            if decided is None:
                again = self.merging.again(request.POST)
                return self.conflict(again) if again else redirect(request.get_full_path())
            return self.save(self.make_form(kind, typed(decided)))
        data, problems = self.typed_data(request)
        form = self.make_form(kind, data)
        self.put_problems(form, problems)
        return self.save(form)

    def late(self, request: HttpRequest) -> HttpResponse | None:
        """Everything typed once more when the draft was handed over or issued meanwhile."""
        verdict = may_draft(self.actor, self.document)
        if verdict.ok:
            return None
        ours = acting_office(self.actor).pk == self.document.office_id
        if not ours or not may_begin_document(self.actor).ok:
            require(verdict)
        form = self.make_form(self.document.spec, initial=rearranged(request.POST, "as it is"))
        return self.show(form, status=409, gone=verdict.reason)

    def save(self, form: ComposeForm) -> HttpResponse:
        """One action, and back to the document."""
        document = self.document
        if not form.is_valid():
            return self.show(form, status=422)
        draft = form.draft(document.content)
        opened = self.merging.opened(self.request.POST)
        try:
            revise_document(actor=self.actor, document_id=document.pk, draft=draft, opened=opened)
        except Overtaken as found:
            mine = plain_draft(draft.texts, draft.content, draft.openness)
            return self.conflict(self.merging.page(opened, mine, found))
        except ValidationError as error:
            add_errors(form, error)
            return self.show(form, status=422)
        messages.success(self.request, "拟稿已修改。")
        return redirect(self.url("document", document.pk))

    @property
    def merging(self) -> Merging:
        """What is compared when two have changed it."""
        return Merging(f"document:{self.document.pk}", LABELS, shown)

    def show(
        self,
        form: ComposeForm,
        status: int = 200,
        preview: dict[str, Any] | None = None,
        gone: str = "",
    ) -> HttpResponse:
        """The page."""
        return self.page(
            "core/documents/edit.html",
            {
                **self.context(form, preview),
                "breadcrumbs": self.crumbs("修改拟稿"),
                "title": "修改拟稿",
                "gone": gone,
                "document": self.document,
                "opened": self.opened,
                "revision": self.request.POST.get("revision") or self.document.revision,
                "cancel_url": self.url("document", self.document.pk),
            },
            status=status,
        )

    def conflict(self, merge: dict[str, Any]) -> HttpResponse:
        """Somebody was faster: field by field, whose words stand."""
        return self.page(
            "core/documents/template_conflict.html",
            {
                "breadcrumbs": self.crumbs("修改拟稿"),
                "merge": merge,
                "what": "这份拟稿",
                "cancel_url": self.url("document", self.document.pk),
            },
            status=409,
        )
