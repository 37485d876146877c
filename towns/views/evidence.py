"""The evidence (佐证材料) of a criterion: its part of the page, downloads, taking files off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect

from portal.core.errors import ALLOWED, require
from portal.core.views.uploads import pending_uploads
from portal.core.web import OfficeView
from towns.actions import attach_files, move_evidence, remove_evidence
from towns.actions.evidence import FilesSaved
from towns.evidence_policies import may_edit_evidence
from towns.evidence_queries import evidence_index, living, plain, slots_of
from towns.forms import EvidenceForm
from towns.forms.evidence import field_name, file_rules
from towns.models import Application, Evidence
from towns.policies import may_correct
from towns.tables.evidence import slot_parts
from towns.views.filing import ApplicationPage


def readable_evidence(view: ApplicationPage, application: Application) -> QuerySet[Evidence]:
    """Evidence the reader may open: an office, what was submitted; the town, what is there now."""
    rows: QuerySet[Evidence] = Evidence.objects.filter(application=application)
    rows = rows.select_related("file")
    if application.is_written_by(view.actor):
        return rows.filter(removed_at__isnull=True)
    return rows.filter(pk__in=[item["id"] for item in application.snapshot.get("evidence", [])])


def evidence_form(
    view: OfficeView, application: Application, criterion: str, data: Any = None, files: Any = None
) -> EvidenceForm:
    """The part of a criterion's form with which files are sent: a place for each slot."""
    form = EvidenceForm(data, files, slots=slots_of(application, criterion))
    for name, field in form.fields.items():
        if name.startswith("file"):
            field.widget.attrs["data-uploads"] = view.url("uploads")
            field.widget.attrs["data-uploads-name"] = name.replace("file", "uploads", 1)
    return form


def evidence_context(
    view: ApplicationPage,
    application: Application,
    criterion: str,
    form: EvidenceForm,
    *,
    editable: bool,
    pending: bool = True,
) -> dict[str, Any]:
    """What ``towns/_evidence.html`` shows inside the form of a criterion's page.

    ``editable``: the page has asked whether its reader may change the section.
    """
    verdict = may_correct(application, f"evidence.{criterion}") if editable else ALLOWED
    rows = list(readable_evidence(view, application))
    index = evidence_index(application, [plain(row) for row in rows], {r.pk: r for r in rows})
    waiting = {
        slot: pending_uploads(view.actor, view.request, field_name("uploads", slot))
        for slot in (*(row.key for row in form.slots), "")
        if pending
    }
    return {
        "evidence_form": form,
        "evidence_parts": slot_parts(
            [row for row in rows if row.criterion == criterion], form, index, waiting
        ),
        "evidence_listed": bool(form.slots),
        "evidence_rules": file_rules(),
        "evidence_editable": editable and verdict.ok,
        "evidence_locked": verdict.reason if editable and not verdict.ok else "",
        "evidence_url": view.url("application-evidence", application.pk),
    }


def take_evidence(
    view: ApplicationPage, application: Application, criterion: str, form: EvidenceForm
) -> FilesSaved:
    """Attach what was sent with a criterion's form, slot by slot, and order what is to be ordered.

    What was not taken stands beside the field of its slot; nothing sent is nothing done.
    """
    saved, post = FilesSaved([], [], [], []), view.request.POST
    for slot in (*(row.key for row in form.slots), ""):
        files = form.cleaned_data[field_name("file", slot)]
        uploads = post.getlist(field_name("uploads", slot))
        if not files and not uploads:
            continue
        found = attach_files(
            actor=view.actor,
            application=application,
            criterion=criterion,
            slot=slot,
            files=files,
            uploads=uploads,
            title=form.cleaned_data[field_name("title", slot)],
            pages=form.cleaned_data[field_name("pages", slot)],
        )
        for kind, reasons in (("file", found.refused), ("pages", found.unplaced)):
            if reasons:
                form.add_error(field_name(kind, slot), ValidationError(reasons))
        saved.attached.extend(found.attached)
        saved.remarks.extend(found.remarks)
        saved.refused.extend(found.refused)
        saved.unplaced.extend(found.unplaced)
    what, key = _asked(view)
    if what in ("up", "down") and key.isdecimal():
        move_evidence(
            actor=view.actor, application=application, evidence_id=int(key), up=what == "up"
        )
    return saved


def evidence_after(view: ApplicationPage, application: Application, criterion: str) -> str:
    """Where a button of the evidence leads once the page is saved; empty for other buttons."""
    what, key = _asked(view)
    if what == "reuse":
        listed = key in {row.key for row in slots_of(application, criterion)}
        address = view.url("evidence-reuse", application.pk, criterion)
        return f"{address}&slot={key}" if listed else address
    if what in ("edit", "remove") and key.isdecimal():
        return view.url(f"evidence-{what}", application.pk, int(key))
    if what or "upload" in view.request.POST:
        return view.url("application-criterion", application.pk, criterion) + "#evidence"
    return ""


def _asked(view: ApplicationPage) -> tuple[str, str]:
    """What a button of the evidence asks for: edit-12, up-12, reuse-<slot>."""
    what, _, key = view.request.POST.get("evidence", "").partition("-")
    return what, key


class EvidenceFileView(ApplicationPage):
    """A piece of evidence as a download."""

    def get(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponseBase:
        """The file."""
        application = self.fetch(pk)
        row = get_object_or_404(readable_evidence(self, application), pk=evidence)
        return self.send(row.file, application)


class PiecePage(ApplicationPage):
    """A page about one living piece, for whoever may change it."""

    def piece(self, application: Application, evidence: int) -> Evidence:
        """The piece; 404 where there is none, refused where it is locked."""
        found: Evidence = get_object_or_404(living(application), pk=evidence)
        require(may_edit_evidence(self.actor, application, found.criterion))
        return found

    def back(self, application: Application, criterion: str) -> str:
        """The evidence on its criterion's page."""
        return self.url("application-criterion", application.pk, criterion) + "#evidence"


class EvidenceRemoveView(PiecePage):
    """Take a file off the application; a page of its own."""

    def get(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
        """The question."""
        application = self.fetch(pk)
        row = self.piece(application, evidence)
        return self.page(
            "towns/evidence_remove.html",
            {
                "breadcrumbs": self.crumbs(application, "移除材料"),
                "title": f"移除佐证材料《{row.title}》",
                "items": [
                    {"label": "文件名", "value": row.file.name},
                    {"label": "申报", "value": str(application)},
                ],
                "cancel_url": self.back(application, row.criterion),
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
        return redirect(self.back(application, row.criterion))
