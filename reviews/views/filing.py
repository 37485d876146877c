"""Submitting an application, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.assessment import CriterionVerdict, rank
from criteria.categories import category_label
from criteria.constants import Status
from criteria.queries import spec_of
from criteria.tables import explained
from portal.core.constants import LEVELS, UNSTATED
from portal.core.errors import require
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews.actions import submit_application, submit_on_trial, withdraw_application
from reviews.actions.filing import digest_of_declaration
from reviews.chain import CHAINS, Step
from reviews.forms.cases import SubmitForm, WithdrawForm
from reviews.models import Case
from reviews.policies import may_submit, may_withdraw
from reviews.views.cases import CasePage
from towns.constants import Filing
from towns.correcting import is_overdue, open_correction
from towns.deadlines import Term, closing_rule, end_for, term_for
from towns.models import Application
from towns.queries import Declaration, declaration_of
from towns.tables.checking import pieces_words, signed_words, unproven, unproven_words
from towns.tables.corrections import term_words
from towns.tables.filing import picture

UNMET = (Status.NOT_MET, Status.MISSING, Status.MAY_RELAX)


class FiledPage(OfficeView):
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


class SubmitView(FiledPage):
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
        declared = declaration_of(application, self.actor)
        form = SubmitForm(
            unmet=bool(unmet(declared.verdicts)),
            initial={"seen": digest_of_declaration(declared.data)},
        )
        return self.show(application, declared, form)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Submit; the second of two submissions is led to the receipt of the first.

        Who has read another content than what would be submitted now reads it again.
        """
        application = self.fetch(pk)
        self.stale_url = self.url("application-submit", application.pk)
        declared = declaration_of(application, self.actor)
        form = SubmitForm(request.POST, unmet=bool(unmet(declared.verdicts)))
        if application.state != Filing.SUBMITTED and not form.is_valid():
            return self.show(application, declared, form)
        seen = request.POST.get("seen", "")
        submit = submit_on_trial if application.trial else submit_application
        try:
            submit(actor=self.actor, application=application, seen=seen)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(application, declared, form)
        done = "试运行：已按提交办理，没有进入正式办理。" if application.trial else "的申报已提交。"
        messages.success(request, done if application.trial else application.town.name + done)
        return redirect(self.url("application-receipt", application.pk))

    def show(
        self, application: Application, declared: Declaration, form: SubmitForm
    ) -> HttpResponse:
        """The page, with what was ticked."""
        verdict = may_submit(self.actor, application)
        chain = CHAINS[application.round.chain_key, application.round.chain_version]
        first = chain.steps[0]
        verdicts = declared.verdicts
        titles = {row.key: row.title for row in spec_of(application.criteria_set).criteria}
        return self.page(
            "reviews/submit.html",
            {
                "application": application,
                "form": form,
                "refusal": "" if verdict.ok else verdict.reason,
                "items": self.items(application, declared),
                "picture": picture(verdicts),
                "unproven": unproven_words(unproven(declared.data, titles), titles),
                "unmet": explained.cards(
                    explained.explained(
                        application.criteria_set, unmet(verdicts), application.category
                    ),
                    application.criteria_set,
                ),
                "term": awaited(application) or term_for(application),
                "rule": closing_rule(application.round),
                "consequences": consequences(application, first),
                "commitments": declared.data.get("commitments") or [],
                "signed": signed_words(declared.data.get("commitments") or []),
                "application_url": self.url("application-check", application.pk),
                "breadcrumbs": self.crumbs(application, "提交申报"),
            },
            status=422 if form.errors else 200,
        )

    def items(self, application: Application, declared: Declaration) -> list[dict[str, Any]]:
        """What is about to be submitted."""
        data, request = declared.data, declared.data.get("request")
        files = len({row["sha256"] for row in data["evidence"]})
        return [
            {"label": "专业镇", "value": application.town.name},
            {"label": "所在县（市、区）", "value": application.town.county.name},
            {"label": "申报批次", "value": application.round.title},
            {"label": "类别", "value": category_label(application.category)},
            {"label": "认定标准", "value": str(application.criteria_set)},
            {"label": "数据年度", "value": f"{application.round.figures_year} 年"},
            {"label": "企业", "value": f"{len(data['enterprises'])} 家"},
            {"label": "佐证材料", "value": pieces_words(len(data["evidence"]), files)},
            {"label": "申报请示", "value": request["number"] if request else "未上传"},
            {"label": "联系人", "value": f"{data['contact']} {data['contact_phone']}"},
            {"label": "填报人", "value": application.filler},
        ]


def consequences(application: Application, first: Step) -> list[str]:
    """Who receives it, until when it is answered, and what cannot be changed afterwards."""
    if application.trial:
        return [
            "本批次试运行：提交后锁定材料并出评定结果，不产生受理编号和办件，不通知任何机构。",
            "试运行的内容可以由设立批次的机构整体清除。",
        ]
    office = f"{LEVELS[first.level].adjective}领导小组办公室"
    return [
        f"提交后由{office}办理“{first.name}”，{term_text(application)}。",
        (
            "提交后，申报内容、年度数据、企业名单、佐证材料、申报请示和承诺都按现在的样子锁定，"
            "不能再修改；以后登记的年度数据、企业变动不影响本次申报。"
        ),
        "需要更正的，由受理机构退回补正，只能修改指明的内容；进入会议审定前，提交人可以撤回申报。",
    ]


def awaited(application: Application) -> Term | None:
    """Until when the correction that an office asked for is awaited; None where none is open."""
    correction = open_correction(application) if application.revision else None
    if correction is None:
        return None
    late = is_overdue(correction)
    words = "仍可提交，提交后标明“逾期补正”。" if late else "不受批次截止时间限制。"
    text = (
        f"{term_words(correction)}。"
        if correction.due_on is None
        else (f"补正期限：{term_words(correction)}。")
    )
    end = end_for(application.round, application.town)
    return Term(f"{text}{words}", "warning" if late else "info", end)


def unmet(verdicts: Sequence[CriterionVerdict]) -> list[CriterionVerdict]:
    """Criteria that the figures do not meet, weightiest first."""
    found = [row for row in verdicts if row.status in UNMET]
    return sorted(found, key=rank, reverse=True)


def term_text(application: Application) -> str:
    """The term of the first step as the round sets it; 未载明 where it sets none."""
    chain = CHAINS[application.round.chain_key, application.round.chain_version]
    days = application.round.step_days.get(chain.steps[0].key)
    return f"本批次设定在 {days} 个工作日内答复" if days else f"办理时限{UNSTATED}"


class WithdrawView(CasePage):
    """Take the application back: a page of its own, with the reason."""

    word_fields: ClassVar[Words] = {"reason": "撤回原因"}

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
