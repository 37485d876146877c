"""Applications (申报): the list, starting one, its task list, its overview."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.queries import spec_of
from criteria.tables import explained
from portal.core.constants import Can
from portal.core.errors import require
from portal.core.formatting import cn_date
from portal.core.paging import paginate
from portal.core.web import OfficeView
from towns.actions import save_overview, start_application
from towns.constants import FILING_CHOICES, FILINGS
from towns.figure_queries import asked_indicators
from towns.forms import OverviewForm
from towns.models import Application, Evidence, Round, Town, TownFunction
from towns.policies import may_edit_application, may_send_back_to_filer, may_start_application
from towns.queries import (
    current_memberships,
    days_left,
    figures_by_year,
    last_touch,
    missing_parts,
    verdicts_of,
)
from towns.tables import filing, registers


class ApplicationPage(OfficeView):
    """A page of one application."""

    def fetch(self, pk: int) -> Application:
        """The application, if the actor sees it."""
        rows: QuerySet[Application] = Application.objects.visible_to(self.actor)
        return get_object_or_404(
            rows.select_related(
                "town__county__parent",
                "round__office__region",
                "criteria_set",
                "filled_by",
                "submitted_by",
            ).prefetch_related("answers", "relaxations"),
            pk=pk,
        )

    def get_stale_url(self) -> str:
        """The application's task list."""
        return self.url("application", self.kwargs["pk"])

    def crumbs(self, application: Application, label: str = "") -> list[tuple[str, str | None]]:
        """我的申报 > the application > this page."""
        first = "我的申报" if self.actor.scope is None else "专业镇"
        listing = self.url("applications" if self.actor.scope is None else "towns")
        title = f"{application.town.name} {application.round.title}"
        if not label:
            return [(first, listing), (title, None)]
        return [
            (first, listing),
            (title, self.url("application", application.pk)),
            (label, None),
        ]

    def term(self, application: Application) -> dict[str, Any]:
        """The closing date in words, and its tone."""
        call = application.round
        left = days_left(call.closes_on)
        if application.revision:
            text, tone = "已受理的申报按退回意见补正，不受批次截止日期限制。", "info"
        elif left < 0:
            text, tone = f"本批次已于{cn_date(call.closes_on)}截止，不能再提交。", "danger"
        elif left == 0:
            text, tone = "本批次今天截止。", "warning"
        else:
            text = f"本批次{cn_date(call.closes_on)}截止，还剩 {left} 天。"
            tone = "warning" if left <= 7 else "info"
        return {"text": text, "tone": tone}


class ApplicationListView(OfficeView):
    """My filings; for an office, the submitted ones of its region."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, by state."""
        state = request.GET.get("state", "")
        if state not in FILINGS:
            state = ""
        rows = Application.objects.visible_to(self.actor)
        if state:
            rows = rows.filter(state=state)
        page = paginate(rows.select_related("town", "round"), request.GET, counted=rows)
        return self.page(
            "towns/applications.html",
            {
                "breadcrumbs": [("我的申报" if self.actor.scope is None else "申报", None)],
                "tabs": [
                    {
                        "label": label,
                        "url": self.url("applications") + (f"&state={key}" if key else ""),
                        "active": key == state,
                    }
                    for key, label in [("", "全部"), *FILING_CHOICES]
                ],
                "state": state,
                "page": page,
                "columns": registers.APPLICATION_COLUMNS,
                "rows": registers.application_rows(page.items, self.actor),
                "fills": self.actor.can(Can.FILL),
            },
        )


class ApplicationStartView(OfficeView):
    """Begin an application: a question of its own, then the task list."""

    def _fetch(self, town: int, call: int) -> tuple[Town, Round]:
        towns = Town.objects.visible_to(self.actor).select_related("county")
        calls = Round.objects.visible_to(self.actor).select_related(
            "office__region", "criteria_set"
        )
        return get_object_or_404(towns, pk=town), get_object_or_404(calls, pk=call)

    def _show(
        self, town: Town, call: Round, errors: list[dict[str, str]], status: int = 200
    ) -> HttpResponse:
        return self.page(
            "towns/start.html",
            {
                "breadcrumbs": [
                    ("申报批次", self.url("rounds")),
                    (call.title, self.url("round", call.pk)),
                    ("开始申报", None),
                ],
                "title": f"{town.name}参加{call.title}",
                "errors": errors,
                "items": [
                    {"label": "专业镇", "value": town.name},
                    {"label": "类别", "value": town.get_category_display()},
                    {"label": "受理机构", "value": call.office.name},
                    {"label": "认定标准", "value": call.criteria_set.document_number},
                    {"label": "数据年度", "value": f"{call.figures_year}年"},
                    {"label": "截止日期", "value": cn_date(call.closes_on)},
                ],
                "cancel_url": self.url("round", call.pk),
            },
            status=status,
        )

    def get(self, request: HttpRequest, town: int, call: int) -> HttpResponse:
        """The question."""
        found, calling = self._fetch(town, call)
        require(may_start_application(self.actor, found, calling))
        return self._show(found, calling, [])

    def post(self, request: HttpRequest, town: int, call: int) -> HttpResponse:
        """Start it, or go on with the one that was started."""
        found, calling = self._fetch(town, call)
        try:
            application = start_application(actor=self.actor, town=found, call=calling)
        except ValidationError as error:
            problems = [{"text": text, "href": ""} for text in error.messages]
            return self._show(found, calling, problems, 422)
        return redirect(self.url("application", application.pk))


