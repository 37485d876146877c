"""Pages of offices and posts: the list, one office, one post, the leading group as at a day."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from portal.core import clock
from portal.core.constants import OfficeKind
from portal.core.errors import Verdict, refuse
from portal.core.exports import leading_group_file_name, leading_group_workbook
from portal.core.files import ACCEPTED, store_bytes
from portal.core.models import Leave, Office, Post
from portal.core.policies.organisation import (
    may_add_unit,
    may_appoint,
    may_deputise,
    may_keep_office,
    may_keep_post,
    may_reshape,
)
from portal.core.queries import leading_group_on
from portal.core.web import OfficeView
from portal.workspace import office_queries as queries
from portal.workspace import office_tables as tables
from portal.workspace import tenure_tables as tenure
from portal.workspace.office_forms import DayForm, OfficeFilterForm

NOT_HERE = refuse("")


class OfficesView(OfficeView):
    """The offices the acting post may see."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """One page of them, with how many people each has and how many posts stand empty."""
        form = OfficeFilterForm(request.GET)
        page = queries.page_of_offices(
            queries.filter_offices(self.actor, form.chosen()), request.GET
        )
        return self.page(
            "offices/list.html",
            {
                "breadcrumbs": [("工作台", self.url("workspace")), ("机构与岗位", None)],
                "form": form,
                "clear_url": self.url("offices") if form.narrows else "",
                "columns": tables.OFFICE_COLUMNS,
                "rows": tables.office_rows(self.actor, page.items),
                "start": queries.first_number(page, request.GET),
                "page": page,
            },
        )


class OnePage(OfficeView):
    """A page about one office, or one of its posts."""

    @cached_property
    def unit(self) -> Office:
        """The office, if the acting post sees it."""
        rows = Office.objects.visible_to(self.actor)
        rows = rows.select_related("region", "parent", "successor")
        return get_object_or_404(rows.prefetch_related("former_names"), pk=self.kwargs["pk"])

    def buttons(self, *rows: tuple[str, Verdict, str]) -> list[dict[str, str]]:
        """Those the policies allow."""
        return [
            {"text": text, "url": self.url(name, self.kwargs["pk"])}
            for text, verdict, name in rows
            if verdict.ok
        ]


class OfficePageView(OnePage):
    """One office: its facts, people, grants, units and history."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it."""
        office, actor = self.unit, self.actor
        people = queries.people_shown(actor, office)
        grants = queries.grants_shown(actor, office)
        posts = Post.objects.visible_to(actor).filter(office=office)
        keeps = may_keep_office(actor, office)
        leads = office.kind == OfficeKind.LEADING_GROUP_OFFICE
        self.viewed(office)
        return self.page(
            "offices/office.html",
            {
                "breadcrumbs": [
                    ("工作台", self.url("workspace")),
                    ("机构与岗位", self.url("offices")),
                    (office.name, None),
                ],
                "office": office,
                "gone": office.valid_to is not None and office.valid_to < clock.today(),
                "facts": tables.office_facts(office),
                "keeps": keeps,
                "group_url": self.url("office-leading-group", office.pk) if leads else "",
                "buttons": self._buttons(office, keeps),
                "post_url": self.url("post-new", office.pk) if keeps.ok else "",
                "unit_url": self.url("unit-new", office.pk)
                if may_add_unit(actor, office).ok
                else "",
                "post_columns": tables.post_columns(actor),
                "post_rows": tables.post_rows(actor, people),
                "held": sum(1 for row in people if row.appointment),
                "vacant": sum(1 for row in people if not row.appointment),
                "former_columns": tables.FORMER_COLUMNS,
                "former_rows": tables.former_rows(self._former(posts), actor),
                "grant_columns": tenure.GRANT_COLUMNS,
                "grant_rows": tenure.grant_rows(
                    actor, grants, queries.holder_names([row.post for row in grants])
                ),
                "learns_of_all": queries.learns_of_all(actor),
                "leads": leads,
                "unit_columns": tables.UNIT_COLUMNS,
                "unit_rows": tables.unit_rows(actor, queries.units_of(office))
                if actor.jurisdiction is not None
                else [],
                "changes": tables.change_entries(queries.changes_of(office)),
            },
        )

    def _former(self, posts: Any) -> Any:
        if not queries.learns_of_all(self.actor):
            posts = posts.exclude(kind="expert")
        return queries.former_holders(posts)[: queries.FORMER_SHOWN]

    def _buttons(self, office: Office, keeps: Verdict) -> list[dict[str, str]]:
        if office.valid_to is not None and office.valid_to < clock.today():
            return []
        leads = office.kind == OfficeKind.LEADING_GROUP_OFFICE
        reshape = may_reshape(self.actor, office)
        merge = keeps if leads else NOT_HERE
        return self.buttons(
            ("更名", keeps, "office-rename"),
            ("合并单位", merge, "office-merge"),
            ("拆分", reshape, "office-split"),
            ("撤销单位", reshape, "office-close"),
        )


