"""Pages of lists: the list itself, its export, saving and removing views. One of each for all."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.utils.functional import cached_property

from portal.core.actions.lists import delete_view, save_view
from portal.core.errors import require
from portal.core.listing.exports import request_list
from portal.core.listing.listing import Listing
from portal.core.listing.spec import ListSpec, list_spec
from portal.core.models import SavedView
from portal.core.policies.lists import may_delete_view, may_save_view
from portal.core.web import OfficeView, add_errors

MANY_COLUMNS = 8


class ListView(OfficeView):
    """A list's page; subclasses name the spec, and may add to the page with ``more``."""

    spec: ClassVar[ListSpec[Any]]
    template = "core/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """The rows, columns and order that the address asks for."""
        listing = Listing(self.spec, self.actor, request.GET)
        found = listing.page()
        base = self.url(self.spec.url_name)
        narrowed = bool(listing.conditions())
        return self.page(
            self.template,
            {
                "breadcrumbs": [(self.spec.title, None)],
                "spec": self.spec,
                "title": self.spec.title,
                "form": listing.form,
                "keep": self._pairs([("post", self._post()), *listing.arrangement()]),
                "clear_url": listing.address(base, conditions=False) if narrowed else "",
                "active": listing.active(base),
                "tools": self._tools(listing, base),
                "views": self._views(listing, base),
                "page": found,
                "columns": listing.heads(base),
                "rows": [
                    {"cells": cells, "actions": self.row_actions(row), **self.row_marks(row)}
                    for row, cells in zip(found.items, listing.cells(found.items), strict=True)
                ],
                "wide": len(listing.columns) > MANY_COLUMNS,
                "noun": self.spec.noun,
                "empty_title": self.spec.empty_title,
                "empty_text": self.spec.empty_text,
                **self.more(listing),
            },
        )

    def more(self, listing: Listing[Any]) -> dict[str, Any]:
        """What else the page shows."""
        return {}

    def row_actions(self, row: Any) -> list[dict[str, str]]:
        """What can be done with a row, as templates/components/table.html takes it."""
        return []

    def row_marks(self, row: Any) -> dict[str, Any]:
        """What a row is called where it can be selected: ``id`` and ``label``."""
        return {}

    def _post(self) -> str:
        return str(self.actor.post.pk) if self.actor.post else ""

    @staticmethod
    def _pairs(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in pairs]

    def _tools(self, listing: Listing[Any], base: str) -> dict[str, Any]:
        """The chooser of columns, 保存视图 and 导出."""
        ordered = [pair for pair in listing.arrangement() if pair[0] != "cols"]
        return {
            "columns": listing.choices(),
            "keep": self._pairs([("post", self._post()), *listing.conditions(), *ordered]),
            "usual_url": listing.address(base, columns=False) if listing.columns_chosen else "",
            "save_url": listing.address(self.url("view-save", self.spec.key)),
            "export_url": listing.address(self.url("list-export", self.spec.key))
            if self.spec.may_export(self.actor).ok
            else "",
        }

    def _views(self, listing: Listing[Any], base: str) -> list[dict[str, Any]]:
        """The post's own saved views and the office's shared ones."""
        present = listing.text()
        own = self.actor.post
        return [
            {
                "name": view.name,
                "url": f"{base}&{view.query}" if view.query else base,
                "current": view.query == present,
                "shared": view.shared,
                "delete_url": self.url("view-delete", self.spec.key, view.pk)
                if own is not None and view.post_id == own.pk
                else "",
            }
            for view in SavedView.objects.visible_to(self.actor).filter(list_key=self.spec.key)
        ]


class ListPage(OfficeView):
    """A page about the list that the address names."""

    @cached_property
    def spec(self) -> ListSpec[Any]:
        """The list, or 404."""
        spec = list_spec(self.kwargs["key"])
        if spec is None:
            raise Http404("没有这个列表。")
        return spec

    def listing(self, query: QueryDict) -> Listing[Any]:
        """The list as the address asks for it."""
        return Listing(self.spec, self.actor, query)

    def back(self, listing: Listing[Any]) -> str:
        """The list with the same conditions, columns and order."""
        return listing.address(self.url(self.spec.url_name))


class ListExportView(ListPage):
    """Queue the workbook of exactly what the list shows."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Start the job and go to it."""
        listing = self.listing(request.GET)
        require(self.spec.may_export(self.actor))
        if not listing.form.is_valid():
            messages.error(request, "筛选条件有误，请在列表中改正后再导出。")
            return redirect(self.back(listing))
        job = request_list(listing)
        words = listing.filter_words()
        self.exported(self.spec.title, words)
        messages.success(request, f"正在导出{self.spec.title}，筛选条件：{words}。")
        return redirect(self.url("job", job.pk))


