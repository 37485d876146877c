"""What a post may import, the templates, the upload, and the post's earlier imports."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header

from portal.core.actions.workbooks import start_import
from portal.core.constants import ImportState
from portal.core.errors import require
from portal.core.models import ImportRun
from portal.core.paging import paginate
from portal.core.web import OfficeView
from portal.core.workbooks.registry import importer_of, importers_for
from portal.core.workbooks.spec import OUTCOMES, Importer, Outcome
from portal.core.workbooks.template import header_text, how_to_fill, write_template
from portal.workspace.import_back import Back, back_of
from towns.actions.offline import KIND as OF_APPLICATIONS

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
COLUMNS = (
    {"label": "导入表", "kind": "name"},
    {"label": "内容", "kind": "text"},
    {"label": "状态", "kind": "tag"},
    {"label": "检查结果", "kind": "name"},
    {"label": "上传人", "kind": "text"},
    {"label": "上传时间", "kind": "datetime"},
)


def kind_or_404(kind: str) -> Importer:
    """The importer of an address."""
    try:
        return importer_of(kind)
    except KeyError as error:
        raise Http404("没有这种导入。") from error


def label_of(kind: str) -> str:
    """What a kind is called, also when it is no longer offered."""
    try:
        return importer_of(kind).label
    except KeyError:
        return kind


def counts_text(counts: dict[str, int]) -> str:
    """新增 212，修改 87: what there is of each outcome."""
    return "，".join(f"{word} {counts[key]:,}" for key, word in OUTCOMES.items() if counts.get(key))


def state_tag(run: ImportRun) -> dict[str, str]:
    """The state in a word with its colour; what was checked is not always to be confirmed."""
    if run.state == ImportState.REHEARSED and run.counts.get(Outcome.REFUSE):
        return {"word": "待改正", "tone": "danger"}
    useful = run.counts.get(Outcome.ADD) or run.counts.get(Outcome.CHANGE)
    if run.state == ImportState.REHEARSED and not useful:
        return {"word": "无需导入", "tone": "neutral"}
    return {"word": run.get_state_display(), "tone": run.tone}


class ImportListView(OfficeView):
    """The kinds of import for this post, and what it has imported."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of earlier imports, newest first."""
        # The workbooks of applications stand on the pages of these.
        rows = ImportRun.objects.visible_to(self.actor).exclude(kind=OF_APPLICATIONS)
        page = paginate(rows.select_related("book"), request.GET)
        context = {
            "breadcrumbs": [("工作台", self.url("workspace")), ("导入", None)],
            "kinds": [
                {
                    "label": row.label,
                    "description": row.description,
                    "new_url": self.url("import-new", row.kind),
                    "template_url": self.url("import-template", row.kind),
                }
                for row in importers_for(self.actor)
            ],
            "columns": COLUMNS,
            "rows": [self._row(run) for run in page.items],
            "page": page,
        }
        return self.page("imports/list.html", context)

    def _row(self, run: ImportRun) -> dict[str, Any]:
        tag = state_tag(run)
        return {
            "id": run.pk,
            "label": run.book.name,
            "cells": [
                {"text": run.book.name, "url": self.url("import", run.pk)},
                label_of(run.kind),
                {"text": tag["word"], "tone": tag["tone"]},
                run.problem or counts_text(run.counts),
                run.created_name,
                run.created_at,
            ],
        }


class ImportTemplateView(OfficeView):
    """The empty workbook of a kind."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Send it."""
        importer = kind_or_404(kind).for_actor(self.actor)
        require(importer.may_import(self.actor))
        buffer = io.BytesIO()
        write_template(importer, self.actor, buffer)
        name = f"{importer.label}导入模板.xlsx"
        self.exported(name)
        answer = HttpResponse(buffer.getvalue(), content_type=XLSX)
        answer.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
        answer["X-Content-Type-Options"] = "nosniff"
        answer["Cache-Control"] = "private, no-store"
        return answer


class ImportNewView(OfficeView):
    """Uploading a workbook of a kind."""

    def get(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The template, the upload, and what belongs into each column."""
        return self._show(self._importer(kind), place=request.GET.get("town", ""))

    def post(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Take the workbook in; its check goes on as a job."""
        importer = self._importer(kind)
        upload, place = request.FILES.get("upload"), request.POST.get("place", "")
        if not isinstance(upload, UploadedFile):
            return self._show(importer, ["请先选择要上传的 xlsx 工作簿。"], place)
        try:
            run = start_import(
                actor=self.actor, kind=kind, upload=upload, place=place, back=self._back().kept
            )
        except ValidationError as error:
            return self._show(importer, error.messages, place)
        return redirect(self.url("import", run.pk))

    def _importer(self, kind: str) -> Importer:
        importer = kind_or_404(kind).for_actor(self.actor)
        require(importer.may_import(self.actor))
        return importer

    def _back(self) -> Back:
        return back_of(self.request.GET, self.actor)

    def _show(
        self, importer: Importer, errors: Sequence[str] = (), place: str = ""
    ) -> HttpResponse:
        places, back = importer.places(self.actor), self._back()
        town = f"&town={place}" if place in dict(places) else ""
        rows = f"{settings.PORTAL_IMPORT_MAX_ROWS:,}"
        size = settings.PORTAL_UPLOAD_MAX_BYTES // 1024 // 1024
        slot = {
            "id": "workbook",
            "label": "要导入的工作簿",
            "hint": "可以用模板，也可以用现有的表：表头按名称识别，列的顺序不限，上方可以有标题。",
            "required": True,
            "accept": ".xlsx",
            "limit_text": f"xlsx 工作簿，不超过 {size} MB、{rows} 行。一次上传一份。",
            "upload_url": self.url("import-new", importer.kind) + back.query,
            "field_name": "upload",
            "one": True,
            "places": places if len(places) > 1 else [],
            "place": place,
            "files": [],
            "errors": errors,
        }
        context = {
            "breadcrumbs": [
                ("工作台", self.url("workspace")),
                ("导入", self.url("imports")),
                (importer.label, None),
            ],
            "importer": importer,
            "back": back,
            "slot": slot,
            "errors": [{"text": text, "href": "#slot-workbook-file"} for text in errors],
            "template_url": self.url("import-template", importer.kind),
            "kinds": [
                {
                    "label": row.label,
                    "url": self.url("import-new", row.kind) + town + back.query,
                    "active": row.kind == importer.kind,
                }
                for row in importers_for(self.actor)
            ],
            "fields": [
                {
                    "label": header_text(field),
                    "how": how_to_fill(field),
                    "aliases": "、".join(field.aliases),
                }
                for field in importer.fields
            ],
        }
        return self.page("imports/new.html", context, status=422 if errors else 200)
