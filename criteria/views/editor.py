"""The editor of a draft: begin one, look at it as a whole, its facts, its preview."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from criteria.actions.drafting import amend_criteria_set, create_criteria_set
from criteria.categories import category_choices
from criteria.checking import check_set
from criteria.constants import SET_KIND_CHOICES
from criteria.drafts import SetFacts
from criteria.editor_tables import (
    NATURES,
    SET_LABELS,
    Lines,
    band_figure,
    for_category,
    lines_of,
    progress_of,
    scoring_words,
    sentences,
    show_set,
    spec_of_row,
)
from criteria.forms.editor import NewSetForm, SetFactsForm, put_errors, raw_values
from criteria.models import CriteriaSet, CriteriaSetQuerySet, Criterion
from criteria.policies import may_author
from criteria.sentences import requirement
from criteria.specs import CriterionSpec
from criteria.views.drafting import DraftView
from portal.core.actor import acting_office
from portal.core.errors import require
from portal.core.merging import Overtaken
from portal.core.opened import Merging, seal
from portal.core.web import OfficeView


class NewSetView(OfficeView):
    """Three ways to a new set; here the empty one is begun."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The ways, and the form of an empty one."""
        require(may_author(self.actor))
        return self.show(self.make_form())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Begin it."""
        require(may_author(self.actor))
        form = self.make_form(request.POST)
        if form.is_valid():
            try:
                made = create_criteria_set(
                    actor=self.actor, kind=form.cleaned_data["kind"], facts=form.facts()
                )
            except ValidationError as error:
                put_errors(form, error)
            else:
                messages.success(request, "已新建草稿。现在按文件逐条添加认定条件。")
                return redirect(self.url("criteria-edit", made.key))
        return self.show(form, 422)

    def make_form(self, data: Any = None) -> NewSetForm:
        """The form, with what was typed."""
        region = acting_office(self.actor).region
        return NewSetForm(data, categories=category_choices(region))

    def near(self) -> CriteriaSetQuerySet:
        """Published sets of the office's own region and of those above it."""
        code = acting_office(self.actor).region.code
        rows = CriteriaSet.objects.visible_to(self.actor).filter(state="published")
        above = rows.filter(region__scope_from__lte=code, region__scope_to__gt=code)
        return above.select_related("region").order_by("region__code", "kind", "-version")

    def show(self, form: NewSetForm, status: int = 200) -> HttpResponse:
        """The page."""
        office = acting_office(self.actor)
        assert self.actor.level is not None  # said by the policy
        return self.page(
            "criteria/editor/new.html",
            {
                "breadcrumbs": [("认定标准", self.url("criteria")), ("新建标准", None)],
                "form": form,
                "whose": [
                    {"label": "级别", "value": self.actor.level.adjective},
                    {"label": "适用地区", "value": office.region.name},
                ],
                "present": [
                    {"row": row, "url": self.url("criteria-copy", row.key)} for row in self.near()
                ],
                "import_url": self.url("criteria-import"),
                "category_url": self.url("category-new"),
                "cancel_url": self.url("criteria"),
            },
            status=status,
        )


class EditorView(DraftView):
    """The whole draft: clause on the left, what counts on the right."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The page."""
        self.allow()
        rows = list(self.criteria_set.criteria.prefetch_related("conditions__indicator"))
        lines = lines_of(self.indicators)
        return self.page(
            "criteria/editor/editor.html",
            {
                "breadcrumbs": [
                    ("认定标准", self.url("criteria")),
                    (self.criteria_set.title, self.url("criteria-set", key)),
                    ("编制", None),
                ],
                "set": self.criteria_set,
                "kind": dict(SET_KIND_CHOICES)[self.criteria_set.kind],
                "facts": self._facts(),
                "progress": progress_of(rows, check_set(self.criteria_set)),
                "check_url": self.url("criteria-check", key),
                "propose_url": self.url("criteria-propose", key),
                "criteria": [
                    self._criterion(row, place, len(rows), lines)
                    for place, row in enumerate(rows, start=1)
                ],
            },
        )

    def _facts(self) -> list[dict[str, str]]:
        plain = SetFacts.of(self.criteria_set).plain()
        show = show_set(self.names)
        words = {name: show(name, plain[name]) for name in SET_LABELS}
        words |= {} if self.names else {"categories": "不分类别"}
        shown = [name for name in SET_LABELS if name not in ("title", "notes", "silent")]
        facts = [{"label": SET_LABELS[name], "value": words[name]} for name in shown]
        return [{"label": "级别和地区", "value": self._whose()}, *facts]

    def _whose(self) -> str:
        return f"{self.criteria_set.level_adjective}，{self.criteria_set.region.name}"

    def _criterion(self, row: Criterion, place: int, last: int, lines: Lines) -> dict[str, Any]:
        spec = spec_of_row(row)
        key = self.criteria_set.key
        return {
            "row": row,
            "place": place,
            "first": place == 1,
            "last": place == last,
            "nature": NATURES[row.nature],
            "judged": row.nature != "figures",
            "banded": row.score_mode == "bands" and bool(row.bands),
            "clause": {
                "text": row.text,
                "document_number": self.criteria_set.document_number,
                "clause_number": row.clause,
            },
            "sentences": [
                {
                    **item._asdict(),
                    "url": self.url("condition-edit", key, row.key, item.key) if item.key else "",
                }
                for item in sentences(spec, self.names, lines)
            ],
            "scoring": scoring_words(spec, self.names, lines),
            "changed": row.changed_at is not None,
            "condition_url": self.url("condition-new", key, row.key),
            "rules_url": self.url("criterion-rules", key, row.key),
        }


