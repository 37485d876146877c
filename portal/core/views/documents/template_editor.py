"""The editor of a draft of the office's wording, with the pages beside it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents.templates import Wording, revise_template
from portal.core.document_forms.composing import loose_draft
from portal.core.document_forms.templates import TemplateForm
from portal.core.documents.samples import sample_content
from portal.core.documents.wording import Fault, faults_of, fill
from portal.core.merging import Overtaken
from portal.core.models import DocumentTemplate
from portal.core.opened import Merging, seal
from portal.core.sample_tasks import Sample
from portal.core.template_queries import Latest, latest_values
from portal.core.views.documents.preview import answer_live, is_live, is_look, look_at
from portal.core.views.documents.templates import FIELDS, WordingView

LABELS = {**FIELDS, "remark": "修改说明"}


class TemplateEditView(WordingView):
    """The editor of a draft, with what its placeholders stand for and the pages beside it."""

    row: DocumentTemplate

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form with what stands; what is wrong with it stands beside its field."""
        self.row = self.template(pk)
        if self.row.state != "draft":
            return redirect(self.url("template-version", pk))
        wording = Wording.of(self.row)
        form = TemplateForm(wording.plain())
        self.put_faults(form, faults_of(wording.texts, self.row.spec.placeholders))
        return self.show(form, seal(self.merging.part, wording.plain(), self.row.revision))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save, or look; what somebody else has changed meanwhile is laid beside it."""
        self.row = self.template(pk)
        opened = request.POST.get("opened", "")
        if is_look(request):
            return self.look(request, opened)
        form = TemplateForm(request.POST)
        if self.merging.answered(request.POST):
            decided = self.merging.decided(request.POST)
            if decided is None:
                again = self.merging.again(request.POST)
                return self.conflict(again) if again else redirect(request.get_full_path())
            form = TemplateForm(decided)
        if not form.is_valid():
            return self.show(form, opened, status=422)
        wording, values = form.wording(), self.merging.opened(request.POST)
        try:
            revise_template(actor=self.actor, template_id=pk, wording=wording, opened=values)
        except Overtaken as found:
            return self.conflict(self.merging.page(values, wording.plain(), found))
        faults = faults_of(wording.texts, self.row.spec.placeholders)
        if faults:
            messages.warning(request, f"草稿已保存，还有 {len(faults)} 处须改正后才能启用。")
            return redirect(self.url("template-edit", pk))
        messages.success(request, "草稿已保存。核对后点“启用这一版”。")
        return redirect(self.url("template-version", pk))

    @property
    def merging(self) -> Merging:
        """What is compared when two have changed it."""
        return Merging(f"template:{self.row.pk}", LABELS, lambda name, value: str(value or ""))

    def look(self, request: HttpRequest, opened: str) -> HttpResponse:
        """What was typed, filled with sample values and set."""
        kind = self.row.spec
        texts, _, _ = loose_draft(request.POST, kind)
        latest = latest_values(self.actor, kind)
        faults = faults_of(texts, kind.placeholders)
        sample = Sample(
            kind.key,
            fill(texts, latest.values),
            f"template:{self.row.pk}",
            {**sample_content(kind, texts), **latest.content},
            self.row.office.document_word,
        )
        notes = [f"{FIELDS[fault.field]}：{fault.message}" for fault in faults]
        preview = look_at(self, sample, notes)
        if is_live(request):
            return answer_live(self, preview)
        form = TemplateForm(initial={name: request.POST.get(name, "") for name in LABELS})
        return self.show(form, opened, preview=preview, latest=latest)

    def put_faults(self, form: TemplateForm, faults: list[Fault]) -> None:
        """What is wrong with the text, beside its field."""
        for fault in faults:
            form.add_error(fault.field, fault.message)

    def show(
        self,
        form: TemplateForm,
        opened: str,
        status: int = 200,
        preview: dict[str, Any] | None = None,
        latest: Latest | None = None,
    ) -> HttpResponse:
        """The page."""
        latest = latest or latest_values(self.actor, self.row.spec)
        return self.page(
            "core/documents/template_edit.html",
            {
                "breadcrumbs": self.crumbs(
                    (self.row.spec.label, self.url("template-kind", self.row.kind)),
                    (f"修改第{self.row.version}版", None),
                ),
                "template": self.row,
                "form": form,
                "opened": opened,
                "placeholders": latest.rows,
                "latest_title": latest.title,
                "preview": preview,
            },
            status=status,
        )

    def conflict(self, merge: dict[str, Any]) -> HttpResponse:
        """Somebody was faster: field by field, whose words stand."""
        return self.page(
            "core/documents/template_conflict.html",
            {
                "breadcrumbs": self.crumbs((self.row.spec.label, None)),
                "merge": merge,
                "what": "这份草稿",
                "cancel_url": self.url("template-version", self.row.pk),
            },
            status=409,
        )
