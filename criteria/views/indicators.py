"""The catalogue of indicators, an office's own ones, and categories that an office adds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from criteria.actions import add_category, add_indicator, amend_indicator, retire_indicator
from criteria.actions.indicators import fingerprint
from criteria.categories import category_choices
from criteria.forms.indicators import CategoryForm, IndicatorForm, initial_of
from criteria.indicator_policies import (
    may_add_indicator,
    may_amend_indicator,
    may_change_meaning,
    may_rename_indicator,
    may_retire_indicator,
)
from criteria.indicator_queries import users_of
from criteria.lists import INDICATORS
from criteria.models import CriteriaSet, Indicator
from criteria.policies import may_author
from portal.core.actor import acting_office
from portal.core.errors import Stale, require
from portal.core.listing import Listing
from portal.core.listing.views import ListView
from portal.core.web import OfficeView, add_errors

AFTER = (
    "保存后，本行政区划内各专业镇填报年度数据时即可看到该指标，编制标准时可以选用。"
    "有数据填报后，类型、单位等不能再改；标准提请发布后，名称和口径也不能再改。"
)


class IndicatorListView(ListView):
    """Indicators, and the categories beside them."""

    spec = INDICATORS
    template = "criteria/indicators/list.html"

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """What an office may add."""
        office = self.actor.office
        return {
            "may_add": may_add_indicator(self.actor).ok,
            "categories": [name for _, name in category_choices(office.region if office else None)],
        }

    def row_actions(self, row: Indicator) -> list[dict[str, str]]:
        """Change or retire an own one."""
        if not may_amend_indicator(self.actor, row).ok:
            return []
        return [
            {"text": "修改", "url": self.url("indicator-edit", row.key)},
            {"text": "停用", "url": self.url("indicator-retire", row.key)},
        ]


class IndicatorPage(OfficeView):
    """A form about one indicator, or a new one."""

    label = ""

    @cached_property
    def indicator(self) -> Indicator:
        """The indicator, if the actor sees it."""
        rows = Indicator.objects.visible_to(self.actor).select_related("region")
        return get_object_or_404(rows, key=self.kwargs["indicator"])

    def get_stale_url(self) -> str:
        """The catalogue as it stands now."""
        return self.url("indicators")

    def show(self, template: str, form: forms.Form, status: int = 200, **more: Any) -> HttpResponse:
        """The page, with what was typed."""
        return self.page(
            template,
            {
                "breadcrumbs": [("指标目录", self.url("indicators")), (self.label, None)],
                "form": form,
                "cancel_url": self.url("indicators"),
                **more,
            },
            status=status,
        )


class IndicatorNewView(IndicatorPage):
    """A new indicator of the acting office's region."""

    label = "添加指标"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The empty form."""
        require(may_add_indicator(self.actor))
        return self._show(IndicatorForm(initial={"decimals": "0", "minimum": "0"}))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add it."""
        require(may_add_indicator(self.actor))
        form = IndicatorForm(request.POST)
        if form.is_valid():
            try:
                row = add_indicator(actor=self.actor, facts=form.facts())
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"指标“{row.name}”已添加。")
                return redirect(self.url("indicators"))
        return self._show(form, 422)

    def _show(self, form: forms.Form, status: int = 200) -> HttpResponse:
        return self.show(
            "criteria/indicators/form.html",
            form,
            status,
            title=self.label,
            region=acting_office(self.actor).region.name,
            submit_text="添加指标",
            next_text=AFTER,
        )