class FactsView(DraftView):
    """The facts of a draft."""

    def merging(self) -> Merging:
        """What is compared when two have changed them."""
        names = dict(self.category_choices())
        return Merging(f"criteria-set:{self.criteria_set.pk}", SET_LABELS, show_set(names))

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The form with what stands."""
        self.allow()
        facts = SetFacts.of(self.criteria_set)
        form = self.make_form(initial=SetFactsForm.typed(facts))
        return self.show(form, seal(self.merging().part, facts.plain(), self.criteria_set.revision))

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Save; what somebody else has changed meanwhile is laid beside it."""
        reason = self.moved_on()
        if reason:
            form = self.make_form(initial=raw_values(self.make_form(request.POST)))
            return self.show(form, request.POST.get("opened", ""), 409, reason)
        self.allow()
        merging = self.merging()
        if merging.answered(request.POST):
            decided = merging.decided(request.POST)
            if decided is None:
                again = merging.again(request.POST)
                return self.clash(again) if again else redirect(request.get_full_path())
            form = self.make_form(SetFactsForm.typed(SetFacts.of_plain(decided)))
        else:
            form = self.make_form(request.POST)
        if form.is_valid():
            facts, opened = form.facts(), merging.opened(request.POST)
            try:
                amend_criteria_set(actor=self.actor, key=key, facts=facts, opened=opened)
            except Overtaken as found:
                return self.clash(merging.page(opened, facts.plain(), found))
            except ValidationError as error:
                put_errors(form, error)
            else:
                messages.success(request, "基本信息已保存。")
                return redirect(self.editor_url())
        return self.show(form, request.POST.get("opened", ""), 422)

    def make_form(self, data: Any = None, **kwargs: Any) -> SetFactsForm:
        """The form."""
        return SetFactsForm(data, categories=self.category_choices(), **kwargs)

    def clash(self, merge: dict[str, Any]) -> HttpResponse:
        """Both versions."""
        return self.conflict(merge, "修改基本信息", "基本信息", self.editor_url())

    def show(
        self, form: SetFactsForm, opened: str, status: int = 200, gone: str = ""
    ) -> HttpResponse:
        """The page."""
        return self.page(
            "criteria/editor/facts.html",
            {
                "breadcrumbs": self.crumbs("修改基本信息"),
                "set": self.criteria_set,
                "form": form,
                "opened": opened,
                "gone": gone,
                "category_url": f"{self.url('category-new')}&set={self.criteria_set.key}",
                "cancel_url": self.editor_url(),
            },
            status=status,
        )


class PreviewView(DraftView):
    """The draft as an applicant of one category will see it."""

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """The page."""
        self.allow()
        category = request.GET.get("category", "")
        if category not in self.names:
            category = next(iter(self.names), "")
        rows = self.criteria_set.criteria.prefetch_related("conditions__indicator")
        here, lines = self.url("criteria-preview", key), lines_of(self.indicators)
        return self.page(
            "criteria/editor/preview.html",
            {
                "breadcrumbs": self.crumbs("预览"),
                "set": self.criteria_set,
                "category": self.names.get(category, ""),
                "tabs": [
                    {"label": name, "url": f"{here}&category={item}", "active": item == category}
                    for item, name in self.names.items()
                ],
                "criteria": [self._criterion(spec_of_row(row), category, lines) for row in rows],
                "editor_url": self.editor_url(),
            },
        )

    def _criterion(self, whole: CriterionSpec, category: str, lines: Lines) -> dict[str, Any]:
        spec = for_category(whole, category)
        joined = len(spec.conditions) > 1 and (spec.groups or spec.joining == "any")
        return {
            "key": spec.key,
            "heading": f"{spec.clause} {spec.title}",
            "ask": spec.ask,
            "narrative": spec.nature != "figures",
            "scored_by": band_figure(spec, category, lines),
            "clause": {
                "text": spec.text,
                "document_number": self.criteria_set.document_number,
                "clause_number": spec.clause,
            },
            "figures": [
                {
                    "label": row.indicator_name,
                    "threshold": requirement(row),
                    "quote": row.quote,
                    "relaxable": row.relaxation is not None,
                }
                for row in spec.conditions
            ],
            "joined": sentences(spec, {}, lines) if joined else [],
        }