class PostPageView(OnePage):
    """One post: who holds it, leave, deputies, grants, everybody who held it."""

    @cached_property
    def seat(self) -> Post:
        """The post, if the acting post sees it; experts see no other expert's."""
        rows = Post.objects.visible_to(self.actor).select_related("office__region", "unit")
        post = get_object_or_404(rows, pk=self.kwargs["pk"])
        hidden = post.kind == "expert" and post != self.actor.post
        if hidden and not queries.learns_of_all(self.actor):
            raise Http404("没有这个岗位。")
        return post

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show it."""
        post, actor = self.seat, self.actor
        office = post.office
        people = [row for row in queries.people_shown(actor, office) if row.post == post]
        person = people[0] if people else None
        holder = person.appointment if person else None
        keeps = may_appoint(actor, post)
        leaves = Leave.objects.visible_to(actor).filter(appointment__post=post)
        leaves = leaves.filter(revoked_at__isnull=True).exclude(valid_to__lt=clock.today())
        deputies = list(queries.deputies_of(post))
        grants = [row for row in queries.grants_shown(actor, office) if row.post == post]
        coming = list(queries.coming_holders(post))
        names = queries.holder_names([post, *(row.group.post for row in deputies)])
        self.viewed(post)
        return self.page(
            "offices/post.html",
            {
                "breadcrumbs": [
                    ("机构与岗位", self.url("offices")),
                    (office.name, self.url("office", office.pk)),
                    (post.kind_row.label, None),
                ],
                "seat": post,
                "holder": holder,
                "state": tables.post_state(post, holder),
                "facts": self._facts(post),
                "person": tables.holder_cell(person) if person else None,
                "person_facts": tables.person_facts(actor, person) if person else [],
                "keeps": keeps,
                "buttons": self._buttons(post, holder is not None, keeps) if person else [],
                "holder_actions": self._holder_actions(holder.pk)
                if holder is not None and keeps.ok
                else [],
                "coming_columns": tables.COMING_COLUMNS,
                "coming_rows": tables.coming_rows(actor, coming, keeps=keeps.ok),
                "leave_columns": tenure.LEAVE_COLUMNS,
                "leave_rows": tenure.leave_rows(actor, leaves, keeps=keeps.ok),
                "deputy_columns": tenure.DEPUTY_COLUMNS,
                "deputy_rows": tenure.deputy_rows(actor, deputies, names, keeps=keeps.ok),
                "grant_columns": tenure.GRANT_COLUMNS,
                "grant_rows": tenure.grant_rows(actor, grants, names),
                "former_columns": tables.FORMER_COLUMNS,
                "former_rows": tables.former_rows(
                    queries.former_holders([post])[: queries.FORMER_SHOWN], actor
                ),
            },
        )

    def _facts(self, post: Post) -> list[dict[str, Any]]:
        url = self.url("office", post.office_id)
        return tables.post_facts(post, {"label": "机构", "value": post.office.name, "url": url})

    def _buttons(self, post: Post, held: bool, keeps: Verdict) -> list[dict[str, str]]:
        return self.buttons(
            ("更换人员", keeps if held else NOT_HERE, "post-succeed"),
            ("任命人员", NOT_HERE if held else keeps, "post-appoint"),
            ("安排代理", may_deputise(self.actor, post), "post-deputy"),
            ("授权专业镇", queries.may_give_towns(self.actor, post), "town-grant"),
            (
                "撤销岗位",
                NOT_HERE if held else may_keep_post(self.actor, post.office, post.kind_row),
                "post-close",
            ),
        )

    def _holder_actions(self, appointment: int) -> list[dict[str, str]]:
        return [
            {"text": text, "url": self.url(name, appointment)}
            for text, name in (
                ("登记请假、离岗", "appointment-leave"),
                ("办理卸任", "appointment-end"),
                ("登记有误，撤销", "appointment-revoke"),
            )
        ]


# ----------------------------------------------------------------------------- the leading group


class LeadingGroupView(OnePage):
    """The leading group of an office as at any day, to be read, printed and exported."""

    @cached_property
    def leading(self) -> Office:
        """The leading-group office; no other kind of office has a group."""
        if self.unit.kind != OfficeKind.LEADING_GROUP_OFFICE:
            raise Http404("该机构不是领导小组办公室。")
        return self.unit

    def day(self, data: Any) -> tuple[DayForm, date]:
        """The form and the day it names, today when it names none."""
        form = DayForm(data)
        chosen = form.cleaned_data.get("on") if form.is_valid() else None
        return form, chosen or clock.today()

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The table."""
        office = self.leading
        form, day = self.day({"on": clock.today().isoformat(), **request.GET.dict()})
        seats = leading_group_on(office, day)
        self.viewed(f"{office.name} 领导小组名单 {day}")
        return self.page(
            "offices/leading_group.html",
            {
                "breadcrumbs": [
                    ("机构与岗位", self.url("offices")),
                    (office.name, self.url("office", office.pk)),
                    ("领导小组名单", None),
                ],
                "office": office,
                "office_name": office.name_on(day),
                "form": form,
                "day": day,
                "columns": tables.GROUP_COLUMNS,
                "rows": tables.group_rows(seats),
                "count": len(seats),
                "vacant": sum(1 for seat in seats if seat.vacant),
                "existed": office.valid_from is None or office.valid_from <= day,
                "export_url": self.url("office-leading-group-export", office.pk),
                "today_url": self.url("office-leading-group", office.pk)
                if day != clock.today()
                else "",
            },
        )


class LeadingGroupExportView(LeadingGroupView):
    """The same rows as a workbook."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest, pk: int) -> FileResponse:
        """Make and send it; the rows are few."""
        office = self.leading
        _, day = self.day(request.POST)
        content = leading_group_workbook(self.actor, office, day)
        name = leading_group_file_name(office, day)
        stored = store_bytes(content, name, ACCEPTED["xlsx"].content_type, self.actor)
        self.exported(f"{office.name} 领导小组名单", f"截至 {day}")
        return self.send(stored, office)