class ViewForm(forms.Form):
    """A name for the present conditions, columns and order."""

    name = forms.CharField(
        label="视图名称",
        max_length=40,
        help_text="例如：待补数据的龙头企业。",
        error_messages={"required": "请填写视图名称。"},
    )
    shared = forms.BooleanField(
        label="本机构共享", required=False, help_text="勾选后，本机构的其他岗位也能使用这个视图。"
    )


class ViewSaveView(ListPage):
    """Keep the list as it is shown under a name."""

    def _show(self, listing: Listing[Any], form: ViewForm, status: int = 200) -> HttpResponse:
        spec = self.spec
        columns = "、".join(column.title(listing.chosen) for column in listing.columns)
        return self.page(
            "core/view_save.html",
            {
                "breadcrumbs": [(spec.title, self.back(listing)), ("保存视图", None)],
                "form": form,
                "items": [
                    {"label": "列表", "value": spec.title},
                    {"label": "筛选条件", "value": listing.filter_words()},
                    {"label": "排列", "value": listing.order_words()},
                    {"label": "列", "value": columns},
                ],
                "cancel_url": self.back(listing),
            },
            status=status,
        )

    def get(self, request: HttpRequest, key: str) -> HttpResponse:
        """What would be saved, and the question for a name."""
        require(may_save_view(self.actor))
        return self._show(self.listing(request.GET), ViewForm())

    def post(self, request: HttpRequest, key: str) -> HttpResponse:
        """Save it and return to the list."""
        require(may_save_view(self.actor))
        listing = self.listing(request.GET)
        form = ViewForm(request.POST)
        if form.is_valid():
            try:
                view = save_view(
                    actor=self.actor,
                    list_key=key,
                    name=form.cleaned_data["name"],
                    query=listing.text(),
                    shared=form.cleaned_data["shared"],
                )
            except ValidationError as error:
                add_errors(form, error)
            else:
                messages.success(request, f"视图“{view.name}”已保存，列在筛选条件上方。")
                return redirect(self.back(listing))
        return self._show(listing, form, 422)


class ViewDeleteView(ListPage):
    """Remove one's own saved view."""

    @cached_property
    def view(self) -> SavedView:
        """The saved view, if the actor sees it."""
        rows = SavedView.objects.visible_to(self.actor).filter(list_key=self.spec.key)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    def get(self, request: HttpRequest, key: str, pk: int) -> HttpResponse:
        """The question."""
        require(may_delete_view(self.actor, self.view))
        listing = Listing.of(self.spec, self.actor, self.view.query)
        return self.page(
            "core/view_delete.html",
            {
                "breadcrumbs": [
                    (self.spec.title, self.url(self.spec.url_name)),
                    ("删除视图", None),
                ],
                "items": [
                    {"label": "视图名称", "value": self.view.name},
                    {"label": "列表", "value": self.spec.title},
                    {"label": "筛选条件", "value": listing.filter_words()},
                    {"label": "本机构共享", "value": "是" if self.view.shared else "否"},
                ],
                "cancel_url": self.url(self.spec.url_name),
            },
        )

    def post(self, request: HttpRequest, key: str, pk: int) -> HttpResponse:
        """Remove it and return to the list."""
        name = self.view.name
        delete_view(actor=self.actor, view=self.view)
        messages.success(request, f"视图“{name}”已删除，列表中的数据不受影响。")
        return redirect(self.url(self.spec.url_name))

    def get_stale_url(self) -> str:
        """The list."""
        return self.url(self.spec.url_name)
