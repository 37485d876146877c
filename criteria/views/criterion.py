"""One criterion of a draft: add, change, move, remove."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from criteria.actions.drafting import (
    add_criterion,
    amend_criterion,
    move_criterion,
    remove_criterion,
    removed_words,
)
from criteria.condition_queries import band_indicators
from criteria.drafts import CriterionFacts
from criteria.editor_tables import (
    CRITERION_LABELS,
    criterion_items,
    lines_of,
    sentences,
    show_criterion,
    spec_of_row,
)
from criteria.forms.criterion import (
    CriterionForm,
    MoveCriterionForm,
    RemoveCriterionForm,
    more_rows,
    typed,
)
from criteria.forms.editor import put_errors, raw_values
from criteria.models import Criterion, Indicator
from criteria.views.drafting import DraftView
from portal.core.errors import Stale
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal


class CriterionFormView(DraftView):
    """A page with the form of one criterion."""

    heading = ""
    submit_text = ""

    @cached_property
    def kept(self) -> set[str]:
        """Indicators that the criterion's bands name already, retired ones too."""
        row = self.criterion() if "criterion" in self.kwargs else None
        return {band["indicator"] for band in row.bands} if row is not None else set()

    def countable(self) -> list[Indicator]:
        """What bands may be made of."""
        chosen = {row.key for row in band_indicators(self.actor, self.criteria_set)}
        return [row for row in self.indicators if row.key in chosen | self.kept]

    def make_form(self, data: Any = None, **kwargs: Any) -> CriterionForm:
        """The form."""
        return CriterionForm(
            data, categories=list(self.names.items()), indicators=self.countable(), **kwargs
        )

    def show(
        self, form: CriterionForm, opened: str = "", status: int = 200, **more: Any
    ) -> HttpResponse:
        """The page."""
        return self.page(
            "criteria/editor/criterion.html",
            {
                "breadcrumbs": self.crumbs(self.heading),
                "title": self.heading,
                "set": self.criteria_set,
                "form": form,
                "opened": opened,
                "submit_text": self.submit_text,
                "cancel_url": self.editor_url(),
                **more,
            },
            status=status,
        )

    def late(self, request: HttpRequest) -> HttpResponse | None:
        """Everything typed once more when the draft was proposed or published meanwhile."""
        reason = self.moved_on()
        if not reason:
            return None
        form = self.make_form(initial=raw_values(self.make_form(request.POST)))
        return self.show(form, request.POST.get("opened", ""), 409, gone=reason)

    def grown(self, request: HttpRequest, opened: str) -> HttpResponse:
        """The form with more empty rows and everything typed, judged later."""
        values = more_rows(raw_values(self.make_form(request.POST)), request.POST["more"])
        return self.show(self.make_form(initial=values), opened)


