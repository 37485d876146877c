"""Giving a town to a filing post for a period, and taking it back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404

from portal.core.errors import Stale, Verdict
from portal.core.models import Post
from portal.workspace.office_forms import ReasonForm
from portal.workspace.office_queries import may_give_towns
from portal.workspace.unit_forms import TownGrantForm
from portal.workspace.views.appointing import PostChange
from towns.actions.granting import grant_town, revoke_town_grant
from towns.models import Town, TownGrant
from towns.policies import may_revoke_town_grant


class TownGrantView(PostChange):
    """Give a town to a post that fills or submits."""

    label = "授权专业镇"
    consequences = (
        "授权生效后，该岗位的现任人员可以查看和填报（或提交）该专业镇；更换人员的，由继任人员接着使用。",
        "到期自动失效。再次授权同一专业镇的，以新的起止日期和事由为准。",
        "同一项申报须由两人办理：填报人不得是提交人。",
    )

    def allowed(self) -> Verdict:
        """Directors of the county's office."""
        return may_give_towns(self.actor, self.seat)

    def make_form(self, data: Any = None) -> forms.Form:
        """Town, period, reason."""
        return TownGrantForm(data, actor=self.actor, post=self.seat, initial=self.initial())

    def initial(self) -> dict[str, Any]:
        """The town that was chosen on its own page, where it is one of the list."""
        return {**super().initial(), "town": self.request.GET.get("town", "")}

    def perform(self, fields: dict[str, Any]) -> str:
        """Give it."""
        grant = grant_town(actor=self.actor, post=self.seat, **fields)
        until = f"至 {grant.valid_to}" if grant.valid_to else "长期有效"
        return f"已将{fields['town'].name}授权给该岗位，自 {grant.valid_from} 起，{until}。"


class TownGrantRevokeView(PostChange):
    """Take a town back at once."""

    label = "撤销授权"
    tone = "danger"
    consequences = ("自即刻起，该岗位不能再查看和填报该专业镇；已填内容和已提交的申报保留。",)
    grant: TownGrant

    def load(self, pk: int) -> None:
        """The grant, if the acting post sees both the town and the post."""
        towns = Town.objects.visible_to(self.actor)
        rows = TownGrant.objects.filter(
            content_object__in=towns,
            group__post__in=Post.objects.visible_to(self.actor),
        )
        self.grant = get_object_or_404(
            rows.select_related("content_object__county", "group__post"), pk=pk
        )
        super().load(self.grant.group.post.pk)

    def allowed(self) -> Verdict:
        """Directors of the county's office."""
        return may_revoke_town_grant(self.actor, self.grant.content_object)

    def check_open(self) -> None:
        """One that was taken back is gone."""
        if self.grant.revoked_at is not None:
            raise Stale(f"{self.grant.content_object.name}的该项授权已经撤销。")

    def items(self) -> list[dict[str, Any]]:
        """The post, and what it was given."""
        grant = self.grant
        period = f"{grant.valid_from} 至 {grant.valid_to or '长期'}"
        return [
            *super().items(),
            {"label": "专业镇", "value": grant.content_object.name},
            {"label": "授权期", "value": period},
            {"label": "授权事由", "value": grant.reason},
        ]

    def make_form(self, data: Any = None) -> forms.Form:
        """Why."""
        return ReasonForm(data)

    def perform(self, fields: dict[str, Any]) -> str:
        """Take it back."""
        revoke_town_grant(actor=self.actor, grant=self.grant, **fields)
        return f"已撤销{self.grant.content_object.name}的填报授权。"
