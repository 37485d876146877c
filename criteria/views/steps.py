"""The base of the pages that take a set a step further: fetch, ask, act, back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from criteria.concerned import keepers_of
from criteria.forms.lifecycle import RevisionForm
from criteria.models import CriteriaSet
from criteria.standing import predecessor_of
from portal.core.constants import UNSTATED
from portal.core.errors import Verdict, require
from portal.core.web import OfficeView, add_errors


class SetStepView(OfficeView, ABC):
    """A step of a set on a page of its own: what it concerns, what will happen, one button."""

    label = ""
    tone = "primary"
    policy: Any = None
    form_class: type[forms.Form] = RevisionForm

    @cached_property
    def set(self) -> CriteriaSet:
        """The set, if the actor sees it."""
        rows = CriteriaSet.objects.visible_to(self.actor).select_related("region", "copied_from")
        return get_object_or_404(rows, key=self.kwargs["key"])

    @cached_property
    def before(self) -> CriteriaSet | None:
        """The version that it replaces or would replace."""
        return predecessor_of(self.set)

    def allowed(self) -> Verdict:
        """Whether the acting post may do this now."""
        return type(self).policy(self.actor, self.set)

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The page, for those who may act."""
        require(self.allowed())
        return self.show(self.form_class(initial=self.initial()))

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """One action; complaints go beside their fields with everything typed."""
        form = self.form_class(request.POST)
        if form.is_valid():
            try:
                message = self.perform(form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            except CriteriaSet.DoesNotExist:
                # Thrown away since the page was opened.
                messages.warning(request, "该草稿已经删除。")
                return redirect(self.url("criteria"))
            else:
                messages.success(request, message)
                return redirect(self.done_url())
        require(self.allowed())
        return self.show(form, 422)

    @abstractmethod
    def perform(self, given: dict[str, Any]) -> str:
        """Call the action; the sentence that says what was done."""

    def initial(self) -> dict[str, Any]:
        """What the form begins with."""
        return {"revision": self.set.revision}

    def explained(self) -> list[str]:
        """What happens afterwards, each a sentence."""
        return []

    def items(self) -> list[dict[str, Any]]:
        """What it concerns."""
        return [
            {"label": "标准", "value": self.set.title, "note": self.set.version_label},
            {"label": "种类", "value": f"{self.set.level_adjective}{self.set.kind_label}"},
            {
                "label": "文件",
                "value": f"《{self.set.document_title}》" if self.set.document_title else UNSTATED,
                "note": self.set.document_number,
            },
            {"label": "施行日期", "value": self.set.effective_from or UNSTATED},
        ]

    def keepers(self, criteria_set: CriteriaSet) -> list[str]:
        """The rounds that go on under a version, in words."""
        return [f"{row.name}（{row.note}）" for row in keepers_of(self.actor, criteria_set)]

    def done_url(self) -> str:
        """Where one goes when it is done."""
        return self.url("criteria-set", self.set.key)

    def get_stale_url(self) -> str:
        """Where the present state stands."""
        present = CriteriaSet.objects.visible_to(self.actor).filter(key=self.kwargs["key"])
        if present.exists():
            return self.url("criteria-set", self.kwargs["key"])
        return self.url("criteria")

    def show(self, form: forms.Form, status: int = 200) -> HttpResponse:
        """The page."""
        return self.page(
            "offices/change.html",
            {
                "breadcrumbs": [
                    ("认定标准", self.url("criteria")),
                    (self.set.title, self.url("criteria-set", self.set.key)),
                    (self.label, None),
                ],
                "title": f"{self.label}：{self.set.title}",
                "label": self.label,
                "explained": self.explained(),
                "items": self.items(),
                "form": form,
                "submit_text": self.label,
                "tone": self.tone,
                "cancel_url": self.url("criteria-set", self.set.key),
            },
            status=status,
        )