class CriterionNewView(CriterionFormView):
    """Add a criterion."""

    heading = "添加认定条件"
    submit_text = "保存这一条"

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """An empty form."""
        self.allow()
        return self.show(self.make_form(initial={"nature": "judgement"}))

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Add it."""
        late = self.late(request)
        if late is not None:
            return late
        self.allow()
        if "more" in request.POST:
            return self.grown(request, "")
        form = self.make_form(request.POST)
        if form.is_valid():
            try:
                row = add_criterion(actor=self.actor, key=key, facts=form.facts())
            except ValidationError as error:
                put_errors(form, error, form.renamed())
            else:
                messages.success(request, f"已添加“{row.title}”。")
                return redirect(self.editor_url(row.key))
        return self.show(form, status=422)


class CriterionEditView(CriterionFormView):
    """Change a criterion."""

    heading = "修改认定条件"
    submit_text = "保存修改"

    @cached_property
    def merging(self) -> Merging:
        """What is compared when two have changed it."""
        show = show_criterion(self.names, lines_of(self.indicators))
        part = f"criterion:{self.criteria_set.pk}:{self.kwargs['criterion']}"
        return Merging(part, CRITERION_LABELS, show)

    def get(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """The form with what stands."""
        self.allow()
        row = self.criterion()
        if row is None:
            raise Stale(removed_words(self.criteria_set))
        facts = CriterionFacts.of(row)
        form = self.make_form(initial=self.typed(facts))
        return self.show(form, seal(self.merging.part, facts.plain(), row.revision))

    def post(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """Save; what somebody else has changed meanwhile is laid beside it."""
        late = self.late(request)
        if late is not None:
            return late
        self.allow()
        opened = request.POST.get("opened", "")
        if "more" in request.POST:
            return self.grown(request, opened)
        if self.merging.answered(request.POST):
            decided = self.merging.decided(request.POST)
            if decided is None:
                again = self.merging.again(request.POST)
                return self.clash(again) if again else redirect(request.get_full_path())
            form = self.make_form(self.typed(CriterionFacts.of_plain(decided)))
        else:
            form = self.make_form(request.POST)
        if form.is_valid():
            try:
                return self.save(request, form)
            except ValidationError as error:
                put_errors(form, error, form.renamed())
            except Criterion.DoesNotExist:
                return self.gone(form)
        return self.show(form, opened, 422)

    def save(self, request: HttpRequest, form: CriterionForm) -> HttpResponse:
        """One action, and back to the editor; or both versions side by side."""
        facts, opened = form.facts(), self.merging.opened(request.POST)
        try:
            row = amend_criterion(
                actor=self.actor,
                key=self.criteria_set.key,
                criterion=self.kwargs["criterion"],
                facts=facts,
                opened=opened,
            )
        except Overtaken as found:
            return self.clash(self.merging.page(opened, facts.plain(), found))
        messages.success(request, f"“{row.title}”已保存。")
        return redirect(self.editor_url(row.key))

    def typed(self, facts: CriterionFacts) -> dict[str, Any]:
        """A criterion as the form shows it."""
        return typed(facts, {row.key: row for row in self.indicators})

    def clash(self, merge: dict[str, Any]) -> HttpResponse:
        """Both versions."""
        return self.conflict(
            merge, self.heading, "这一条", self.editor_url(self.kwargs["criterion"])
        )

    def gone(self, form: CriterionForm) -> HttpResponse:
        """The criterion was removed meanwhile: what was typed may become a new one."""
        return self.show(
            form,
            status=409,
            gone=removed_words(self.criteria_set),
            removed=True,
            action=self.url("criterion-new", self.criteria_set.key),
            submit_text="作为新的一条保存",
        )


class CriterionMoveView(DraftView):
    """Move a criterion one place."""

    def post(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """One action, and back to where it stands now."""
        self.allow()
        form = MoveCriterionForm(request.POST)
        if not form.is_valid():
            raise Stale("没有移动，请在编制页面上重新点“上移”或“下移”。")
        row = move_criterion(
            actor=self.actor,
            key=key,
            criterion=criterion,
            up=form.cleaned_data["way"] == "up",
            seen=form.cleaned_data["seen"],
        )
        messages.success(request, f"“{row.title}”已移到第 {row.ordinal} 条。")
        return redirect(self.editor_url(row.key))


class CriterionRemoveView(DraftView):
    """Take a criterion out, after a question."""

    def get(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """The question, with what would go."""
        self.allow()
        return self.ask()

    def post(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """Remove it, unless somebody has changed it since the question."""
        self.allow()
        form = RemoveCriterionForm(request.POST)
        if not form.is_valid():
            return self.ask(status=422)
        try:
            remove_criterion(
                actor=self.actor,
                key=key,
                criterion=criterion,
                revision=form.cleaned_data["revision"],
            )
        except Overtaken as found:
            return self.ask(found, 409)
        messages.success(request, "已移除这一条。移除前的内容记入台账。")
        return redirect(self.editor_url())

    def ask(self, overtaken: Overtaken | None = None, status: int = 200) -> HttpResponse:
        """The question."""
        rows = self.criteria_set.criteria.prefetch_related("conditions__indicator")
        row = rows.filter(key=self.kwargs["criterion"]).first()
        if row is None:
            raise Stale(removed_words(self.criteria_set))
        lines = lines_of(self.indicators)
        said = [item.text for item in sentences(spec_of_row(row), self.names, lines)]
        return self.page(
            "criteria/editor/remove.html",
            {
                "breadcrumbs": self.crumbs("移除认定条件"),
                "row": row,
                "items": [
                    *criterion_items(row),
                    {"label": "条件", "value": "\n".join(said) or "没有数值条件"},
                ],
                "overtaken": overtaken,
                "form": RemoveCriterionForm(initial={"revision": row.revision}),
                "cancel_url": self.editor_url(row.key),
            },
            status=status,
        )
