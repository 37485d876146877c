"""One criterion of an application: its clause, its verdict, the statement and the evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import cached_property

from criteria.assessment import CriterionVerdict
from criteria.constants import STATUSES, Status
from criteria.queries import indicator_lines, spec_of
from criteria.sentences import NO_LINES
from criteria.specs import CriterionSpec, SetSpec
from criteria.tables import explained
from towns.actions.drafting import save_section
from towns.declared import criterion_section
from towns.evidence_queries import hold_slots
from towns.forms import CriterionForm, EvidenceForm
from towns.models import Application
from towns.queries import verdicts_of
from towns.sections import Section, Texts
from towns.tables import filing
from towns.tables.draft_words import as_draft
from towns.views.evidence import (
    evidence_after,
    evidence_context,
    evidence_form,
    take_evidence,
)
from towns.views.sections import SectionPage


class CriterionView(SectionPage):
    """What the document says, where the town stands, what the filer says to it."""

    template = "towns/criterion.html"
    pending = True
    editable = True

    def section_key(self) -> str:
        """The section of the criterion that the address names."""
        return criterion_section(self.kwargs["criterion"])

    # --- what is known of the criterion -----------------------------------------------------------

    def fetch(self, pk: int) -> Application:
        """The application; it is kept for what hangs from it."""
        self.application = super().fetch(pk)
        return self.application

    @cached_property
    def spec(self) -> SetSpec:
        """The pinned criteria set."""
        return spec_of(self.application.criteria_set)

    @cached_property
    def row(self) -> CriterionSpec:
        """The criterion, or 404."""
        key = self.kwargs["criterion"]
        found = next((item for item in self.spec.criteria if item.key == key), None)
        if found is None:
            raise Http404("该批次的认定标准没有这一条。")
        return found

    @cached_property
    def verdict(self) -> CriterionVerdict:
        """How the town stands against it."""
        return next(row for row in verdicts_of(self.application) if row.key == self.row.key)

    @cached_property
    def sent(self) -> EvidenceForm:
        """The part of the form with which files are sent."""
        posted = self.request.method == "POST" and "mine" not in self.request.POST
        data = (self.request.POST, self.request.FILES) if posted else ()
        hold_slots(self.application)
        return evidence_form(self, self.application, self.row.key, *data)

    # --- the section ------------------------------------------------------------------------------

    def title(self, section: Section) -> str:
        """The criterion's own."""
        return self.row.title

    def neighbours(self, application: Application) -> tuple[str, str]:
        """The criteria before and after it."""
        keys = [row.key for row in self.spec.criteria]
        place = keys.index(self.row.key)
        before = keys[place - 1] if place else ""
        after = keys[place + 1] if place + 1 < len(keys) else ""
        return self._address(application, before), self._address(application, after)

    def _address(self, application: Application, key: str) -> str:
        return self.section_url(application, criterion_section(key)) if key else ""

    def make_form(
        self, application: Application, initial: Texts, data: QueryDict | None = None
    ) -> forms.Form:
        """The statement, and a reason for each condition that may be relaxed."""
        asked = {item.condition for item in application.relaxations.all()}
        relaxable = [
            finding
            for finding in self.verdict.findings
            if finding.status == Status.MAY_RELAX or finding.condition in asked
        ]
        grounds = {
            ground.indicator
            for finding in relaxable
            if finding.spec.relaxation is not None
            for ground in finding.spec.relaxation.grounds
        }
        return CriterionForm(
            data,
            nature=self.row.nature,
            ask=self.row.ask,
            relaxable=relaxable,
            lines=indicator_lines(grounds) if grounds else NO_LINES,
            initial=initial,
        )

    def unreadable(self, application: Application) -> HttpResponse:
        """Who may not change it reads it; an office reads the whole declaration."""
        self.editable = False
        if self.actor.scope is not None:
            key = self.row.key
            return redirect(self.url("application-check", application.pk) + f"#criterion-{key}")
        reasons = {row.condition: row.reason for row in application.relaxations.all()}
        answers = {row.criterion: row.text for row in application.answers.all()}
        return self.page(
            "towns/criterion_read.html",
            {
                "breadcrumbs": self.crumbs(application, self.row.title),
                "application": application,
                "answer": answers.get(self.row.key, ""),
                "relaxations": [
                    {"name": item.indicator_name, "reason": reasons[item.key]}
                    for item in self.row.conditions
                    if item.key in reasons
                ],
                **self.more(application),
                **self._around(application),
            },
        )

    def _around(self, application: Application) -> dict[str, Any]:
        before, after = self.neighbours(application)
        return {
            "previous_url": before,
            "next_url": after,
            "list_url": self.list_url(application),
        }

    def save(
        self, application: Application, form: forms.Form, opened: Texts | None, mine: Texts
    ) -> HttpResponse:
        """The words first, then the files, each by itself: what was refused stands beside it."""
        if not self.sent_is_valid(application):
            return self.show(application, self.section(application), form, 422)
        section = self.section(application)
        save_section(
            actor=self.actor,
            application=application,
            key=section.key,
            opened=opened,
            typed=mine,
        )
        if "mine" in self.request.POST:
            messages.success(self.request, f"“{self.row.title}”已保存。")
            return redirect(self.after(application))
        saved = take_evidence(self, application, self.row.key, self.sent)
        for remark in saved.remarks:
            messages.info(self.request, remark)
        if not self.sent.errors:
            messages.success(self.request, f"“{self.row.title}”已保存。")
            return redirect(self.after(application))
        if saved.attached:
            messages.success(
                self.request, f"已保存，其中 {len(saved.attached)} 份材料已加入，其余见下。"
            )
        # The words are saved: they stand as they are now, and the files are sent anew.
        return self.show(self.fetch(application.pk), section, status=422, pending=False, anew=True)

    def sent_is_valid(self, application: Application) -> bool:
        """Whether what was sent as evidence can be read at all."""
        return "mine" in self.request.POST or self.sent.is_valid()

    def after(self, application: Application) -> str:
        """The next criterion, what a button of the evidence asks for, or this page."""
        if "next" in self.request.POST:
            return super().after(application)
        here = self.request.get_full_path()
        return evidence_after(self, application, self.row.key) or here

    def show(
        self,
        application: Application,
        section: Section,
        form: forms.Form | None = None,
        status: int = 200,
        *,
        anew: bool = False,
        **more: Any,
    ) -> HttpResponse:
        """The page; ``pending``: whether files that were sent before wait for the form."""
        self.pending = bool(more.pop("pending", True))
        return super().show(application, section, form, status, anew=anew, **more)

    def more(self, application: Application) -> dict[str, Any]:
        """The clause, the verdict, the evidence."""
        tone = STATUSES[self.verdict.status]
        return {
            "criterion": self.row,
            "position": f"第 {self.row.ordinal} 条，共 {len(self.spec.criteria)} 条",
            "status_word": tone.label,
            "status_tone": tone.tone,
            "clause": filing.clause_of(
                self.row.text,
                self.row.clause,
                self.spec,
                application.criteria_set.document_title,
            ),
            "card": card_of(self, application, self.verdict),
            "assessment_url": self.assessment_url(application),
            "evidence_asked": self.asked.reasons.get(f"evidence.{self.row.key}", ""),
            "figures_url": self.section_url(application, "figures"),
            **evidence_context(
                self,
                application,
                self.row.key,
                self.sent,
                editable=self.editable,
                pending=self.pending,
            ),
        }

    def assessment_url(self, application: Application) -> str:
        """Where the verdict is read anew."""
        return self.url("application-verdict", application.pk, self.row.key)


def card_of(
    view: SectionPage, application: Application, verdict: CriterionVerdict
) -> dict[str, Any]:
    """The criterion explained for a narrow column; its clause stands elsewhere on the page."""
    criteria_set = application.criteria_set
    told = explained.explained(criteria_set, [verdict], application.category)
    told = as_draft(told) if application.filing.editable else told
    counted = filing.counted_address(application, view.actor)
    card = explained.card(told.criteria[0], criteria_set, counted)
    return {**card, "clause": None, "figures": [], "lines": card["figures"]}


class VerdictView(CriterionView):
    """The verdict of a criterion alone: read anew while the page of the criterion is open."""

    http_method_names = ("get", "head", "options")

    def get(self, request: HttpRequest, pk: int, **kwargs: Any) -> HttpResponse:
        """The part of the page."""
        application = self.fetch(pk)
        context = {"card": card_of(self, application, self.verdict), "fresh": True}
        return self.page("towns/_verdict.html", context)
