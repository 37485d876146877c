"""Pages of the office's wording: kinds, the versions of one, a version."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.actions.documents.templates import (
    Wording,
    discard_template,
    draft_template,
    put_template_in_use,
)
from portal.core.document_forms.templates import RevisionForm
from portal.core.documents.kinds import Kind, Texts, kind_of
from portal.core.documents.samples import difference
from portal.core.documents.wording import faults_of
from portal.core.errors import require
from portal.core.formatting import local_date
from portal.core.models import DocumentTemplate
from portal.core.policies.documents import may_word
from portal.core.template_queries import SUPPLIED, kind_rows, versions
from portal.core.web import OfficeView

FIELDS = {"title": "标题", "addressees": "主送机关", "body": "正文", "copy_to": "抄送",
          "note": "附注"}  # fmt: skip
TONES = {"draft": "info", "current": "success", "retired": "neutral"}
COLUMNS = [
    {"label": "公文种类", "kind": "name"},
    {"label": "文种"},
    {"label": "在用的模板"},
    {"label": "启用时间", "kind": "date"},
    {"label": "起草中"},
]
VERSION_COLUMNS = [
    {"label": "版本", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "修改说明"},
    {"label": "修改人"},
    {"label": "修改时间", "kind": "datetime"},
    {"label": "启用时间", "kind": "datetime"},
]


class WordingView(OfficeView):
    """A page of the office's own wording, for those who word it."""

    def crumbs(self, *rest: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        """The pages above."""
        return [
            ("工作台", self.url("workspace")),
            ("公文", self.url("documents")),
            ("公文模板", self.url("document-templates") if rest else None),
            *rest,
        ]

    def template(self, pk: int) -> DocumentTemplate:
        """A version of the office, or 404."""
        found = get_object_or_404(versions(self.actor), pk=pk)
        require(may_word(self.actor, found))
        self.stale_url = self.url("template-kind", found.kind)
        return found

    def words(self, texts: Texts) -> list[dict[str, Any]]:
        """The texts by field, as they stand."""
        return [
            {"label": label, "text": getattr(texts, name)}
            for name, label in FIELDS.items()
            if getattr(texts, name)
        ]


class TemplatesView(WordingView):
    """Every kind of document with the wording that the office uses."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list."""
        require(may_word(self.actor))
        return self.page(
            "core/documents/template_list.html",
            {
                "breadcrumbs": self.crumbs(),
                "columns": COLUMNS,
                "rows": [
                    {
                        "cells": [
                            {"text": kind.label, "url": self.url("template-kind", kind.key)},
                            kind.genre,
                            f"第{current.version}版" if current else SUPPLIED,
                            local_date(current.put_in_use_at)
                            if current and current.put_in_use_at
                            else None,
                            {
                                "text": f"第{draft.version}版",
                                "url": self.url("template-edit", draft.pk),
                                "note": draft.changed_name,
                            }
                            if draft
                            else None,
                        ]
                    }
                    for kind, current, draft in kind_rows(self.actor)
                ],
            },
        )


class TemplateKindView(WordingView):
    """The versions of one kind's wording, and two of them beside each other."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The wording in use, the versions, and how two of them differ."""
        require(may_word(self.actor))
        spec = self.spec(kind)
        rows = list(versions(self.actor).filter(kind=kind))
        current = next((row for row in rows if row.state == "current"), None)
        texts = {0: spec.supplied, **{row.version: Wording.of(row).texts for row in rows}}
        return self.page(
            "core/documents/template_kind.html",
            {
                "breadcrumbs": self.crumbs((spec.label, None)),
                "kind": spec,
                "current": current,
                "draft": next((row for row in rows if row.state == "draft"), None),
                "words": self.words(texts[current.version if current else 0]),
                "columns": VERSION_COLUMNS,
                "rows": [self.row(row) for row in rows],
                "choices": [
                    (number, f"第{number}版" if number else SUPPLIED) for number in sorted(texts)
                ],
                **self.compared(request, texts),
            },
        )

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Begin the next version."""
        spec = self.spec(kind)
        self.stale_url = self.url("template-kind", kind)
        template = draft_template(actor=self.actor, kind=spec.key)
        messages.success(request, f"已起草第{template.version}版，内容与在用的相同，请修改。")
        return redirect(self.url("template-edit", template.pk))

    def spec(self, key: str) -> Kind:
        """The kind of the address."""
        try:
            return kind_of(key)
        except KeyError as error:
            raise Http404("没有这种公文。") from error

    def row(self, row: DocumentTemplate) -> dict[str, Any]:
        """One version in the table."""
        return {
            "cells": [
                {"text": f"第{row.version}版", "url": self.url("template-version", row.pk)},
                {"text": row.get_state_display(), "tone": TONES[row.state]},
                row.remark,
                row.changed_name,
                row.changed_at,
                row.put_in_use_at,
            ]
        }

    def compared(self, request: HttpRequest, texts: dict[int, Texts]) -> dict[str, Any]:
        """Two versions chosen in the address; by default the last one and the one before."""
        numbers = sorted(texts)
        chosen = []
        for name, usual in (("a", numbers[-2:][0]), ("b", numbers[-1])):
            text = request.GET.get(name, "")
            number = int(text) if text.isdecimal() and len(text) < 9 else usual
            chosen.append(number if number in texts else usual)
        earlier, later = chosen
        if earlier == later:
            return {"a": earlier, "b": later, "differences": None}
        return {
            "a": earlier,
            "b": later,
            "differences": [
                {
                    "label": label,
                    "runs": difference(getattr(texts[earlier], name), getattr(texts[later], name)),
                }
                for name, label in FIELDS.items()
                if getattr(texts[earlier], name) != getattr(texts[later], name)
            ],
        }


class TemplateVersionView(WordingView):
    """One version: its text, what is wrong with it, and, of a draft, what may be done."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The version."""
        return self.show(self.template(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put it in use, or give it up."""
        template = self.template(pk)
        form = RevisionForm(request.POST)
        revision = form.cleaned_data["revision"] if form.is_valid() else -1
        back = self.url("template-kind", template.kind)
        if request.POST.get("then") == "discard":
            discard_template(actor=self.actor, template_id=pk, revision=revision)
            messages.success(request, f"{template}的草稿已撤销。")
            return redirect(back)
        try:
            put_template_in_use(actor=self.actor, template_id=pk, revision=revision)
        except ValidationError:
            return self.show(template, status=422)
        messages.success(request, f"{template}已启用，今后拟稿用这一版；已有的公文不变。")
        return redirect(back)

    def show(self, template: DocumentTemplate, status: int = 200) -> HttpResponse:
        """The page."""
        texts = Wording.of(template).texts
        draft = template.state == "draft"
        return self.page(
            "core/documents/template_version.html",
            {
                "breadcrumbs": self.crumbs(
                    (template.spec.label, self.url("template-kind", template.kind)),
                    (f"第{template.version}版", None),
                ),
                "template": template,
                "tone": TONES[template.state],
                "words": self.words(texts),
                "faults": [
                    {"text": f"{FIELDS[fault.field]}：{fault.message}"}
                    for fault in (faults_of(texts, template.spec.placeholders) if draft else ())
                ],
                "form": RevisionForm(initial={"revision": template.revision}),
            },
            status=status,
        )
