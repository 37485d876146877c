"""Pages of public notices (公示) for their office; everybody reads them on the public pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from portal.core import clock
from portal.core.actor import Actor
from portal.core.constants import UNSTATED, Can
from portal.core.errors import Stale, require
from portal.core.names import knows_people_of
from portal.core.paging import capped_count, paginate
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews.actions import close_notice, publish_notice
from reviews.chain import OUTCOMES, Mode
from reviews.collective_queries import (
    WAITING_LIMIT,
    Dossier,
    days_left,
    dossiers,
    notice_sizes,
    unpublished_years,
    waiting_for,
)
from reviews.documents import default_notice
from reviews.forms.collective import NoticeForm, ResultsForm, StateFilter
from reviews.models import PublicNotice, PublicNoticeItem
from reviews.models.collective import NOTICE_STATE_CHOICES, PublicNoticeQuerySet
from reviews.policies import may_close_notice, may_collect

COLUMNS = [
    {"label": "标题", "kind": "name"},
    {"label": "开始日期", "kind": "date"},
    {"label": "结束日期", "kind": "date"},
    {"label": "公示专业镇", "kind": "number", "unit": "个"},
    {"label": "状态", "kind": "tag"},
]


def status_of(notice: PublicNotice) -> tuple[str, str, str]:
    """Word, tone and note of a notice's status tag."""
    if notice.state == "closed":
        return notice.get_state_display(), "done", ""
    if notice.is_over:
        return "期满待办结", "warning", ""
    if notice.starts_on > clock.today():
        return "未开始", "neutral", f"{notice.starts_on:%Y-%m-%d} 开始"
    return notice.get_state_display(), "info", f"还剩 {days_left(notice)} 个工作日"


def notices_of(actor: Actor) -> PublicNoticeQuerySet:
    """Notices the acting office works on; posts without region scope read the public pages."""
    rows = PublicNotice.objects.visible_to(actor)
    return rows.none() if actor.scope is None else rows.filter(office=actor.office)


class NoticesView(OfficeView):
    """The notices of the acting office."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them, newest first."""
        form = StateFilter(request.GET or None, NOTICE_STATE_CHOICES)
        rows = notices_of(self.actor)
        if form.state_value:
            rows = rows.filter(state=form.state_value)
        found = paginate(rows, request.GET)
        sizes = notice_sizes(found.items)
        return self.page(
            "reviews/notice_list.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("公示", None)],
                "page": found,
                "form": form,
                "columns": COLUMNS,
                "rows": [
                    {
                        "cells": [
                            {"text": row.title, "url": self.url("notice", row.pk)},
                            row.starts_on,
                            row.ends_on,
                            sizes.get(row.pk, 0),
                            _tag(row),
                        ]
                    }
                    for row in found.items
                ],
                "waiting": capped_count(waiting_for(self.actor, Mode.NOTICE))[0],
                "may_publish": may_collect(self.actor, Mode.NOTICE, Can.PUBLISH),
            },
        )


def _tag(notice: PublicNotice) -> dict[str, str]:
    word, tone, _ = status_of(notice)
    return {"text": word, "tone": tone}


class NoticeNewView(OfficeView):
    """Publish waiting cases."""

    word_fields: ClassVar[Words] = {"title": "标题", "body": "公示内容"}

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, drafted for the office."""
        assert self.actor.office is not None
        waiting = self.waiting()
        texts = default_notice(self.actor.office, clock.today().year)
        form = NoticeForm(
            waiting=waiting,
            initial={
                **texts,
                **_window(waiting),
                "starts_on": clock.today(),
                "cases": request.GET.getlist("case"),
            },
        )
        return self.show(form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Publish."""
        form = NoticeForm(request.POST, waiting=self.waiting())
        if form.is_valid():
            fields = {**form.cleaned_data}
            try:
                notice = publish_notice(actor=self.actor, case_ids=fields.pop("cases"), **fields)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(
                    request,
                    f"公示已发布，{notice.starts_on:%Y-%m-%d} 至 {notice.ends_on:%Y-%m-%d}。",
                )
                return redirect(self.url("notice", notice.pk))
        return self.show(form, status=422)

    def get_stale_url(self) -> str:
        """Choose again."""
        return self.url("notice-new")

    def waiting(self) -> list[Dossier]:
        """The cases that may be chosen."""
        require(may_collect(self.actor, Mode.NOTICE, Can.PUBLISH))
        return dossiers(waiting_for(self.actor, Mode.NOTICE)[:WAITING_LIMIT])

    def show(self, form: NoticeForm, status: int = 200) -> HttpResponse:
        """The page."""
        days = _window(form.waiting)["working_days"]
        return self.page(
            "reviews/notice_new.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("公示", self.url("notices")),
                    ("发布公示", None),
                ],
                "form": form,
                "chosen": form.chosen(),
                "days_hint": (
                    "按批次设定填入，可以更改。"
                    if days
                    else f"批次没有统一设定公示天数（文件{UNSTATED}），由本办公室填写。"
                ),
                "unpublished": unpublished_years(clock.today().year),
            },
            status=status,
        )


