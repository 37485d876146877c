"""The sections of an application that belong to it alone: 基本情况, 主导产业和主导产品."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict

from towns.forms import IndustryForm, OverviewForm
from towns.models import Application
from towns.sections import Texts
from towns.views.sections import SectionPage


class OverviewView(SectionPage):
    """基本情况: contact and overview."""

    key = "facts"

    def make_form(
        self, application: Application, initial: Texts, data: QueryDict | None = None
    ) -> forms.Form:
        """The form."""
        return OverviewForm(data, initial=initial)

    def neighbours(self, application: Application) -> tuple[str, str]:
        """The industry comes next."""
        return "", self.url("application-industry", application.pk)


class IndustryView(SectionPage):
    """主导产业和主导产品."""

    key = "industry"

    def make_form(
        self, application: Application, initial: Texts, data: QueryDict | None = None
    ) -> forms.Form:
        """The form."""
        return IndustryForm(data, initial=initial)

    def neighbours(self, application: Application) -> tuple[str, str]:
        """After the facts; the yearly figures come next."""
        return (
            self.url("application-overview", application.pk),
            self.section_url(application, "figures"),
        )

    def more(self, application: Application) -> dict[str, Any]:
        """What the register says of the town's industry."""
        town = application.town
        return {
            "register": [
                {"label": "主导产业", "value": town.industry},
                {"label": "主导产品", "value": town.products},
                {"label": "类别", "value": application.get_category_display()},
            ]
        }
