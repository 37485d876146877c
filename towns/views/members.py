"""Enterprises of a town: the list with its roles, entering, changing and ending memberships."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from portal.core import clock
from portal.core.errors import Stale, require
from portal.core.listing import Listing
from portal.core.web import add_errors
from towns.actions import add_member, amend_member, change_role, end_membership
from towns.actions.enterprises import described
from towns.constants import ROLE_CHOICES
from towns.enterprise_policies import may_rename_enterprise
from towns.enterprise_queries import role_counts
from towns.forms import AmendMemberForm, EndMembershipForm, MemberForm, RoleForm
from towns.lists import ENTERPRISES
from towns.models import Application, Enterprise, Membership
from towns.views.amending import TownAmendView
from towns.views.back import application_behind, back_parameter, back_to, part_behind
from towns.views.changing import TownChangeView
from towns.views.keeping import TownPage
from towns.views.pages import TownTab

COLUMNS = "name,code,role,products,revenue,rank,honours"
ENDED_COLUMNS = "name,code,role,products,since,until"


class TownEnterprisesView(TownTab):
    """The enterprises of a town by role, the greatest revenue first; those that left, too."""

    tab = "town-enterprises"

    @cached_property
    def behind(self) -> Application | None:
        """The application whose task list led here."""
        return application_behind(self.request, self.actor, self.town)

    def listing(self, query: QueryDict) -> Listing[Any]:
        """The list of enterprises, narrowed to this town."""
        asked = query.copy()
        asked["town"] = str(self.town.pk)
        ended = asked.get("state") == "ended"
        asked["cols"] = ENDED_COLUMNS if ended else COLUMNS
        asked.setdefault("order", "-since" if ended else "-revenue")
        return Listing(ENTERPRISES, self.actor, asked)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One page of them."""
        listing = self.listing(request.GET)
        found = listing.page()
        base = self.url(self.tab, self.town.pk) + back_parameter(self.behind)
        counts = role_counts(self.town)
        role, state = request.GET.get("role", ""), request.GET.get("state", "")
        choices = [("", "全部", sum(counts.values()))]
        choices += [(key, f"{label}企业", counts[key]) for key, label in ROLE_CHOICES]
        tabs: list[dict[str, Any]] = [
            {
                "label": label,
                "url": base + (f"&role={key}" if key else ""),
                "active": state != "ended" and key == role,
                "count": f"{count} 家",
            }
            for key, label, count in choices
        ]
        tabs.append({"label": "已退出", "url": f"{base}&state=ended", "active": state == "ended"})
        return self.show(
            "towns/town_enterprises.html",
            {
                "roles": tabs,
                "page": found,
                "columns": listing.heads(base),
                "rows": [
                    {"cells": cells, "actions": self._actions(seat)}
                    for seat, cells in zip(found.items, listing.cells(found.items), strict=True)
                ],
                "whole_url": f"{self.url('enterprises')}&town={self.town.pk}",
                "behind": self.behind,
                "back": back_parameter(self.behind),
                "ended": state == "ended",
            },
        )

    def _actions(self, seat: Membership) -> list[dict[str, str]]:
        if not self.editable:
            return []
        name, back = seat.enterprise.name, back_parameter(self.behind)
        if seat.until is not None:
            url = self.url("member-add", self.town.pk) + f"&enterprise={seat.enterprise_id}" + back
            return [{"text": "重新列入", "url": url, "label": f"重新列入 {name}"}]
        steps = (("变更角色", "member-role"), ("修改", "member-amend"), ("移出", "member-end"))
        return [
            {
                "text": text,
                "url": self.url(view, self.town.pk, seat.pk) + back,
                "label": f"{text} {name}",
            }
            for text, view in steps
        ]


class MemberAddView(TownPage):
    """Enter an enterprise into the list."""

    def list_url(self) -> str:
        """The section that led here, or the town's enterprises on the way of its application."""
        part = part_behind(self.request)
        if self.behind is not None and part:
            return back_to(self.actor, self.behind, part)
        return self.url("town-enterprises", self.town.pk) + back_parameter(self.behind)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The form; an enterprise named in the address is filled in already."""
        text = request.GET.get("enterprise", "")
        known = None
        if text.isdecimal() and len(text) < 19:
            known = Enterprise.objects.visible_to(self.actor).filter(pk=int(text)).first()
        initial = {"uscc": known.uscc, "name": known.name, "entity": known.entity} if known else {}
        return self._show(MemberForm(initial=initial))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add it; 保存并继续添加 leads to an empty form again."""
        form = MemberForm(request.POST)
        town = self.town
        if form.is_valid():
            try:
                member = add_member(actor=self.actor, town=town, **form.cleaned_data)
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(
                    request,
                    f"{member.enterprise.name}已列入{town.name}（{member.get_role_display()}）。",
                )
                back = back_parameter(self.behind, part_behind(request))
                again = self.url("member-add", town.pk) + back
                return redirect(again if "again" in request.POST else self.list_url())
        return self._show(form, 422)

    def _show(self, form: MemberForm, status: int = 200) -> HttpResponse:
        return self.show(
            "towns/member_add.html",
            "添加企业",
            status,
            form=form,
            cancel_url=self.list_url(),
            rename=self._rename(form),
        )

    def _rename(self, form: MemberForm) -> dict[str, str] | None:
        """Where the enterprise of the code is renamed, if the name is what does not agree."""
        if not form.is_bound or not form.has_error("name", "renamed"):
            return None
        code = form.cleaned_data["uscc"]
        known = Enterprise.objects.visible_to(self.actor).filter(uscc=code).first()
        if known is None or not may_rename_enterprise(self.actor, known).ok:
            return None
        return {"name": known.name, "url": self.url("enterprise-rename", known.pk)}


