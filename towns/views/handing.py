"""Checking the whole application, handing it to the submitter, giving it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.queries import spec_of
from criteria.tables import explained
from portal.core.constants import Can
from towns.actions import hand_over, send_back_to_filer
from towns.forms import SendBackForm
from towns.models import Application
from towns.owners import files_of
from towns.policies import may_edit_application, may_hand_over, may_send_back_to_filer
from towns.queries import declaration_of, figure_rows, missing_parts
from towns.tables import filing
from towns.views.filing import ApplicationPage


class CheckPage(ApplicationPage):
    """Everything that is declared, on one page that prints."""

    def show(
        self,
        application: Application,
        errors: list[str] | None = None,
        send_back: SendBackForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        """The page, with what stands in the way on top."""
        declared = declaration_of(application, self.actor)
        spec = spec_of(application.criteria_set)
        told = explained.explained(
            application.criteria_set,
            declared.verdicts,
            application.category,
            filing.declared_values(declared.data),
        )
        year = application.round.figures_year
        editable = may_edit_application(self.actor, application).ok
        handing = may_hand_over(self.actor, application) if editable else None
        missing = [] if declared.frozen else missing_parts(application)
        waiting = may_send_back_to_filer(self.actor, application).ok
        submits = self.actor.can(Can.SUBMIT) and application.state == "ready"
        return self.page(
            "towns/check.html",
            {
                "breadcrumbs": self.crumbs(application, "核对全部内容"),
                "application": application,
                "data": declared.data,
                "frozen": declared.frozen,
                "facts": self._facts(application, declared.data, editable),
                "figures": filing.figure_table(
                    declared.data, figure_rows(application.town, (year,)), year
                ),
                "year": year,
                "previous_year": year - 1,
                "enterprise_columns": filing.ENTERPRISE_COLUMNS,
                "enterprises": filing.enterprise_rows(declared.data),
                "functions": filing.function_items(declared.data),
                "criteria": filing.declared_criteria(
                    declared.data,
                    told,
                    spec,
                    application,
                    self.actor,
                    files_of(declared.data),
                ),
                "picture": filing.picture(declared.verdicts),
                "summary": explained.summary(told),
                "missing": [self._missing(application, key, text) for key, text in missing],
                "errors": [{"text": text, "href": ""} for text in errors or []],
                "editable": editable,
                "back": f"&application={application.pk}",
                "may_hand_over": handing,
                "submits": submits,
                "self_filled": submits and application.filled_by_id == self.request.user.pk,
                "send_back": send_back or (SendBackForm() if submits and waiting else None),
                "may_take_back": waiting and self.actor.can(Can.FILL),
                "term": self.term(application) if application.filing.live else None,
            },
            status=status,
        )

    def _facts(
        self, application: Application, data: dict[str, Any], editable: bool
    ) -> list[dict[str, Any]]:
        change = self.url("application-overview", application.pk) if editable else ""
        town = data["town"]
        return [
            {"label": "专业镇", "value": town["name"]},
            {"label": "所在县(市、区)", "value": town["county"]},
            {"label": "主导产业", "value": town["industry"]},
            {"label": "主导产品", "value": town["products"]},
            {"label": "类别", "value": application.get_category_display()},
            {"label": "牵头部门", "value": town["lead_bureau"]},
            {"label": "联系人", "value": data["contact"], "change_url": change},
            {"label": "联系电话", "value": data["contact_phone"], "change_url": change},
        ]

    def _missing(self, application: Application, key: str, text: str) -> dict[str, str]:
        if key in ("contact", "contact_phone", "summary"):
            href = self.url("application-overview", application.pk) + f"#id_{key}"
        else:
            href = self.url("application-criterion", application.pk, key) + "#id_text"
        return {"text": text, "href": href}


class CheckView(CheckPage):
    """Read it all before it goes on."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        application = self.fetch(pk)
        self.viewed(application)
        return self.show(application)


class HandOverView(CheckPage):
    """送提交人: the filer has finished."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nothing is handed over by a link."""
        return redirect(self.url("application-check", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Hand it over, or say what is missing."""
        application = self.fetch(pk)
        try:
            hand_over(actor=self.actor, application=application)
        except ValidationError as error:
            return self.show(application, errors=error.messages, status=422)
        messages.success(request, "已送提交人。由另一名提交人核对后提交；提交前可以撤回修改。")
        return redirect(self.url("application", pk))


class SendBackView(CheckPage):
    """退回填报人 with a reason; the filer takes it back without one."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Nothing is given back by a link."""
        return redirect(self.url("application-check", self.fetch(pk).pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Open it for editing again."""
        application = self.fetch(pk)
        if self.actor.can(Can.FILL):
            send_back_to_filer(actor=self.actor, application=application)
            messages.success(request, "已撤回，可以继续修改。改好后请再次送提交人。")
            return redirect(self.url("application", pk))
        form = SendBackForm(request.POST)
        if not form.is_valid():
            return self.show(application, send_back=form, status=422)
        send_back_to_filer(
            actor=self.actor, application=application, reason=form.cleaned_data["reason"]
        )
        messages.success(request, "已退回填报人，退回原因会显示在申报页。")
        return redirect(self.url("applications"))
