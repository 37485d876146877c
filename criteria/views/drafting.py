"""What the pages that change a draft share: the draft, its names, the page of two versions."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from criteria.categories import category_choices
from criteria.models import CriteriaSet, Criterion, Indicator
from criteria.policies import may_author, may_edit_set, own_set
from portal.core.actor import acting_office
from portal.core.errors import require
from portal.core.web import OfficeView

Crumbs = list[tuple[str, str | None]]


class DraftView(OfficeView):
    """A page of one draft, for those who may change it."""

    @cached_property
    def criteria_set(self) -> CriteriaSet:
        """The draft, if the actor sees it."""
        rows = CriteriaSet.objects.visible_to(self.actor).select_related("region")
        return get_object_or_404(rows, key=self.kwargs["key"])

    @cached_property
    def names(self) -> dict[str, str]:
        """Category of the draft -> its name."""
        return {item["key"]: item["name"] for item in self.criteria_set.categories}

    @cached_property
    def indicators(self) -> list[Indicator]:
        """The catalogue."""
        return list(Indicator.objects.visible_to(self.actor))

    def category_choices(self) -> Sequence[tuple[str, str]]:
        """What the office may choose from, and what the draft has."""
        known = dict(category_choices(acting_office(self.actor).region))
        return list((known | self.names).items())

    def criterion(self) -> Criterion | None:
        """The criterion of the address; None when it was removed."""
        return self.criteria_set.criteria.filter(key=self.kwargs["criterion"]).first()

    def editor_url(self, anchor: str = "") -> str:
        """The editor, at one of its criteria."""
        url = self.url("criteria-edit", self.criteria_set.key)
        return f"{url}#{anchor}" if anchor else url

    def get_stale_url(self) -> str:
        """The draft as it stands now."""
        return self.editor_url()

    def moved_on(self) -> str:
        """Why one who drafts here can change it no more; empty while it is a draft."""
        ours = may_author(self.actor).ok and own_set(self.actor, self.criteria_set).ok
        verdict = may_edit_set(self.actor, self.criteria_set)
        return verdict.reason if ours and not verdict.ok else ""

    def allow(self) -> None:
        """Refused, with the reason, for those who may not change the draft."""
        require(may_edit_set(self.actor, self.criteria_set))

    def crumbs(self, last: str) -> Crumbs:
        """The pages above."""
        return [
            ("认定标准", self.url("criteria")),
            (f"编制：{self.criteria_set.title}", self.editor_url()),
            (last, None),
        ]

    def conflict(
        self, merge: dict[str, object], title: str, what: str, cancel_url: str
    ) -> HttpResponse:
        """Somebody was faster: field by field, whose value stands."""
        return self.page(
            "criteria/editor/conflict.html",
            {
                "breadcrumbs": self.crumbs(title),
                "title": title,
                "merge": merge,
                "what": what,
                "cancel_url": cancel_url,
            },
            status=409,
        )
