"""Pages of one batch: its progress, what came of every item, its files."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core.actions.documents.batches import retry_batch
from portal.core.constants import BATCH_ITEM_STATE_CHOICES
from portal.core.documents.batches import batch_kind
from portal.core.errors import Verdict
from portal.core.formatting import file_size
from portal.core.models import DocumentBatch, DocumentBatchItem
from portal.core.paging import Order, Page, paginate_by
from portal.core.views.documents.batches import sizes_of, standing
from portal.core.web import OfficeView

TONES = {"waiting": "neutral", "done": "success", "failed": "danger"}
ITEM_COLUMNS = [
    {"label": "序号", "kind": "number"},
    {"label": "名称", "kind": "name"},
    {"label": "状态", "kind": "tag"},
    {"label": "页数", "kind": "number"},
    {"label": "文件或者原因"},
]
FILES = {"zip": "bundle", "merged": "merged"}


class BatchPage(OfficeView):
    """A page of one batch; ``self.batch`` is what the acting office owns."""

    batch: DocumentBatch

    def load(self, pk: int) -> DocumentBatch:
        """The batch, or 404."""
        rows = DocumentBatch.objects.visible_to(self.actor)
        self.batch = get_object_or_404(rows.select_related("job", "bundle", "merged"), pk=pk)
        self.stale_url = self.url("batch", pk)
        return self.batch


class BatchView(BatchPage):
    """One batch: progress, files, what came of every item; a POST makes what is left."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it; a poll of the job gets the progress alone."""
        batch = self.load(pk)
        job = batch.job
        progress = {
            "job": job,
            "poll_url": self.url("batch", pk),
            "result_url": self.url("batch", pk),
            "result_text": "查看结果",
        }
        if request.headers.get("HX-Request"):
            return self.page("components/job_progress.html", progress)
        size = sizes_of([batch]).get(batch.pk, {})
        self.viewed(batch)
        finished = job is not None and job.is_finished
        state = self.state(request, size, finished=finished)
        page = self.items(request, state)
        return self.page(
            "core/documents/batch.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("批量文件", self.url("batches")),
                    (batch.label, None),
                ],
                "batch": batch,
                "standing": standing(job, size),
                "progress": progress,
                "finished": finished,
                "facts": self.facts(size),
                "files": self.files(),
                "retry": self.retry(size) if finished else None,
                "left": size.get("failed", 0) + size.get("waiting", 0),
                "tabs": self.tabs(size, state),
                "columns": ITEM_COLUMNS,
                "rows": [self.row(item) for item in page.items],
                "page": page,
            },
        )

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make what could not be made once more."""
        batch = self.load(pk)
        retry_batch(actor=self.actor, batch_id=batch.pk)
        messages.success(request, "已重新开始制作未完成的。")
        return redirect(self.url("batch", pk))

    def state(self, request: HttpRequest, size: dict[str, int], *, finished: bool) -> str:
        """Which items are shown: those asked for; of a finished batch first those that failed."""
        asked = request.GET.get("state")
        if asked is None:
            return "failed" if finished and size.get("failed") else ""
        return asked if asked in dict(BATCH_ITEM_STATE_CHOICES) else ""

    def items(self, request: HttpRequest, state: str) -> Page[DocumentBatchItem]:
        """One page of the items, in their order."""
        base: QuerySet[DocumentBatchItem] = self.batch.items.select_related("file")
        rows = self.batch.items.filter(Q(state=state) if state else Q())
        order = Order("pk", descending=False)
        return paginate_by(rows, request.GET, order=order, base=base, counted=rows)

    def tabs(self, size: dict[str, int], state: str) -> list[dict[str, Any]]:
        """The states, with how many items each has."""
        here = self.url("batch", self.batch.pk)
        words = [("failed", "未完成"), ("done", "完成"), ("waiting", "等待")]
        return [
            {
                "label": label,
                "url": f"{here}&state={key or 'all'}",
                "active": key == state,
                "count": size.get(key, 0) if key else sum(size.values()),
            }
            for key, label in [("", "全部"), *words]
        ]

    def facts(self, size: dict[str, int]) -> list[dict[str, Any]]:
        """Who asked for what."""
        batch, kind = self.batch, batch_kind(self.batch.kind)
        return [
            {"label": "种类", "value": kind.label if kind else batch.kind},
            {"label": "共", "value": f"{sum(size.values())} 份"},
            {"label": "发起人", "value": batch.created_name},
            {"label": "成文日期", "value": batch.arguments.get("on", "与认定日期一致")},
        ]

    def files(self) -> list[dict[str, Any]]:
        """The zip and the merged PDF, once they are there."""
        named = (("zip", "全部文件（压缩包）"), ("merged", "合并为一份（PDF，带书签）"))
        found = []
        for which, label in named:
            stored = getattr(self.batch, FILES[which])
            if stored is not None:
                url = self.url("batch-file", self.batch.pk, which)
                found.append({"label": label, "stored": stored, "url": url})
        return found

    def retry(self, size: dict[str, int]) -> Verdict | None:
        """Whether what is left may be made; None when nothing is."""
        kind = batch_kind(self.batch.kind)
        done = bool(size.get("done"))
        unbundled = done and (self.batch.bundle_id is None or self.batch.merged_id is None)
        if kind is None or not (size.get("failed") or size.get("waiting") or unbundled):
            return None
        return kind.may(self.actor)

    def row(self, item: DocumentBatchItem) -> dict[str, Any]:
        """One row of the table."""
        result: Any = item.reason
        if item.file is not None:
            url = self.url("batch-item-file", self.batch.pk, item.pk)
            result = {"text": f"下载（{file_size(item.file.size)}）", "url": url}
        return {
            "cells": [
                item.position,
                item.label,
                {"text": item.get_state_display(), "tone": TONES[item.state]},
                item.pages,
                result,
            ]
        }


class BatchFileView(BatchPage):
    """The zip or the merged PDF."""

    def get(self, request: HttpRequest, pk: int, which: str) -> FileResponse:
        """Download it."""
        batch = self.load(pk)
        stored = getattr(batch, FILES[which]) if which in FILES else None
        if stored is None:
            raise Http404("没有这份文件，或者还没有生成。")
        return self.send(stored, batch)


class BatchItemFileView(BatchPage):
    """The PDF of one item."""

    def get(self, request: HttpRequest, pk: int, item: int) -> FileResponse:
        """Download it."""
        batch = self.load(pk)
        found = get_object_or_404(batch.items.select_related("file"), pk=item)
        if found.file is None:
            raise Http404("这一份还没有生成。")
        return self.send(found.file, batch)
