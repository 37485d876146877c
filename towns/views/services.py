"""Public services of a town: the eight functions and the platforms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from towns.actions import add_platform, amend_platform, end_platform
from towns.actions.services import described
from towns.forms.honours import EndPlatformForm, PlatformForm
from towns.models import Platform, TownFunction
from towns.tables import honours as tables
from towns.views.amending import TownAmendView
from towns.views.changing import TownChangeView
from towns.views.pages import TownTab


class TownServicesView(TownTab):
    """The eight functions as they stand, and the platforms that carry them."""

    tab = "town-services"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Two tables."""
        return self.show(
            "towns/town_services.html",
            {
                "functions": tables.function_rows(TownFunction.objects.on().filter(town=self.town)),
                "platform_columns": tables.PLATFORM_COLUMNS,
                "platforms": tables.platform_rows(
                    Platform.objects.filter(town=self.town), self.actor, self.editable
                ),
            },
        )


class PlatformAddView(TownChangeView):
    """Enter a platform."""

    label = "登记公共服务平台"
    submit_text = "登记平台"
    back_name = "town-services"

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """An empty form."""
        return PlatformForm(data)

    def perform(self, form: PlatformForm) -> str:
        """Enter it."""
        platform = add_platform(actor=self.actor, town=self.town, facts=form.facts())
        return f"已登记平台“{platform.name}”。"


class PlatformChangeView(TownChangeView):
    """A page that changes one platform."""

    back_name = "town-services"

    @cached_property
    def platform(self) -> Platform:
        """The platform, of a town that the actor sees."""
        return get_object_or_404(Platform, town=self.town, pk=self.kwargs["platform"])

    def title(self) -> str:
        """The heading."""
        return f"{self.label}：{self.platform.name}"


class PlatformAmendView(TownAmendView, PlatformChangeView):
    """Correct or complete a platform."""

    label = "修改公共服务平台"
    what = "这个平台"

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The form with what is stored."""
        return PlatformForm(data, initial=PlatformForm.initial_of(self.platform))

    def part(self) -> str:
        """This platform."""
        return f"platform:{self.platform.pk}"

    def stands(self) -> dict[str, Any]:
        """What is known of it now."""
        return described(self.platform)

    def typed(self, form: PlatformForm) -> dict[str, Any]:
        """What was typed."""
        return described(form.facts())

    def perform(self, form: PlatformForm) -> str:
        """Store it."""
        platform = amend_platform(
            actor=self.actor,
            town=self.town,
            platform_id=self.platform.pk,
            facts=form.facts(),
            opened=self.opened,
        )
        return f"平台“{platform.name}”已修改。"


class PlatformEndView(PlatformChangeView):
    """A platform that no longer serves."""

    label = "停用公共服务平台"
    tone = "danger"
    explained = ("停用后不再计入；记录保留。公共服务功能的有无请另行核对。",)

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """As of when."""
        return EndPlatformForm(data)

    def perform(self, form: EndPlatformForm) -> str:
        """End it."""
        platform = end_platform(
            actor=self.actor,
            town=self.town,
            platform_id=self.platform.pk,
            on=form.cleaned_data["on"],
        )
        return f"平台“{platform.name}”已停用。"
