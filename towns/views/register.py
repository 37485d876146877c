"""Entering a town, and changing what is registered of it: facts, stage, name."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property

from portal.core import clock
from portal.core.errors import Stale, Verdict
from towns.actions import amend_town, move_stage, register_town, rename_town
from towns.actions.register import facts_of, fingerprint, next_stages, why_not
from towns.constants import STAGES
from towns.forms.register import AmendForm, RegisterForm, RenameForm, StageForm
from towns.models import Town
from towns.policies import may_change_town, may_grant_town, may_keep_register, may_register
from towns.register_queries import allowed_categories, regions_of
from towns.views.changing import TownChangeView

KEEPS_HISTORY = "此前的认定、公示、纪要和申报材料仍署原名称，不作改动；变更记入沿革和台账。"


class RegisterChangeView(TownChangeView):
    """A page that changes the register entry of one town."""

    def allowed(self) -> Verdict:
        """Offices of its county and above; a town that stands no longer is left as it was."""
        verdict = may_keep_register(self.actor, self.town)
        return may_change_town(self.town) if verdict.ok else verdict


class TownNewView(TownChangeView):
    """Enter a town into the cultivation pool."""

    label = "登记专业镇"
    explained = (
        "登记后列入培育库，阶段为“入库”；之后按培育情况调整阶段，取得认定后阶段随认定变化。",
        "填报由县级领导小组办公室主任、副主任授权给填报单位，授权后填报人维护企业、荣誉和年度数据。",
    )
    made: Town | None = None

    def allowed(self) -> Verdict:
        """Offices that register towns."""
        return may_register(self.actor)

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """An empty form; the county is the office's own where it has one."""
        return RegisterForm(data, actor=self.actor, initial={"on": clock.today()})

    def perform(self, form: RegisterForm) -> str:
        """Enter it."""
        given = {name: form.cleaned_data[name] for name in ("county", "name", "on", "reason")}
        self.made = register_town(actor=self.actor, **given, **form.facts())
        may = may_grant_town(self.actor, self.made)
        step = "请在本页“由谁填报”中授权填报人、提交人岗位。" if may.ok else may.reason
        return f"已登记“{self.made.name}”，列入培育库。下一步：{step}"

    def title(self) -> str:
        """The heading."""
        return self.label

    def back_url(self) -> str:
        """The list."""
        return self.url("towns")

    def done_url(self) -> str:
        """The new town's page."""
        return self.url("town", self.made.pk) if self.made else self.back_url()

    def crumbs(self) -> list[tuple[str, str | None]]:
        """The list above."""
        return [("专业镇", self.url("towns")), (self.label, None)]


class TownAmendView(RegisterChangeView):
    """Change industry, products, categories, bureau, counties, source."""

    label = "变更登记事项"
    submit_text = "保存变更"
    explained = (
        "变更前后的内容记入沿革和台账。名称、培育阶段另行办理更名、调整阶段。",
        "各级类别用于对照该级认定标准；与登记类别相同的不用另选。",
    )

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The present facts."""
        facts = facts_of(self.town)
        names = ("industry", "products", "category", "lead_bureau", "source")
        initial: dict[str, Any] = {name: facts[name] for name in names}
        initial["seen"] = fingerprint(facts)
        initial["further_counties"] = self.town.further_counties.all()
        initial |= {f"category_{r.level}": r.category for r in self.town.categories.all()}
        lists = allowed_categories(regions_of(self.town.county))
        return AmendForm(data, town=self.town, lists=lists, initial=initial)

    def perform(self, form: AmendForm) -> str:
        """Change them."""
        amend_town(
            actor=self.actor,
            town=self.town,
            categories=form.categories(),
            reason=form.cleaned_data["reason"],
            seen=form.cleaned_data["seen"],
            **({"further_counties": self.town.further_counties.all()} | form.facts()),
        )
        return "登记事项已变更。"


class TownStageView(RegisterChangeView):
    """Move a town within the pool."""

    label = "调整培育阶段"
    explained = (
        "每次变化连同日期、事由保留在沿革中。",
        "县级、市级、省级由认定产生：认定通知印发时，阶段自动变为有效认定的最高一级。",
    )

    @cached_property
    def stages(self) -> tuple[str, ...]:
        """Where it may go from here by hand."""
        return next_stages(self.town)

    def items(self) -> list[dict[str, Any]]:
        """Where it stands."""
        return [{"label": "现阶段", "value": STAGES[self.town.stage]}]

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The stages to choose from; none while it is certified."""
        if not self.stages:
            raise Stale(why_not(self.town, "cultivating"))
        initial = {"was": self.town.stage, "on": clock.today()}
        return StageForm(data, stages=self.stages, initial=initial)

    def perform(self, form: StageForm) -> str:
        """Move it."""
        move = move_stage(actor=self.actor, town=self.town, **form.cleaned_data)
        return f"培育阶段已转为“{move.get_stage_display()}”。"


class TownRenameView(RegisterChangeView):
    """Give a town another name."""

    label = "更名"
    submit_text = "办理更名"
    explained = (
        "自更名日期起，页面和新形成的材料使用新名称；企业、数据、授权不变，按原名称仍可查到。",
        KEEPS_HISTORY,
    )

    def items(self) -> list[dict[str, Any]]:
        """The names so far."""
        former = "、".join(row.name for row in self.town.names.all())
        return [
            {"label": "现名称", "value": self.town.name},
            *([{"label": "曾用名", "value": former}] if former else []),
        ]

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The present name to start from."""
        initial = {"was": self.town.name, "name": self.town.name, "on": clock.today()}
        return RenameForm(data, initial=initial)

    def perform(self, form: RenameForm) -> str:
        """Rename it."""
        old = self.town.name
        town = rename_town(actor=self.actor, town=self.town, **form.cleaned_data)
        return f"“{old}”已更名为“{town.name}”。"
