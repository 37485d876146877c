"""On-site visits: planned from a case, recorded on a page of their own, also on a phone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from criteria.queries import spec_of
from portal.core.errors import Refused, Stale, require
from portal.core.merging import Changed
from portal.core.standing import differing, refuse_unseen, sent_again, typed
from portal.core.typed import Words
from portal.core.web import OfficeView, add_errors
from reviews.actions import cancel_visit, plan_visit, record_visit
from reviews.forms.visits import CancelVisitForm, PhotosForm, VisitForm, VisitRecordForm
from reviews.models import Case, StepRun, Visit
from reviews.models.visits import FINDING_TONES
from reviews.tables.visits import finding_rows, photo_rows, visit_items, visit_row
from reviews.views.cases import CasePage
from reviews.views.panels import CASE_PANELS, Panel
from reviews.visit_policies import may_print_visit, may_record_visit, may_visit
from reviews.visit_queries import kept

# A field of the record: what is sent with it brings along what was typed.
TYPED = "held_on"


class VisitNewView(CasePage):
    """Plan a visit."""

    word_fields: ClassVar[Words] = {"people": "核查人员", "met": "现场陪同人员"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form."""
        case = self.fetch(pk)
        require(may_visit(self.actor, case))
        return self.show(case, VisitForm(initial={"place": case.town_name}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep it and go to its page."""
        case = self.fetch(pk)
        require(may_visit(self.actor, case))
        form = VisitForm(request.POST)
        if not form.is_valid():
            return self.show(case, form)
        try:
            visit = plan_visit(actor=self.actor, case_id=case.pk, terms=form.terms)
        except ValidationError as error:
            add_errors(form, error)
            return self.show(case, form)
        messages.success(request, f"已安排 {visit.held_on} 到{visit.place}现场核查。")
        return redirect(self.url("visit", visit.pk))

    def show(self, case: Case, form: VisitForm) -> HttpResponse:
        """The page, with what was typed."""
        return self.page(
            "reviews/visit_new.html",
            {
                "case": case,
                "form": form,
                "case_url": self.url("case", case.pk),
                "breadcrumbs": self.crumbs(case, ("安排现场核查", None)),
            },
            status=422 if form.errors else 200,
        )


class VisitPage(OfficeView):
    """What the pages of one visit share."""

    def fetch(self, pk: int) -> Visit:
        """The visit, or 404 when it is not among what the actor sees."""
        rows = Visit.objects.visible_to(self.actor).select_related(
            "run", "office__region", "case__office", "case__application__criteria_set",
            "case__round",
        ).prefetch_related("findings")  # fmt: skip
        visit: Visit = get_object_or_404(rows, pk=pk)
        if not Case.objects.visible_to(self.actor).filter(pk=visit.case_id).exists():
            raise Http404("没有这次现场核查。")
        self.stale_url = self.url("case", visit.case_id)
        return visit

    def record_form(self, visit: Visit, data: Any = None, filled: Any = None) -> VisitRecordForm:
        """The record, filled with what is kept, or with what was typed and not saved yet."""
        criteria = spec_of(visit.case.application.criteria_set).criteria
        initial = filled.dict() if filled is not None else kept(visit)
        return VisitRecordForm(data, criteria=criteria, initial=initial)

    def back(self, visit: Visit, said: str) -> HttpResponse:
        """The page after something was done to the photographs; what was typed comes back."""
        messages.success(self.request, said)
        if TYPED not in self.request.POST:
            return redirect(f"{self.url('visit', visit.pk)}#photos")
        messages.info(self.request, "核查记录中填写的内容保留在下面，尚未保存。")
        return self.show(visit, self.record_form(visit, filled=self.request.POST))

    def lost(self, visit: Visit, said: Exception) -> HttpResponse:
        """Nothing was done: what was typed, in its form, or to be copied where there is none."""
        if refused := isinstance(said, Refused):
            self.observe("refused", summary=str(said), outcome="refused")
        visit, sent = self.fetch(visit.pk), self.request.POST
        form = self.record_form(visit, filled=sent) if TYPED in sent else None
        rows = typed(form) if form and not may_record_visit(self.actor, visit).ok else []
        status = 403 if refused else 409
        return self.show(visit, form, lost=rows, reason=str(said), status=status)

    def show(
        self,
        visit: Visit,
        form: VisitRecordForm | None = None,
        photos: PhotosForm | None = None,
        *,
        status: int = 0,
        **more: Any,
    ) -> HttpResponse:
        """The page: its record to fill, or to read; photographs below."""
        case, criteria = visit.case, spec_of(visit.case.application.criteria_set).criteria
        verdict = may_record_visit(self.actor, visit)
        refused = bool((form and form.errors) or (photos and photos.errors))
        context = {
            "visit": visit,
            "case": case,
            "items": visit_items(visit),
            "findings": finding_rows(visit, criteria),
            "photos": photo_rows(self.actor, visit, criteria, removable=verdict.ok),
            "locked": "" if verdict.ok else verdict.reason,
            "form": (form or self.record_form(visit)) if verdict.ok else None,
            "photos_form": (photos or PhotosForm(criteria=criteria)) if verdict.ok else None,
            "may_print": may_print_visit(self.actor, visit).ok,
            "case_url": self.url("case", case.pk),
            "breadcrumbs": [
                ("工作台", self.url("workspace")),
                ("办件", self.url("cases")),
                (case.town_name, self.url("case", case.pk)),
                ("现场核查", None),
            ],
            **more,
        }
        status = status or (422 if refused else 200)
        return self.page("reviews/visit.html", context, status=status)


class VisitView(VisitPage):
    """One visit."""

    word_fields: ClassVar[Words] = {
        "text_": "核查情况",
        "summary": "核查情况",
        "people": "核查人员",
        "met": "现场陪同人员",
    }

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        return self.show(self.fetch(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Save the record; ``done`` makes it complete."""
        visit = self.fetch(pk)
        verdict = may_record_visit(self.actor, visit)
        if not verdict.ok:
            return self.lost(visit, Refused(verdict.reason))
        form, done = self.record_form(visit, request.POST), "done" in request.POST
        if not form.is_valid():
            return self.show(visit, form)
        try:
            record_visit(
                actor=self.actor,
                visit_id=visit.pk,
                terms=form.terms,
                summary=form.cleaned_data["summary"],
                findings=form.findings,
                done=done,
                seen=form.cleaned_data["seen"] or None,
            )
        except ValidationError as error:
            add_errors(form, error)
            return self.show(visit, form)
        except Changed as changed:
            return self.compared(pk, changed)
        except (Refused, Stale) as said:
            return self.lost(visit, said)
        messages.success(request, "现场核查已登记。" if done else "核查记录已保存。")
        return redirect(self.url("visit", visit.pk))

    def compared(self, pk: int, changed: Changed) -> HttpResponse:
        """What was typed, beside what stands now; sent again it replaces that."""
        visit = self.fetch(pk)
        now = kept(visit)
        form = self.record_form(visit, sent_again(self.request.POST, seen=now["seen"]))
        refuse_unseen(form, changed)
        return self.show(visit, form, status=409, standing=differing(form, now))


class VisitCancelView(VisitPage):
    """A planned visit is called off."""

    word_fields: ClassVar[Words] = {"reason": "取消原因"}

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The question."""
        visit = self.fetch(pk)
        require(may_record_visit(self.actor, visit))
        return self.ask(visit, CancelVisitForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Call it off."""
        visit = self.fetch(pk)
        require(may_record_visit(self.actor, visit))
        form = CancelVisitForm(request.POST)
        if not form.is_valid():
            return self.ask(visit, form)
        cancel_visit(actor=self.actor, visit_id=visit.pk, reason=form.cleaned_data["reason"])
        messages.success(request, "现场核查已取消。")
        return redirect(self.url("case", visit.case_id))

    def ask(self, visit: Visit, form: CancelVisitForm) -> HttpResponse:
        """The page, with what was typed."""
        return self.page(
            "reviews/visit_cancel.html",
            {
                "visit": visit,
                "form": form,
                "items": visit_items(visit),
                "visit_url": self.url("visit", visit.pk),
                "breadcrumbs": [
                    (visit.case.town_name, self.url("case", visit.case_id)),
                    ("现场核查", self.url("visit", visit.pk)),
                    ("取消", None),
                ],
            },
            status=422 if form.errors else 200,
        )


def read(view: OfficeView, case: Case, runs: Sequence[StepRun]) -> dict[str, Any] | None:
    """The visits that the acting post reads, and the way to plan one."""
    visits = list(
        Visit.objects.visible_to(view.actor)
        .filter(case=case)
        .prefetch_related("findings", "photos")
        .select_related("office")
    )
    new_url = view.url("visit-new", case.pk) if may_visit(view.actor, case).ok else ""
    if not visits and not new_url:
        return None
    return {
        "visits": [visit_row(view.actor, visit) for visit in visits],
        "new_url": new_url,
        "tones": FINDING_TONES,
    }


CASE_PANELS.append(Panel("reviews/_visits.html", read))
