"""What a town filed and what it was certified as."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from portal.core.errors import Verdict
from portal.core.formatting import iso_date
from towns.actions import attach_source
from towns.deadlines import with_ends
from towns.forms.certifications import SourceForm
from towns.models import Application, Certification, Round, Town
from towns.policies import (
    may_attach_source,
    may_change_town,
    may_keep_register,
    may_print_certificate,
)
from towns.tables import registers
from towns.tables.town_page import certification_rows
from towns.views.changing import TownChangeView
from towns.views.pages import TownTab


class TownFilingsView(TownTab):
    """Applications and certifications, those of the time before the portal included."""

    tab = "town-filings"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The page."""
        applications = (
            with_ends(Application.objects.visible_to(self.actor))
            .filter(town=self.town, trial=False)
            .select_related("town", "round")
        )
        certifications = list(
            Certification.objects.visible_to(self.actor)
            .filter(town=self.town)
            .select_related("document__office", "source_file")
        )
        keeps = may_keep_register(self.actor, self.town).ok and may_change_town(self.town).ok
        on_paper = [row for row in certifications if row.document is None]
        return self.show(
            "towns/town_filings.html",
            {
                "application_columns": registers.APPLICATION_COLUMNS,
                "applications": registers.application_rows(applications, self.actor),
                "certification_columns": registers.CERTIFICATION_COLUMNS,
                "certifications": certification_rows(certifications, self.actor),
                "sources": [row for row in on_paper if keeps or row.source_file is not None],
                "keeps": keeps,
                "printable": [
                    row for row in certifications if may_print_certificate(self.actor, row).ok
                ],
                "rounds_url": self.url("rounds"),
                "has_rounds": Round.objects.visible_to(self.actor).filter(trial=False).exists(),
            },
        )


class CertificationSourceView(TownChangeView):
    """Attach a scan of the paper document a certification rests on, or another in its place."""

    back_name = "town-filings"
    explained = (
        "文件连同校验值保存，与认定名单一样对外公开；能看到该专业镇的岗位都可以查阅。",
        "更换后，原扫描件不再显示，文件名和校验值保留在台账中。",
    )

    @cached_property
    def certification(self) -> Certification:
        """The certification, if the actor sees it."""
        rows = Certification.objects.visible_to(self.actor)
        rows = rows.select_related("town__county", "document", "source_file")
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def town(self) -> Town:
        """Its town, if the actor sees that too."""
        rows = Town.objects.visible_to(self.actor).select_related("county")
        return get_object_or_404(rows, pk=self.certification.town_id)

    @property
    def label(self) -> str:  # type: ignore[override]
        """What is done here."""
        return "更换认定文件" if self.certification.source_file else "上传认定文件"

    def allowed(self) -> Verdict:
        """Posts that keep the register of the town, for what was named on paper."""
        verdict = may_attach_source(self.actor, self.certification)
        return may_change_town(self.town) if verdict.ok else verdict

    def items(self) -> list[dict[str, Any]]:
        """What it concerns."""
        row = self.certification
        return [
            {"label": "认定名称", "value": row.town_name},
            {"label": "层级", "value": row.get_level_display()},
            {"label": "认定文件", "value": row.source_title},
            {"label": "文号", "value": row.source_number},
            {"label": "成文日期", "value": iso_date(row.source_on) if row.source_on else ""},
            {"label": "已有扫描件", "value": row.source_file.name if row.source_file else "无"},
        ]

    def make_form(self, data: Any = None, files: Any = None) -> forms.Form:
        """An empty form."""
        return SourceForm(data, files)

    def perform(self, form: SourceForm) -> str:
        """Keep it."""
        upload = form.cleaned_data["file"]
        attach_source(actor=self.actor, certification=self.certification, upload=upload)
        return "认定文件已保存。"