class MemberChangeView(TownChangeView):
    """A change of one running membership of the town."""

    back_name = "town-enterprises"

    @cached_property
    def member(self) -> Membership:
        """The membership."""
        rows = Membership.objects.visible_to(self.actor).select_related("enterprise")
        return get_object_or_404(rows, town=self.town, pk=self.kwargs["membership"])

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """The form, while the membership runs."""
        require(self.allowed())
        if self.member.until is not None:
            raise Stale(f"{self.member.enterprise.name}的这段记录已经结束，请按现在的名单办理。")
        return super().get(request, **kwargs)

    def title(self) -> str:
        """The heading."""
        return f"{self.label}：{self.member.enterprise.name}"

    def items(self) -> list[dict[str, Any]]:
        """What it concerns."""
        return [
            {"label": "企业名称", "value": self.member.enterprise.name},
            {"label": "统一社会信用代码", "value": self.member.enterprise.uscc},
            {"label": "企业角色", "value": self.member.get_role_display()},
            {"label": "加入日期", "value": self.member.since},
        ]

    def back_url(self) -> str:
        """The town's enterprises, on the way of the application that led here."""
        behind = application_behind(self.request, self.actor, self.town)
        if part_behind(self.request):
            return super().back_url()
        return super().back_url() + back_parameter(behind)

    def crumbs(self) -> list[tuple[str, str | None]]:
        """The pages above."""
        *above, last = super().crumbs()
        return [*above, ("企业", self.back_url()), last]


class MemberRoleView(MemberChangeView):
    """Another role as of a day."""

    label = "变更角色"
    explained = (
        "变更日期以前仍按原角色计算，以后按新角色计算。",
        "两段记录都保留在企业的变更记录中。",
    )

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The form, with today's date."""
        initial = {"role": self.member.role, "on": clock.today()}
        return RoleForm(data, initial=initial)

    def perform(self, form: Any) -> str:
        """Change it."""
        fields = form.cleaned_data
        seat = change_role(
            actor=self.actor,
            town=self.town,
            membership_id=self.kwargs["membership"],
            role=fields["role"],
            on=fields["on"],
        )
        return f"{seat.enterprise.name}的角色已变更为{seat.get_role_display()}。"


class MemberAmendView(TownAmendView, MemberChangeView):
    """Products, and the day it joined."""

    label = "修改登记内容"
    what = "这家企业的登记内容"
    explained = ("更名、变更角色、移出名单另行办理，不在这里修改。",)

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The form, with what is registered."""
        member = self.member
        initial = {"main_products": member.main_products, "since": member.since}
        return AmendMemberForm(data, initial=initial)

    def part(self) -> str:
        """This membership."""
        return f"member:{self.member.pk}"

    def stands(self) -> dict[str, Any]:
        """What is registered now."""
        return described(self.member)

    def perform(self, form: Any) -> str:
        """Save it."""
        fields = form.cleaned_data
        seat = amend_member(
            actor=self.actor,
            town=self.town,
            membership_id=self.kwargs["membership"],
            main_products=fields["main_products"],
            since=fields["since"],
            opened=self.opened,
        )
        return f"{seat.enterprise.name}的登记内容已保存。"


class MemberEndView(MemberChangeView):
    """Take an enterprise off the list."""

    label = "移出企业"
    tone = "danger"
    explained = (
        "从退出日期起不再计入本专业镇的企业数量，原有记录保留，以后可以重新列入。",
        "已提交的申报不受影响。",
    )

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The form, with today's date."""
        return EndMembershipForm(data, initial={"on": clock.today()})

    def perform(self, form: Any) -> str:
        """End it."""
        name = self.member.enterprise.name
        end_membership(
            actor=self.actor,
            town=self.town,
            membership_id=self.kwargs["membership"],
            on=form.cleaned_data["on"],
            reason=form.cleaned_data["reason"],
        )
        return f"{name}已移出名单，原有记录保留。"
