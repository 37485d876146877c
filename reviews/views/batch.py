"""Several cases of the queue at once: what is asked for them, and what came of each."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.queries import spec_of
from portal.core import clock
from portal.core.calendar import missing_ahead, next_working_days
from portal.core.errors import Refused, require
from portal.core.typed import Words
from reviews.batching import (
    BULKS,
    MOST,
    Bulk,
    Done,
    Picked,
    acts,
    each,
    easy_outcome,
    may_batch,
    picked,
)
from reviews.forms.queue import BatchAcceptForm, BatchReturnForm, HandOverForm
from reviews.holding import holders_of, names_of
from reviews.queue_list import QUEUE, case_url, knows_holder
from reviews.views.phrases import PhraseHelp
from reviews.views.queue import list_url, place_of
from towns.actions.correcting import LONGEST_TERM
from towns.declared import section_titles

Context = dict[str, Any]
COLUMNS = [
    {"label": "办件编号", "kind": "code"},
    {"label": "专业镇", "kind": "name"},
    {"label": "当前环节"},
    {"label": "承办人"},
    {"label": "本次办理"},
]
SAID = 3  # reasons named where none of the chosen cases can be done
RESULTS = [
    {"label": "办件编号", "kind": "code"},
    {"label": "专业镇", "kind": "name"},
    {"label": "结果", "kind": "tag"},
    {"label": "说明"},
]


class BatchView(PhraseHelp):
    """A batch: what asks for nothing more is done at once, the rest on a page of its own."""

    word_fields: ClassVar[Words] = {"opinion": "意见", "note": "说明"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """Reloading leads to the queue."""
        self.check()
        return redirect(list_url(self, place_of(request)))

    def check(self) -> None:
        """Offices alone have the page; posts that take no step are told so."""
        if self.actor.scope is None:
            raise Http404("没有这个页面。")
        require(may_batch(self.actor))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Ask what is needed, or do it and say what came of each case."""
        self.check()
        bulk = BULKS.get(request.POST.get("action", ""))
        keys = {int(text) for text in request.POST.getlist("cases") if _is_key(text)}
        self.stale_url = list_url(self, place_of(request))
        problem = _problem(bulk, keys)
        if bulk is None or problem:
            messages.warning(request, problem)
            return redirect(self.stale_url)
        rows = picked(self.actor, keys, bulk)
        if not rows:
            raise Http404("没有这些办件。")
        if not any(row.verdict.ok for row in rows) and not self.runs():
            raise Refused(_refusal(rows))
        if not bulk.asks:
            return self.act(bulk, rows, {})
        if "phrase" in request.POST:
            return self.asked(bulk, rows, self.with_phrase(bulk, rows))
        sent = request.POST if "go" in request.POST else None
        form = self.form(bulk, rows, sent)
        if sent is None or not form.is_valid():
            return self.asked(bulk, rows, form)
        return self.act(bulk, rows, form.cleaned_data)

    def runs(self) -> dict[int, int]:
        """The open run that each case was shown with, by the case."""
        sent = [pair.split(":") for pair in self.request.POST.getlist("runs")]
        return {int(p[0]): int(p[1]) for p in sent if len(p) == 2 and all(map(_is_key, p))}

    def form(self, bulk: Bulk, rows: list[Picked], data: Any) -> forms.Form:
        """What is asked for all of them."""
        if bulk.key == "accept":
            return BatchAcceptForm(data)
        if bulk.key == "assign":
            return HandOverForm(data, posts=post_choices(rows))
        titles: dict[str, str] = {}
        for criteria_set in {row.case.application.criteria_set for row in rows}:
            titles |= section_titles(spec_of(criteria_set))
        ends = next_working_days(clock.today(), LONGEST_TERM)
        return BatchReturnForm(data, sections=titles.items(), ends=ends)

    def with_phrase(self, bulk: Bulk, rows: list[Picked]) -> forms.Form:
        """The form as it was filled, unchecked, with the phrase that was asked for."""
        data, form = self.request.POST, self.form(bulk, rows, None)
        words = [name for name in ("opinion",) if name in form.fields]
        typed = self.helped(data, words, rows[0].case.step)
        form.initial = {**typed, "sections": data.getlist("sections")}
        return form

    def asked(self, bulk: Bulk, rows: list[Picked], form: forms.Form) -> HttpResponse:
        """The page that asks, with what will be done with each case."""
        place = place_of(self.request)
        able = [row for row in rows if row.verdict.ok]
        return self.page(
            "reviews/batch.html",
            {
                "breadcrumbs": [("办件", list_url(self, place)), (bulk.title, None)],
                "bulk": bulk,
                "form": form,
                "columns": COLUMNS,
                "rows": [self.row(bulk, row) for row in rows],
                "picked": [(row.case.pk, row.run.pk) for row in able if row.run],
                "able": len(able),
                "unable": len(rows) - len(able),
                "cancel_url": list_url(self, place),
                QUEUE: place,
                "missing": missing_ahead(clock.today(), LONGEST_TERM)
                if "days" in form.fields
                else "",
                **(self.phrases(rows[0].case.current) if "opinion" in form.fields else {}),
            },
            status=422 if form.is_bound and form.errors else 200,
        )

    def row(self, bulk: Bulk, row: Picked) -> Context:
        """A chosen case and what will be done with it, or why not."""
        case, what = row.case, bulk.label.removeprefix("批量")
        outcome = easy_outcome(case.current) if bulk.key == "accept" else None
        if not row.verdict.ok:
            will: Any = {"text": "不办理", "tone": "warning", "note": row.verdict.reason}
        else:
            will = outcome.label if outcome else what
        return {
            "cells": [
                case.number,
                {"text": case.town_name, "url": case_url(self.actor, case.pk)},
                case.status_label,
                (case.held_name or "未认领") if knows_holder(self.actor, case) else "",
                will,
            ]
        }

    def act(self, bulk: Bulk, rows: list[Picked], given: Context) -> HttpResponse:
        """Do it, and show each result; back to the list where all went well at once."""
        done = each(self.actor, rows, acts(bulk, self.actor, given), self.runs())
        failed = [row for row in done if not row.ok]
        place = place_of(self.request)
        if not bulk.asks and not failed:
            messages.success(self.request, f"{bulk.label}：{len(done)} 件。")
            return redirect(list_url(self, place))
        return self.page(
            "reviews/batch_done.html",
            {
                "breadcrumbs": [("办件", list_url(self, place)), (bulk.title, None)],
                "bulk": bulk,
                "columns": RESULTS,
                "rows": [self.result(row, place) for row in [*failed, *_well(done)]],
                "done": len(done) - len(failed),
                "failed": len(failed),
                "list_url": list_url(self, place),
            },
        )

    def result(self, row: Done, place: str) -> Context:
        """What came of one case."""
        word = (
            {"text": "已办理", "tone": "success"}
            if row.ok
            else {"text": "没有办理", "tone": "danger"}
        )
        url = case_url(self.actor, row.case.pk, "" if row.ok else place)
        return {
            "cells": [row.case.number, {"text": row.case.town_name, "url": url}, word, row.text]
        }


def post_choices(rows: list[Picked]) -> list[tuple[int, str]]:
    """The posts that take the steps of what may be given, with whoever is in them today."""
    steps = {
        (row.case.office_id, row.case.current.ability): row.case for row in rows if row.verdict.ok
    }
    found: dict[int, str] = {}
    for case in steps.values():
        for post, people in holders_of(case):
            found[post.pk] = f"{names_of(people)}（{post.title}）"
    return list(found.items())


def _refusal(rows: list[Picked]) -> str:
    """Why none of them can be done, the same reason said once."""
    reasons = dict.fromkeys(row.verdict.reason for row in rows)
    return "".join(list(reasons)[:SAID])


def _well(done: list[Done]) -> list[Done]:
    return [row for row in done if row.ok]


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) < 19


def _problem(bulk: Bulk | None, keys: set[int]) -> str:
    if bulk is None:
        return "请选择要办理的事项。"
    if not keys:
        return "请先在表中勾选办件。"
    if len(keys) > MOST:
        return f"一次最多办理 {MOST} 件，请减少勾选。"
    return ""
