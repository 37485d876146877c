"""One criterion of an application: its clause, its verdict, the statement and the evidence."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from criteria.assessment import CriterionVerdict
from criteria.constants import STATUSES, Status
from criteria.queries import indicator_lines, spec_of
from criteria.sentences import NO_LINES
from criteria.specs import CriterionSpec, SetSpec
from criteria.tables import explained
from portal.core.errors import require
from portal.core.views.uploads import pending_uploads
from portal.core.web import add_errors
from towns.actions import remove_evidence, save_criterion
from towns.forms import CriterionForm
from towns.models import Application, Evidence
from towns.policies import may_edit_application
from towns.queries import verdicts_of
from towns.tables import filing
from towns.views.filing import ApplicationPage


def readable_evidence(view: ApplicationPage, application: Application) -> Any:
    """Evidence the reader may open: an office, what was submitted; the town, what is there now."""
    rows = Evidence.objects.filter(application=application).select_related("file")
    if view.actor.scope is None:
        return rows.filter(removed_at__isnull=True)
    return rows.filter(pk__in=[item["id"] for item in application.snapshot.get("evidence", [])])


class CriterionView(ApplicationPage):
    """What the document says, where the town stands, what the filer says to it."""

    def _parts(
        self, application: Application, criterion: str
    ) -> tuple[SetSpec, CriterionSpec, CriterionVerdict]:
        spec = spec_of(application.criteria_set)
        row = next((item for item in spec.criteria if item.key == criterion), None)
        if row is None:
            raise Http404("该批次的认定标准没有这一条。")
        verdict = next(item for item in verdicts_of(application) if item.key == criterion)
        return spec, row, verdict

    def _form(
        self,
        application: Application,
        row: CriterionSpec,
        verdict: CriterionVerdict,
        data: Any = None,
        files: Any = None,
    ) -> CriterionForm:
        reasons = {item.condition: item.reason for item in application.relaxations.all()}
        answers = {item.criterion: item.text for item in application.answers.all()}
        relaxable = [
            finding
            for finding in verdict.findings
            if finding.status == Status.MAY_RELAX or finding.condition in reasons
        ]
        grounds = {
            ground.indicator
            for finding in relaxable
            if finding.spec.relaxation is not None
            for ground in finding.spec.relaxation.grounds
        }
        return CriterionForm(
            data,
            files,
            nature=row.nature,
            ask=row.ask,
            relaxable=relaxable,
            reasons=reasons,
            lines=indicator_lines(grounds) if grounds else NO_LINES,
            initial={"text": answers.get(row.key, "")},
        )

    def get(self, request: HttpRequest, pk: int, criterion: str) -> HttpResponse:
        """The page."""
        application = self.fetch(pk)
        if self.actor.scope is not None:
            return redirect(self.url("application-check", pk) + f"#criterion-{criterion}")
        return self._show(application, criterion)

    def post(self, request: HttpRequest, pk: int, criterion: str) -> HttpResponse:
        """Save everything on the page at once, the chosen file included."""
        application = self.fetch(pk)
        require(may_edit_application(self.actor, application))
        spec, row, verdict = self._parts(application, criterion)
        form = self._form(application, row, verdict, request.POST, request.FILES)
        if form.is_valid():
            try:
                saved = save_criterion(
                    actor=self.actor,
                    application=application,
                    criterion=criterion,
                    text=form.cleaned_data["text"],
                    relaxations=form.relaxations(),
                    files=form.cleaned_data["file"],
                    uploads=request.POST.getlist("uploads"),
                    title=form.cleaned_data["title"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                for remark in saved.remarks:
                    messages.info(request, remark)
                if not saved.refused:
                    messages.success(request, f"“{row.title}”已保存。")
                    return redirect(self._after(request, application, spec, row))
                if saved.attached:
                    messages.success(
                        request, f"已保存，其中 {len(saved.attached)} 份材料已加入，其余见下。"
                    )
                add_errors(form, ValidationError({"file": saved.refused}))
                return self._show(application, criterion, form, 422, pending=False)
        return self._show(application, criterion, form, 422)

    def _after(
        self, request: HttpRequest, application: Application, spec: SetSpec, row: CriterionSpec
    ) -> str:
        here = self.url("application-criterion", application.pk, row.key)
        if "next" not in request.POST:
            return f"{here}#evidence" if "upload" in request.POST else here
        following = _neighbour(spec, row, 1)
        if following is None:
            return self.url("application", application.pk)
        return self.url("application-criterion", application.pk, following.key)

    def _show(
        self,
        application: Application,
        criterion: str,
        form: CriterionForm | None = None,
        status: int = 200,
        *,
        pending: bool = True,
    ) -> HttpResponse:
        spec, row, verdict = self._parts(application, criterion)
        editable = may_edit_application(self.actor, application).ok
        form = form or self._form(application, row, verdict)
        form.fields["file"].widget.attrs["data-uploads"] = self.url("uploads")
        before, after = _neighbour(spec, row, -1), _neighbour(spec, row, 1)
        files = readable_evidence(self, application).filter(criterion=criterion)
        tone = STATUSES[verdict.status]
        return self.page(
            "towns/criterion.html",
            {
                "breadcrumbs": self.crumbs(application, row.title),
                "application": application,
                "criterion": row,
                "position": f"第 {row.ordinal} 条，共 {len(spec.criteria)} 条",
                "status_word": tone.label,
                "status_tone": tone.tone,
                "clause": filing.clause_of(
                    row.text, row.clause, spec, application.criteria_set.document_title
                ),
                "card": self._card(application, verdict),
                "form": form,
                "pending": pending_uploads(self.actor, self.request) if pending else [],
                "files": files,
                "editable": editable,
                "answer": form["text"].value(),
                "relaxations": [
                    item
                    for item in application.relaxations.all()
                    if item.condition in {condition.key for condition in row.conditions}
                ],
                "previous_url": self._criterion_url(application, before),
                "next_url": self._criterion_url(application, after),
                "list_url": self.url("application", application.pk),
                "figures_url": self.url(
                    "town-figures", application.town_id, application.round.figures_year
                )
                + f"&application={application.pk}",
            },
            status=status,
        )

    def _card(self, application: Application, verdict: CriterionVerdict) -> dict[str, Any]:
        """The criterion explained; its clause stands above on the page."""
        criteria_set = application.criteria_set
        told = explained.explained(criteria_set, [verdict], application.category)
        counted = filing.counted_address(application, self.actor)
        return {**explained.card(told.criteria[0], criteria_set, counted), "clause": None}

    def _criterion_url(self, application: Application, row: CriterionSpec | None) -> str:
        return self.url("application-criterion", application.pk, row.key) if row else ""


def _neighbour(spec: SetSpec, row: CriterionSpec, step: int) -> CriterionSpec | None:
    place = spec.criteria.index(row) + step
    return spec.criteria[place] if 0 <= place < len(spec.criteria) else None


class EvidenceFileView(ApplicationPage):
    """A piece of evidence as a download."""

    def get(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
        """The file."""
        application = self.fetch(pk)
        row = get_object_or_404(readable_evidence(self, application), pk=evidence)
        return self.send(row.file, application)


class EvidenceRemoveView(ApplicationPage):
    """Take a file off the application; a page of its own."""

    def _row(self, application: Application, evidence: int) -> Evidence:
        require(may_edit_application(self.actor, application))
        found: Evidence = get_object_or_404(
            Evidence.objects.select_related("file"),
            application=application,
            pk=evidence,
            removed_at__isnull=True,
        )
        return found

    def get(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
        """The question."""
        application = self.fetch(pk)
        row = self._row(application, evidence)
        return self.page(
            "towns/evidence_remove.html",
            {
                "breadcrumbs": self.crumbs(application, "移除材料"),
                "title": f"移除佐证材料《{row.title}》",
                "items": [
                    {"label": "文件名", "value": row.file.name},
                    {"label": "申报", "value": str(application)},
                ],
                "cancel_url": self._back(application, row.criterion),
            },
        )

    def post(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
        """Remove it; who comes second is told so."""
        application = self.fetch(pk)
        row = Evidence.objects.filter(application=application, pk=evidence).first()
        if row is None:
            raise Http404("没有这份材料。")
        remove_evidence(actor=self.actor, application=application, evidence_id=evidence)
        messages.success(request, f"佐证材料《{row.title}》已移除。")
        return redirect(self._back(application, row.criterion))

    def _back(self, application: Application, criterion: str) -> str:
        return self.url("application-criterion", application.pk, criterion) + "#evidence"