class ApplicationView(ApplicationPage):
    """The task list: what is to be done, and how the town stands against the criteria."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The task list; an office reads the whole declaration instead."""
        application = self.fetch(pk)
        if self.actor.scope is not None:
            return redirect(self.url("application-check", pk))
        self.viewed(application)
        verdicts = verdicts_of(application)
        told = explained.explained(application.criteria_set, verdicts, application.category)
        missing = missing_parts(application)
        touch = last_touch(application)
        editable = may_edit_application(self.actor, application).ok
        return self.page(
            "towns/application.html",
            {
                "breadcrumbs": self.crumbs(application),
                "application": application,
                "sections": [
                    {"title": "基本情况", "items": self._basics(application, editable)},
                    {"title": "认定条件", "items": self._criteria(application, verdicts)},
                    {"title": "核对与提交", "items": [self._checking(application, len(missing))]},
                ],
                "picture": filing.picture(verdicts),
                "summary": explained.summary(told),
                "priority": any(verdict.priority for verdict in verdicts),
                "term": self.term(application) if application.filing.live else None,
                "touch": touch,
                "remark": touch.remark if touch and application.filing.editable else "",
                "editable": editable,
                "may_take_back": self.actor.can(Can.FILL)
                and may_send_back_to_filer(self.actor, application).ok,
            },
        )

    def _basics(self, application: Application, editable: bool) -> list[dict[str, Any]]:
        town, year = application.town, application.round.figures_year
        catalogue = asked_indicators(town, (year,))
        reported = figures_by_year(town).get(year, {})
        members = Counter(current_memberships(town).values_list("role", flat=True))
        states = list(TownFunction.objects.on().filter(town=town).values_list("state", flat=True))
        return filing.basics_tasks(
            application,
            self.actor,
            (sum(row.key in reported for row in catalogue), len(catalogue)),
            members,
            (len(states), states.count("present")),
            editable,
        )

    def _criteria(self, application: Application, verdicts: Any) -> list[dict[str, Any]]:
        files = Counter(
            Evidence.objects.filter(application=application, removed_at__isnull=True).values_list(
                "criterion", flat=True
            )
        )
        answers = {row.criterion: row.text for row in application.answers.all()}
        return filing.criterion_tasks(application, self.actor, verdicts, answers, files)

    def _checking(self, application: Application, missing: int) -> dict[str, Any]:
        row = {"label": "核对全部内容", "url": self.url("application-check", application.pk)}
        if application.state == "ready":
            return {**row, "word": "待提交人提交", "tone": "warning"}
        if not application.filing.editable:
            return {**row, "word": application.filing.label, "tone": application.filing.tone}
        if missing:
            return {**row, "word": f"还缺 {missing} 项", "tone": "warning"}
        return {
            **row,
            "word": "可以送提交人",
            "tone": "success",
            "hint": "核对无误后送提交人，由提交人提交。",
        }


class OverviewView(ApplicationPage):
    """Contact and overview."""

    def _show(
        self, application: Application, form: OverviewForm, status: int = 200
    ) -> HttpResponse:
        spec = spec_of(application.criteria_set)
        return self.page(
            "towns/overview.html",
            {
                "breadcrumbs": self.crumbs(application, "申报概述"),
                "application": application,
                "form": form,
                "next_url": self.url("application-criterion", application.pk, spec.criteria[0].key),
            },
            status=status,
        )

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form; what is submitted is read on the page that shows it all."""
        application = self.fetch(pk)
        if not may_edit_application(self.actor, application).ok:
            return redirect(self.url("application-check", pk))
        names = ("contact", "contact_phone", "summary")
        form = OverviewForm(initial={name: getattr(application, name) for name in names})
        return self._show(application, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save it."""
        application = self.fetch(pk)
        form = OverviewForm(request.POST)
        if not form.is_valid():
            return self._show(application, form, 422)
        save_overview(actor=self.actor, application=application, **form.cleaned_data)
        messages.success(request, "申报概述已保存。")
        return redirect(self.url("application", pk))
