"""Steps with a condition that take one press: remove it, move it one place."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.actions.conditions import move_condition, remove_condition
from criteria.condition_facts import ConditionFacts
from criteria.forms.conditions import MoveConditionForm
from criteria.sentences import condition_sentence
from criteria.views.conditions import ConditionEditView, CriterionDraftView
from portal.core.opened import seal, unseal


class ConditionRemoveView(ConditionEditView):
    """Take a condition out."""

    label = "移除条件"

    def get_stale_url(self) -> str:
        """The editor when it is gone, else the question again with what stands now."""
        return self.request.get_full_path() if self.condition is not None else self.editor_url()

    def get(self, request: HttpRequest, key: str, criterion: str, condition: str) -> HttpResponse:
        """The question."""
        self.allow()
        if self.condition is None:
            raise Http404("没有这个条件。")
        setting = self.setting()
        facts = ConditionFacts.of(self.condition)
        return self.page(
            "criteria/conditions/remove.html",
            {
                **self.context(self.label),
                "words": condition_sentence(self.condition, setting.names, setting.lines),
                "quote": self.condition.quote,
                "opened": seal(self.merging().part, facts.plain()),
            },
        )

    def post(self, request: HttpRequest, key: str, criterion: str, condition: str) -> HttpResponse:
        """Remove it."""
        self.allow()
        opened = unseal(self.merging().part, request.POST.get("opened", "")) or {}
        remove_condition(
            actor=self.actor, key=key, criterion=criterion, condition=condition, opened=opened
        )
        messages.success(request, "已移除条件。")
        return redirect(self.back_url())


class ConditionMoveView(CriterionDraftView):
    """Move a condition one place."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, key: str, criterion: str, condition: str) -> HttpResponse:
        """Move it."""
        self.allow()
        form = MoveConditionForm(request.POST)
        if form.is_valid():
            move_condition(
                actor=self.actor,
                key=key,
                criterion=criterion,
                condition=condition,
                up=form.cleaned_data["way"] == "up",
                seen=form.cleaned_data["seen"],
            )
        return redirect(self.own_url("criterion-rules"))
