"""Pages of batches (批量文件): the list, and the form that starts one."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core.actions.documents.batches import start_batch
from portal.core.constants import JobState
from portal.core.document_forms.batches import BatchForm
from portal.core.documents.batches import BatchKind, batch_kind, batch_kinds
from portal.core.errors import require
from portal.core.models import DocumentBatch, DocumentBatchItem, Job
from portal.core.paging import paginate
from portal.core.web import OfficeView, add_errors

JOB_TONES = {"queued": "neutral", "running": "info", "done": "success", "failed": "danger"}
COLUMNS = [
    {"label": "名称", "kind": "name"},
    {"label": "共", "kind": "number", "unit": "份"},
    {"label": "未完成", "kind": "number", "unit": "份"},
    {"label": "发起人"},
    {"label": "发起时间", "kind": "datetime"},
    {"label": "状态", "kind": "tag"},
]


class BatchesView(OfficeView):
    """The batches of the acting office, newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them."""
        rows = DocumentBatch.objects.visible_to(self.actor)
        found = paginate(rows.select_related("job"), request.GET, counted=rows)
        sizes = sizes_of(found.items)
        return self.page(
            "core/documents/batches.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("批量文件", None)],
                "page": found,
                "columns": COLUMNS,
                "rows": [self.row(row, sizes.get(row.pk, {})) for row in found.items],
                "may_start": any(kind.may(self.actor).ok for kind in batch_kinds()),
            },
        )

    def row(self, batch: DocumentBatch, size: dict[str, int]) -> dict[str, Any]:
        """One row of the table."""
        return {
            "cells": [
                {"text": batch.label, "url": self.url("batch", batch.pk)},
                sum(size.values()),
                size.get("failed", 0) + size.get("waiting", 0),
                batch.created_name,
                batch.created_at,
                standing(batch.job, size),
            ]
        }


def sizes_of(batches: list[DocumentBatch]) -> dict[int, dict[str, int]]:
    """How many items of each state every batch has: one query."""
    found: dict[int, dict[str, int]] = {}
    rows = DocumentBatchItem.objects.filter(batch__in=batches).order_by()
    counted = rows.values("batch", "state").annotate(number=Count("pk"))
    for batch, state, number in counted.values_list("batch", "state", "number"):
        found.setdefault(batch, {})[state] = number
    return found


def standing(job: Job | None, size: dict[str, int]) -> dict[str, str]:
    """The state of a batch in a word: of its job, and of its items once the job is done."""
    if job is None:
        return {"text": "等待", "tone": "neutral"}
    if job.state == JobState.DONE and size.get("failed", 0):
        return {"text": "部分未完成", "tone": "warning"}
    return {"text": job.get_state_display(), "tone": JOB_TONES[job.state]}


class BatchNewView(OfficeView):
    """Choose a kind, what it is made for, and start it."""

    kind: BatchKind

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form of the chosen kind; ``what``: what it is to be made for."""
        self.choose(request.GET.get("kind", ""))
        form = self.form(None)
        form.initial["what"] = request.GET.get("what", "")
        return self.show(form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Start it; the second of two clicks is led to the same batch."""
        self.choose(request.POST.get("kind", ""))
        form = self.form(request.POST)
        if form.is_valid():
            try:
                batch = start_batch(
                    actor=self.actor,
                    kind=self.kind.key,
                    arguments=form.arguments(),
                    key=form.cleaned_data["key"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "已开始制作，可以离开本页，完成后在此下载。")
                return redirect(self.url("batch", batch.pk))
        return self.show(form, status=422)

    def choose(self, key: str) -> None:
        """The kind that is asked for, else the first."""
        kinds = batch_kinds()
        if not kinds:
            raise Http404("没有可以批量制作的文件。")
        self.kind = batch_kind(key) or kinds[0]
        require(self.kind.may(self.actor))

    def form(self, data: Any) -> BatchForm:
        """The form with what the batch may be made for."""
        choices = self.kind.choices(self.actor)
        return BatchForm(data, kind=self.kind, choices=choices, key=uuid.uuid4().hex)

    def show(self, form: BatchForm, status: int = 200) -> HttpResponse:
        """The page."""
        here = self.url("batch-new")
        what = str(form["what"].value() or "")
        chosen = f"&{urlencode({'what': what})}" if what else ""
        return self.page(
            "core/documents/batch_new.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("批量文件", self.url("batches")),
                    ("批量制作", None),
                ],
                "form": form,
                "kind": self.kind,
                "any": len(form.fields["what"].choices) > 1,  # type: ignore[attr-defined]
                "tabs": [
                    {
                        "label": kind.label,
                        "url": f"{here}&kind={kind.key}{chosen}",
                        "active": kind is self.kind,
                    }
                    for kind in batch_kinds()
                    if kind.may(self.actor).ok
                ],
            },
            status=status,
        )
