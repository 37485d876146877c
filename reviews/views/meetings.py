"""Pages of meetings (会议审定): list, new, one meeting with its agenda and results."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.queries import spec_of
from portal.core import clock
from portal.core.calendar import next_working_days
from portal.core.constants import Can
from portal.core.errors import Stale, require
from portal.core.paging import capped_count, paginate
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews.actions import convene_meeting, record_meeting
from reviews.actions.moving import Corrections
from reviews.chain import OUTCOMES, RETURN, Mode
from reviews.collective_queries import (
    WAITING_LIMIT,
    Dossier,
    agenda_sizes,
    dossiers,
    papers,
    waiting_for,
)
from reviews.forms.collective import MeetingForm, ResultsForm, StateFilter
from reviews.models import Meeting, MeetingItem
from reviews.models.collective import MEETING_STATE_CHOICES
from reviews.policies import may_collect, may_record_meeting
from reviews.tables.papers import paper
from towns.actions.correcting import LONGEST_TERM
from towns.correcting import declared_fields
from towns.declared import section_titles

STATE_TONES = {"planned": "info", "recorded": "done"}
COLUMNS = [
    {"label": "会议名称", "kind": "name"},
    {"label": "召开日期", "kind": "date"},
    {"label": "地点"},
    {"label": "审议办件", "kind": "number", "unit": "件"},
    {"label": "状态", "kind": "tag"},
]


class MeetingsView(OfficeView):
    """The meetings of the acting office."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """List them, newest first."""
        form = StateFilter(request.GET or None, MEETING_STATE_CHOICES)
        rows = Meeting.objects.visible_to(self.actor)
        if form.state_value:
            rows = rows.filter(state=form.state_value)
        found = paginate(rows, request.GET)
        sizes = agenda_sizes(found.items)
        return self.page(
            "reviews/meeting_list.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("会议审定", None)],
                "page": found,
                "form": form,
                "columns": COLUMNS,
                "rows": [
                    {
                        "cells": [
                            {"text": row.title, "url": self.url("meeting", row.pk)},
                            row.held_on,
                            row.place,
                            sizes.get(row.pk, 0),
                            {"text": row.get_state_display(), "tone": STATE_TONES[row.state]},
                        ]
                    }
                    for row in found.items
                ],
                "waiting": capped_count(waiting_for(self.actor, Mode.MEETING))[0],
                "may_convene": may_collect(self.actor, Mode.MEETING, Can.CONVENE),
            },
        )


class MeetingNewView(OfficeView):
    """Put waiting cases on the agenda of a new meeting."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, with a title to start from."""
        assert self.actor.office is not None
        region = self.actor.office.region
        form = MeetingForm(
            waiting=self.waiting(),
            initial={
                "title": f"{region.name}{region.level.adjective}专业镇审定会议",
                "held_on": clock.today(),
                "cases": request.GET.getlist("case"),
            },
        )
        return self.show(form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Convene."""
        form = MeetingForm(request.POST, waiting=self.waiting())
        if form.is_valid():
            fields = {**form.cleaned_data}
            try:
                meeting = convene_meeting(actor=self.actor, case_ids=fields.pop("cases"), **fields)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"已列入 {len(form.chosen())} 个办件。")
                return redirect(self.url("meeting", meeting.pk))
        return self.show(form, status=422)

    def get_stale_url(self) -> str:
        """Choose again."""
        return self.url("meeting-new")

    def waiting(self) -> list[Dossier]:
        """The cases that may be chosen."""
        require(may_collect(self.actor, Mode.MEETING, Can.CONVENE))
        return dossiers(waiting_for(self.actor, Mode.MEETING)[:WAITING_LIMIT])

    def show(self, form: MeetingForm, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page(
            "reviews/meeting_new.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("会议审定", self.url("meetings")),
                    ("安排会议", None),
                ],
                "form": form,
                "chosen": form.chosen(),
            },
            status=status,
        )


class MeetingView(OfficeView):
    """One meeting: its agenda, then its results and minutes."""

    word_fields: ClassVar[Words] = {"opinion_": "意见", "minutes": "会议纪要"}

    meeting: Meeting

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the agenda with the form, or the recorded results."""
        self.load(pk)
        self.viewed(self.meeting)
        return self.show(None)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Record the results once."""
        self.load(pk)
        self.stale_url = self.url("meeting", pk)
        if self.meeting.state == "recorded":
            raise Stale("该会议结果已录入，无需重复录入。")
        form = self.results_form(request.POST)
        if form.is_valid():
            try:
                record_meeting(
                    actor=self.actor,
                    meeting=self.meeting,
                    results=form.results(),
                    minutes=form.cleaned_data["minutes"],
                    corrections=self.corrections(form),
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, "会议结果已录入，各办件已转入下一环节。")
                return redirect(self.url("meeting", pk))
        return self.show(form, status=422)

    def results_form(self, data: Any = None) -> ResultsForm:
        """One row for every item; a return names sections of the item's own criteria set."""
        sections = {
            item.pk: section_titles(spec_of(item.case.application.criteria_set))
            for item in self.items
            if RETURN in item.case.current.outcomes
        }
        ends = next_working_days(clock.today(), LONGEST_TERM) if sections else []
        return ResultsForm(data, items=self.items, minutes=True, sections=sections, ends=ends)

    def corrections(self, form: ResultsForm) -> dict[int, Corrections]:
        """Every field of the sections that are named, of the items that are returned."""
        items = {item.pk: item for item in self.items}
        return {
            key: Corrections(
                {
                    field.path: ""
                    for field in declared_fields(items[key].case.application)
                    if field.section in sections
                },
                days,
            )
            for key, (sections, days) in form.returned().items()
        }

    def load(self, pk: int) -> None:
        """The meeting and its agenda."""
        self.meeting = get_object_or_404(
            Meeting.objects.visible_to(self.actor).select_related("office", "created_by"), pk=pk
        )
        self.items = list(
            self.meeting.items.select_related("case__round", "case__application__criteria_set")
            .defer("case__application__snapshot")
            .order_by("case__scope_code", "case_id")
        )

    def show(self, form: ResultsForm | None, status: int = 200) -> HttpResponse:
        """The page."""
        meeting = self.meeting
        verdict = may_record_meeting(self.actor, meeting)
        planned = meeting.state == "planned"
        if planned and verdict.ok and form is None:
            form = self.results_form()
        known = {row.case.pk: row for row in dossiers(item.case for item in self.items)}
        return self.page(
            "reviews/meeting.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("会议审定", self.url("meetings")),
                    (meeting.title, None),
                ],
                "meeting": meeting,
                "tone": STATE_TONES[meeting.state],
                "verdict": verdict,
                "form": form if planned and verdict.ok else None,
                "facts": _facts(meeting),
                "papers": [
                    paper(row, self.url("case-explanation", row.case.pk))
                    for row in papers(item.case for item in self.items)
                ],
                "agenda": [_row(item, known[item.case_id], form) for item in self.items],
            },
            status=status,
        )


def _facts(meeting: Meeting) -> list[dict[str, Any]]:
    return [
        {"label": "召开日期", "value": f"{meeting.held_on:%Y-%m-%d}"},
        {"label": "地点", "value": meeting.place},
        {"label": "主持人", "value": meeting.chair},
        {"label": "安排人", "value": meeting.creator},
        {"label": "参会人员", "value": meeting.attendees},
    ]


def _asking(item: MeetingItem, form: ResultsForm | None) -> dict[str, Any]:
    name = f"sections_{item.pk}"
    if form is None or name not in form.fields:
        return {}
    sections = form[name]
    return {
        "sections": sections,
        "days": form[f"days_{item.pk}"],
        "asking": bool(sections.errors or sections.value()),
    }


def _row(item: MeetingItem, dossier: Dossier, form: ResultsForm | None) -> dict[str, Any]:
    outcome = OUTCOMES.get(item.result)
    return {
        "item": item,
        "dossier": dossier,
        "result": form[f"result_{item.pk}"] if form else None,
        "opinion": form[f"opinion_{item.pk}"] if form else None,
        **_asking(item, form),
        "word": item.get_result_display(),
        "tone": "success" if outcome and outcome.tone == "primary" else "warning",
    }
