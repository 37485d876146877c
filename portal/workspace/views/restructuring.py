"""Units and posts: adding, renaming, merging, splitting, closing; each a page of its own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from portal.core import clock
from portal.core.actions import offices as actions
from portal.core.constants import OfficeKind
from portal.core.errors import Stale, Verdict, refuse
from portal.core.models import Office, Post
from portal.core.policies.organisation import (
    may_add_unit,
    may_keep_office,
    may_keep_post,
    may_reshape,
)
from portal.workspace.office_queries import holder_names
from portal.workspace.unit_forms import (
    CloseForm,
    CloseOfficeForm,
    MergeForm,
    PostForm,
    RenameForm,
    SplitForm,
    UnitForm,
)
from portal.workspace.views.appointing import PostChange
from portal.workspace.views.changing import ChangeView

KEEPS_HISTORY = "此前形成的公文、纪要和办理记录仍署原名称，不作改动；变更记入机构沿革和台账。"


class OfficeChangeView(ChangeView):
    """A page that changes an office."""

    def load(self, pk: int) -> None:
        """The office, if the acting post sees it."""
        rows = Office.objects.visible_to(self.actor).select_related("region", "parent")
        self.office = get_object_or_404(rows, pk=pk)

    def check_open(self) -> None:
        """Nothing is changed of an office that has ended."""
        ended = self.office.valid_to
        if ended is not None and ended < clock.today():
            raise Stale(f"{self.office.name}已于 {ended} 撤销，不能再办理变更。")

    def allowed(self) -> Verdict:
        """Directors of the office, administrators of its region."""
        return may_keep_office(self.actor, self.office)

    def title(self) -> str:
        """What is done, and to which office."""
        return f"{self.label}：{self.office.name}"


class UnitNewView(OfficeChangeView):
    """Add a member unit or a filing unit."""

    label = "新增单位"
    consequences = ("单位设立后，在其页面设立岗位、任命人员。填报单位还须由办公室主任授权专业镇。",)
    made: Office | None = None

    def allowed(self) -> Verdict:
        """Units belong to a leading-group office."""
        return may_add_unit(self.actor, self.office)

    def make_form(self, data: Any = None) -> forms.Form:
        """Name, kind, ground, day."""
        return UnitForm(data, initial={**self.initial(), "kind": OfficeKind.MEMBER_UNIT.value})

    def perform(self, fields: dict[str, Any]) -> str:
        """Add it."""
        self.made = actions.add_unit(actor=self.actor, parent=self.office, **fields)
        return f"已新增{self.made.get_kind_display()}“{self.made.name}”，请接着设立岗位、任命人员。"

    def done_url(self) -> str:
        """The page of the new unit."""
        return self.url("office", self.made.pk) if self.made else self.back_url()


class PostNewView(OfficeChangeView):
    """Create a post."""

    label = "设立岗位"
    consequences = ("岗位设立后为空缺，任命人员后方可办理。",)
    made: Post | None = None

    def make_form(self, data: Any = None) -> forms.Form:
        """Kind, title, ground, day."""
        return PostForm(data, actor=self.actor, office=self.office, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """Create it."""
        self.made = actions.create_post(actor=self.actor, office=self.office, **fields)
        return f"已设立岗位“{self.made.title}”，现为空缺，请任命人员。"

    def done_url(self) -> str:
        """The page of the new post."""
        return self.url("post", self.made.pk) if self.made else self.back_url()


class PostCloseView(PostChange):
    """Abolish a post that nobody holds."""

    label = "撤销岗位"
    tone = "danger"
    consequences = (
        "撤销日期次日零时起，该岗位不再存在，持有的授权同时失效；任职历史保留。",
        "有现任人员的岗位，须先办理卸任。",
    )

    def allowed(self) -> Verdict:
        """As for creating one."""
        return may_keep_post(self.actor, self.office, self.seat.kind_row)

    def make_form(self, data: Any = None) -> forms.Form:
        """Last day and reason."""
        return CloseForm(data, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """Close it."""
        actions.close_post(actor=self.actor, post=self.seat, **fields)
        return f"岗位“{self.seat.title}”撤销至 {fields['on']}。"

    def done_url(self) -> str:
        """The office, for the post is gone."""
        return self.url("office", self.office.pk)


# -------------------------------------------------------------------------------- names and units


class RenameView(OfficeChangeView):
    """Give an office another name."""

    label = "机构更名"
    consequences = (
        "自更名日期起，页面、名单和新形成的公文使用新名称；人员、岗位和授权不变。",
        KEEPS_HISTORY,
    )

    def make_form(self, data: Any = None) -> forms.Form:
        """Name, day, ground."""
        return RenameForm(data, initial={**self.initial(), "name": self.office.name})

    def perform(self, fields: dict[str, Any]) -> str:
        """Rename it."""
        old = self.office.name
        office = actions.rename_office(actor=self.actor, office=self.office, **fields)
        return f"“{old}”已更名为“{office.name}”，自 {fields['on']} 起使用。"


class MergeView(OfficeChangeView):
    """Make one unit of several."""

    label = "合并单位"
    consequences = (
        "所选单位的岗位连同任职、授权、待办一并转入合并后的单位，人员的所属机构随之变更。",
        "已向所选单位征求、尚未答复的意见，由合并后的单位答复。",
        KEEPS_HISTORY,
    )
    made: Office | None = None

    def allowed(self) -> Verdict:
        """On the page of the leading-group office whose units are merged."""
        if self.office.kind != OfficeKind.LEADING_GROUP_OFFICE:
            return refuse("单位合并在所属领导小组办公室的页面办理。")
        return super().allowed()

    def make_form(self, data: Any = None) -> forms.Form:
        """Which, into what, day, ground."""
        return MergeForm(data, actor=self.actor, office=self.office, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """Merge them."""
        fields["offices"] = list(fields["offices"])
        self.made = actions.merge_offices(actor=self.actor, **fields)
        names = "、".join(row.name for row in fields["offices"])
        return f"{names}已合并为“{self.made.name}”，自 {fields['on']} 起生效。"

    def done_url(self) -> str:
        """The page of what they became."""
        return self.url("office", self.made.pk) if self.made else self.back_url()


class SplitView(OfficeChangeView):
    """Make several units of one."""

    label = "拆分单位"
    consequences = (
        "原单位撤销，各岗位连同任职、授权、待办转入所选的新单位。",
        "第 1 个新单位承接原单位尚未答复的意见，人员的所属机构也先转入该单位。",
        KEEPS_HISTORY,
    )

    def allowed(self) -> Verdict:
        """Leading-group offices are never split."""
        return may_reshape(self.actor, self.office)

    @cached_property
    def seats(self) -> dict[int, str]:
        """The posts of the unit with their holders."""
        standing = Post.objects.visible_to(self.actor).standing()
        posts = list(standing.filter(office=self.office).order_by("pk"))
        names = holder_names(posts)
        return {row.pk: f"{row.title}（{names.get(row.pk, '空缺')}）归入" for row in posts}

    def make_form(self, data: Any = None) -> forms.Form:
        """Names, day, ground, and where each post goes."""
        return SplitForm(data, seats=self.seats, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """Split it."""
        made = actions.split_office(
            actor=self.actor,
            office=self.office,
            names=fields["names"],
            on=fields["on"],
            source=fields["source"],
            posts=fields["shares"],
        )
        return f"{self.office.name}已拆分为{'、'.join(row.name for row in made)}。"


class OfficeCloseView(OfficeChangeView):
    """Abolish a unit all of whose posts are vacant."""

    label = "撤销单位"
    tone = "danger"
    consequences = (
        "撤销日期次日零时起，该单位及其岗位不再存在；历史记录保留。",
        "仍有现任人员的，须先办理卸任；职责由其他单位承接的，请办理“合并单位”。",
    )

    def allowed(self) -> Verdict:
        """Leading-group offices are never closed."""
        return may_reshape(self.actor, self.office)

    def make_form(self, data: Any = None) -> forms.Form:
        """Last day and ground."""
        return CloseOfficeForm(data, initial=self.initial())

    def perform(self, fields: dict[str, Any]) -> str:
        """Close it."""
        actions.close_office(actor=self.actor, office=self.office, **fields)
        return f"{self.office.name}撤销至 {fields['on']}。"
