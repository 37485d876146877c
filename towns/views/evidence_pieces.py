"""One piece of evidence: what is said of it, and using a file again in another place."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.queries import spec_of
from portal.core.errors import require
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal
from portal.core.web import add_errors
from towns.actions import amend_evidence, reuse_evidence
from towns.actions.evidence_pieces import described
from towns.evidence_index import BEYOND
from towns.evidence_policies import may_edit_evidence
from towns.evidence_queries import reusable, slots_of
from towns.forms.evidence import PieceForm, ReuseForm
from towns.models import Application, Evidence, EvidenceSlot
from towns.views.evidence import PiecePage

LABELS = {"title": "材料名称", "slot": "对应材料清单", "pages": "页码"}


class EvidenceEditView(PiecePage):
    """Title, place in the list and page reference of a piece."""

    def get(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
        """The form with what stands."""
        application = self.fetch(pk)
        row = self.piece(application, evidence)
        values = described(row)
        form = PieceForm(initial=values, slots=slots_of(application, row.criterion))
        return self._show(application, row, form, seal(self._part(row), values))

    def post(self, request: HttpRequest, pk: int, evidence: int) -> HttpResponse:
        """Save; what somebody else has changed meanwhile is laid beside it."""
        application = self.fetch(pk)
        row = self.piece(application, evidence)
        slots = slots_of(application, row.criterion)
        merging = self._merging(row, slots)
        if merging.answered(request.POST):
            decided = merging.decided(request.POST)
            if decided is None:
                return self._decide(application, row, merging.again(request.POST), 422)
            form = PieceForm(decided, slots=slots)
        else:
            form = PieceForm(request.POST, slots=slots)
        opened = request.POST.get("opened", "")
        if form.is_valid():
            mine = {"slot": row.slot, **form.cleaned_data}
            try:
                amend_evidence(
                    actor=self.actor,
                    application=application,
                    evidence_id=row.pk,
                    opened=merging.opened(request.POST),
                    **mine,
                )
            except Overtaken as found:
                shown = merging.page(merging.opened(request.POST), mine, found)
                return self._decide(application, row, shown, 409)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"材料《{mine['title']}》已保存。")
                return redirect(self.back(application, row.criterion))
        return self._show(application, row, form, opened, 422)

    def _part(self, row: Evidence) -> str:
        return f"evidence:{row.pk}"

    def _merging(self, row: Evidence, slots: list[EvidenceSlot]) -> Merging:
        names = {slot.key: slot.title for slot in slots} | {"": BEYOND}

        def show(name: str, value: Any) -> str:
            return names.get(value or "", BEYOND) if name == "slot" else (value or "未填写")

        return Merging(self._part(row), LABELS, show)

    def _show(
        self,
        application: Application,
        row: Evidence,
        form: PieceForm,
        opened: str,
        status: int = 200,
    ) -> HttpResponse:
        return self.page(
            "towns/evidence_edit.html",
            {
                "breadcrumbs": self.crumbs(application, "修改材料"),
                "application": application,
                "row": row,
                "form": form,
                "opened": opened,
                "cancel_url": self.back(application, row.criterion),
            },
            status=status,
        )

    def _decide(
        self, application: Application, row: Evidence, merge: dict[str, Any] | None, status: int
    ) -> HttpResponse:
        if merge is None:
            return redirect(self.url("evidence-edit", application.pk, row.pk))
        return self.page(
            "towns/evidence_edit.html",
            {
                "breadcrumbs": self.crumbs(application, "修改材料"),
                "application": application,
                "row": row,
                "merge": merge,
                "cancel_url": self.back(application, row.criterion),
            },
            status=status,
        )


class EvidenceReuseView(PiecePage):
    """Choose a file that was given before, here or in an earlier year, for another place."""

    def get(self, request: HttpRequest, pk: int, criterion: str) -> HttpResponse:
        """The files to choose from."""
        application = self.fetch(pk)
        require(may_edit_evidence(self.actor, application, criterion))
        return self._show(application, criterion, request.GET.get("slot", ""))

    def post(self, request: HttpRequest, pk: int, criterion: str) -> HttpResponse:
        """Take it."""
        application = self.fetch(pk)
        require(may_edit_evidence(self.actor, application, criterion))
        slot = request.POST.get("slot", "")
        found = reusable(self.actor, application, criterion, slot)
        keys = [row.pk for item in found for row in item.rows]
        form = ReuseForm(request.POST, keys=keys)
        if form.is_valid():
            try:
                evidence = reuse_evidence(
                    actor=self.actor,
                    application=application,
                    criterion=criterion,
                    slot=slot,
                    evidence_id=int(form.cleaned_data["source"]),
                    title=form.cleaned_data["title"],
                    pages=form.cleaned_data["pages"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"已选用《{evidence.title}》，同一份文件只计一份。")
                return redirect(self.back(application, criterion))
        return self._show(application, criterion, slot, form, 422)

    def _show(
        self,
        application: Application,
        criterion: str,
        slot: str,
        form: ReuseForm | None = None,
        status: int = 200,
    ) -> HttpResponse:
        spec = {row.key: row for row in spec_of(application.criteria_set).criteria}
        asked = {row.key: row.title for row in slots_of(application, criterion)}
        if criterion not in spec or (slot and slot not in asked):
            raise Http404("该批次的认定标准没有这一条，或者材料清单没有这一项。")
        found = reusable(self.actor, application, criterion, slot)
        keys = [row.pk for item in found for row in item.rows]
        form = form or ReuseForm(keys=keys)
        chosen = form["source"].value() or ""
        groups = [
            {
                "title": "本次申报已有的材料" if item.own else _year_of(item.application),
                "rows": [
                    {
                        "piece": row,
                        "where": spec[row.criterion].title if row.criterion in spec else "",
                        "checked": str(row.pk) == chosen,
                    }
                    for row in item.rows
                ],
            }
            for item in found
        ]
        return self.page(
            "towns/evidence_reuse.html",
            {
                "breadcrumbs": self.crumbs(application, "选用已有材料"),
                "application": application,
                "place": f"{spec[criterion].title}：{asked.get(slot, BEYOND)}"
                if asked
                else spec[criterion].title,
                "slot": slot,
                "groups": groups,
                "form": form,
                "cancel_url": self.back(application, criterion),
            },
            status=status,
        )


def _year_of(application: Application) -> str:
    return f"{application.round.year}年申报的材料（{application.round.title}）"
