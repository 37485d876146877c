"""Applications (申报): the list, starting one, what every page of one has."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from portal.core.constants import Can
from portal.core.paging import paginate
from portal.core.web import OfficeView
from towns.constants import FILING_CHOICES, FILINGS
from towns.deadlines import term_for, with_ends
from towns.models import Application
from towns.tables import registers
from towns.tables.section_links import section_url

# Buttons after which one goes on working on the page of a section.
STAYING = {"upload", "evidence"}


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
                "request_file",
                "entered_by",
            ).prefetch_related("answers", "relaxations"),
            pk=pk,
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """A page that was opened from the check page leads back to it once it is saved."""
        response = super().dispatch(request, *args, **kwargs)
        saved = request.method == "POST" and response.status_code == HTTPStatus.FOUND
        if saved and self.from_check and not STAYING & request.POST.keys():
            return redirect(self.url("application-check", self.kwargs["pk"]))
        return response

    @property
    def from_check(self) -> bool:
        """Whether the page was opened by 修改 on the check page."""
        return self.request.GET.get("from") == "check"

    def get_stale_url(self) -> str:
        """The application's task list."""
        return self.url("application", self.kwargs["pk"])

    def crumbs(self, application: Application, label: str = "") -> list[tuple[str, str | None]]:
        """我的申报 > the application > this page; what an office enters stands under its round."""
        before: list[tuple[str, str | None]] = [("专业镇", self.url("towns"))]
        title = f"{application.town.name} {application.round.title}"
        if self.actor.scope is None:
            before = [("我的申报", self.url("applications"))]
        elif application.is_written_by(self.actor):
            call = application.round
            before = [
                ("申报批次", self.url("rounds")),
                (call.title, self.url("round", call.pk)),
            ]
            title = f"{'试填' if application.trial else '代录'} {application.town.name}"
        if not label:
            return [*before, (title, None)]
        check = [("核对全部内容", self.url("application-check", application.pk))]
        return [
            *before,
            (title, self.url("application", application.pk)),
            *(check if self.from_check else []),
            (label, None),
        ]

    def section_url(self, application: Application, key: str) -> str:
        """The page of a section."""
        return section_url(self.actor, application, key)

    def term(self, application: Application) -> dict[str, Any]:
        """Until when it can be submitted, in words, and its tone."""
        term = term_for(application)
        return {"text": term.text, "tone": term.tone}


class ApplicationListView(OfficeView):
    """My filings; for an office, the submitted ones of its region."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The list, by state."""
        state = request.GET.get("state", "")
        if state not in FILINGS:
            state = ""
        rows = Application.objects.visible_to(self.actor).filter(trial=False)
        if state:
            rows = rows.filter(state=state)
        shown = with_ends(rows).select_related("town", "round")
        page = paginate(shown, request.GET, counted=rows)
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