def _window(waiting: Sequence[Dossier]) -> dict[str, Any]:
    """What the rounds of the waiting cases say about the window, where they all say the same."""
    said = {(row.case.round.notice_days, row.case.round.notice_first_day_counts) for row in waiting}
    if len(said) != 1:
        return {"working_days": None, "first_day_counts": True}
    days, first = said.pop()
    return {"working_days": days, "first_day_counts": first}


class NoticeView(OfficeView):
    """One notice; after its window the form that closes it."""

    word_fields: ClassVar[Words] = {"opinion_": "意见"}

    notice: PublicNotice

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it."""
        self.load(pk)
        return self.show(None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close it with a result for each town."""
        self.load(pk)
        self.stale_url = self.url("notice", pk)
        if self.notice.state == "closed":
            raise Stale("该公示已办结，无需重复办理。")
        form = ResultsForm(request.POST, items=self.items)
        if form.is_valid():
            try:
                close_notice(actor=self.actor, notice=self.notice, results=form.results())
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "公示已办结，无异议的办件转入认定环节。")
                return redirect(self.url("notice", pk))
        return self.show(form, status=422)

    def load(self, pk: int) -> None:
        """The notice of the acting office with its towns."""
        rows = notices_of(self.actor)
        self.notice = get_object_or_404(rows.select_related("office__region", "created_by"), pk=pk)
        self.items = list(
            self.notice.items.select_related("case").order_by("case__scope_code", "case_id")
        )

    def show(self, form: ResultsForm | None, status: int = 200) -> HttpResponse:
        """The page."""
        notice = self.notice
        verdict = may_close_notice(self.actor, notice)
        running = notice.state == "running"
        if running and verdict.ok and form is None:
            form = ResultsForm(items=self.items)
        word, tone, note = status_of(notice)
        return self.page(
            "reviews/notice.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("公示", self.url("notices")),
                    (notice.title, None),
                ],
                "notice": notice,
                "word": word,
                "tone": tone,
                "note": note,
                "verdict": verdict,
                "form": form if running and verdict.ok else None,
                "facts": _facts(notice, named=knows_people_of(self.actor, notice.office)),
                "unpublished": unpublished_years(notice.starts_on.year, notice.ends_on.year),
                "agenda": [_row(item, form) for item in self.items],
            },
            status=status,
        )


def _facts(notice: PublicNotice, *, named: bool) -> list[dict[str, Any]]:
    counted = "开始当日计入" if notice.first_day_counts else "自开始次日起算"
    return [
        {"label": "公示期", "value": f"{notice.starts_on:%Y-%m-%d} 至 {notice.ends_on:%Y-%m-%d}"},
        {"label": "公示工作日", "value": f"{notice.working_days} 个工作日", "note": counted},
        {"label": "受理部门及联系人", "value": notice.contact},
        {"label": "联系电话", "value": notice.phone},
        {"label": "通信地址", "value": notice.address},
        *([{"label": "发布人", "value": notice.creator}] if named else []),
    ]


def _row(item: PublicNoticeItem, form: ResultsForm | None) -> dict[str, Any]:
    outcome = OUTCOMES.get(item.result)
    return {
        "item": item,
        "result": form[f"result_{item.pk}"] if form else None,
        "opinion": form[f"opinion_{item.pk}"] if form else None,
        "word": outcome.label if outcome else "",
        "tone": "success" if outcome and outcome.tone == "primary" else "warning",
    }
