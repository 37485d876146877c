"""Drafting a free document (通知、通报、函、纪要、公示): its kind, its words, its tables."""

from __future__ import annotations

import uuid
from pathlib import PurePath
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from portal.core.actions.documents import begin_document
from portal.core.actions.documents.drafting import WORDLESS, Draft, numbering_of
from portal.core.actor import acting_office
from portal.core.document_forms.composing import (
    LONGEST_TITLE,
    ComposeForm,
    loose_draft,
    rearranged,
    table_count,
    typed,
)
from portal.core.document_queries import template_texts
from portal.core.documents.drafts import LABELS, plain_draft
from portal.core.documents.kinds import Kind, Texts, kinds
from portal.core.documents.tables import LIMITS, MOST_COLUMNS, MOST_ROWS, MOST_TABLES, text_of
from portal.core.documents.wording import fill, unfilled
from portal.core.errors import require
from portal.core.files import prepare_upload
from portal.core.policies.documents import may_begin_document
from portal.core.sample_tasks import Sample
from portal.core.template_queries import common_values
from portal.core.views.documents.preview import answer_live, is_live, is_look, look_at
from portal.core.web import OfficeView, add_errors
from portal.core.workbooks.reading import read_cells

# What each kind is for, as the rules of official documents have it.
PURPOSES = {
    "notice": "发布、传达要求下级机关执行和有关单位周知或者执行的事项。",
    "circular": "表彰先进、批评错误、传达重要精神和告知重要情况。",
    "letter": "不相隶属机关之间商洽工作、询问和答复问题、请求批准和答复审批事项。",
    "minutes": "记载会议主要情况和议定事项，列出出席、请假、列席人员。",
    "publicity": "向社会公布事项，听取意见，不编发文字号。",
}
LARGEST_BOOK = 5 * 1024 * 1024
LONGEST_KEY = 40