class IndicatorEditView(IndicatorPage):
    """How an own indicator is called and explained, and what it means while that may change."""

    label = "修改指标"

    def get(self, request: HttpRequest, indicator: str) -> HttpResponse:
        """The form with what stands."""
        require(may_amend_indicator(self.actor, self.indicator))
        initial = initial_of(self.indicator) | {"seen": fingerprint(self.indicator)}
        return self._show(self._form(initial))

    def post(self, request: HttpRequest, indicator: str) -> HttpResponse:
        """Change it."""
        require(may_amend_indicator(self.actor, self.indicator))
        form = self._form(initial_of(self.indicator), request.POST)
        if form.is_valid():
            try:
                row = amend_indicator(
                    actor=self.actor,
                    indicator=self.indicator,
                    facts=form.facts(),
                    seen=form.cleaned_data["seen"],
                )
            except Stale as overtaken:
                return self._overtaken(str(overtaken))
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"指标“{row.name}”已保存。")
                return redirect(self.url("indicators"))
        return self._show(form, 422)

    def _overtaken(self, words: str) -> HttpResponse:
        """What was typed, beside what somebody else has saved; saving again is on top of that."""
        row = self.indicator
        data = self.request.POST.copy()
        data["seen"] = fingerprint(row)
        form = self._form(initial_of(row), data)
        form.add_error(None, f"{words}现在的内容列在上方，核对后再次保存，以您填写的为准。")
        now = [
            {"label": str(field.label), "value": form.get_initial_for_field(field, name)}
            for name, field in form.fields.items()
            if name not in ("seen", "type", "year_rule", "decimals", "range_unit")
        ]
        return self._show(form, 409, now=now)

    @cached_property
    def held(self) -> str:
        """Why the meaning may not change; empty when it may."""
        return may_change_meaning(self.indicator).reason

    @cached_property
    def named(self) -> bool:
        """Whether a set that was proposed or published fixes name and description as well."""
        return not may_rename_indicator(self.indicator).ok

    def _form(self, initial: dict[str, Any], data: Any = None) -> IndicatorForm:
        return IndicatorForm(data, initial=initial, fixed=bool(self.held), named=self.named)

    def _show(
        self, form: forms.Form, status: int = 200, now: list[dict[str, Any]] | None = None
    ) -> HttpResponse:
        return self.show(
            "criteria/indicators/form.html",
            form,
            status,
            now=now,
            indicator=self.indicator,
            title=f"修改指标：{self.indicator.name}",
            region=acting_office(self.actor).region.name,
            held=self.held,
            named=self.named,
            submit_text="保存指标",
            next_text="修改前后的内容记入办理台账。",
        )


class IndicatorRetireView(IndicatorPage):
    """Taking an own indicator out of use, on a page that says what follows."""

    label = "停用指标"

    def get(self, request: HttpRequest, indicator: str) -> HttpResponse:
        """What follows, and whether it may be."""
        require(may_amend_indicator(self.actor, self.indicator))
        row = self.indicator
        users = users_of(CriteriaSet.objects.visible_to(self.actor)).get(row.key, set())
        sets = CriteriaSet.objects.visible_to(self.actor).filter(pk__in=users)
        return self.show(
            "criteria/indicators/retire.html",
            forms.Form(),
            indicator=row,
            verdict=may_retire_indicator(self.actor, row),
            sets=[{"text": each.title, "url": self.url("criteria-set", each.key)} for each in sets],
        )

    def post(self, request: HttpRequest, indicator: str) -> HttpResponse:
        """Take it out of use."""
        row = retire_indicator(actor=self.actor, indicator=self.indicator)
        messages.success(request, f"指标“{row.name}”已停用。")
        return redirect(self.url("indicators"))


class CategoryNewView(OfficeView):
    """A category that the documents do not name; ``?set=`` names the draft it is meant for."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The form, and the categories there are."""
        require(may_author(self.actor))
        return self._show(CategoryForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Add it."""
        require(may_author(self.actor))
        form = CategoryForm(request.POST)
        if form.is_valid():
            try:
                row = add_category(actor=self.actor, name=form.cleaned_data["name"])
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"类别“{row.name}”已添加，现在可以选用。")
                return redirect(self._back())
        return self._show(form, 422)

    def _back(self) -> str:
        """The facts of the draft that asked for it, or the catalogue."""
        key = self.request.GET.get("set", "")
        drafts = CriteriaSet.objects.drafted_by(self.actor)
        if key and drafts.filter(key=key).exists():
            return self.url("criteria-facts", key)
        return self.url("indicators")

    def _show(self, form: forms.Form, status: int = 200) -> HttpResponse:
        region = acting_office(self.actor).region
        return self.page(
            "criteria/indicators/category.html",
            {
                "breadcrumbs": [("指标目录", self.url("indicators")), ("添加类别", None)],
                "form": form,
                "region": region.name,
                "categories": [name for _, name in category_choices(region)],
                "cancel_url": self._back(),
            },
            status=status,
        )
