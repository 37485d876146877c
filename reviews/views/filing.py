"""Submitting an application, its receipt, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.assessment import CriterionVerdict, rank
from criteria.categories import category_label
from criteria.constants import Status
from criteria.tables import explained
from portal.core.constants import LEVELS, UNSTATED
from portal.core.errors import require
from portal.core.web import OfficeView, add_errors
from reviews.actions import submit_application, withdraw_application
from reviews.chain import CHAINS
from reviews.forms.cases import SubmitForm, WithdrawForm
from reviews.models import Case
from reviews.policies import may_submit, may_withdraw
from reviews.tables.receipts import next_steps, receipt_items
from reviews.views.cases import CasePage
from towns.constants import Filing
from towns.models import Application
from towns.queries import verdicts_of
from towns.tables.filing import picture

UNMET = (Status.NOT_MET, Status.MISSING, Status.MAY_RELAX)


class _ApplicationPage(OfficeView):
    """An application of the acting filing unit."""

    def fetch(self, pk: int) -> Application:
        """The application, or 404 when it is not among what the actor sees."""
        rows = Application.objects.visible_to(self.actor).select_related(
            "town__county", "round__office__region", "criteria_set", "filled_by", "submitted_by"
        )
        application: Application = get_object_or_404(rows, pk=pk)
        return application

    def crumbs(self, application: Application, here: str) -> list[tuple[str, str | None]]:
        """The way to a page of the application."""
        return [
            ("工作台", self.url("workspace")),
            ("我的申报", self.url("applications")),
            (application.town.name, self.url("application", application.pk)),
            (here, None),
        ]


class SubmitView(_ApplicationPage):
    """The last page before submitting: what is declared, what is not met, and a promise."""

    def fetch(self, pk: int) -> Application:
        """For the town alone: an office would read corrections that are not submitted yet."""
        application = super().fetch(pk)
        if self.actor.scope is not None:
            require(may_submit(self.actor, application))
        return application

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The confirmation; a submitted application has its receipt."""
        application = self.fetch(pk)
        if application.state == Filing.SUBMITTED:
            return redirect(self.url("application-receipt", application.pk))
        verdicts = verdicts_of(application)
        return self.show(application, verdicts, SubmitForm(unmet=bool(unmet(verdicts))))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Submit; the second of two submissions is led to the receipt of the first."""
        application = self.fetch(pk)
        self.stale_url = self.url("application-receipt", application.pk)
        verdicts = verdicts_of(application)
        form = SubmitForm(request.POST, unmet=bool(unmet(verdicts)))
        if application.state != Filing.SUBMITTED and not form.is_valid():
            return self.show(application, verdicts, form)
        try:
            submit_application(actor=self.actor, application=application)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(application, verdicts, form)
        messages.success(request, f"{application.town.name}的申报已提交。")
        return redirect(self.url("application-receipt", application.pk))

    def show(
        self, application: Application, verdicts: Sequence[CriterionVerdict], form: SubmitForm
    ) -> HttpResponse:
        """The page, with what was ticked."""
        verdict = may_submit(self.actor, application)
        chain = CHAINS[application.round.chain_key, application.round.chain_version]
        first = chain.steps[0]
        return self.page(
            "reviews/submit.html",
            {
                "application": application,
                "form": form,
                "refusal": "" if verdict.ok else verdict.reason,
                "items": self.items(application),
                "picture": picture(verdicts),
                "unmet": explained.cards(
                    explained.explained(
                        application.criteria_set, unmet(verdicts), application.category
                    ),
                    application.criteria_set,
                ),
                "next_text": (
                    f"提交后申报材料不能再修改，由{LEVELS[first.level].adjective}领导小组办公室受理；"
                    f"{term_text(application)}。"
                ),
                "application_url": self.url("application", application.pk),
                "breadcrumbs": self.crumbs(application, "提交申报"),
            },
            status=422 if form.errors else 200,
        )

    def items(self, application: Application) -> list[dict[str, Any]]:
        """What is about to be submitted."""
        return [
            {"label": "专业镇", "value": application.town.name},
            {"label": "所在县（市、区）", "value": application.town.county.name},
            {"label": "申报批次", "value": application.round.title},
            {"label": "类别", "value": category_label(application.category)},
            {"label": "认定标准", "value": str(application.criteria_set)},
            {"label": "数据年度", "value": f"{application.round.figures_year} 年"},
            {"label": "联系人", "value": f"{application.contact} {application.contact_phone}"},
            {"label": "填报人", "value": application.filler},
        ]


def unmet(verdicts: Sequence[CriterionVerdict]) -> list[CriterionVerdict]:
    """Criteria that the figures do not meet, weightiest first."""
    found = [row for row in verdicts if row.status in UNMET]
    return sorted(found, key=rank, reverse=True)


def term_text(application: Application) -> str:
    """The term of the first step as the round sets it; 未载明 where it sets none."""
    chain = CHAINS[application.round.chain_key, application.round.chain_version]
    days = application.round.step_days.get(chain.steps[0].key)
    return f"本批次设定在 {days} 个工作日内答复" if days else f"办理时限{UNSTATED}"


class ReceiptView(_ApplicationPage):
    """The receipt: the number, who handles it now, and until when."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The receipt of a submitted application; before that, the application itself."""
        application = self.fetch(pk)
        case = (
            Case.objects.visible_to(self.actor)
            .select_related("office", "round")
            .filter(application=application)
            .first()
        )
        if case is None:
            return redirect(self.url("application", application.pk))
        return self.page(
            "reviews/receipt.html",
            {
                "application": application,
                "case": case,
                "items": receipt_items(application, case),
                "next_steps": next_steps(case),
                "actions": [
                    {"text": "查看办件", "url": self.url("case", case.pk), "tone": "primary"},
                    {"text": "返回我的申报", "url": self.url("applications")},
                ],
                "breadcrumbs": self.crumbs(application, "提交回执"),
            },
        )


class WithdrawView(CasePage):
    """Take the application back: a page of its own, with the reason."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        case = self.fetch(pk)
        require(may_withdraw(self.actor, case))
        return self.show(case, WithdrawForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back."""
        case = self.fetch(pk)
        form = WithdrawForm(request.POST)
        if not form.is_valid():
            return self.show(case, form)
        withdraw_application(actor=self.actor, case_id=case.pk, reason=form.cleaned_data["reason"])
        messages.success(request, f"{case.town_name}的申报已撤回。")
        return redirect(self.url("case", case.pk))

    def show(self, case: Case, form: WithdrawForm) -> HttpResponse:
        """The page, with what was typed."""
        return self.page(
            "reviews/withdraw.html",
            {
                "case": case,
                "form": form,
                "items": [
                    {"label": "办件编号", "value": case.number},
                    {"label": "申报批次", "value": case.round.title},
                    {"label": "办理状态", "value": case.status_label},
                ],
                "case_url": self.url("case", case.pk),
                "breadcrumbs": self.crumbs(case, ("撤回申报", None)),
            },
            status=422 if form.errors else 200,
        )
