"""Conditions of a criterion as sentences: add and change; the clause stays in view.

Every page shows what it would come to before anything is saved: a button, and live where scripts
run (an htmx request is answered by the sentence alone).
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property

from criteria.actions.conditions import add_condition, amend_condition
from criteria.condition_checks import Setting
from criteria.condition_facts import ConditionFacts
from criteria.condition_queries import (
    named_indicators,
    setting_of,
    spec_of_criterion,
    usable_indicators,
)
from criteria.condition_words import CONDITION_LABELS, show_condition
from criteria.constants import OPERATORS
from criteria.forms.comparisons import SOURCES
from criteria.forms.conditions import (
    ConditionForm,
    one_more,
    typed_condition,
)
from criteria.forms.editor import put_errors, raw_values
from criteria.models import Criterion, Indicator
from criteria.sentences import condition_sentence, relaxation_sentence
from criteria.specs import ConditionSpec, CriterionSpec
from criteria.views.drafting import DraftView
from portal.core.errors import Stale
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal

NOT_YET = "先选择指标、比较和数值，这里就会写出整句话。"


class CriterionDraftView(DraftView):
    """A page about the conditions of one criterion of a draft."""

    @cached_property
    def row(self) -> Criterion:
        """The criterion; whoever still writes to one that was removed is told so."""
        found = self.criterion()
        if found is None and self.request.method == "POST":
            who = self.criteria_set.changed_name or "他人"
            raise Stale(f"这一条已被移除（{who}最近修改了本标准）。")
        if found is None:
            raise Http404("没有这一条。")
        return found

    @cached_property
    def spec(self) -> CriterionSpec:
        """The criterion with its conditions."""
        return spec_of_criterion(self.row)

    @cached_property
    def usable(self) -> list[Indicator]:
        """The indicators that may be chosen."""
        return usable_indicators(self.actor, self.criteria_set, named_indicators(self.spec))

    @cached_property
    def by_key(self) -> dict[str, Indicator]:
        """The same by their keys."""
        return {row.key: row for row in self.usable}

    def setting(self, condition: str = "") -> Setting:
        """What conditions are checked against."""
        return setting_of(self.criteria_set, self.spec, self.usable, condition)

    def back_url(self) -> str:
        """The criterion in the editor."""
        return self.editor_url(self.row.key)

    def own_url(self, name: str, *args: object) -> str:
        """An address under the criterion."""
        return self.url(name, self.criteria_set.key, self.row.key, *args)

    def context(self, title: str) -> dict[str, Any]:
        """What every page of this kind shows: the clause and the conditions beside it."""
        setting = self.setting()
        return {
            "breadcrumbs": self.crumbs(title),
            "title": title,
            "set": self.criteria_set,
            "criterion": self.row,
            "clause": {
                "text": self.row.text,
                "document_number": self.criteria_set.document_number,
                "clause_number": self.row.clause,
            },
            "present": [
                {
                    "words": condition_sentence(row, setting.names, setting.lines),
                    "url": self.own_url("condition-edit", row.key),
                    "current": row.key == self.kwargs.get("condition"),
                }
                for row in self.spec.conditions
            ],
            "cancel_url": self.back_url(),
        }


class ConditionFormView(CriterionDraftView):
    """A form that reads as a sentence."""

    label = ""

    def remove_url(self) -> str:
        """Where the condition can be removed; empty for a new one."""
        key = self.kwargs.get("condition")
        present = any(row.key == key for row in self.spec.conditions)
        return self.own_url("condition-remove", key) if present else ""

    def make_form(self, data: Any = None, **kwargs: Any) -> ConditionForm:
        """The form."""
        return ConditionForm(
            data, categories=list(self.names.items()), indicators=self.usable, **kwargs
        )

    def answer(self, request: HttpRequest) -> HttpResponse | ConditionForm:
        """The form to save from, or the page that somebody asked for instead of saving."""
        form = self.make_form(request.POST)
        if "more" in request.POST:
            kept = one_more(raw_values(form), request.POST["more"])
            return self.show(self.make_form(initial=kept), opened=request.POST.get("opened", ""))
        if "look" in request.POST:
            shown = self.preview(form)
            if request.headers.get("HX-Request"):
                return self.page("criteria/conditions/_sentence.html", {"preview": shown})
            again = self.make_form(initial=raw_values(form))
            return self.show(again, opened=request.POST.get("opened", ""), preview=shown)
        return form

    def preview(self, form: ConditionForm) -> dict[str, Any]:
        """The sentence of what was typed so far, and what still stands in its way."""
        form.is_valid()
        facts = form.facts()
        row = self.by_key.get(form.cleaned_data.get("indicator") or "")
        operator = OPERATORS.get(form.cleaned_data.get("operator") or "")
        compared = f"“{operator.word}”：{operator.note}。" if operator is not None else ""
        shown: dict[str, Any] = {
            "note": NOT_YET,
            "problems": [],
            "compared": compared,
            "described": row,
        }
        if facts is None:
            return shown
        setting = self.setting(self.kwargs.get("condition", ""))
        shown["problems"] = [str(text) for texts in form.errors.values() for text in texts]
        try:
            facts = facts.checked(setting)
        except ValidationError as error:
            shown["problems"] += [row for row in error.messages if row not in shown["problems"]]
        try:
            spec = facts.spec("", setting)
            shown["words"] = condition_sentence(spec, setting.names, setting.lines)
            if spec.relaxation is not None:
                shown["relaxation"] = relaxation_sentence(spec.relaxation, spec, setting.lines)
        except KeyError:
            return shown
        return shown

    def show(
        self,
        form: ConditionForm,
        *,
        opened: str = "",
        status: int = 200,
        preview: dict[str, Any] | None = None,
        gone: bool = False,
    ) -> HttpResponse:
        """The page."""
        return self.page(
            "criteria/conditions/condition.html",
            {
                **self.context(self.label),
                "form": form,
                "opened": opened,
                "preview": preview or {"note": NOT_YET},
                "sources": [
                    {"label": label, "rows": [row for row in self.usable if row.source == key]}
                    for key, label in SOURCES.items()
                ],
                "action": self.own_url("condition-new") if gone else "",
                "remove_url": self.remove_url(),
                "gone": gone,
            },
            status=status,
        )


class ConditionNewView(ConditionFormView):
    """Add a condition."""

    label = "添加条件"

    def get(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """An empty form."""
        self.allow()
        return self.show(self.make_form(initial={"firmness": "firm"}))

    def post(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """Add it."""
        self.allow()
        form = self.answer(request)
        if isinstance(form, HttpResponse):
            return form
        if form.is_valid() and (facts := form.facts()) is not None:
            try:
                add_condition(actor=self.actor, key=key, criterion=criterion, facts=facts)
            except ValidationError as error:
                put_errors(form, error, form.renamed())
            else:
                messages.success(request, "已添加条件。")
                return redirect(self.back_url())
        return self.show(form, status=422, preview=self.preview(form))


class ConditionEditView(ConditionFormView):
    """Change a condition."""

    label = "修改条件"

    @cached_property
    def condition(self) -> ConditionSpec | None:
        """The condition; None when it was removed."""
        wanted = self.kwargs["condition"]
        return next((row for row in self.spec.conditions if row.key == wanted), None)

    def merging(self, *plain: Any) -> Merging:
        """What is compared when two have changed it."""
        part = f"condition:{self.row.pk}:{self.kwargs['condition']}"
        return Merging(part, CONDITION_LABELS, show_condition(self.setting(), *plain))

    def get(self, request: HttpRequest, key: str, criterion: str, condition: str) -> HttpResponse:
        """The form with what stands."""
        self.allow()
        if self.condition is None:
            raise Http404("没有这个条件。")
        facts = ConditionFacts.of(self.condition)
        form = self.make_form(initial=typed_condition(facts, self.by_key))
        words = self.preview(self.make_form(typed_condition(facts, self.by_key)))
        return self.show(form, opened=seal(self.merging().part, facts.plain()), preview=words)

    def post(self, request: HttpRequest, key: str, criterion: str, condition: str) -> HttpResponse:
        """Save; what somebody else has changed meanwhile is laid beside it."""
        self.allow()
        merging = self.merging()
        if merging.answered(request.POST):
            decided = merging.decided(request.POST)
            if decided is None:
                again = merging.again(request.POST)
                return self.clash(again) if again else redirect(request.get_full_path())
            form = self.make_form(typed_condition(ConditionFacts.of_plain(decided), self.by_key))
        else:
            answered = self.answer(request)
            if isinstance(answered, HttpResponse):
                return answered
            form = answered
        if self.condition is None:
            return self.show(form, status=409, preview=self.preview(form), gone=True)
        if form.is_valid() and (facts := form.facts()) is not None:
            opened = merging.opened(request.POST)
            try:
                amend_condition(
                    actor=self.actor,
                    key=key,
                    criterion=criterion,
                    condition=condition,
                    facts=facts,
                    opened=opened,
                )
            except Overtaken as found:
                mine = facts.plain()
                page = self.merging(found.theirs, mine, opened).page(opened, mine, found)
                return self.clash(page)
            except ValidationError as error:
                put_errors(form, error, form.renamed())
            else:
                messages.success(request, "条件已保存。")
                return redirect(self.back_url())
        opened_text = request.POST.get("opened", "")
        return self.show(form, opened=opened_text, status=422, preview=self.preview(form))

    def clash(self, merge: dict[str, Any]) -> HttpResponse:
        """Both versions."""
        return self.conflict(merge, self.label, "这个条件", self.back_url())
