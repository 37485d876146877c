"""Papers kept with a town: the tab, adding one, putting one out of use."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from towns.actions import add_paper, withdraw_paper
from towns.constants import PAPER_KIND_CHOICES
from towns.forms.register import PaperForm, WithdrawForm
from towns.models import TownPaper
from towns.policies import may_change_town, may_keep_register
from towns.views.pages import TownTab
from towns.views.register import RegisterChangeView


class TownPapersView(TownTab):
    """Papers in use by kind, and those put out of use."""

    tab = "town-papers"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        papers = list(TownPaper.objects.filter(town=self.town).select_related("file"))
        used = [row for row in papers if row.withdrawn_on is None]
        keeps = may_keep_register(self.actor, self.town).ok and may_change_town(self.town).ok
        return self.show(
            "towns/town_papers.html",
            {
                "groups": [
                    {"label": label, "papers": [row for row in used if row.kind == key]}
                    for key, label in PAPER_KIND_CHOICES
                ],
                "withdrawn": [row for row in papers if row.withdrawn_on is not None],
                "keeps": keeps,
            },
        )


class PaperAddView(RegisterChangeView):
    """Add a paper."""

    label = "添加文件"
    back_name = "town-papers"
    explained = ("文件连同校验值保存，能看到该专业镇的岗位都可以查阅。",)

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """An empty form."""
        return PaperForm(data, files)

    def perform(self, form: PaperForm) -> str:
        """Keep it."""
        fields = dict(form.cleaned_data)
        paper = add_paper(actor=self.actor, town=self.town, upload=fields.pop("file"), **fields)
        return f"已添加《{paper.title}》。"


class PaperWithdrawView(RegisterChangeView):
    """Put a paper out of use."""

    label = "停用文件"
    tone = "danger"
    back_name = "town-papers"
    explained = ("停用后移到“已停用”，仍可查阅。",)

    @cached_property
    def paper(self) -> TownPaper:
        """The paper, if it is the town's."""
        rows = TownPaper.objects.filter(town=self.town)
        return get_object_or_404(rows, pk=self.kwargs["paper"])

    def title(self) -> str:
        """The heading."""
        return f"停用文件：{self.paper.title}"

    def items(self) -> list[dict[str, Any]]:
        """What it concerns."""
        return [
            {"label": "种类", "value": self.paper.get_kind_display()},
            {"label": "文号", "value": self.paper.number},
        ]

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """A reason."""
        return WithdrawForm(data)

    def perform(self, form: WithdrawForm) -> str:
        """Withdraw it."""
        withdraw_paper(
            actor=self.actor,
            town=self.town,
            paper_id=self.paper.pk,
            reason=form.cleaned_data["reason"],
        )
        return f"《{self.paper.title}》已停用。"
