"""Merging, splitting and striking off towns: each a page of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import cached_property

from portal.core import clock
from towns.actions import merge_towns, split_town, strike_off_town
from towns.constants import ROLE_CHOICES
from towns.forms.register import MOST_CHOICES, MergeForm, SplitForm, StrikeOffForm
from towns.models import Platform, Town
from towns.queries import current_memberships
from towns.views.register import KEEPS_HISTORY, RegisterChangeView

STAYS = "原专业镇各年度的数据、荣誉、认定和此前的企业名单留在原名下，仍可查阅。"


class TownMergeView(RegisterChangeView):
    """Make one town of several."""

    label = "合并专业镇"
    submit_text = "办理合并"
    explained = (
        "现有企业、公共服务、平台和填报授权转入合并后的专业镇；同一企业只列一次。",
        STAYS,
        "原有认定是否由合并后的专业镇承接，由认定机关决定；合并不改变认定名单。",
        "有正在办理的申报时不能合并，须先办结或撤回。",
        KEEPS_HISTORY,
    )
    made: Town | None = None

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """The towns of the same city to choose from."""
        initial = {"on": clock.today(), "into": "own"}
        return MergeForm(data, actor=self.actor, town=self.town, initial=initial)

    def perform(self, form: MergeForm) -> str:
        """Merge them."""
        fields = form.cleaned_data
        self.made = merge_towns(
            actor=self.actor,
            towns=[self.town, *fields["towns"]],
            into=fields["target"],
            name=fields["name"],
            on=fields["on"],
            source=fields["source"],
            reason=fields["reason"],
        )
        return f"合并已办理，现为“{self.made.name}”。"

    def done_url(self) -> str:
        """The town they became."""
        return self.url("town", self.made.pk) if self.made else self.back_url()


class TownSplitView(RegisterChangeView):
    """Make several towns of one."""

    label = "分设专业镇"
    submit_text = "办理分设"
    made: tuple[Town, ...] = ()

    @property
    def explained(self) -> tuple[str, ...]:  # type: ignore[override]
        """What happens, and what is not on the page."""
        rest = len(self.members) - MOST_CHOICES
        more = (
            (f"本页列出前 {MOST_CHOICES} 家企业，其余 {rest} 家划入第 1 个。",) if rest > 0 else ()
        )
        return (
            "企业、平台按下面的选择转入；填报授权各新专业镇都有；公共服务功能转入第 1 个。",
            *more,
            STAYS,
            "有正在办理的申报时不能分设，须先办结或撤回。",
            KEEPS_HISTORY,
        )

    @cached_property
    def members(self) -> dict[int, str]:
        """The enterprises of today."""
        roles = dict(ROLE_CHOICES)
        rows = current_memberships(self.town)
        return {row.pk: f"{row.enterprise.name}（{roles[row.role]}）" for row in rows}

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """Names, and where everything goes."""
        shown = dict(list(self.members.items())[:MOST_CHOICES])
        halls = Platform.objects.filter(town=self.town, until__isnull=True).order_by("pk")
        return SplitForm(
            data,
            members=shown,
            platforms={row.pk: row.name for row in halls},
            initial={"on": clock.today()},
        )

    def perform(self, form: SplitForm) -> str:
        """Split it."""
        fields = form.cleaned_data
        made = split_town(
            actor=self.actor,
            town=self.town,
            names=fields["names"],
            on=fields["on"],
            source=fields["source"],
            reason=fields["reason"],
            members=fields["shares"]["member"],
            platforms=fields["shares"]["platform"],
        )
        return f"{self.town.name}已分设为{'、'.join(row.name for row in made)}。"


class TownStrikeOffView(RegisterChangeView):
    """Take a town out of the pool."""

    label = "退出培育库"
    tone = "danger"
    explained = (
        "退出后不再填报、授权和申报；历史资料保留，在专业镇列表勾选“含已撤并”可以查到。",
        "有有效认定或正在办理的申报时，不能退出。",
    )

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """Day, reason, ground."""
        return StrikeOffForm(data, initial={"on": clock.today()})

    def perform(self, form: StrikeOffForm) -> str:
        """Strike it off."""
        strike_off_town(actor=self.actor, town=self.town, **form.cleaned_data)
        return f"{self.town.name}已退出培育库。"
