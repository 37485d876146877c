"""The ledger of honours: a town's page of them, one honour, entering, amending, revoking."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from portal.core.errors import Verdict
from portal.core.listing.views import ListView
from portal.core.opened import seal
from portal.core.web import OfficeView
from towns.actions import add_honour, amend_honour, revoke_honour
from towns.actions.honours import checked, described
from towns.forms.honours import ITSELF, HonourForm, RevokeForm
from towns.honour_policies import may_keep_honour
from towns.honour_queries import by_group, earlier_rows, holders_towns, of_town, with_order
from towns.honours import HONOUR_GROUP_CHOICES
from towns.lists.honours import HONOURS
from towns.models import Enterprise, Honour, Membership, Town, by_role
from towns.tables import honours as tables
from towns.views.amending import TownAmendView
from towns.views.back import part_behind
from towns.views.changing import TownChangeView
from towns.views.pages import TownTab

MOST = 200


class HonourListView(ListView):
    """All honours that the acting post sees."""

    spec = HONOURS


class TownHonoursView(TownTab):
    """Honours, standards and brands of a town and of its present members."""

    tab = "town-honours"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Three tables."""
        rows = list(of_town(self.actor, self.town)[: MOST + 1])
        found = by_group(rows[:MOST])
        return self.show(
            "towns/town_honours.html",
            {
                "columns": tables.HONOUR_COLUMNS,
                "groups": [
                    {
                        "label": label,
                        "rows": tables.honour_rows(found.get(key, []), self.actor),
                        "count": len(found.get(key, [])),
                    }
                    for key, label in HONOUR_GROUP_CHOICES
                ],
                "more": len(rows) > MOST,
                "most": MOST,
            },
        )


class HonourView(OfficeView):
    """One honour: what it says, its certificate, whether it was the first."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        rows = with_order(Honour.objects.visible_to(self.actor))
        honour = get_object_or_404(rows.select_related("enterprise", "town", "certificate"), pk=pk)
        self.viewed(honour)
        towns = list(holders_towns(self.actor, honour))
        earlier = list(earlier_rows(honour)[:20]) if honour.awarded_on else []
        return self.page(
            "towns/honour.html",
            {
                "breadcrumbs": crumbs(self, towns, str(honour)),
                "honour": honour,
                "facts": tables.honour_facts(honour),
                "towns": [{"name": t.name, "url": self.url("town", t.pk)} for t in towns],
                "earlier": earlier,
                "mark": tables.honour_rows([honour], self.actor)[0]["cells"][-1],
                "editable": honour.revoked_on is None and may_keep_honour(self.actor, honour).ok,
            },
        )


class HonourAddView(TownChangeView):
    """Enter an honour."""

    label = "登记荣誉、标准、品牌"
    submit_text = "登记"
    back_name = "town-honours"
    explained = (
        "登记后列入荣誉台账，长期保存；登记有误的可以修改或者撤销，不能删除。",
        "同一获得者同一种类、同一级别最早获得的一项记为“首次”。",
    )

    @cached_property
    def members(self) -> dict[str, Enterprise]:
        """The enterprises of the town today, by the value of the choice."""
        rows = (
            Membership.objects.visible_to(self.actor)
            .on()
            .filter(town=self.town)
            .select_related("enterprise")
            .order_by(by_role(), "enterprise__name")
        )
        return {str(row.enterprise_id): row.enterprise for row in rows}

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The form; an enterprise named in the address is chosen already."""
        holders = [(ITSELF, f"{self.town.name}（专业镇本身）")]
        holders += [(key, row.name) for key, row in self.members.items()]
        initial = {"holder": self.request.GET.get("enterprise", "")}
        return HonourForm(data, files, holders=holders, initial=initial)

    def perform(self, form: HonourForm) -> str:
        """Enter it."""
        holder = form.cleaned_data["holder"]
        honour = add_honour(
            actor=self.actor,
            town=self.town,
            enterprise=None if holder == ITSELF else self.members[holder],
            facts=form.facts(),
            certificate=form.cleaned_data["certificate"],
        )
        return f"已登记{honour.holder.name}的{honour}。"


class HonourChangeView(TownChangeView):
    """A page that changes one honour."""

    back_name = "town-honours"

    @cached_property
    def honour(self) -> Honour:
        """The honour, if the actor sees it."""
        rows = Honour.objects.visible_to(self.actor).select_related("enterprise", "town")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def town(self) -> Town:
        """The first of the towns through which the actor sees it, a standing one if any."""
        return holders_towns(self.actor, self.honour)[0]

    def allowed(self) -> Verdict:
        """Whether the acting post keeps it."""
        return may_keep_honour(self.actor, self.honour)

    def title(self) -> str:
        """The heading."""
        return f"{self.label}：{self.honour}"

    def back_url(self) -> str:
        """The section of an application that led here, or the honour's page."""
        if part_behind(self.request):
            return super().back_url()
        return self.url("honour", self.honour.pk)

    def crumbs(self) -> list[tuple[str, str | None]]:
        """The honour's page above."""
        above = crumbs(self, [self.town], str(self.honour))[:-1]
        page = self.url("honour", self.honour.pk)
        return [*above, (str(self.honour), page), (self.label, None)]


class HonourAmendView(TownAmendView, HonourChangeView):
    """Correct or complete an honour, add its certificate."""

    label = "修改荣誉"
    what = "这项荣誉"
    explained = ("修改前的内容保留在办理台账中。",)

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The form with what is stored."""
        return HonourForm(data, files, initial=HonourForm.initial_of(self.honour))

    def part(self) -> str:
        """This honour."""
        return f"honour:{self.honour.pk}"

    def stands(self) -> dict[str, Any]:
        """What it says now."""
        return described(self.honour)

    def typed(self, form: HonourForm) -> dict[str, Any]:
        """What was typed, with the level that the kind itself says."""
        return described(checked(form.facts()))

    def sealed(self, form: forms.Form) -> str:
        """Once the person knows of the other certificate, it counts as seen."""
        if form.is_bound and form.has_error("certificate", "overtaken"):
            return seal(self.part(), self.stands())
        return super().sealed(form)

    def perform(self, form: HonourForm) -> str:
        """Store it."""
        honour = amend_honour(
            actor=self.actor,
            honour=self.honour,
            facts=form.facts(),
            certificate=form.cleaned_data["certificate"],
            opened=self.opened,
        )
        return f"{honour}已修改。"


class HonourRevokeView(HonourChangeView):
    """End an honour."""

    label = "撤销荣誉"
    tone = "danger"
    explained = ("撤销后不再计入指标；记录和事由保留。同一荣誉以后可以重新登记。",)

    def items(self) -> list[dict[str, Any]]:
        """What it says."""
        return tables.honour_facts(self.honour)

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """When and why."""
        return RevokeForm(data)

    def perform(self, form: RevokeForm) -> str:
        """Revoke it."""
        honour = revoke_honour(actor=self.actor, honour=self.honour, **form.cleaned_data)
        return f"{honour.holder.name}的{honour}已撤销。"


def crumbs(view: OfficeView, towns: list[Town], label: str) -> list[tuple[str, str | None]]:
    """The way to an honour leads through a town."""
    found: list[tuple[str, str | None]] = [("专业镇", view.url("towns"))]
    if towns:
        found.append((towns[0].name, view.url("town-honours", towns[0].pk)))
    return [*found, (label, None)]
