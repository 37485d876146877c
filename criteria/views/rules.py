"""How the conditions of a criterion are joined, their order, and what has priority."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.actions.conditions import rules_of, set_criterion_rules
from criteria.condition_facts import RulesFacts
from criteria.condition_words import RULES_LABELS, show_rules
from criteria.forms.conditions import RulesForm, one_more, typed_rules
from criteria.forms.editor import put_errors, raw_values
from criteria.sentences import condition_sentence, criterion_sentences
from criteria.views.conditions import CriterionDraftView
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal


class CriterionRulesView(CriterionDraftView):
    """Groups, how they are joined, priorities; what will count stands below."""

    label = "条件组和优先评定"

    def make_form(self, data: Any = None, **kwargs: Any) -> RulesForm:
        """The form."""
        return RulesForm(
            data,
            conditions=self.spec.conditions,
            groups=self.spec.groups,
            indicators=self.usable,
            **kwargs,
        )

    def merging(self) -> Merging:
        """What is compared when two have changed them."""
        places = {row.key: row.indicator_name for row in self.spec.conditions}
        show = show_rules(self.setting(), places)
        return Merging(f"criterion-rules:{self.row.pk}", RULES_LABELS, show)

    def preview(self, facts: RulesFacts, problems: list[str]) -> dict[str, Any]:
        """What counts by these rules."""
        setting = self.setting()
        spec = self.spec._replace(
            conditions=facts.placed(self.spec.conditions),
            groups=facts.groups,
            joining=facts.joining,
            priorities=facts.priorities,
        )
        lines = criterion_sentences(spec, setting.names, setting.lines)
        return {"lines": lines, "problems": problems}

    def preview_of(self, form: RulesForm) -> dict[str, Any]:
        """What counts by what was typed so far."""
        form.is_valid()
        problems = [str(text) for texts in form.errors.values() for text in texts]
        try:
            form.facts().checked(self.setting())
        except ValidationError as error:
            problems += [text for text in error.messages if text not in problems]
        return self.preview(form.facts(), problems)

    def get(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """The form with what stands."""
        self.allow()
        facts = rules_of(self.spec)
        form = self.make_form(initial=typed_rules(facts, self.by_key))
        opened = seal(self.merging().part, facts.plain())
        return self.show(form, opened, self.preview(facts, []))

    def post(self, request: HttpRequest, key: str, criterion: str) -> HttpResponse:
        """Save; what somebody else has changed meanwhile is laid beside it."""
        self.allow()
        merging, opened_text = self.merging(), request.POST.get("opened", "")
        if merging.answered(request.POST):
            decided = merging.decided(request.POST)
            if decided is None:
                again = merging.again(request.POST)
                return self.clash(again) if again else redirect(request.get_full_path())
            form = self.make_form(typed_rules(RulesFacts.of_plain(decided), self.by_key))
        else:
            form = self.make_form(request.POST)
            if "more" in request.POST or "look" in request.POST:
                return self.look(request, form, opened_text)
        if form.is_valid():
            facts, opened = form.facts(), merging.opened(request.POST)
            try:
                set_criterion_rules(
                    actor=self.actor, key=key, criterion=criterion, facts=facts, opened=opened
                )
            except Overtaken as found:
                return self.clash(merging.page(opened, facts.plain(), found))
            except ValidationError as error:
                put_errors(form, error, form.renamed())
            else:
                messages.success(request, "已保存条件组和优先评定。")
                return redirect(self.back_url())
        return self.show(form, opened_text, self.preview_of(form), 422)

    def look(self, request: HttpRequest, form: RulesForm, opened: str) -> HttpResponse:
        """What it would come to, or the form with one more row; nothing is saved."""
        shown = self.preview_of(form)
        if request.headers.get("HX-Request"):
            return self.page("criteria/conditions/_counts.html", {"preview": shown})
        kept = one_more(raw_values(form), request.POST.get("more", ""))
        return self.show(self.make_form(initial=kept), opened, shown)

    def clash(self, merge: dict[str, Any]) -> HttpResponse:
        """Both versions."""
        return self.conflict(merge, self.label, "条件组和优先评定", self.back_url())

    def show(
        self, form: RulesForm, opened: str, preview: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """The page."""
        setting, last = self.setting(), len(self.spec.conditions)
        return self.page(
            "criteria/conditions/rules.html",
            {
                **self.context(self.label),
                "form": form,
                "opened": opened,
                "preview": preview,
                "members": [
                    {
                        "place": place,
                        "words": condition_sentence(row.condition, setting.names, setting.lines),
                        "group": row.group,
                        "first": place == 1,
                        "last": place == last,
                        "move_url": self.own_url("condition-move", row.condition.key),
                        "edit_url": self.own_url("condition-edit", row.condition.key),
                        "remove_url": self.own_url("condition-remove", row.condition.key),
                    }
                    for place, row in enumerate(form.members, start=1)
                ],
                "new_url": self.own_url("condition-new"),
            },
            status=status,
        )
