"""The working calendar (工作日历): a year's holidays and worked weekends, with their source."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.core import clock
from portal.core.actions.calendar import (
    FIRST_YEAR,
    NAME_LENGTH,
    SOURCE_LENGTH,
    YEARS_AHEAD,
    clear_calendar_day,
    set_calendar_day,
    set_calendar_year,
)
from portal.core.actor import Actor
from portal.core.calendar import (
    arrangement_published,
    missing_words,
    said_of_year,
    years_missing,
)
from portal.core.calendar_text import lines_of
from portal.core.errors import require
from portal.core.formatting import iso_date, iso_datetime
from portal.core.merging import Changed, digest
from portal.core.models import CalendarDay
from portal.core.policies.calendar import may_keep_calendar
from portal.core.standing import differing, refuse_unseen, sent_again
from portal.core.web import OfficeView, add_errors
from reviews.queries import terms_ending

WEEK = "一二三四五六日"
COLUMNS = [
    {"label": "日期", "kind": "date"},
    {"label": "星期"},
    {"label": "安排", "kind": "tag"},
    {"label": "名称", "kind": "name"},
    {"label": "依据", "kind": "name"},
    {"label": "录入", "kind": "name"},
]
_SOURCE = "依据的文件，如“国务院办公厅关于2027年部分节假日安排的通知”及文号。"


class DayForm(forms.Form):
    """One day."""

    day = forms.DateField(
        label="日期",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "请选择日期。", "invalid": "请填写日期，如 2027-02-06。"},
    )
    working = forms.ChoiceField(
        label="安排",
        choices=[("off", "放假"), ("on", "调休上班")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选择放假或上班。"},
    )
    name = forms.CharField(
        label="名称", max_length=NAME_LENGTH, error_messages={"required": "请填写名称。"}
    )
    source = forms.CharField(
        label="依据",
        max_length=SOURCE_LENGTH,
        help_text=_SOURCE,
        error_messages={"required": "请填写依据的文件。"},
    )


class YearForm(forms.Form):
    """A whole year as lines; ``seen``: the digest of the year that it was opened on."""

    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    text = forms.CharField(
        label="放假和调休上班的日期",
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}),
        help_text="每行一段，如“2027-10-01 至 2027-10-07 放假 国庆节”，"
        "“2027-09-26 上班 国庆节调休”。",
        error_messages={"required": "请逐行填写放假和调休上班的日期。"},
    )
    source = forms.CharField(
        label="依据",
        max_length=SOURCE_LENGTH,
        help_text=_SOURCE,
        error_messages={"required": "请填写依据的文件。"},
    )


class CalendarPage(OfficeView):
    """What the pages of the calendar share."""

    @property
    def last(self) -> int:
        """The last year that can be entered."""
        return clock.today().year + YEARS_AHEAD

    def year_of(self, text: str | None) -> int:
        """The year that is asked for, this year when it makes no sense."""
        if text and text.isdecimal() and len(text) == 4 and FIRST_YEAR <= int(text) <= self.last:
            return int(text)
        return clock.today().year

    def year_url(self, year: int) -> str:
        """The page of a year."""
        return f"{self.url('calendar')}&year={year}"

    def crumbs(self, *here: tuple[str, str | None]) -> list[tuple[str, str | None]]:
        """The way here."""
        own = self.url("calendar") if here else None
        return [("工作台", self.url("workspace")), ("工作日历", own), *here]


class CalendarView(CalendarPage):
    """A year for everybody; one day can be entered or taken off by who keeps the calendar."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The year."""
        return self.show(self.year_of(request.GET.get("year")), DayForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Enter a day, or take it off."""
        require(may_keep_calendar(self.actor))
        if "clear" in request.POST:
            return self.clear(request.POST["clear"])
        form = DayForm(request.POST)
        if form.is_valid():
            sent = form.cleaned_data
            try:
                set_calendar_day(
                    actor=self.actor,
                    day=sent["day"],
                    working=sent["working"] == "on",
                    name=sent["name"],
                    source=sent["source"],
                )
            except ValidationError as error:
                add_errors(form, error)
        if form.errors:
            return self.show(self.year_of(request.GET.get("year")), form, 422)
        messages.success(request, f"{iso_date(sent['day'])} 已录入。已经起算的期限不随之改变。")
        return redirect(self.year_url(sent["day"].year))

    def clear(self, text: str) -> HttpResponse:
        """Take the day off that a button names."""
        try:
            day = forms.DateField().clean(text)
            clear_calendar_day(actor=self.actor, day=day)
        except ValidationError as error:
            messages.error(self.request, " ".join(error.messages))
            return redirect(self.year_url(self.year_of(self.request.GET.get("year"))))
        gone = "" if arrangement_published(day.year) else f"{missing_words([day.year])}。"
        messages.success(self.request, f"{iso_date(day)} 恢复按周一至周五推算。{gone}")
        return redirect(self.year_url(day.year))

    def show(self, year: int, form: DayForm, status: int = 200) -> HttpResponse:
        """The page, with what was typed."""
        rows = list(CalendarDay.objects.filter(day__year=year).order_by("day"))
        today = clock.today()
        missing = years_missing(today, today.replace(year=today.year + 1, day=1))
        context: dict[str, Any] = {
            "breadcrumbs": self.crumbs(),
            "year": year,
            "years": [
                {
                    "label": f"{one}年",
                    "url": self.year_url(one),
                    "active": one == year,
                }
                for one in range(FIRST_YEAR + 2, self.last + 1)
            ],
            "columns": COLUMNS,
            "rows": [_row(row) for row in rows],
            "missing": missing,
            "keeps": may_keep_calendar(self.actor),
            "form": form,
            "year_edit_url": f"{self.url('calendar-year')}&year={year}",
            "days": [(iso_date(row.day), row.name) for row in rows],
        }
        return self.page("workspace/calendar.html", context, status=status)


def _running(actor: Actor, year: int) -> str:
    """How many running terms end in a year, of which each office may extend its own."""
    number = terms_ending(actor, year)
    if not number:
        return ""
    return f"：{number} 件在办件的期限在{year}年到期，需要顺延的由办理的办公室延长期限"


def _row(row: CalendarDay) -> dict[str, Any]:
    word, tone = ("上班", "warning") if row.working else ("放假", "success")
    entered = {"text": row.entered_name, "note": iso_datetime(row.entered_at)}
    return {
        "id": row.pk,
        "label": iso_date(row.day),
        "cells": [
            iso_date(row.day),
            f"星期{WEEK[row.day.weekday()]}",
            {"text": word, "tone": tone},
            row.name,
            row.source,
            entered if row.entered_at else {"text": "系统带入", "note": ""},
        ],
    }


class CalendarYearView(CalendarPage):
    """A whole year's arrangement as lines of text."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form with what is there."""
        require(may_keep_calendar(self.actor))
        year = self.year_of(request.GET.get("year"))
        return self.show(year, YearForm(initial=self.entered(year)))

    def entered(self, year: int) -> dict[str, str]:
        """What is entered of a year, by the fields of the form."""
        rows = said_of_year(year)
        return {
            "text": lines_of(row[:3] for row in rows),
            "source": rows[0][3] if rows else "",
            "seen": digest(rows),
        }

    def post(self, request: HttpRequest) -> HttpResponse:
        """Enter it, or say which line is wrong."""
        require(may_keep_calendar(self.actor))
        year = self.year_of(request.GET.get("year"))
        form = YearForm(request.POST)
        if form.is_valid():
            try:
                number = set_calendar_year(actor=self.actor, year=year, **form.cleaned_data)
            except Changed as changed:
                return self.compared(year, changed)
            except ValidationError as error:
                add_errors(form, error)
        if form.errors:
            return self.show(year, form)
        messages.success(
            request,
            f"{year}年放假安排已录入，{number} 天与平日不同。已经起算的期限不随之改变"
            f"{_running(self.actor, year)}。",
        )
        return redirect(self.year_url(year))

    def compared(self, year: int, changed: Changed) -> HttpResponse:
        """What was typed, beside what stands now; sent again it replaces that."""
        now = self.entered(year)
        form = YearForm(sent_again(self.request.POST, seen=now["seen"]))
        refuse_unseen(form, changed)
        return self.show(year, form, 409, differing(form, now))

    def show(
        self,
        year: int,
        form: YearForm,
        status: int = 0,
        standing: list[dict[str, str]] | None = None,
    ) -> HttpResponse:
        """The page, with what was typed."""
        context = {
            "breadcrumbs": self.crumbs((f"录入{year}年放假安排", None)),
            "year": year,
            "form": form,
            "standing": standing,
            "action_url": f"{self.url('calendar-year')}&year={year}",
            "back": self.year_url(year),
        }
        status = status or (422 if form.errors else 200)
        return self.page("workspace/calendar_year.html", context, status=status)
