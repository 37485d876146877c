"""A section as a contact (填报联系人) fills it: the same page, without the rest around it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from portal.core.errors import require
from portal.core.web import OfficeView
from towns.contributing import section_titles
from towns.models import Application
from towns.policies import may_edit_section, may_read_contribution
from towns.sections import working
from towns.views.criteria_sections import CriterionView
from towns.views.narratives import IndustryView, OverviewView
from towns.views.register_sections import RegisterSectionView
from towns.views.sections import SectionPage

CRITERION = "criterion."


class ContactPage(SectionPage):
    """What differs: where the application is read from, and that there is no way into the rest."""

    def fetch(self, pk: int) -> Application:
        """The application of which the contact was given the section; 404 for any other."""
        rows = Application.objects.contributed_by(self.actor).select_related(
            "town__county__parent", "round__office__region", "criteria_set"
        )
        application: Application = get_object_or_404(
            rows.prefetch_related("answers", "relaxations"), pk=pk
        )
        self.application = application
        return application

    def get_stale_url(self) -> str:
        """The section itself."""
        return self.request.get_full_path()

    def list_url(self, application: Application) -> str:
        """What else the contact was given."""
        return self.url("contributions")

    def neighbours(self, application: Application) -> tuple[str, str]:
        """None: each section is given by itself."""
        return "", ""

    def section_url(self, application: Application, key: str) -> str:
        """The contact's own page of a section."""
        return self.url("contribution", application.pk, key)

    def crumbs(self, application: Application, label: str = "") -> list[tuple[str, str | None]]:
        """交给我的部分 > this page."""
        return [
            ("交给我的部分", self.url("contributions")),
            (f"{application.town.name} {label}", None),
        ]

    def unreadable(self, application: Application) -> HttpResponse:
        """What was written, once it can no longer be changed; who was not given it is told so."""
        section = self.section(application)
        require(may_read_contribution(self.actor, application, section.key))
        verdict = may_edit_section(self.actor, application, section)
        title = section_titles(application)[section.key]
        labels = section.labels(application)
        return self.page(
            "towns/contribution_read.html",
            {
                "breadcrumbs": self.crumbs(application, title),
                "application": application,
                "title": title,
                "reason": verdict.reason,
                "rows": [
                    {"label": labels[name], "text": row.text}
                    for name, row in working(application, section).items()
                ],
                "list_url": self.list_url(application),
            },
        )


class ContactOverview(ContactPage, OverviewView):
    """基本情况."""


class ContactIndustry(ContactPage, IndustryView):
    """主导产业和主导产品."""


class ContactRegister(ContactPage, RegisterSectionView):
    """年度数据、公共服务: what is typed waits until the filer enters it."""


class ContactCriterion(ContactPage, CriterionView):
    """One criterion: the statement, and adding evidence; what is there is the filer's to change."""

    def more(self, application: Application) -> dict[str, Any]:
        """Without the town's figures and the ways into the rest of the application."""
        return {**super().more(application), "evidence_url": "", "card": None}


FIXED: dict[str, type[SectionPage]] = {"facts": ContactOverview, "industry": ContactIndustry}


class ContributionView(OfficeView):
    """The page of a section by its key, for a contact."""

    def _page(self, request: HttpRequest, pk: int, key: str) -> tuple[SectionPage, dict[str, Any]]:
        """The page of the section, ready to answer; 404 for what the contact was not given."""
        rows = Application.objects.contributed_by(self.actor).select_related("criteria_set")
        application = get_object_or_404(rows, pk=pk)
        if key not in section_titles(application):
            raise Http404("该申报没有这一部分。")
        further = {"criterion": key.removeprefix(CRITERION)} if key.startswith(CRITERION) else {}
        kind = ContactCriterion if further else FIXED.get(key, ContactRegister)
        page = kind()
        page.setup(request, pk=pk, key=key, **further)
        page.actor = self.actor
        return page, further

    def get(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """The form with what stands."""
        page, further = self._page(request, pk, key)
        return page.get(request, pk, **further)

    def post(self, request: HttpRequest, pk: int, key: str) -> HttpResponse:
        """Save it."""
        page, further = self._page(request, pk, key)
        return page.post(request, pk, **further)