class ComposingView(OfficeView):
    """What the pages share on which a document is typed: tables, files that are read, a look."""

    title = ""
    template_name = ""

    def typed_data(self, request: HttpRequest) -> tuple[QueryDict, dict[str, ValidationError]]:
        """What was posted, with the tables of uploaded workbooks read into their fields."""
        data, problems = request.POST.copy(), {}
        for place in range(table_count(data)):
            name = f"table_{place}_file"
            upload = request.FILES.get(name)
            if not isinstance(upload, UploadedFile):
                continue
            try:
                rows = self.read(upload)
            except ValidationError as error:
                problems[name] = error
                continue
            data[f"table_{place}_text"] = text_of(rows)
            title = PurePath(upload.name or "").stem[:LONGEST_TITLE]
            data[f"table_{place}_title"] = data.get(f"table_{place}_title") or title
            messages.info(
                request,
                f"已读入“{upload.name}”：{len(rows) - 1} 行、{max(map(len, rows))} 列。",
            )
        return data, problems

    def read(self, upload: UploadedFile) -> list[list[str]]:
        """The cells of an uploaded workbook, after the checks of every upload."""
        if (upload.size or 0) > LARGEST_BOOK:
            raise ValidationError("表格文件不能超过 5 MB。请只保留要附的一张表后再上传。")
        checked = prepare_upload(upload, self.actor).checked
        if checked.kind.extension != "xlsx":
            raise ValidationError("请上传 xlsx 文件；其他格式请用表格软件另存为 xlsx。")
        return read_cells(upload, rows=MOST_ROWS + 1, columns=MOST_COLUMNS)

    def make_form(self, kind: Kind, data: Any = None, **options: Any) -> ComposeForm:
        """The form."""
        return ComposeForm(data, kind=kind, **options)

    def rearrange(self, request: HttpRequest, kind: Kind) -> HttpResponse | None:
        """The page after a button of the tables; None when it was another one."""
        order = request.POST.get("table", "")
        if not order:
            return None
        data, problems = self.typed_data(request)
        if problems:
            form = self.make_form(kind, data)
            self.put_problems(form, problems)
            return self.show(form, status=422)
        return self.show(self.make_form(kind, initial=rearranged(data, order)))

    def look(
        self, request: HttpRequest, kind: Kind, sample: Sample, left_out: list[str]
    ) -> HttpResponse:
        """The pages of what was typed."""
        open_ones = [f"{LABELS[fault.field]}：{fault.message}" for fault in unfilled(sample.texts)]
        preview = look_at(self, sample, [*open_ones, *left_out])
        if is_live(request):
            return answer_live(self, preview)
        form = self.make_form(kind, initial=rearranged(request.POST, "as it is"))
        return self.show(form, preview=preview)

    def put_problems(self, form: ComposeForm, problems: dict[str, ValidationError]) -> None:
        """What is wrong with uploaded files, beside them."""
        for name, error in problems.items():
            form.add_error(name, error)

    def show(
        self, form: ComposeForm, status: int = 200, preview: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page."""
        raise NotImplementedError

    def context(self, form: ComposeForm, preview: dict[str, Any] | None) -> dict[str, Any]:
        """What the form needs on every page."""
        return {
            "form": form,
            "kind": form.kind,
            "people": [form[name] for name in ("present", "absent", "attending")
                       if name in form.fields],
            "may_add": not form.words_only and form.count < MOST_TABLES,
            "most_tables": MOST_TABLES,
            "limits": LIMITS,
            "preview": preview,
            "open_places": open_places(form),
        }  # fmt: skip


def open_places(form: ComposeForm) -> list[dict[str, str]]:
    """Placeholders that are still to be typed over, each with the field it stands in."""
    texts = Texts(
        **{
            name: str(form[name].value() or "") if name in form.fields else ""
            for name in Texts._fields
        }
    )
    return [
        {
            "field": f"id_{fault.field}",
            "label": LABELS[fault.field],
            "text": fault.message.split("“")[1].split("”")[0],
        }
        for fault in unfilled(texts)
    ]


class DocumentNewView(ComposingView):
    """Draft a free document: first its kind, then its words from the office's template."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The kinds, or the form of the chosen one."""
        require(may_begin_document(self.actor))
        if "kind" not in request.GET:
            return self.choose()
        kind = self.kind()
        texts = fill(
            template_texts(acting_office(self.actor), kind.key),
            common_values(acting_office(self.actor)),
        )
        plain = plain_draft(texts, {}, kind.openness)
        return self.show(self.make_form(kind, initial=typed(plain)))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Draft it, rearrange its tables, or look."""
        require(may_begin_document(self.actor))
        kind = self.kind()
        if is_look(request):
            texts, content, left_out = loose_draft(request.POST, kind)
            word, _ = numbering_of(acting_office(self.actor), kind.genre)
            sample = Sample(kind.key, texts, f"new:{kind.key}", content, word)
            return self.look(request, kind, sample, left_out)
        answer = self.rearrange(request, kind)
        if answer is not None:
            return answer
        data, problems = self.typed_data(request)
        form = self.make_form(kind, data)
        self.put_problems(form, problems)
        if form.is_valid():
            try:
                return self.begin(request, kind, form.draft())
            except ValidationError as error:
                add_errors(form, error)
        return self.show(form, status=422)

    def begin(self, request: HttpRequest, kind: Kind, draft: Draft) -> HttpResponse:
        """One action, and on to the document; the second of two clicks is led to the same one."""
        document = begin_document(
            actor=self.actor,
            kind=kind.key,
            draft=draft,
            form_key=request.POST.get("form_key", "")[:LONGEST_KEY],
        )
        messages.success(request, "拟稿已保存。核对后送核稿。")
        return redirect(self.url("document", document.pk))

    def kind(self) -> Kind:
        """The chosen kind, or 404."""
        key = self.request.POST.get("kind") or self.request.GET.get("kind", "")
        found = next((row for row in kinds() if row.key == key and row.free), None)
        if found is None:
            raise Http404("没有这种可以直接拟写的公文。")
        return found

    def choose(self) -> HttpResponse:
        """The kinds as cards."""
        here = self.url("document-new")
        return self.page(
            "core/documents/compose_choose.html",
            {
                "breadcrumbs": self.crumbs(None),
                "cards": [
                    {
                        "label": row.label,
                        "text": PURPOSES.get(row.key, ""),
                        "url": f"{here}&kind={row.key}",
                    }
                    for row in kinds()
                    if row.free
                ],
            },
        )

    def show(
        self, form: ComposeForm, status: int = 200, preview: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The form."""
        kind = form.kind
        word, _ = numbering_of(acting_office(self.actor), kind.genre)
        return self.page(
            "core/documents/compose.html",
            {
                **self.context(form, preview),
                "breadcrumbs": self.crumbs(kind),
                "title": f"拟写{kind.label}",
                "wordless": WORDLESS if kind.numbered and not word else "",
                "cancel_url": self.url("documents"),
                "form_key": self.request.POST.get("form_key") or uuid.uuid4().hex,
            },
            status=status,
        )

    def crumbs(self, kind: Kind | None) -> list[tuple[str, str | None]]:
        """The way here."""
        above = [("工作台", self.url("workspace")), ("公文", self.url("documents"))]
        if kind is None:
            return [*above, ("拟写公文", None)]
        return [*above, ("拟写公文", self.url("document-new")), (kind.label, None)]
